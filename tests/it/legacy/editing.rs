//! The edit round trip: what a caller was shown and sends back unchanged changes nothing.

use super::world::EMAIL;
use super::world::World;

const JSON: &str = "content-type: application/json\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n";

/// A world with a stored e-mail address and name, and what the application answers with.
fn world() -> (World, String, String) {
    let world = World::new();
    let (email, name) = (world.token("email", EMAIL), world.token("name", "Ada Canary"));
    let record = format!(r#"{{"email":"{email}","name":"{name}"}}"#);
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", record.as_bytes());
    (world, email, name)
}

fn stored(world: &World) -> String {
    String::from_utf8(world.application.last().body).unwrap()
}

#[test]
fn a_mask_that_comes_back_by_json_is_the_value_that_it_stood_for() {
    let (world, email, name) = world();
    let shown = world.get(&world.clerk).text();
    assert_eq!(shown, r#"{"email":"a***@canary.example","name":"A*** C***"}"#);
    let answer = world.send(("PUT", "/documents/1"), JSON, shown.as_bytes(), &world.clerk);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(stored(&world), format!(r#"{{"email":"{email}","name":"{name}"}}"#));
    // A real new value replaces the old one, beside a mask that does not.
    let edited = r#"{"email":"new@canary.example","name":"A*** C***"}"#;
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, edited.as_bytes(), &world.clerk).status,
        200
    );
    let now = stored(&world);
    assert!(now.contains(&name) && !now.contains(&email) && !now.contains("new@"), "{now}");
}

#[test]
fn a_mask_that_comes_back_by_a_form_is_the_value_that_it_stood_for() {
    let (world, email, name) = world();
    let page = format!(
        "<form><input name=email value=\"{email}\"><input name=name value=\"{name}\"></form>"
    );
    world.application.gives(PAGE, page.as_bytes());
    let shown = world.get(&world.clerk).text();
    assert!(shown.contains("value=\"a***@canary.example\""), "{shown}");
    let form = "email=a***%40canary.example&name=A***+C***&x=1";
    assert_eq!(
        world.send(("POST", "/documents/1"), FORM, form.as_bytes(), &world.clerk).status,
        200
    );
    let email = email.replace('@', "%40");
    assert_eq!(stored(&world), format!("email={email}&name={name}&x=1"));
}

#[test]
fn a_token_that_comes_back_from_whom_it_was_shown_passes() {
    let (world, ..) = world();
    let shown = world.get(&world.nobody).text();
    assert!(shown.contains("ck1em"));
    let before = world.application.requests();
    // Not from another caller: nobody knows how it came by it.
    let stranger = world.send(("PUT", "/documents/1"), JSON, shown.as_bytes(), &world.clerk);
    assert_eq!((stranger.status, stranger.code()), (422, "token-not-accepted".to_owned()));
    assert_eq!(world.application.requests(), before);
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, shown.as_bytes(), &world.nobody).status,
        200
    );
    assert_eq!(stored(&world), shown);
}

#[test]
fn a_mask_that_nobody_can_place_is_a_conflict_and_never_stored() {
    let (world, ..) = world();
    let before = world.application.requests();
    for (body, key) in [
        // Never shown to this caller.
        (r#"{"email":"a***@canary.example"}"#, &world.clerk),
        (r#"{"name":"***"}"#, &world.support),
        (r#"{"phone":"***00"}"#, &world.nobody),
    ] {
        let answer = world.send(("PUT", "/documents/1"), JSON, body.as_bytes(), key);
        assert_eq!((answer.status, answer.code()), (409, "mask-not-accepted".to_owned()), "{body}");
        assert!(!answer.text().contains("a***"));
    }
    assert_eq!(world.application.requests(), before);
    // Shown for two values.
    world.application.gives("HTTP/1.1 204 No Content\r\n", b"");
    let tokens = [world.token("email", "ann@canary.example"), world.token("email", EMAIL)];
    let list = format!(r#"[{{"email":"{}"}},{{"email":"{}"}}]"#, tokens[0], tokens[1]);
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", list.as_bytes());
    let shown = world.get(&world.clerk).text();
    assert_eq!(shown, r#"[{"email":"a***@canary.example"},{"email":"a***@canary.example"}]"#);
    let one = r#"{"email":"a***@canary.example"}"#;
    assert_eq!(world.send(("PUT", "/documents/1"), JSON, one.as_bytes(), &world.clerk).status, 409);
}

#[test]
fn a_year_is_a_mask_only_for_whom_it_was_shown() {
    let (world, ..) = world();
    world.application.gives("HTTP/1.1 204 No Content\r\n", b"");
    let born = world.token("born", "1984-05-12");
    let answer = world.send(("PUT", "/documents/1"), JSON, br#"{"born":"1984"}"#, &world.clerk);
    assert_eq!(answer.status, 204);
    assert!(!stored(&world).contains(&born));
    let record = format!(r#"{{"born":"{born}"}}"#);
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", record.as_bytes());
    assert_eq!(world.get(&world.clerk).text(), r#"{"born":"1984"}"#);
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, br#"{"born":"1984"}"#, &world.clerk).status,
        200
    );
    assert_eq!(stored(&world), record);
}

#[test]
fn a_text_of_several_tokens_passes_and_one_with_clear_text_does_not() {
    let (world, ..) = world();
    world.application.gives("HTTP/1.1 204 No Content\r\n", b"");
    let (first, last) = (world.token("name", "Ada"), world.token("name", "Canary"));
    let page = format!("<p>{first} {last}</p>");
    world.application.gives(PAGE, page.as_bytes());
    assert_eq!(world.get(&world.nobody).text(), page);
    let both = format!(r#"{{"name":"{first} {last}"}}"#);
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, both.as_bytes(), &world.nobody).status,
        200
    );
    assert_eq!(stored(&world), both);
    assert_eq!(world.get(&world.support).text(), "<p>Ada Canary</p>");
    let mixed = format!(r#"{{"name":"{first} Smith"}}"#);
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, mixed.as_bytes(), &world.nobody).status,
        422
    );
}

#[test]
fn what_was_shown_on_one_route_opens_nothing_on_another() {
    let (world, ..) = world();
    let shown = world.get(&world.nobody).text();
    let token: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let body = serde_json::json!({ "email": token["email"] }).to_string();
    let planted = world.send(("PUT", "/elsewhere"), JSON, body.as_bytes(), &world.nobody);
    assert_eq!((planted.status, planted.code()), (422, "token-not-accepted".to_owned()));
    // Following a link with it is another matter, for whom no route shows more.
    let target =
        format!("/elsewhere?email={}", token["email"].as_str().unwrap().replace('@', "%40"));
    assert_eq!(world.send(("GET", &target), "", b"", &world.nobody).status, 200);
    assert!(world.application.last().head.starts_with(&format!("GET {target} ")));
    for key in [&world.clerk, &world.support] {
        assert_eq!(world.send(("GET", &target), "", b"", key).status, 422);
    }
    let mask = world.get(&world.clerk).text();
    let planted = world.send(("PUT", "/elsewhere"), JSON, mask.as_bytes(), &world.clerk);
    assert_eq!((planted.status, planted.code()), (409, "mask-not-accepted".to_owned()));
}

#[test]
fn a_token_that_a_page_only_reflects_is_not_remembered() {
    let (world, email, _) = world();
    // Support may see addresses, so a token in a comment was not hidden from it.
    world.application.gives(PAGE, format!("<!-- {email} -->").as_bytes());
    assert!(world.get(&world.support).text().contains(&email));
    let body = format!(r#"{{"email":"{email}"}}"#);
    assert_eq!(
        world.send(("PUT", "/documents/1"), JSON, body.as_bytes(), &world.support).status,
        422
    );
}
