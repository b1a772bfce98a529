//! What is legal part by part, and still wrong or suspicious taken together.

use std::net::SocketAddr;
use std::path::Path;

use crate::base::Diagnostic;
use crate::config::Config;
use crate::config::EmailDomain;
use crate::config::file::ConfigFile;
use crate::config::file::IdentityEntry;
use crate::config::file::VaultEntry;
use crate::config::resolve::address_of;

/// Gives what does not go together, and what somebody should look at.
pub(super) fn check(file: &ConfigFile, config: &Config, name: &str) -> Vec<Diagnostic> {
    let mut found = admin(file, config, name);
    if let (Some(VaultEntry::Embedded(entry)), Some(audit)) = (&file.vault, &file.audit)
        && Path::new(&entry.path.value) == Path::new(&audit.path.value)
    {
        let mistake = audit.path.error(name, "vault and journal share a folder");
        found.push(mistake.hinting("give each its own"));
    }
    if config.identity.methods.is_empty() {
        let message = "nobody can be recognised: `identity` is empty";
        let hint = "every caller is anonymous, and gets what policies give to anybody";
        found.push(Diagnostic::warning(name, message).hinting(hint));
    }
    if config.email_domain == EmailDomain::Example {
        let message = "`email_domain` is not set: e-mail tokens are at token.example.com";
        let hint = "name a domain that you own, with a null MX (RFC 7505); changing it later leaves two spellings of old tokens in the application";
        found.push(Diagnostic::warning(name, message).hinting(hint));
    }
    for (upstream, written) in
        config.upstreams.iter().zip(file.upstreams.iter().flat_map(|table| &table.value.0))
    {
        if is_ours(config, &upstream.host, upstream.port) {
            let mistake = written.0.error(name, "this upstream is our own listener");
            found.push(mistake.hinting("requests would go in circles"));
        }
    }
    for entry in &file.identity {
        let IdentityEntry::ForwardAuth(entry) = entry else { continue };
        let Ok(url) = entry.url.value.parse::<http::Uri>() else { continue };
        let port =
            url.port_u16().unwrap_or(if url.scheme_str() == Some("https") { 443 } else { 80 });
        if is_ours(config, url.host().unwrap_or_default().trim_matches(['[', ']']), port) {
            let mistake = entry.url.error(name, "this is our own listener");
            found.push(mistake.hinting("ask the application; questions would go in circles"));
        }
    }
    found
}

fn is_ours(config: &Config, host: &str, port: u16) -> bool {
    let host: Option<std::net::IpAddr> = host.parse().ok();
    config.listen.iter().any(|listen| {
        let same_port = listen.address.port() == port && port != 0;
        same_port && host.is_some_and(|host| host == listen.address.ip())
    })
}

fn admin(file: &ConfigFile, config: &Config, name: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let (Some(entry), Some(admin)) = (&file.admin, &config.admin) else { return found };
    let at = address_of(&entry.listen);
    if config.listen.iter().any(|listen| overlap(listen.address, admin.address)) {
        let mistake = at.error(name, "`admin` and `listen` have the same address");
        found.push(mistake.hinting("give operators a port of their own"));
    }
    if !admin.address.ip().is_loopback() {
        let hint = "bind it to 127.0.0.1, or let a firewall or NetworkPolicy keep strangers out";
        found.push(at.warning(name, "`admin` can be reached from other machines").hinting(hint));
    }
    found
}

/// Whether two listeners want the same port of the same address.
pub(super) fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (everywhere || one.ip() == other.ip())
}
