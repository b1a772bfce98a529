//! What these tests share.

use std::path::Path;
use std::sync::Arc;

use cloakroom::base::Diagnostic;
use cloakroom::base::SourceFile;
use cloakroom::config::Config;

/// The file of the project's first issue, as written there.
pub(super) const SHOP: &str = r#"
listen: 127.0.0.1:8080            # or { address: …, tls: { cert: …, key: … } }
admin:  { listen: 127.0.0.1:8081 }
upstreams:
  shop: { url: http://127.0.0.1:9000 }
rules: rules/shop                 # a folder: *.yaml, *.cedar, *.case
vault: { embedded: { path: data/vault } }        # or { redis: { url: "redis://127.0.0.1:6379" } }
keys:  { file: data/keyring.json }               # made by `cloakroom keys init`
audit: { path: data/audit }
identity:
  - api_keys: { file: api-keys.yaml }            # hashed; made by `cloakroom keys api add NAME --group support`
  - jwt: { issuer: "https://id.example", audience: shop, jwks: jwks.json, groups_claim: groups }
"#;

pub(super) fn parse(text: &str) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let source = SourceFile { name: Arc::from("c.yaml"), text: Arc::from(text) };
    Config::parse(&source, Path::new("/etc/cloakroom/c.yaml"))
}

pub(super) fn told(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

pub(super) fn config(text: &str) -> Config {
    match parse(text) {
        Ok((config, _)) => config,
        Err(found) => panic!("{:#?}", told(&found)),
    }
}

/// The first issue's file with one line replaced, and lines put at its end.
pub(super) fn changed(key: &str, line: &str) -> String {
    let start = format!("{key}:");
    let mut replaced = false;
    let mut inside = false;
    let mut lines = Vec::new();
    for old in SHOP.lines() {
        inside = if old.starts_with(' ') { inside } else { old.starts_with(&start) };
        if !inside {
            lines.push(old.to_owned());
        } else if !replaced {
            lines.push(line.to_owned());
            replaced = true;
        }
    }
    if !replaced {
        lines.push(line.to_owned());
    }
    lines.join("\n") + "\n"
}
