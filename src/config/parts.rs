//! The settings of the parts: vault, keys, audit, identity, limits.

use std::net::IpAddr;
use std::time::Duration;

use crate::audit;
use crate::authn;
use crate::authn::config::Foreign;
use crate::authn::config::JwksSource;
use crate::authn::config::JwtConfig;
use crate::authn::config::Way;
use crate::base::Limits;
use crate::base::Sensitive;
use crate::base::Timeouts;
use crate::config::file::ApiKeysEntry;
use crate::config::file::AuditEntry;
use crate::config::file::ForeignToken;
use crate::config::file::IdentityEntry;
use crate::config::file::JwtEntry;
use crate::config::file::KeysEntry;
use crate::config::file::LimitsEntry;
use crate::config::file::RedisEntry;
use crate::config::file::TimeoutsEntry;
use crate::config::file::VaultEntry;
use crate::config::resolve::Resolver;
use crate::config::units::Count;
use crate::config::units::Size;
use crate::config::units::Time;
use crate::keys;
use crate::rules::yaml::At;
use crate::rules::yaml::closest;
use crate::vault;
use crate::vault::config::RedisConfig;

/// Signature algorithms that a JWT may have: public-key ones only (RFC 7518, section 3.1; RFC 8037).
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const DEFAULT_ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];
/// The largest bodies we hold; spans are 32 bits wide and the document parser copies.
const LARGEST_BODY: usize = 1 << 30;
const DEEPEST: usize = 1024;

pub(super) fn vault(resolver: &mut Resolver<'_>, entry: &VaultEntry) -> vault::config::Config {
    match entry {
        VaultEntry::Embedded(entry) => {
            vault::config::Config::Embedded { path: resolver.path(&entry.path) }
        }
        VaultEntry::Redis(entry) => vault::config::Config::Redis(redis(resolver, entry)),
    }
}

fn redis(resolver: &mut Resolver<'_>, entry: &RedisEntry) -> RedisConfig {
    // The URL may hold a password: it is never shown, whatever is wrong with it.
    let url = At { text: String::new(), ..entry.url.clone() };
    let parts: Option<http::Uri> = url.value.parse().ok();
    let scheme = parts.as_ref().and_then(http::Uri::scheme_str);
    let authority = parts.as_ref().and_then(http::Uri::authority);
    let tls = match scheme {
        Some("redis") => false,
        Some("rediss") => true,
        _ => {
            let hint = "such as `redis://127.0.0.1:6379` or `rediss://redis.internal:6379`";
            resolver.error(&url, "not the URL of a Redis", hint);
            true
        }
    };
    let user = authority.and_then(|authority| authority.as_str().rsplit_once('@'));
    let password = user.is_some_and(|(user, _)| user.contains(':'));
    if password && entry.password_file.is_some() {
        resolver.error(&url, "the password is in the URL and in `password_file`", "keep the file");
    } else if password {
        let hint =
            "put it into a file that only its owner can read, and name it in `password_file`";
        resolver.warn(&url, "a password in this file", hint);
    }
    let local = authority.is_some_and(|authority| is_local(authority.host()));
    if !tls && !local && authority.is_some() {
        let hint = "use `rediss://`; sealed originals and references travel on this connection";
        resolver.warn(&url, "the connection to Redis is not encrypted", hint);
    }
    if !tls && (entry.ca.is_some() || entry.client_certificate.is_some()) {
        let hint = "write `rediss://`, or take the certificates out";
        resolver.error(&url, "certificates are for `rediss` URLs", hint);
    }
    RedisConfig {
        url: Sensitive::new(url.value),
        password_file: entry.password_file.as_ref().map(|file| resolver.path(file)),
        ca: entry.ca.as_ref().map(|file| resolver.path(file)),
        client_certificate: entry.client_certificate.as_ref().map(|pair| resolver.pair(pair)),
    }
}

/// Whether a host of a URL is this machine.
fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn keys(resolver: &mut Resolver<'_>, entry: &KeysEntry) -> keys::config::Config {
    keys::config::Config::File(resolver.path(&entry.file))
}

pub(super) fn audit(resolver: &mut Resolver<'_>, entry: &AuditEntry) -> audit::config::Config {
    let origin = entry.origin.as_ref();
    if let Some(origin) = origin {
        // The first line of a signed note (C2SP signed-note): no spaces, no `+`.
        if !audit::config::is_origin(&origin.value) {
            let hint =
                "such as `cloakroom/shop/node-1`: no spaces and no `+`, at most 128 characters";
            resolver.error(origin, "not a name for checkpoints", hint);
        }
    }
    let events = entry.segment_events.as_ref().map_or(100_000, |count| count.value.0);
    let path = resolver.path(&entry.path);
    audit::config::Config {
        origin: origin.map_or_else(|| audit::config::origin_of(&path), |o| o.value.clone()),
        path,
        segment_events: u64::try_from(events).unwrap_or(u64::MAX),
    }
}

pub(super) fn identity(
    resolver: &mut Resolver<'_>,
    entries: &[IdentityEntry],
) -> authn::config::Config {
    let ways = entries.iter().map(|entry| match entry {
        IdentityEntry::ApiKeys(entry) => api_keys(resolver, entry),
        IdentityEntry::Jwt(entry) => Way::Jwt(jwt(resolver, entry)),
    });
    authn::config::Config { ways: ways.collect() }
}

fn api_keys(resolver: &mut Resolver<'_>, entry: &ApiKeysEntry) -> Way {
    let mut header = String::from("cloakroom-key");
    if let Some(named) = &entry.header {
        header = named.value.to_ascii_lowercase();
        let reserved = ["authorization", "host", "cookie", "content-length", "connection"];
        if header.parse::<http::HeaderName>().is_err() {
            resolver.error(named, "not the name of a header", "such as `cloakroom-key`");
        } else if reserved.contains(&header.as_str()) {
            let hint = "the header is taken off before forwarding; use one of its own";
            resolver.error(named, "this header has another use", hint);
        }
    }
    Way::ApiKeys { file: resolver.path(&entry.file), header }
}

fn jwt(resolver: &mut Resolver<'_>, entry: &JwtEntry) -> JwtConfig {
    for text in [&entry.issuer, &entry.audience] {
        if text.value.is_empty() {
            resolver.error(text, "this must not be empty", "tokens without it would pass");
        }
    }
    let algorithms = entry.algorithms.as_ref().map_or_else(
        || DEFAULT_ALGORITHMS.map(String::from).to_vec(),
        |list| list.iter().filter_map(|name| algorithm(resolver, name)).collect(),
    );
    if algorithms.is_empty() && entry.algorithms.as_ref().is_some_and(Vec::is_empty) {
        let hint = "take the key out for the default, or name some";
        resolver.error(&entry.issuer, "`algorithms` of this provider is empty", hint);
    }
    let text = |value: &Option<At<String>>| value.as_ref().map(|at| at.value.clone());
    JwtConfig {
        issuer: entry.issuer.value.clone(),
        audience: entry.audience.value.clone(),
        jwks: jwks(resolver, &entry.jwks),
        groups_claim: text(&entry.groups_claim),
        purpose_claim: text(&entry.purpose_claim),
        claims: entry.claims.iter().map(|claim| claim.value.clone()).collect(),
        algorithms,
        leeway: entry.leeway.as_ref().map_or(Duration::from_secs(30), |time| time.value.0),
        prefix: text(&entry.prefix).unwrap_or_default(),
        foreign: match entry.foreign {
            ForeignToken::Refuse => Foreign::Refuse,
            ForeignToken::Ignore => Foreign::Ignore,
        },
        fetch_timeout: entry
            .fetch_timeout
            .as_ref()
            .map_or(Duration::from_secs(5), |time| time.value.0),
    }
}

fn algorithm(resolver: &mut Resolver<'_>, name: &At<String>) -> Option<String> {
    if ALGORITHMS.contains(&name.value.as_str()) {
        return Some(name.value.clone());
    }
    let hint = match name.value.as_str() {
        "none" | "HS256" | "HS384" | "HS512" => {
            String::from("only signatures that a public key checks are accepted, such as `RS256`")
        }
        other => closest(other, ALGORITHMS).map_or_else(
            || format!("known: {}", ALGORITHMS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        ),
    };
    resolver.error(name, "not a signature algorithm that is accepted", &hint);
    None
}

fn jwks(resolver: &mut Resolver<'_>, text: &At<String>) -> JwksSource {
    let uri: Option<http::Uri> = text.value.parse().ok().filter(|_| text.value.contains("://"));
    let Some(uri) = uri else {
        if text.value.contains("://") {
            resolver.error(text, "not a URL", "such as `https://id.example/jwks.json`");
        }
        return JwksSource::File(resolver.path(text));
    };
    let secure = match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_local(host),
        _ => false,
    };
    if !secure {
        let hint = "use `https`; whoever can change these keys can be anybody";
        resolver.error(text, "keys cannot be fetched from here", hint);
    }
    JwksSource::Url(text.value.clone())
}

pub(super) fn limits(resolver: &mut Resolver<'_>, entry: &LimitsEntry) -> Limits {
    let default = Limits::default();
    let count = |at: &Option<At<Count>>, default: usize| at.as_ref().map_or(default, |a| a.value.0);
    let size = |at: &Option<At<Size>>, default: usize| at.as_ref().map_or(default, |a| a.value.0);
    let limits = Limits {
        connections: count(&entry.connections, default.connections),
        connections_per_client: count(
            &entry.connections_per_client,
            default.connections_per_client,
        ),
        header_fields: count(&entry.header_fields, default.header_fields),
        header_bytes: size(&entry.header_bytes, default.header_bytes),
        target_bytes: size(&entry.target_bytes, default.target_bytes),
        body_bytes: size(&entry.body_bytes, default.body_bytes),
        buffered_bytes: size(&entry.buffered_bytes, default.buffered_bytes),
        depth: count(&entry.depth, default.depth),
        number_digits: count(&entry.number_digits, default.number_digits),
        fields: count(&entry.fields, default.fields),
        value_bytes: size(&entry.value_bytes, default.value_bytes),
        pool_idle_connections: count(&entry.pool_idle_connections, default.pool_idle_connections),
        timeouts: timeouts(&entry.timeouts),
    };
    if let Some(body) = entry.body_bytes.as_ref().filter(|_| limits.body_bytes > LARGEST_BODY) {
        resolver.error(body, "larger than any body we can inspect", "write at most `1GiB`");
    }
    if let Some(depth) = entry.depth.as_ref().filter(|_| limits.depth > DEEPEST) {
        resolver.error(depth, "deeper than any document we can inspect", "write at most 1024");
    }
    if limits.buffered_bytes < limits.body_bytes {
        let at = entry.buffered_bytes.as_ref().or(entry.body_bytes.as_ref());
        if let Some(at) = at {
            let hint = "`buffered_bytes` is for all bodies together: at least `body_bytes`";
            resolver.error(at, "one body is larger than all of them may be", hint);
        }
    }
    limits
}

fn timeouts(entry: &TimeoutsEntry) -> Timeouts {
    let default = Timeouts::default();
    let time =
        |at: &Option<At<Time>>, default: Duration| at.as_ref().map_or(default, |a| a.value.0);
    Timeouts {
        handshake: time(&entry.handshake, default.handshake),
        header: time(&entry.header, default.header),
        body_idle: time(&entry.body_idle, default.body_idle),
        body: time(&entry.body, default.body),
        connect: time(&entry.connect, default.connect),
        response: time(&entry.response, default.response),
        response_idle: time(&entry.response_idle, default.response_idle),
        write_stall: time(&entry.write_stall, default.write_stall),
        keep_alive: time(&entry.keep_alive, default.keep_alive),
        pool_idle: time(&entry.pool_idle, default.pool_idle),
        vault: time(&entry.vault, default.vault),
        audit: time(&entry.audit, default.audit),
        drain: time(&entry.drain, default.drain),
    }
}
