//! Tokens in a header or a cookie, and the requests of other sites that they come along with.

use cloakroom::authn::config::Carrier;
use cloakroom::authn::config::Foreign;

use super::*;

fn carried(world: &World, from: Carrier) -> JwtConfig {
    JwtConfig { from, ..world.config() }
}

fn in_cookie(world: &World) -> Authenticator {
    load(vec![Method::Jwt(carried(world, Carrier::Cookie("session_jwt".to_owned())))])
}

/// What a request with these header fields makes of its sender.
async fn asked(who: &Authenticator, method: http::Method, fields: &[(&str, &str)]) -> String {
    match who.identify(&method, &headers(fields), NOW).await {
        Ok(identity) => identity.principal().id().to_owned(),
        Err(refused) => refused.to_string(),
    }
}

async fn with_cookies(who: &Authenticator, lines: &[&str]) -> String {
    let fields: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
    asked(who, http::Method::GET, &fields).await
}

#[tokio::test]
async fn a_cookie_of_the_configured_name_makes_its_user() {
    let world = World::new(Signer::ed());
    let (who, token) = (in_cookie(&world), world.token(&claims()));
    for line in [
        format!("session_jwt={token}"),
        format!("a=b; session_jwt={token}; c"),
        format!("a=b;session_jwt={token}"),
        format!("session_jwt=\"{token}\""),
        format!("session={}; session_jwt = {token} ", "x"),
    ] {
        assert_eq!(with_cookies(&who, &[&line]).await, "sam", "{line}");
    }
    assert_eq!(with_cookies(&who, &["a=b", &format!("session_jwt={token}")]).await, "sam");
    // Other places and other names say nothing.
    for line in [format!("Session_jwt={token}"), format!("x_session_jwt={token}"), token.clone()] {
        assert_eq!(with_cookies(&who, &[&line]).await, "anonymous", "{line}");
    }
    let bearer = format!("Bearer {token}");
    assert_eq!(asked(&who, http::Method::GET, &[("authorization", &bearer)]).await, "anonymous");
    assert_eq!(asked(&who, http::Method::GET, &[("session_jwt", &token)]).await, "anonymous");
}

#[tokio::test]
async fn two_cookies_of_the_name_are_refused() {
    let world = World::new(Signer::ed());
    let (who, token) = (in_cookie(&world), world.token(&claims()));
    let twice = format!("session_jwt={token}; session_jwt={token}");
    assert_eq!(with_cookies(&who, &[&twice]).await, "credential-repeated");
    let one = format!("session_jwt={token}");
    assert_eq!(with_cookies(&who, &[&one, "session_jwt="]).await, "credential-repeated");
}

#[tokio::test]
async fn a_cookie_that_is_no_token_of_the_issuer_is_foreign() {
    let world = World::new(Signer::ed());
    let who = in_cookie(&world);
    let elsewhere = world.token(&with(claims(), "iss", json!("https://other")));
    let forged = Signer::ed().token("k1", &claims());
    let ignoring = JwtConfig {
        foreign: Foreign::Ignore,
        ..carried(&world, Carrier::Cookie("session_jwt".to_owned()))
    };
    let ignoring = load(vec![Method::Jwt(ignoring)]);
    for (value, strict, lenient) in [
        ("", "token-malformed", "anonymous"),
        ("opaque", "token-malformed", "anonymous"),
        ("\"a.b.c", "token-malformed", "anonymous"),
        (&elsewhere, "token-issuer", "anonymous"),
        (&forged, "token-signature", "token-signature"),
    ] {
        let line = format!("session_jwt={value}");
        assert_eq!(with_cookies(&who, &[&line]).await, strict, "{value}");
        assert_eq!(with_cookies(&ignoring, &[&line]).await, lenient, "{value}");
    }
}

#[tokio::test]
async fn a_cookie_whose_time_is_over_is_nobody_and_a_header_is_refused() {
    let world = World::new(Signer::ed());
    let who = in_cookie(&world);
    // Looked at while it was good, so that its signature is remembered.
    let token = world.token(&claims());
    let line = format!("session_jwt={token}");
    assert_eq!(with_cookies(&who, &[&line]).await, "sam");
    let over = who.identify(&http::Method::GET, &headers(&[("cookie", &line)]), later(700)).await;
    assert!(!over.unwrap().principal().is_authenticated());

    let old = with(claims(), "exp", json!(NOW.seconds() - 100));
    let gone = Signer::ed().token("a key of last year", &old);
    for token in [&world.token(&old), &gone] {
        let line = format!("session_jwt={token}");
        assert_eq!(with_cookies(&who, &[&line]).await, "anonymous");
    }
    let who = load(vec![Method::Jwt(carried(&world, Carrier::Header("x-id-token".to_owned())))]);
    let refused = asked(&who, http::Method::GET, &[("x-id-token", &world.token(&old))]).await;
    assert_eq!(refused, "token-expired");
}

#[tokio::test]
async fn a_header_is_believed_for_its_signature_alone() {
    let world = World::new(Signer::ed());
    let who = load(vec![Method::Jwt(carried(&world, Carrier::Header("x-id-token".to_owned())))]);
    let token = world.token(&claims());
    let twice = [("x-id-token", token.as_str()), ("X-Id-Token", &token)];
    let get = async |fields: &[(&str, &str)]| asked(&who, http::Method::GET, fields).await;
    assert_eq!(get(&[("x-id-token", &token)]).await, "sam");
    assert_eq!(get(&twice).await, "credential-repeated");
    for (value, expected) in [
        ("sam", "token-malformed"),
        (&format!("Bearer {token}"), "token-malformed"),
        (&Signer::ed().token("k1", &claims()), "token-signature"),
    ] {
        assert_eq!(get(&[("x-id-token", value)]).await, expected, "{value}");
    }
}

#[tokio::test]
async fn another_site_asks_as_nobody() {
    let world = World::new(Signer::ed());
    let token = world.token(&claims());
    let line = format!("session_jwt={token}");
    let header = load(vec![Method::Jwt(carried(&world, Carrier::Header("x-id-token".to_owned())))]);
    let methods =
        [(in_cookie(&world), ("cookie", line.as_str())), (header, ("x-id-token", token.as_str()))];
    let host = ("host", "shop.example:8443");
    let site = |value| ("sec-fetch-site", value);
    let [navigate, window] = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let frame = ("sec-fetch-dest", "iframe");
    let from = |value| ("origin", value);
    let cases = [
        // The application's own pages, a bookmark, a neighbour; a link that was followed.
        (http::Method::POST, vec![site("same-origin"), from("null")], true),
        (http::Method::GET, vec![site("none")], true),
        (http::Method::POST, vec![site("same-site")], true),
        (http::Method::GET, vec![site("cross-site"), navigate, window], true),
        // A script or picture, a frame, a form of another site; what nobody understands.
        (http::Method::GET, vec![site("cross-site"), ("sec-fetch-mode", "no-cors")], false),
        (http::Method::GET, vec![site("cross-site"), navigate, frame], false),
        (http::Method::GET, vec![site("cross-site"), window], false),
        (http::Method::POST, vec![site("cross-site"), navigate, window], false),
        (http::Method::GET, vec![site("cross-site"), site("same-origin")], false),
        (http::Method::GET, vec![site("Same-Origin")], false),
        (http::Method::GET, vec![site("")], false),
        // A browser that does not tell.
        (http::Method::GET, vec![], true),
        (http::Method::POST, vec![from("https://shop.example:8443")], true),
        (http::Method::POST, vec![from("http://SHOP.example:8443")], true),
        (http::Method::POST, vec![from("https://shop.example")], false),
        (http::Method::POST, vec![from("https://evil.example")], false),
        (http::Method::POST, vec![from("null")], false),
        (http::Method::POST, vec![from("https://shop.example:8443"), from("x")], false),
    ];
    for (who, credential) in &methods {
        for (method, fields, known) in &cases {
            let fields = [&fields[..], &[host, *credential]].concat();
            let expected = if *known { "sam" } else { "anonymous" };
            assert_eq!(asked(who, method.clone(), &fields).await, expected, "{fields:?}");
        }
        let broken = [site("cross-site"), (credential.0, "session_jwt=x; session_jwt=y")];
        assert_eq!(asked(who, http::Method::GET, &broken).await, "anonymous", "it was looked at");
    }
    // No browser adds a Bearer token of its own accord.
    let bearer = format!("Bearer {token}");
    let fields = [site("cross-site"), ("authorization", bearer.as_str())];
    assert_eq!(asked(&world.authenticator(), http::Method::POST, &fields).await, "sam");
}

#[test]
fn places_that_have_another_use_do_not_load() {
    let world = World::new(Signer::ed());
    let refused = |from: Carrier| {
        let methods = vec![api_keys(&world.path("keys.yaml")), Method::Jwt(carried(&world, from))];
        Authenticator::load(&Config { methods }, &no_fetch()).is_err()
    };
    api_key(&world.path("keys.yaml"), "helpdesk", "support");
    for name in ["Cloakroom-Key", "authorization", "cookie", "host", "cloakroom-purpose", "a b"] {
        assert!(refused(Carrier::Header(name.to_owned())), "{name}");
    }
    for name in ["", "a b", "a=b", "a;b", "\"a\"", "é"] {
        assert!(refused(Carrier::Cookie(name.to_owned())), "{name}");
    }
    assert!(!refused(Carrier::Header("x-id-token".to_owned())));
    assert!(!refused(Carrier::Cookie("__Host-session".to_owned())));
}

#[test]
fn the_challenge_names_the_place() {
    let world = World::new(Signer::ed());
    let from = [
        Carrier::Bearer,
        Carrier::Header("x-id-token".to_owned()),
        Carrier::Cookie("session_jwt".to_owned()),
    ];
    let who = load(from.map(|from| Method::Jwt(carried(&world, from))).into());
    assert_eq!(
        who.challenges(),
        [
            "Bearer realm=\"cloakroom\"",
            "Cloakroom-Token realm=\"cloakroom\", header=\"x-id-token\"",
            "Cloakroom-Token realm=\"cloakroom\", cookie=\"session_jwt\"",
        ]
    );
}
