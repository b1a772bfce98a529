//! Several methods, and headers that are taken off.

use cloakroom::authn::config::Foreign;

use super::*;

#[tokio::test]
async fn the_first_way_that_recognises_the_caller_wins() {
    let world = World::new(Signer::ed());
    let file = world.path("keys.yaml");
    let key = api_key(&file, "helpdesk", "support");
    let value = format!("Bearer {}", world.token(&claims()));
    let both = headers(&[("authorization", &value), ("cloakroom-key", &key)]);
    for (methods, expected) in [
        (vec![api_keys(&file), Method::Jwt(world.config())], "helpdesk"),
        (vec![Method::Jwt(world.config()), api_keys(&file)], "sam"),
    ] {
        let principal = load(methods)
            .identify(&http::Method::GET, &both, NOW)
            .await
            .unwrap()
            .principal()
            .clone();
        assert_eq!(principal.id(), expected);
    }
}

#[tokio::test]
async fn a_wrong_credential_is_not_made_good_by_sending_none() {
    let world = World::new(Signer::ed());
    let file = world.path("keys.yaml");
    api_key(&file, "helpdesk", "support");
    let who = load(vec![api_keys(&file), Method::Jwt(world.config())]);
    let wrong = headers(&[("cloakroom-key", "ckk_nonsense")]);
    assert_eq!(
        who.identify(&http::Method::GET, &wrong, NOW).await.err(),
        Some(Refused::ApiKeyMalformed)
    );
    let expired = with(claims(), "exp", json!(1));
    let refused = ask(&who, &world.token(&expired)).await.err();
    assert_eq!(refused, Some(Refused::TokenExpired));
}

#[tokio::test]
async fn every_issuer_sees_its_own_tokens() {
    let (ours, partner) = (World::new(Signer::ed()), World::new(Signer::ec()));
    let second = JwtConfig {
        issuer: "https://partner.example".to_owned(),
        prefix: "partner:".to_owned(),
        ..partner.config()
    };
    let who = load(vec![Method::Jwt(ours.config()), Method::Jwt(second)]);
    let said = with(claims(), "iss", json!("https://partner.example"));
    let principal = ask(&who, &partner.token(&said)).await.unwrap().principal().clone();
    assert_eq!((principal.id(), &*principal.groups()[0]), ("partner:sam", "partner:support"));
    assert_eq!(ask(&who, &ours.token(&claims())).await.unwrap().principal().id(), "sam");
    // Nobody of ours is one of theirs by the choice of a name, or of a group.
    for (claim, value) in [("sub", json!("partner:sam")), ("groups", json!(["partner:support"]))] {
        let said = with(claims(), claim, value);
        assert_eq!(
            ask(&who, &ours.token(&said)).await.err(),
            Some(Refused::NameOfAnother),
            "{claim}"
        );
    }
    // The partner's key does not make our users.
    let refused = ask(&who, &partner.token(&claims())).await.err();
    assert_eq!(refused, Some(Refused::TokenKeyUnknown));
}

#[test]
fn two_issuers_need_different_prefixes() {
    let world = World::new(Signer::ed());
    let second = JwtConfig { issuer: "https://partner.example".to_owned(), ..world.config() };
    let methods = vec![Method::Jwt(world.config()), Method::Jwt(second)];
    let mistakes = Authenticator::load(&Config { methods }, &no_fetch()).unwrap_err();
    assert!(mistakes[0].message.contains("same prefix"), "{mistakes:?}");
}

#[tokio::test]
async fn tokens_of_others_are_refused_unless_configured_to_be_ignored() {
    let world = World::new(Signer::ed());
    let elsewhere = Signer::ed().token("k1", &with(claims(), "iss", json!("https://other")));
    let strict = world.authenticator();
    assert_eq!(ask(&strict, "opaque").await.err(), Some(Refused::TokenMalformed));
    assert_eq!(ask(&strict, &elsewhere).await.err(), Some(Refused::TokenIssuer));

    let config = JwtConfig { foreign: Foreign::Ignore, ..world.config() };
    let lenient = load(vec![Method::Jwt(config)]);
    for token in ["opaque", &elsewhere] {
        let principal = ask(&lenient, token).await.unwrap().principal().clone();
        assert!(!principal.is_authenticated());
    }
    // A token that says it is ours must be.
    let forged = Signer::ed().token("k1", &claims());
    assert_eq!(ask(&lenient, &forged).await.err(), Some(Refused::TokenSignature));
}

#[tokio::test]
async fn two_key_files_share_a_header() {
    let world = World::new(Signer::ed());
    let (one, two) = (world.path("one.yaml"), world.path("two.yaml"));
    let keys = [api_key(&one, "first", "a"), api_key(&two, "second", "b")];
    let who = load(vec![api_keys(&one), api_keys(&two)]);
    for (key, name) in keys.iter().zip(["first", "second"]) {
        let identity = who
            .identify(&http::Method::GET, &headers(&[("cloakroom-key", key)]), NOW)
            .await
            .unwrap();
        assert_eq!(identity.principal().id(), name);
    }
}

#[test]
fn our_own_headers_are_taken_off_and_those_of_others_stay() {
    let world = World::new(Signer::ed());
    let file = world.path("keys.yaml");
    api_key(&file, "helpdesk", "support");
    let other = Method::ApiKeys { file: file.clone(), header: "x-shop-key".to_owned() };
    let who = load(vec![api_keys(&file), other, Method::Jwt(world.config())]);
    assert_eq!(who.strips(), ["cloakroom-purpose", "cloakroom-key", "x-shop-key"]);
    assert_eq!(load(Vec::new()).strips(), ["cloakroom-purpose"]);

    for header in ["authorization", "Cookie", "host", "cloakroom-purpose", "a b", ""] {
        let method = Method::ApiKeys { file: file.clone(), header: header.to_owned() };
        let loaded = Authenticator::load(&Config { methods: vec![method] }, &no_fetch());
        assert!(loaded.is_err(), "{header}");
    }
}
