//! The files of a gateway and of nginx, as an operator would write them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// Where a gateway keeps its originals.
#[derive(Debug, Clone)]
pub(crate) enum Vault {
    Embedded,
    Redis(String),
}

/// What goes into `cloakroom.yaml`.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) listen: &'a str,
    pub(crate) admin: &'a str,
    pub(crate) upstream: SocketAddr,
    pub(crate) vault: Vault,
}

/// Writes configuration, rules and policies of a gateway below this folder.
pub(crate) fn write_gateway(folder: &Path, settings: &Settings<'_>) -> anyhow::Result<()> {
    let rules = folder.join("rules");
    fs::create_dir_all(&rules)?;
    fs::create_dir_all(folder.join("data"))?;
    fs::write(rules.join("bench.yaml"), RULES)?;
    fs::write(rules.join("bench.cedar"), POLICIES)?;
    let here = folder.display();
    let vault = match &settings.vault {
        Vault::Embedded => format!("{{ embedded: {{ path: \"{here}/data/vault\" }} }}"),
        Vault::Redis(address) => format!("{{ redis: {{ url: \"redis://{address}\" }} }}"),
    };
    let config = format!(
        "listen: {listen}\n\
         admin: {{ listen: {admin} }}\n\
         upstreams:\n  bench: {{ url: \"http://{upstream}\" }}\n\
         rules: \"{here}/rules\"\n\
         vault: {vault}\n\
         keys: {{ file: \"{here}/data/keyring.json\" }}\n\
         audit: {{ path: \"{here}/data/audit\" }}\n\
         identity:\n  - api_keys: {{ file: \"{here}/data/api-keys.yaml\" }}\n",
        listen = settings.listen,
        admin = settings.admin,
        upstream = settings.upstream,
    );
    Ok(fs::write(folder.join("cloakroom.yaml"), config)?)
}

const RULES: &str = "\
classes:
  email: { shape: email, mask: email }
  name: { mask: initial }
  phone: { mask: last2 }
  address: { mask: redact }
routes:
  - id: plain
    match: { path: /plain/** }
    upstream: bench
  - id: users
    match: { path: /users/** }
    upstream: bench
    request:
      body: { $.name: name, $.email: email, $.phone: phone, $.address: address, $.partner: name }
    response:
      body: { $.name: name, $.email: email, $.phone: phone, $.address: address, $.partner: name }
";

const POLICIES: &str = "\
permit (principal in Group::\"support\", action == Action::\"reveal\", resource);
";

/// Writes a configuration of nginx that passes everything on, with kept connections.
pub(crate) fn write_nginx(folder: &Path, listen: &str, upstream: SocketAddr) -> anyhow::Result<()> {
    let here = folder.display();
    let config = format!(
        "daemon off;\npid {here}/nginx.pid;\nerror_log {here}/error.log;\n\
         worker_processes auto;\nevents {{ worker_connections 4096; }}\n\
         http {{\n\
         access_log off;\nkeepalive_requests 1000000000;\nclient_body_buffer_size 64k;\n\
         client_body_temp_path {here}/body;\nproxy_temp_path {here}/proxy;\n\
         fastcgi_temp_path {here}/fastcgi;\nuwsgi_temp_path {here}/uwsgi;\n\
         scgi_temp_path {here}/scgi;\n\
         upstream bench {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }}\n\
         server {{\n\
         listen {listen} reuseport;\n\
         location / {{\n\
         proxy_pass http://bench;\nproxy_http_version 1.1;\nproxy_set_header Connection \"\";\n\
         }}\n}}\n}}\n"
    );
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join("nginx.conf"), config)?)
}
