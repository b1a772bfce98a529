//! For what a caller asks.

use super::*;

const HEADER: &str = "Cloakroom-Purpose";

#[tokio::test]
async fn the_header_of_a_known_caller_counts_and_that_of_nobody_does_not() {
    let world = World::new(Signer::ed());
    let who = world.authenticator();
    let value = format!("Bearer {}", world.token(&claims()));
    let known = headers(&[("authorization", &value), (HEADER, " ticket ")]);
    let identity = who.identify(&http::Method::GET, &known, NOW).await.unwrap();
    assert_eq!(identity.purpose().unwrap().as_str(), "ticket");

    let nobody =
        who.identify(&http::Method::GET, &headers(&[(HEADER, "ticket")]), NOW).await.unwrap();
    assert_eq!(nobody.purpose(), None);
}

#[tokio::test]
async fn a_purpose_that_is_none_is_refused() {
    let world = World::new(Signer::ed());
    let who = world.authenticator();
    let value = format!("Bearer {}", world.token(&claims()));
    for text in ["", "Ticket", "a b", "tïcket", &"x".repeat(65)] {
        let fields = headers(&[("authorization", &value), (HEADER, text)]);
        let refused = who.identify(&http::Method::GET, &fields, NOW).await.err();
        assert_eq!(refused, Some(Refused::PurposeMalformed), "{text}");
    }
    let twice = headers(&[("authorization", &value), (HEADER, "a"), (HEADER, "a")]);
    assert_eq!(
        who.identify(&http::Method::GET, &twice, NOW).await.err(),
        Some(Refused::CredentialRepeated)
    );
}

#[tokio::test]
async fn a_claim_cannot_be_talked_over() {
    let world = World::new(Signer::ed());
    let config = JwtConfig { purpose_claim: Some("purpose".to_owned()), ..world.config() };
    let who = load(vec![Method::Jwt(config)]);
    let value = format!("Bearer {}", world.token(&with(claims(), "purpose", json!("care"))));
    let asked = async |fields: &[(&str, &str)]| {
        let fields = [&[("authorization", value.as_str())], fields].concat();
        let identity = who.identify(&http::Method::GET, &headers(&fields), NOW).await;
        identity.map(|identity| identity.purpose().unwrap().as_str().to_owned())
    };
    assert_eq!(asked(&[]).await, Ok("care".to_owned()));
    assert_eq!(asked(&[(HEADER, "care")]).await, Ok("care".to_owned()));
    assert_eq!(asked(&[(HEADER, "billing")]).await, Err(Refused::PurposeConflict));

    let odd = world.token(&with(claims(), "purpose", json!("Customer Care")));
    assert_eq!(ask(&who, &odd).await.err(), Some(Refused::TokenClaim));
}
