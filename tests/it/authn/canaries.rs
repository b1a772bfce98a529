//! No credential in any text that we write.

use cloakroom::authn::config::Carrier;

use super::*;

#[tokio::test]
async fn no_credential_is_in_an_error_or_a_debug_text() {
    let world = World::new(Signer::rsa());
    let file = world.path("keys.yaml");
    let made = ApiKeyFile::at(&file).add("helpdesk", &["support".to_owned()], None, NOW).unwrap();
    let key = made.text.expose().clone();
    let cookie = Carrier::Cookie("session_jwt".to_owned());
    let carried = JwtConfig { from: cookie, ..world.config() };
    let who = load(vec![api_keys(&file), Way::Jwt(world.config()), Way::Jwt(carried)]);
    let token = world.token(&claims());
    let secret = &key[17..];

    let mut texts = vec![format!("{made:?}"), format!("{who:?}")];
    let lines = ["", "x"].map(|end| format!("session_jwt={token}{end}"));
    for fields in [
        vec![("cookie", lines[0].as_str())],
        vec![("cookie", &lines[1])],
        vec![("cloakroom-key", key.as_str())],
        vec![("cloakroom-key", &key[..60])],
        vec![("authorization", &token[3..])],
    ] {
        texts.push(format!("{:?}", who.identify(&Method::GET, &headers(&fields), NOW).await));
    }
    for text in [token.as_str(), &token[1..], &token[..token.len() - 2], &key] {
        let answer = ask(&who, text).await;
        texts.push(format!("{answer:?}"));
        texts.extend(answer.err().map(|refused| refused.to_string()));
    }
    let pieces: Vec<_> = token.split('.').collect();
    for text in texts {
        assert!(!text.contains(&secret[..20]), "{text}");
        assert!(pieces.iter().all(|piece| !text.contains(&piece[..12])), "{text}");
    }
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let mut codes: Vec<_> = Refused::ALL.iter().map(|reason| reason.code()).collect();
    let kebab = |code: &&str| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    assert!(codes.iter().all(kebab));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Refused::ALL.len());
}
