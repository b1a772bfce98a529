//! Multipart forms: fields become tokens, files pass, and a file is read where a rule says how.

use super::world::EMAIL;
use super::world::World;

fn form(email: &str, people: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let part = |head: &str, content: &[u8]| {
        [b"--b\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"]
            .concat()
    };
    body.extend(part("name=\"email\"", email.as_bytes()));
    body.extend(part(
        "name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg",
        b"\xff\xd8 ada@canary.example \0\r\n--x",
    ));
    body.extend(part(
        "name=\"people\"; filename=\"p.csv\"\r\nContent-Type: text/csv",
        people.as_bytes(),
    ));
    body.extend(b"--b--\r\n");
    body
}

#[test]
fn fields_and_files_that_are_read_become_tokens_and_other_files_pass() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let people = format!("id,email\n1,{EMAIL}\n");
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let answer = world.send(("POST", "/files"), fields, &form(EMAIL, &people), &world.support);
    assert_eq!(answer.status, 204, "{}", answer.text());
    let expected = form(&token, &format!("id,email\n1,{token}\n"));
    assert_eq!(world.application.last().body, expected);
}

#[test]
fn a_part_that_readers_take_for_different_things_is_refused() {
    let world = World::new();
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let before = world.application.requests();
    for (head, reason) in [
        ("name=\"email\"; filename=\"\"", "ambiguous_file"),
        ("name=\"email\"; name=\"x\"", "invalid_part"),
        ("name*=utf-8''email", "invalid_part"),
        ("filename=x", "missing_name"),
    ] {
        let body =
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{EMAIL}\r\n--b--\r\n");
        let answer = world.send(("POST", "/files"), fields, body.as_bytes(), &world.support);
        assert_eq!((answer.status, answer.code()), (400, "document-refused".to_owned()), "{head}");
        assert!(answer.text().contains(reason), "{head}: {}", answer.text());
    }
    assert_eq!(world.application.requests(), before);
}

/// A form with a file of so many bytes between two fields.
fn long_form(first: &str, length: usize, second: &str) -> Vec<u8> {
    let part = |head: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n");
    let mut body = part("name=\"email\"").into_bytes();
    body.extend(
        [first.as_bytes(), b"\r\n", part("name=\"video\"; filename=\"v.bin\"").as_bytes()].concat(),
    );
    body.extend((0..length).map(|at| u8::try_from(at % 251).unwrap()));
    body.extend(
        [b"\r\n", part("name=\"email\"").as_bytes(), second.as_bytes(), b"\r\n--b--\r\n"].concat(),
    );
    body
}

#[test]
fn a_file_of_any_size_passes_between_fields_that_become_tokens() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let tokens = [world.token("email", EMAIL), world.token("email", "b@canary.example")];
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let form = long_form(EMAIL, 40 << 20, "b@canary.example");
    let answer = world.send(("POST", "/files"), fields, &form, &world.support);
    assert_eq!(answer.status, 204, "{}", answer.text());
    let last = world.application.last();
    assert!(last.head.contains("transfer-encoding: chunked"), "{}", last.head);
    assert!(last.body == long_form(&tokens[0], 40 << 20, &tokens[1]));
}

#[test]
fn elements_of_a_long_form_go_on_counting() {
    let world = World::with("limits: { body_bytes: 64KiB, fields: 100 }");
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let element = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = |values: [&str; 3]| {
        let head = "form-data; name=\"video\"; filename=\"v\"";
        let file = format!("--b\r\nContent-Disposition: {head}\r\n\r\n{}\r\n", "v".repeat(100_000));
        let [first, second, third] = values.map(|value| element("users[][email]", value));
        [first, file, second, third, "--b--\r\n".to_owned()].concat()
    };
    let (other, token) = ("a@canary.example", world.token("email", EMAIL));
    let sent = form([other, EMAIL, other]);
    let answer = world.send(("POST", "/files"), fields, sent.as_bytes(), &world.support);
    assert_eq!(answer.status, 204, "{}", answer.text());
    let expected = form([other, &token, other]);
    assert_eq!(String::from_utf8(world.application.last().body).unwrap(), expected);
    // How many names are counted is bounded.
    let many: String = (0..101).map(|n| element(&format!("x{n}[]"), "x")).collect();
    let sent = sent.replace("--b--\r\n", &(many + "--b--\r\n"));
    let answer = world.send(("POST", "/files"), fields, sent.as_bytes(), &world.support);
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[test]
fn a_long_form_that_is_refused_in_the_middle_never_looks_whole() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    let before = world.application.requests();
    let mut form = long_form(EMAIL, 1 << 20, "b@canary.example");
    form.truncate(form.len() - 4);
    form.extend(b"xx\r\n");
    let answer = world.send(("POST", "/files"), fields, &form, &world.support);
    assert_eq!((answer.status, answer.code()), (400, "document-refused".to_owned()));
    let held = long_form(&"x".repeat(70_000), 1 << 20, "b@canary.example");
    let answer = world.send(("POST", "/files"), fields, &held, &world.support);
    assert_eq!((answer.status, answer.code()), (413, "document-too-large".to_owned()));
    assert_eq!(world.application.requests(), before);
}

#[test]
fn a_value_that_would_cut_a_form_in_two_stays_a_token() {
    let world = World::new();
    let token = world
        .token("name", "Mallory\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1");
    let harmless = world.token("name", "Ada --c Canary");
    let fields = "content-type: multipart/form-data; boundary=b\r\n";
    for (token, shown) in [(&token, token.as_str()), (&harmless, "Ada --c Canary")] {
        let form = |name: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n--b--\r\n"
            )
        };
        let answer = world.send(("POST", "/out"), fields, form(token).as_bytes(), &world.support);
        assert_eq!(answer.status, 204, "{}", answer.text());
        assert_eq!(String::from_utf8(world.application.last().body).unwrap(), form(shown));
    }
}
