//! Keys that change, and issuers that do not answer.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use cloakroom::authn::jwks::ON_DEMAND;
use cloakroom::authn::jwks::REFRESH;
use cloakroom::authn::jwks::STALE;

use super::*;

const URL: &str = "https://id.example/jwks";

/// An issuer whose answer the test sets, and which counts how often it was asked.
#[derive(Default)]
struct Issuer {
    answer: Mutex<Option<String>>,
    asked: AtomicUsize,
}

impl Issuer {
    fn says(&self, keys: &[Value]) {
        *self.answer.lock().unwrap() = Some(key_set(keys));
    }

    fn is_down(&self) {
        *self.answer.lock().unwrap() = None;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn authenticator(self: &Arc<Self>) -> Authenticator {
        let issuer = Arc::clone(self);
        let fetch: Fetch = Arc::new(move |request| {
            assert_eq!((request.url.as_str(), request.headers.len()), (URL, 0));
            let issuer = Arc::clone(&issuer);
            Box::pin(async move {
                issuer.asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                let answer = issuer.answer.lock().unwrap().clone();
                let status = if answer.is_some() { 200 } else { 503 };
                let body = answer.unwrap_or_default().into_bytes();
                Ok(http::Response::builder().status(status).body(body).unwrap())
            })
        });
        let config = jwt_config(JwksSource::Url(URL.to_owned()));
        Authenticator::load(&Config { methods: vec![Method::Jwt(config)] }, &fetch).unwrap()
    }
}

async fn at(who: &Authenticator, token: &str, seconds: u64) -> Result<Identity, Refused> {
    who.identify(&http::Method::GET, &bearer(token), later(seconds)).await
}

fn long_lived() -> Value {
    with(claims(), "exp", json!(NOW.seconds() + 10_000_000))
}

#[tokio::test]
async fn keys_are_fetched_when_first_needed_and_then_kept() {
    let (issuer, signer) = (Arc::new(Issuer::default()), Signer::ed());
    issuer.says(&[signer.jwk("k1")]);
    let who = issuer.authenticator();
    assert!(!who.is_ready(NOW));
    let tokens = ["a", "b", "c"].map(|sub| signer.token("k1", &with(claims(), "sub", json!(sub))));
    let asked = futures_util::future::join_all(tokens.iter().map(|token| at(&who, token, 0))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(issuer.asked(), 1);
    assert!(who.is_ready(NOW));
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (issuer, old, new) = (Arc::new(Issuer::default()), Signer::ed(), Signer::ec());
    issuer.says(&[old.jwk("k1")]);
    let who = issuer.authenticator();
    let (first, second) = (old.token("k1", &claims()), new.token("k2", &claims()));
    assert!(at(&who, &first, 0).await.is_ok());

    issuer.says(&[old.jwk("k1"), new.jwk("k2")]);
    assert!(at(&who, &second, ON_DEMAND.as_secs()).await.is_ok());
    assert!(at(&who, &first, ON_DEMAND.as_secs()).await.is_ok());

    issuer.says(&[new.jwk("k2")]);
    who.refresh(later(ON_DEMAND.as_secs() + REFRESH.as_secs())).await;
    let refused = at(&who, &first, 320).await.err();
    assert_eq!(refused, Some(Refused::TokenKeyUnknown), "a key that was taken back still serves");
}

#[tokio::test]
async fn unknown_keys_do_not_make_us_ask_all_the_time() {
    let (issuer, signer) = (Arc::new(Issuer::default()), Signer::ed());
    issuer.says(&[signer.jwk("k1")]);
    let who = issuer.authenticator();
    for number in 0..50 {
        let token = signer.token(&format!("x{number}"), &claims());
        let refused = at(&who, &token, 0).await.err();
        assert_eq!(refused, Some(Refused::TokenKeyUnknown));
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_survived_for_a_while() {
    let (issuer, signer) = (Arc::new(Issuer::default()), Signer::ed());
    let who = issuer.authenticator();
    let token = signer.token("k1", &long_lived());
    let refused = at(&who, &token, 0).await.unwrap_err();
    assert!(refused == Refused::KeysUnavailable && refused.is_temporary());

    issuer.says(&[signer.jwk("k1")]);
    assert_eq!(who.refresh(later(60)).await[0].result, Ok(()));
    issuer.is_down();
    let failed = who.refresh(later(60 + REFRESH.as_secs())).await;
    assert_eq!(failed[0].result, Err(FetchError::Status(503)));
    assert!(at(&who, &token, 60 + STALE.as_secs()).await.is_ok());
    let refused = at(&who, &token, 61 + STALE.as_secs()).await.err();
    assert_eq!(refused, Some(Refused::KeysUnavailable));
    assert!(!who.is_ready(later(61 + STALE.as_secs())));
}

#[tokio::test]
async fn a_bad_key_set_does_not_replace_a_good_one() {
    let (issuer, signer) = (Arc::new(Issuer::default()), Signer::ed());
    issuer.says(&[signer.jwk("k1")]);
    let who = issuer.authenticator();
    who.refresh(NOW).await;
    let token = signer.token("k1", &claims());
    let sets = [
        "<html>".to_owned(),
        "{}".to_owned(),
        key_set(&[]),
        key_set(&[json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"})]),
        key_set(&[with(signer.jwk("k1"), "d", json!("c2VjcmV0"))]),
        " ".repeat(cloakroom::authn::jwks::BYTES + 1),
    ];
    for (number, set) in (1..).zip(sets) {
        *issuer.answer.lock().unwrap() = Some(set);
        let seconds = number * REFRESH.as_secs();
        assert!(who.refresh(later(seconds)).await[0].result.is_err());
        assert!(ask(&who, &token).await.is_ok());
    }
}

#[tokio::test]
async fn an_issuer_that_hangs_is_not_waited_for_long() {
    let fetch: Fetch = Arc::new(|_| Box::pin(std::future::pending()));
    let fetch_timeout = std::time::Duration::from_millis(10);
    let config = JwtConfig { fetch_timeout, ..jwt_config(JwksSource::Url(URL.to_owned())) };
    let who = Authenticator::load(&Config { methods: vec![Method::Jwt(config)] }, &fetch).unwrap();
    let token = Signer::ed().token("k1", &claims());
    let two = futures_util::future::join(ask(&who, &token), ask(&who, &token)).await;
    assert_eq!(
        (two.0.err(), two.1.err()),
        (Some(Refused::KeysUnavailable), Some(Refused::KeysUnavailable))
    );
}

#[tokio::test]
async fn a_key_file_is_read_again_when_it_changed() {
    let world = World::new(Signer::ed());
    let who = world.authenticator();
    assert_eq!(who.files(), [world.jwks()]);
    let token = world.token(&claims());
    assert!(ask(&who, &token).await.is_ok());

    std::fs::write(world.jwks(), "not a key set").unwrap();
    assert!(who.reload().is_err());
    assert!(ask(&who, &token).await.is_ok());

    std::fs::write(world.jwks(), key_set(&[Signer::ed().jwk("k1")])).unwrap();
    who.reload().unwrap();
    assert_eq!(ask(&who, &token).await.err(), Some(Refused::TokenSignature));
}

#[test]
fn keys_are_not_fetched_over_a_wire_that_others_can_write_to() {
    for (url, expected) in [
        ("https://id.example/jwks", true),
        ("http://127.0.0.1:8000/jwks", true),
        ("http://[::1]/jwks", true),
        ("http://localhost/jwks", true),
        ("http://id.example/jwks", false),
        ("http://127.0.0.1.evil.example/jwks", false),
        ("file:///etc/passwd", false),
        ("id.example", false),
    ] {
        let config = jwt_config(JwksSource::Url(url.to_owned()));
        let loaded =
            Authenticator::load(&Config { methods: vec![Method::Jwt(config)] }, &no_fetch());
        assert_eq!(loaded.is_ok(), expected, "{url}");
    }
}
