//! The leak sentinel: a value that is protected in one place and stands in another.

use data_encoding::BASE64;

use super::world::EMAIL;
use super::world::World;

const JSON: &str = "content-type: application/json\r\n";

#[test]
fn a_value_in_a_second_place_is_refused_where_the_route_says_so() {
    let world = World::new();
    let coded = BASE64.encode(EMAIL.as_bytes());
    let before = world.application.requests();
    for (target, fields, more, place) in [
        ("/strict", "", format!(r#","note":"mail {EMAIL}""#), "body"),
        ("/strict", "", r#","note":"mail ada%40canary.example""#.to_owned(), "body"),
        ("/strict", "", format!(r#","blob":"{coded}""#), "body"),
        ("/strict?x=ada%40canary.example", "", String::new(), "query"),
        ("/strict", "x-user: ada@canary.example\r\n", String::new(), "header"),
        ("/strict", "cookie: u=ada%40canary.example\r\n", String::new(), "cookie"),
    ] {
        let body = format!(r#"{{"email":"{EMAIL}"{more}}}"#);
        let fields = format!("{JSON}{fields}");
        let answer = world.send(("POST", target), &fields, body.as_bytes(), &world.support);
        assert_eq!(
            (answer.status, answer.code()),
            (422, "leak-detected".to_owned()),
            "{target} {more}"
        );
        assert!(answer.text().contains(&format!("\"place\":\"{place}\"")), "{}", answer.text());
        assert!(!answer.text().contains(EMAIL));
    }
    assert_eq!(world.application.requests(), before);
    let clean = format!(r#"{{"email":"{EMAIL}","note":"nothing"}}"#);
    let answer = world.send(
        ("POST", "/strict?email=ada%40canary.example"),
        JSON,
        clean.as_bytes(),
        &world.support,
    );
    assert_eq!(answer.status, 204);
}

/// A form with a file that is longer than what is read whole, and fields around it.
fn long_form(fields: [&str; 3]) -> Vec<u8> {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = part("v\"; filename=\"v.bin", &"x".repeat(200_000));
    let [before, email, behind] = fields;
    [part("note", before), file, part("email", email), part("note", behind), "--b--\r\n".to_owned()]
        .concat()
        .into_bytes()
}

#[test]
fn it_sees_the_fields_of_a_form_that_passes_part_by_part() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let mail = format!("mail {EMAIL}");
    let before = world.application.requests();
    for (target, form, place) in [
        ("/strict", long_form([&mail, EMAIL, "-"]), "body"),
        ("/strict", long_form(["-", EMAIL, &mail]), "body"),
        ("/strict", long_form(["-", EMAIL, "mail ada%40canary.example"]), "body"),
        ("/strict?email=ada%40canary.example", long_form(["-", "-", &mail]), "body"),
        ("/strict?x=ada%40canary.example", long_form(["-", EMAIL, "-"]), "query"),
    ] {
        let answer = world.send(("POST", target), fields, &form, &world.support);
        assert_eq!((answer.status, answer.code()), (422, "leak-detected".to_owned()), "{target}");
        assert!(answer.text().contains(&format!("\"place\":\"{place}\"")), "{}", answer.text());
    }
    // It was broken off each time, so the application never had a whole form.
    assert_eq!(world.application.requests(), before);
    let clean = long_form(["-", EMAIL, "-"]);
    assert_eq!(world.send(("POST", "/strict"), fields, &clean, &world.support).status, 204);
    let leaks = || world.metric("cloakroom_leaks_total{class=\"email\"}");
    assert_eq!(leaks(), 5);
    // Twice in one form, and reported once.
    let form = long_form([&mail, EMAIL, &mail]);
    assert_eq!(world.send(("POST", "/documents"), fields, &form, &world.support).status, 204);
    assert_eq!(leaks(), 6);
    assert_eq!(world.send(("POST", "/unwatched"), fields, &form, &world.support).status, 204);
    assert_eq!(leaks(), 6);
}

#[test]
fn elsewhere_it_is_reported_and_the_request_passes() {
    let world = World::new();
    let body = format!(r#"{{"email":"{EMAIL}","note":"{EMAIL}"}}"#);
    for target in ["/documents", "/unwatched"] {
        assert_eq!(world.send(("POST", target), JSON, body.as_bytes(), &world.support).status, 204);
    }
    assert_eq!(world.metric("cloakroom_leaks_total{class=\"email\"}"), 1);
    let World { mut gateway, site, .. } = world;
    gateway.stop();
    let leaks: Vec<_> = site.journal().into_iter().filter(|line| line["event"] == "leak").collect();
    assert_eq!(leaks.len(), 1);
    assert_eq!((&leaks[0]["reason"], &leaks[0]["route"]), (&"body".into(), &"documents".into()));
    assert!(!leaks[0].to_string().contains(EMAIL));
}
