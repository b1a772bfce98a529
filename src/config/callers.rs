//! The settings of the ways in which callers are recognised.

use std::time::Duration;

use crate::authn;
use crate::authn::config::Carrier;
use crate::authn::config::Foreign;
use crate::authn::config::JwksSource;
use crate::authn::config::JwtConfig;
use crate::authn::config::Way;
use crate::config::file::ApiKeysEntry;
use crate::config::file::ForeignToken;
use crate::config::file::FromEntry;
use crate::config::file::IdentityEntry;
use crate::config::file::JwtEntry;
use crate::config::parts::is_local;
use crate::config::resolve::Resolver;
use crate::rules::yaml::At;
use crate::rules::yaml::closest;

/// Signature algorithms that a JWT may have: public-key ones only (RFC 7518, section 3.1; RFC 8037).
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const DEFAULT_ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];

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
    let header = entry.header.as_ref().map_or_else(
        || String::from("cloakroom-key"),
        |named| {
            let hint = "the header is taken off before forwarding; use one of its own";
            header(resolver, named, ("cloakroom-key", hint))
        },
    );
    Way::ApiKeys { file: resolver.path(&entry.file), header }
}

/// The name of a header that has no other use.
fn header(resolver: &mut Resolver<'_>, named: &At<String>, (such, taken): (&str, &str)) -> String {
    let name = named.value.to_ascii_lowercase();
    let reserved = ["authorization", "host", "cookie", "content-length", "connection"];
    if name.parse::<http::HeaderName>().is_err() {
        resolver.error(named, "not the name of a header", &format!("such as `{such}`"));
    } else if reserved.contains(&name.as_str()) {
        resolver.error(named, "this header has another use", taken);
    }
    name
}

fn carrier(resolver: &mut Resolver<'_>, from: &FromEntry) -> Carrier {
    match from {
        FromEntry::Header(named) => {
            let hint = "without `from`, tokens are read from `Authorization: Bearer`; a cookie is `from: { cookie: NAME }`";
            Carrier::Header(header(resolver, named, ("x-id-token", hint)))
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
