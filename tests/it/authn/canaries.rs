//! No credential in any text that we write.

use cloakroom::authn::FetchRequest;
use cloakroom::authn::config::Carrier;
use cloakroom::authn::config::ForwardAuthConfig;
use cloakroom::authn::config::ValueSource;

use super::*;

#[tokio::test]
async fn no_credential_is_in_an_error_or_a_debug_text() {
    let world = World::new(Signer::rsa());
    let file = world.path("keys.yaml");
    let made = ApiKeyFile::at(&file).add("helpdesk", &["support".to_owned()], None, NOW).unwrap();
    let key = made.text.expose().clone();
    let cookie = Carrier::Cookie("session_jwt".to_owned());
    let carried = JwtConfig { from: cookie, ..world.config() };
    let who = load(vec![api_keys(&file), Method::Jwt(world.config()), Method::Jwt(carried)]);
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
        texts.push(format!("{:?}", who.identify(&http::Method::GET, &headers(&fields), NOW).await));
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

#[tokio::test]
async fn no_session_is_in_an_error_or_a_debug_text() {
    const SESSION: &str = "canary-of-a-session";
    let seen: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let texts = Arc::clone(&seen);
    // Says what it was asked, and fails in one way after the other.
    let fetch: Fetch = Arc::new(move |request: FetchRequest| {
        let number = {
            let mut texts = texts.lock().unwrap();
            texts.push(format!("{request:?} {:?}", request.headers));
            texts.len()
        };
        Box::pin(async move {
            let status = match number {
                1 => return Err(FetchError::Unreachable),
                2 => return Err(FetchError::TooLarge),
                3 => 500,
                4 => 401,
                _ => 200,
            };
            let body = if number == 5 { SESSION.into() } else { b"{\"id\":\"sam\"}".to_vec() };
            Ok(http::Response::builder().status(status).body(body).unwrap())
        })
    });
    let config = ForwardAuthConfig {
        cookies: vec!["session".to_owned()],
        headers: vec!["authorization".to_owned()],
        ..ForwardAuthConfig::new("https://shop.example/whoami", ValueSource::Json("/id".to_owned()))
    };
    let config = Config { methods: vec![Method::ForwardAuth(config)] };
    let who = Authenticator::load(&config, &fetch).unwrap();
    let line = format!("session={SESSION}");
    let fields = headers(&[("cookie", &line), ("authorization", &format!("Basic {SESSION}"))]);
    for _ in 0..6 {
        let answer = who.identify(&http::Method::GET, &fields, NOW).await;
        seen.lock().unwrap().push(format!("{answer:?} {who:?}"));
        if let Err(refused) = answer {
            seen.lock().unwrap().push(refused.to_string());
        }
    }
    let texts = seen.lock().unwrap().clone();
    assert!(texts.iter().any(|text| text.contains("sam")), "{texts:?}");
    for text in texts {
        assert!(!text.contains(SESSION), "{text}");
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
