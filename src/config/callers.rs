//! The settings of the methods by which callers are recognised.

use std::time::Duration;

use crate::authn;
use crate::authn::config::Carrier;
use crate::authn::config::Foreign;
use crate::authn::config::ForwardAuthConfig;
use crate::authn::config::JwksSource;
use crate::authn::config::JwtConfig;
use crate::authn::config::Method;
use crate::authn::config::NOBODY;
use crate::authn::config::ValueSource;
use crate::config::file::ApiKeysEntry;
use crate::config::file::ForeignToken;
use crate::config::file::ForwardAuthEntry;
use crate::config::file::FromEntry;
use crate::config::file::IdentityEntry;
use crate::config::file::JwtEntry;
use crate::config::file::PickEntry;
use crate::config::parts::is_local;
use crate::config::resolve::Resolver;
use crate::config::units::Count;
use crate::config::units::Time;
use crate::yaml::At;
use crate::yaml::closest;

/// Signature algorithms that a JWT may have: public-key ones only (RFC 7518, section 3.1; RFC 8037).
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const DEFAULT_ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];
/// Longest memory of forward-auth: a log-out takes so long.
const LONGEST_CACHE: Duration = Duration::from_mins(1);
/// Longest question of forward-auth.
const LONGEST_QUESTION: Duration = Duration::from_secs(30);

pub(super) fn identity(
    resolver: &mut Resolver<'_>,
    entries: &[IdentityEntry],
) -> authn::config::Config {
    let methods = entries.iter().map(|entry| match entry {
        IdentityEntry::ApiKeys(entry) => api_keys(resolver, entry),
        IdentityEntry::Jwt(entry) => Method::Jwt(jwt(resolver, entry)),
        IdentityEntry::ForwardAuth(entry) => Method::ForwardAuth(forward_auth(resolver, entry)),
    });
    authn::config::Config { methods: methods.collect() }
}

fn api_keys(resolver: &mut Resolver<'_>, entry: &ApiKeysEntry) -> Method {
    let header = entry.header.as_ref().map_or_else(
        || String::from("cloakroom-key"),
        |named| {
            let hint = "the header is taken off before forwarding; use one of its own";
            header(resolver, named, HeaderHints { example: "cloakroom-key", taken: hint })
        },
    );
    Method::ApiKeys { file: resolver.path(&entry.file), header }
}

/// What is said about a header that cannot be taken.
#[derive(Clone, Copy)]
struct HeaderHints {
    /// A name that could be.
    example: &'static str,
    /// What to do instead, when the header has another use.
    taken: &'static str,
}

/// Returns the name of a header, and refuses one that has another use.
fn header(resolver: &mut Resolver<'_>, named: &At<String>, hints: HeaderHints) -> String {
    let name = named.value.to_ascii_lowercase();
    let reserved = ["authorization", "host", "cookie", "content-length", "connection"];
    if name.parse::<http::HeaderName>().is_err() {
        resolver.error(named, "not the name of a header", &format!("such as `{}`", hints.example));
    } else if reserved.contains(&name.as_str()) {
        resolver.error(named, "this header has another use", hints.taken);
    }
    name
}

fn carrier(resolver: &mut Resolver<'_>, from: &FromEntry) -> Carrier {
    match from {
        FromEntry::Header(named) => {
            let hint = "without `from`, tokens are read from `Authorization: Bearer`; a cookie is `from: { cookie: NAME }`";
            Carrier::Header(header(
                resolver,
                named,
                HeaderHints { example: "x-id-token", taken: hint },
            ))
        }
        FromEntry::Cookie(named) => {
            cookie(resolver, named);
            Carrier::Cookie(named.value.clone())
        }
    }
}

fn cookie(resolver: &mut Resolver<'_>, named: &At<String>) {
    if !authn::is_cookie_name(&named.value) {
        resolver.error(named, "not the name of a cookie", "such as `session`; letter case counts");
    }
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
        from: entry.from.as_ref().map_or(Carrier::Bearer, |from| carrier(resolver, from)),
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
    if !is_secure(&uri) {
        let hint = "use `https`; whoever can change these keys can be anybody";
        resolver.error(text, "keys cannot be fetched from here", hint);
    }
    JwksSource::Url(text.value.clone())
}

/// Whether nobody on the way can change what comes from there.
fn is_secure(uri: &http::Uri) -> bool {
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_local(host),
        _ => false,
    }
}

fn forward_auth(resolver: &mut Resolver<'_>, entry: &ForwardAuthEntry) -> ForwardAuthConfig {
    whom_to_ask(resolver, entry);
    if entry.cookies.is_empty() && entry.headers.is_empty() {
        let hint = "name the session cookie in `cookies`; nothing else is sent on";
        resolver.error(&entry.url, "there is no cookie and no header to ask with", hint);
    }
    for name in &entry.cookies {
        cookie(resolver, name);
    }
    let times = [
        (
            &entry.cache,
            LONGEST_CACHE,
            "`1m` at most: so long somebody stays known who has logged out",
        ),
        (&entry.timeout, LONGEST_QUESTION, "`30s` at most: so long requests wait"),
    ];
    for (time, longest, hint) in times {
        if let Some(time) = time.as_ref().filter(|time| time.value.0 > longest) {
            resolver.error(time, "this is too long", hint);
        }
    }
    let default = ForwardAuthConfig::new(&entry.url.value, pick(resolver, &entry.user));
    let time = |time: &Option<At<Time>>, default| time.as_ref().map_or(default, |at| at.value.0);
    ForwardAuthConfig {
        host: entry.host.as_ref().map(|host| host.value.clone()),
        ca: entry.ca.as_ref().map(|file| resolver.path(file)),
        cookies: entry.cookies.iter().map(|name| name.value.clone()).collect(),
        headers: entry.headers.iter().map(|name| asking_header(resolver, name)).collect(),
        groups: entry.groups.as_ref().map(|groups| pick(resolver, groups)),
        nobody: entry.nobody.as_ref().map_or_else(
            || NOBODY.to_vec(),
            |list| list.iter().filter_map(|status| nobody(resolver, status)).collect(),
        ),
        cache: time(&entry.cache, default.cache),
        timeout: time(&entry.timeout, default.timeout),
        prefix: entry.prefix.as_ref().map(|prefix| prefix.value.clone()).unwrap_or_default(),
        ..default
    }
}

fn whom_to_ask(resolver: &mut Resolver<'_>, entry: &ForwardAuthEntry) {
    let uri: Option<http::Uri> = entry.url.value.parse().ok();
    let named = |uri: &http::Uri| uri.authority().is_some_and(|at| at.as_str().contains('@'));
    match uri {
        None => resolver.error(&entry.url, "not a URL", "such as `http://127.0.0.1:9000/whoami`"),
        Some(uri) if named(&uri) => {
            let hint = "only what `cookies` and `headers` name is sent";
            // It is never shown.
            let url = At { text: String::new(), ..entry.url.clone() };
            resolver.error(&url, "a URL with a password", hint);
        }
        Some(uri) if !is_secure(&uri) => {
            let hint = "use `https`, or `http` on this machine; whoever can change the answer can be anybody";
            resolver.error(&entry.url, "callers cannot be asked about there", hint);
        }
        Some(_) => {}
    }
    if let Some(host) = &entry.host
        && host.value.parse::<http::uri::Authority>().is_err()
    {
        resolver.error(host, "not a host", "such as `shop.example`");
    }
}

/// A header that is sent on or read; `Authorization` may be.
fn asking_header(resolver: &mut Resolver<'_>, named: &At<String>) -> String {
    if named.value.eq_ignore_ascii_case("authorization") {
        return String::from("authorization");
    }
    let taken = "cookies have a list of their own, `cookies`";
    header(resolver, named, HeaderHints { example: "x-session", taken })
}

fn pick(resolver: &mut Resolver<'_>, pick: &PickEntry) -> ValueSource {
    match pick {
        PickEntry::Header(named) => ValueSource::Header(asking_header(resolver, named)),
        PickEntry::Json(pointer) => {
            if !pointer.value.starts_with('/') {
                resolver.error(pointer, "not a JSON Pointer", "such as `/user/email` (RFC 6901)");
            }
            ValueSource::Json(pointer.value.clone())
        }
    }
}

/// A status that may mean "not logged in": not one that asks to try again.
fn nobody(resolver: &mut Resolver<'_>, status: &At<Count>) -> Option<u16> {
    let number = u16::try_from(status.value.0).ok();
    let number = number.filter(|n| (300..500).contains(n) && ![408, 425, 429].contains(n));
    if number.is_none() {
        let hint = "a redirect or an error of the caller: 300 to 499, but not 408, 425, 429";
        resolver.error(status, "this status does not say that nobody is logged in", hint);
    }
    number
}
