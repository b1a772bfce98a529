//! JSON Web Tokens, right and wrong.

use cloakroom::base::AuthMethod;
use cloakroom::base::Claim;
use cloakroom::base::PrincipalKind;

use super::*;

#[tokio::test]
async fn a_signed_token_names_its_user() {
    for signer in [Signer::rsa(), Signer::ec(), Signer::ed()] {
        let world = World::new(signer);
        let authenticator = world.authenticator();
        let token = world.token(&claims());
        for _ in 0..2 {
            let identity = ask(&authenticator, &token).await.unwrap();
            let principal = identity.principal();
            assert_eq!((principal.kind(), principal.id()), (PrincipalKind::User, "sam"));
            assert_eq!(principal.method(), AuthMethod::Jwt);
            assert_eq!(principal.groups(), [Arc::from("support")]);
        }
    }
}

#[tokio::test]
async fn a_caller_without_credential_is_anonymous() {
    let authenticator = World::new(Signer::ed()).authenticator();
    for fields in [&[][..], &[("authorization", "Basic c2FtOnNlY3JldA==")], &[("cookie", "id=1")]] {
        let identity =
            authenticator.identify(&http::Method::GET, &headers(fields), NOW).await.unwrap();
        assert!(!identity.principal().is_authenticated());
        assert_eq!(identity.purpose(), None);
    }
}

#[tokio::test]
async fn times_are_checked_at_every_use() {
    let world = World::new(Signer::ed());
    let authenticator = world.authenticator();
    let token = bearer(&world.token(&with(claims(), "nbf", json!(NOW.seconds() + 60))));
    let refused = async |now| authenticator.identify(&http::Method::GET, &token, now).await.err();
    assert_eq!(refused(later(29)).await, Some(Refused::TokenNotYetValid));
    assert_eq!(refused(later(30)).await, None);
    assert_eq!(refused(later(629)).await, None);
    assert_eq!(refused(later(630)).await, Some(Refused::TokenExpired));
    assert_eq!(refused(later(29)).await, Some(Refused::TokenNotYetValid));
}

#[tokio::test]
async fn claims_that_are_wrong_are_refused() {
    let world = World::new(Signer::ed());
    let config = JwtConfig { claims: vec!["region".to_owned()], ..world.config() };
    let authenticator = load(vec![Method::Jwt(config)]);
    let cases = [
        ("iss", json!("https://id.example/"), Refused::TokenIssuer),
        ("iss", json!([ISSUER]), Refused::TokenIssuer),
        ("iss", Value::Null, Refused::TokenIssuer),
        ("aud", json!("other"), Refused::TokenAudience),
        ("aud", json!(["other", "shop2"]), Refused::TokenAudience),
        ("aud", json!([]), Refused::TokenAudience),
        ("aud", json!({"shop": "shop"}), Refused::TokenAudience),
        ("aud", Value::Null, Refused::TokenAudience),
        ("exp", json!(NOW.seconds() - 31), Refused::TokenExpired),
        ("exp", json!("9999999999"), Refused::TokenExpired),
        ("exp", json!(-1), Refused::TokenExpired),
        ("exp", Value::Null, Refused::TokenExpired),
        ("nbf", json!("soon"), Refused::TokenNotYetValid),
        ("sub", json!(""), Refused::TokenSubject),
        ("sub", json!("a\u{0}b"), Refused::TokenSubject),
        ("sub", json!(7), Refused::TokenSubject),
        ("sub", Value::Null, Refused::TokenSubject),
        ("groups", json!([1]), Refused::TokenClaim),
        ("groups", json!({"a": 1}), Refused::TokenClaim),
        ("region", json!({"a": 1}), Refused::TokenClaim),
        ("region", json!(1.5), Refused::TokenClaim),
    ];
    for (name, value, expected) in cases {
        let token = world.token(&with(claims(), name, value.clone()));
        assert_eq!(ask(&authenticator, &token).await.err(), Some(expected), "{name}: {value}");
    }
    for aud in [json!("shop"), json!(["x", "shop"])] {
        let exp = json!(1_795_378_999.5);
        let token = world.token(&with(with(claims(), "aud", aud), "exp", exp));
        assert!(ask(&authenticator, &token).await.is_ok());
    }
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let world = World::new(Signer::rsa());
    let authenticator = world.authenticator();
    for name in ["none", "None", "NONE", "", "HS256", "rs256", "RS512"] {
        for end in [".", ".AAAA"] {
            let token = format!("{}{end}", unsigned(&json!({"alg": name, "kid": "k1"}), &claims()));
            let refused = ask(&authenticator, &token).await.err();
            assert_eq!(refused, Some(Refused::TokenAlgorithm), "{name}");
        }
    }
    let token = format!("{}.", unsigned(&json!({"kid": "k1"}), &claims()));
    assert_eq!(ask(&authenticator, &token).await.err(), Some(Refused::TokenAlgorithm));
}

#[tokio::test]
async fn a_public_key_is_no_hmac_key() {
    let world = World::new(Signer::rsa());
    let authenticator = world.authenticator();
    let signed = unsigned(&json!({"alg": "HS256", "kid": "k1"}), &claims());
    for secret in [world.signer.public(), std::fs::read(world.jwks()).unwrap()] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
        let mac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
        let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(mac.as_ref()));
        assert_eq!(ask(&authenticator, &token).await.err(), Some(Refused::TokenAlgorithm));
    }
    for name in ["HS256", "HS512", "none", "RS1", ""] {
        let config = JwtConfig { algorithms: vec![name.to_owned()], ..world.config() };
        let config = Config { methods: vec![Method::Jwt(config)] };
        assert!(Authenticator::load(&config, &no_fetch()).is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_tampered_token_is_refused() {
    let world = World::new(Signer::ec());
    let authenticator = world.authenticator();
    let token = world.token(&claims());
    let parts: Vec<_> = token.split('.').collect();
    let other = world.token(&with(claims(), "sub", json!("root")));
    let others: Vec<_> = other.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], others[1], parts[2]);
    assert_eq!(ask(&authenticator, &swapped).await.err(), Some(Refused::TokenSignature));

    let mut signature = BASE64URL_NOPAD.decode(parts[2].as_bytes()).unwrap();
    signature[10] ^= 1;
    let flipped = format!("{}.{}.{}", parts[0], parts[1], BASE64URL_NOPAD.encode(&signature));
    assert_eq!(ask(&authenticator, &flipped).await.err(), Some(Refused::TokenSignature));

    let cut = format!("{}.{}.", parts[0], parts[1]);
    assert_eq!(ask(&authenticator, &cut).await.err(), Some(Refused::TokenSignature));
    assert!(ask(&authenticator, &token).await.is_ok());
}

#[tokio::test]
async fn only_the_key_that_the_token_names_is_tried() {
    let world = World::new(Signer::ed());
    let authenticator = world.authenticator();
    let unknown = world.signer.token("k2", &claims());
    assert_eq!(ask(&authenticator, &unknown).await.err(), Some(Refused::TokenKeyUnknown));
    let forged = Signer::ed().token("k1", &claims());
    assert_eq!(ask(&authenticator, &forged).await.err(), Some(Refused::TokenSignature));
    let number = world.signer.token_with(&json!({"alg": "EdDSA", "kid": 1}), &claims());
    assert_eq!(ask(&authenticator, &number).await.err(), Some(Refused::TokenKeyUnknown));

    let nameless = world.signer.token_with(&json!({"alg": "EdDSA"}), &claims());
    assert!(ask(&authenticator, &nameless).await.is_ok());
    let two = key_set(&[world.signer.jwk("k1"), Signer::ed().jwk("k2")]);
    std::fs::write(world.jwks(), two).unwrap();
    let refused = ask(&world.authenticator(), &nameless).await.err();
    assert_eq!(refused, Some(Refused::TokenKeyUnknown));
}

#[tokio::test]
async fn keys_are_used_for_what_they_are_for() {
    let world = World::new(Signer::rsa());
    let other = Signer::ed();
    let token = world.token(&claims());
    let attempts = [
        ("use", json!("enc"), false),
        ("use", json!("sig"), true),
        ("alg", json!("RS512"), false),
        ("alg", json!("RSA-OAEP"), false),
        ("alg", json!("RS256"), true),
        ("key_ops", json!(["sign"]), false),
        ("key_ops", json!(["verify"]), true),
    ];
    for (name, value, expected) in attempts {
        let key = with(world.signer.jwk("k1"), name, value.clone());
        std::fs::write(world.jwks(), key_set(&[key, other.jwk("k2")])).unwrap();
        let allowed = ask(&world.authenticator(), &token).await.is_ok();
        assert_eq!(allowed, expected, "{name}: {value}");
    }
    let wrong_kind = world.signer.token_with(&json!({"alg": "RS256", "kid": "k2"}), &claims());
    let refused = ask(&world.authenticator(), &wrong_kind).await.err();
    assert_eq!(refused, Some(Refused::TokenKeyUnknown));
}

#[tokio::test]
async fn headers_that_change_the_meaning_are_refused() {
    let world = World::new(Signer::ed());
    let authenticator = world.authenticator();
    let refused = async |name: &str, value: Value| {
        let header = with(json!({"alg": "EdDSA", "kid": "k1"}), name, value);
        ask(&authenticator, &world.signer.token_with(&header, &claims())).await.err()
    };
    assert_eq!(refused("crit", json!(["b64"])).await, Some(Refused::TokenCritical));
    for kind in ["logout+jwt", "secevent+jwt", "dpop+jwt"] {
        assert_eq!(refused("typ", json!(kind)).await, Some(Refused::TokenType));
    }
    for kind in ["JWT", "at+jwt", "application/at+jwt"] {
        assert_eq!(refused("typ", json!(kind)).await, None);
    }
    // A key that the token itself brings is not looked at.
    let own = Signer::ed();
    let header = json!({"alg": "EdDSA", "jwk": own.jwk("x"), "jku": "https://evil.example"});
    let token = own.token_with(&header, &claims());
    assert_eq!(ask(&authenticator, &token).await.err(), Some(Refused::TokenSignature));
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let world = World::new(Signer::ed());
    let authenticator = world.authenticator();
    let token = world.token(&claims());
    let doubled = {
        let text = format!("{{\"iss\":\"{ISSUER}\",\"sub\":\"a\",\"sub\":\"b\"}}");
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"EdDSA"}"#);
        format!("{header}.{}.AAAA", BASE64URL_NOPAD.encode(text.as_bytes()))
    };
    let garbage = [
        String::new(),
        "opaque".to_owned(),
        "a.b.c".to_owned(),
        format!("{token}.x"),
        format!("{token}="),
        format!("{token} {token}"),
        "x".repeat(20_000),
        doubled,
    ];
    for text in garbage {
        let refused = ask(&authenticator, &text).await.err();
        let expected = [Refused::TokenMalformed, Refused::TokenSignature];
        assert!(refused.is_some_and(|refused| expected.contains(&refused)), "{refused:?}");
    }
    let lower = headers(&[("authorization", &format!("bearer  {token}"))]);
    assert!(authenticator.identify(&http::Method::GET, &lower, NOW).await.is_ok());
    let value = format!("Bearer {token}");
    let twice = headers(&[("authorization", &value), ("authorization", "Basic x")]);
    let refused = authenticator.identify(&http::Method::GET, &twice, NOW).await.err();
    assert_eq!(refused, Some(Refused::CredentialRepeated));
}

#[tokio::test]
async fn a_claim_that_is_there_twice_inside_another_is_refused() {
    let world = World::new(Signer::ed());
    let authenticator = world.authenticator();
    let roles = r#""realm_access":{"roles":["a"],"roles":["admin"]}"#;
    let text = claims().to_string().replacen('{', &format!("{{{roles},"), 1);
    let header = json!({"alg": "EdDSA", "kid": "k1"}).to_string();
    let [header, text] = [header, text].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
    let signed = format!("{header}.{text}");
    let signature = BASE64URL_NOPAD.encode(&world.signer.sign(signed.as_bytes()));
    let refused = ask(&authenticator, &format!("{signed}.{signature}")).await.err();
    assert_eq!(refused, Some(Refused::TokenMalformed));
}

#[tokio::test]
async fn configured_claims_reach_the_principal() {
    let world = World::new(Signer::ed());
    let config = JwtConfig {
        groups_claim: Some("/realm_access/roles".to_owned()),
        claims: ["region", "scope", "level", "staff", "teams", "missing"]
            .map(str::to_owned)
            .to_vec(),
        prefix: "shop:".to_owned(),
        ..world.config()
    };
    let authenticator = load(vec![Method::Jwt(config)]);
    let mut said = with(claims(), "realm_access", json!({"roles": ["b", "a", "b"]}));
    for (name, value) in [
        ("region", json!("eu")),
        ("scope", json!("read  write")),
        ("level", json!(3)),
        ("staff", json!(true)),
        ("teams", json!(["x"])),
        ("secret", json!("not listed")),
    ] {
        said = with(said, name, value);
    }
    let principal = ask(&authenticator, &world.token(&said)).await.unwrap().principal().clone();
    assert_eq!(principal.id(), "shop:sam");
    assert_eq!(principal.groups(), ["shop:a", "shop:b"].map(Arc::from));
    let found: Vec<_> = principal.claims().iter().map(|(n, c)| (&**n, c.clone())).collect();
    let list = |texts: &[&str]| Claim::List(texts.iter().map(|&text| Arc::from(text)).collect());
    assert_eq!(
        found,
        [
            ("level", Claim::Number(3)),
            ("region", Claim::Text("eu".into())),
            ("scope", list(&["read", "write"])),
            ("staff", Claim::Flag(true)),
            ("teams", list(&["x"])),
        ]
    );
}
