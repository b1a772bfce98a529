//! What the configuration comes to mean.

use std::path::Path;
use std::time::Duration;

use cloakroom::authn::config::JwksSource;
use cloakroom::authn::config::Method;
use cloakroom::authn::config::ValueSource;
use cloakroom::base::Limits;
use cloakroom::config::AccessLog;
use cloakroom::config::EmailDomain;
use cloakroom::config::LogFormat;
use cloakroom::config::LogLevel;
use cloakroom::net::config::Scheme;
use cloakroom::vault;

use super::helpers::SHOP;
use super::helpers::changed;
use super::helpers::config;

#[test]
fn the_file_of_the_first_issue_works_as_written() {
    let config = config(SHOP);
    assert_eq!(config.listen[0].address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.admin.as_ref().unwrap().address.port(), 8081);
    assert_eq!(config.upstreams[0].id.as_str(), "shop");
    assert_eq!((config.upstreams[0].scheme, config.upstreams[0].port), (Scheme::Http, 9000));
    assert_eq!(config.default_upstream.as_ref().unwrap().as_str(), "shop");
    assert_eq!(config.rules, Path::new("/etc/cloakroom/rules/shop"));
    let vault::config::Config::Embedded { path } = &config.vault else { panic!("embedded") };
    assert_eq!(path, Path::new("/etc/cloakroom/data/vault"));
    assert_eq!(config.audit.path, Path::new("/etc/cloakroom/data/audit"));
    assert!(config.audit.origin.starts_with("cloakroom/default/"), "{}", config.audit.origin);
    let [Method::ApiKeys { file, header }, Method::Jwt(jwt)] = config.identity.methods.as_slice()
    else {
        panic!("two methods")
    };
    assert_eq!(
        (file.as_path(), header.as_str()),
        (Path::new("/etc/cloakroom/api-keys.yaml"), "cloakroom-key")
    );
    let JwksSource::File(jwks) = &jwt.jwks else { panic!("a file") };
    assert_eq!(jwks, Path::new("/etc/cloakroom/jwks.json"));
    assert_eq!(jwt.groups_claim.as_deref(), Some("groups"));
    assert_eq!(jwt.algorithms, ["RS256", "ES256", "EdDSA"]);
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.email_domain, EmailDomain::Example);
    assert_eq!(config.access_log, AccessLog::Off);
    assert_eq!((config.log.format, config.log.level), (LogFormat::Json, LogLevel::Info));
}

#[test]
fn long_forms_and_limits_are_read() {
    let text = changed(
        "listen",
        "listen: [ \"[::]:0\", { address: 0.0.0.0:8443, tls: { cert: /c.pem, key: k.pem } } ]",
    ) + "limits:\n  body_bytes: 4MiB\n  connections: 77\n  timeouts: { connect: 500ms, drain: 1m }\nlog: { format: text, level: debug }\naccess_log: { path: access.log }\ntrusted_proxies: [10.0.0.0/8]\n";
    let text = text.replace(
        "{ url: http://127.0.0.1:9000 }",
        "{ url: https://app.internal, ca: ca.pem, client_certificate: { cert: a, key: b } }",
    );
    let config = config(&text);
    let tls = config.listen[1].tls.as_ref().unwrap();
    assert_eq!(
        (tls.certificate.as_path(), tls.key.as_path()),
        (Path::new("/c.pem"), Path::new("/etc/cloakroom/k.pem"))
    );
    assert_eq!(
        (config.upstreams[0].host.as_str(), config.upstreams[0].port),
        ("app.internal", 443)
    );
    assert!(config.upstreams[0].client_certificate.is_some());
    assert_eq!((config.limits.body_bytes, config.limits.connections), (4 << 20, 77));
    assert_eq!(config.limits.timeouts.connect, Duration::from_millis(500));
    assert_eq!(config.limits.timeouts.drain, Duration::from_mins(1));
    assert!(config.forwarding.trusts("10.1.2.3".parse().unwrap()));
    assert_eq!(config.shown()["trusted_proxies"][0], "10.0.0.0/8");
    assert_eq!(config.access_log, AccessLog::File("/etc/cloakroom/access.log".into()));
}

#[test]
fn of_several_upstreams_none_is_the_default_unless_named() {
    let two = "upstreams: { a: http://127.0.0.1:1, b: http://127.0.0.1:2 }";
    assert_eq!(config(&changed("upstreams", two)).default_upstream, None);
    let named = changed("upstreams", two) + "default_upstream: b\n";
    assert_eq!(config(&named).default_upstream.unwrap().as_str(), "b");
}

#[test]
fn shown_hides_the_password_of_redis() {
    let line =
        "vault: { redis: { url: \"redis://gate:ge@heim@127.0.0.1:6379/0?password=geheim\" } }";
    let shown = config(&changed("vault", line)).shown();
    assert_eq!(shown["vault"]["redis"]["url"], "redis://gate:(hidden)@127.0.0.1:6379/0");
    assert!(!shown.to_string().contains("heim"));
    assert_eq!(shown["limits"]["body_bytes"], "16MiB");
    assert_eq!(shown["limits"]["timeouts"]["drain"], "25s");
    assert_eq!(shown["listen"][0]["address"], "127.0.0.1:8080");
    assert_eq!(shown["identity"][1]["jwt"]["audience"], "shop");
}

#[test]
fn ways_to_ask_who_calls_are_read_as_written() {
    let read = |settings: &str| {
        let line = format!("identity: [ {{ forward_auth: {{ {settings} }} }} ]");
        let config = config(&changed("identity", &line));
        let shown = config.shown()["identity"][0]["forward_auth"].clone();
        let Some(Method::ForwardAuth(asked)) = config.identity.methods.into_iter().next() else {
            panic!("{line}")
        };
        (asked, shown)
    };
    let (asked, shown) =
        read("url: \"https://sso.example/auth\", cookies: [S_id], user: { header: X-User }");
    assert_eq!(
        (asked.cookies, asked.user),
        (vec!["S_id".to_owned()], ValueSource::Header("x-user".to_owned()))
    );
    assert_eq!(
        (asked.nobody, asked.groups, asked.host, asked.ca),
        (vec![401, 403], None, None, None)
    );
    assert_eq!((asked.cache, asked.timeout), (Duration::from_secs(10), Duration::from_secs(2)));
    assert_eq!((&shown["cache"], &shown["user"]["header"]), (&"10s".into(), &"x-user".into()));

    let (asked, _) = read(
        "url: \"http://localhost:1/w\", host: shop.example, ca: ca.pem, headers: [Authorization, X-S], \
         user: { json: /u }, groups: { json: /g }, nobody: [302], cache: 1m, timeout: 30s, prefix: \"p:\"",
    );
    assert_eq!(
        (asked.headers, asked.cookies),
        (vec!["authorization".to_owned(), "x-s".to_owned()], vec![])
    );
    assert_eq!(
        (asked.user, asked.groups),
        (ValueSource::Json("/u".to_owned()), Some(ValueSource::Json("/g".to_owned())))
    );
    assert_eq!((asked.nobody, asked.prefix.as_str()), (vec![302], "p:"));
    assert_eq!((asked.cache, asked.timeout), (Duration::from_mins(1), Duration::from_secs(30)));
    assert_eq!(asked.host.as_deref(), Some("shop.example"));
    assert_eq!(asked.ca.as_deref(), Some(Path::new("/etc/cloakroom/ca.pem")));
}
