//! Header fields and named segments of a path.

use cloakroom::base::Kind;
use cloakroom::base::Span;
use cloakroom::document;
use cloakroom::document::Codec;
use cloakroom::document::Headers;
use cloakroom::document::Named;
use cloakroom::document::Reason;

use crate::formats::program;
use crate::formats::reading;

fn headers(lines: &[(&str, &[u8])]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in lines {
        headers.push(name, value);
    }
    headers
}

#[test]
fn every_line_of_a_name_is_found_without_the_blanks_around_it() {
    let lines: [(&str, &[u8]); 5] = [
        ("Accept", b"*/*"),
        ("X-User-Email", b" a@b.example\t"),
        ("x-user-email", b""),
        ("X-Empty", b"  "),
        ("X-USER-EMAIL", b"c@d"),
    ];
    let headers = headers(&lines);
    let found = headers.select(reading(&program(&["$['x-user-email']"]))).unwrap();
    let texts: Vec<_> =
        found.iter().map(|hit| (hit.line, hit.field.span.of(lines[hit.line].1).to_vec())).collect();
    assert_eq!(texts, [(1, b"a@b.example".to_vec()), (2, Vec::new()), (4, b"c@d".to_vec())]);
}

#[test]
fn every_sign_in_a_name_is_a_hyphen() {
    for name in ["x_user_email", "X.User.Email", "x!user!email", "x-user~email", "x`user|email"] {
        let headers = headers(&[(name, b"a@b.example")]);
        let found = headers.select(reading(&program(&["$['x-user-email']"]))).unwrap();
        assert_eq!(found.len(), 1, "{name}");
    }
}

#[test]
fn a_selected_line_must_be_text() {
    for (value, reason) in
        [(&b"caf\xe9"[..], Reason::InvalidUtf8), (b"a\x01b", Reason::ControlCharacter)]
    {
        let headers = headers(&[("x", value)]);
        let run = |selector: &str| headers.select(reading(&program(&[selector])));
        assert_eq!(run("$.x").unwrap_err().reason, reason);
        assert!(run("$.y").unwrap().is_empty());
    }
}

#[test]
fn a_header_cannot_be_left() {
    for text in ["a\r\nSet-Cookie: x=y", "a\nb", "\0", " a", "a\t"] {
        assert!(!Codec::Header.holds(text), "{text:?}");
    }
    assert!(Codec::Header.holds("J\u{fc}rgen, \"M\""));
}

#[test]
fn segments_are_found_by_the_names_of_the_route() {
    let path = b"/users/a%2Fb%40c/orders/7+8";
    let span = |start, end| Span::new(start, end).unwrap();
    let segments = [
        Named { name: "id".to_owned(), span: span(7, 16) },
        Named { name: "order".to_owned(), span: span(24, 27) },
    ];
    let run =
        |selectors: &[&str]| document::select_path(path, &segments, reading(&program(selectors)));
    let fields = run(&["$.id", "$.order"]).unwrap();
    let texts: Vec<String> = fields
        .iter()
        .map(|field| field.codec.decode(field.span.of(path), field.kind).unwrap().expose().clone())
        .collect();
    assert_eq!(texts, ["a/b@c", "7+8"]);
    let mut out = Vec::new();
    Codec::Path.encode("../a b", Kind::Text, &mut out);
    assert_eq!(out, b"..%2Fa%20b");
}

#[test]
fn a_selected_segment_must_be_well_encoded() {
    for (path, reason) in [
        ("/%4", Reason::InvalidPercentEscape),
        ("/%ff", Reason::InvalidUtf8),
        ("/a%00", Reason::ControlCharacter),
    ] {
        let end = u32::try_from(path.len()).unwrap();
        let segments = [Named { name: "id".to_owned(), span: Span::new(1, end).unwrap() }];
        let run = |selector| {
            let program = program(&[selector]);
            document::select_path(path.as_bytes(), &segments, reading(&program))
        };
        assert_eq!(run("$.id").unwrap_err().reason, reason, "{path}");
        assert!(run("$.x").is_ok());
    }
}
