//! Multipart forms: parts as fields, files left alone, and the traps between readers.

use cloakroom::document;
use cloakroom::document::Boundary;
use cloakroom::document::Bounds;
use cloakroom::document::Dialect;
use cloakroom::document::FileAs;
use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom::document::Reason;

use crate::formats::program;
use crate::formats::reason;
use crate::formats::refusal;
use crate::formats::rewritten;
use crate::formats::texts;
use crate::formats::texts_with;

const EMAIL: [&str; 1] = ["$.email"];

fn format() -> Format {
    Format::Multipart(Boundary::new("xyz").unwrap())
}

/// A body of parts, each with its header lines and its content.
fn body(parts: &[(&str, &str)]) -> String {
    let part = |(lines, content): &(&str, &str)| format!("--xyz\r\n{lines}\r\n\r\n{content}\r\n");
    let parts: String = parts.iter().map(part).collect();
    format!("{parts}--xyz--\r\n")
}

fn field(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"")
}

#[test]
fn fields_are_found_and_everything_else_stays() {
    let file = "Content-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\
        content-type: image/png";
    let source = body(&[
        (&field("id"), "7"),
        ("CONTENT-disposition:form-data;name=email", "a@b\r\nc"),
        (file, "\u{89}PNG\r\n\u{0}email=a@b"),
        (&field("email"), ""),
        (&field("user[email]"), "u@v"),
        (&field("email[]"), "l@m"),
    ]);
    assert_eq!(texts(format(), &source, &EMAIL), ["a@b\r\nc", "", "l@m"]);
    assert_eq!(texts(format(), &source, &["$.user.email", "$['email[]'][0]"]), ["u@v", "l@m"]);
    // A scalar stands for its list of one.
    assert_eq!(texts(format(), &source, &["$.email[0]"]), ["a@b\r\nc", "", "l@m"]);
    let expected = source
        .replace("a@b\r\nc", "T")
        .replace("l@m", "T")
        .replace("name=\"email\"\r\n\r\n\r\n", "name=\"email\"\r\n\r\nT\r\n");
    assert_eq!(rewritten(format(), &source, &EMAIL, "T"), expected);
}

#[test]
fn binary_files_pass() {
    let mut source = Vec::from(
        &b"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: image/png\r\n\r\n"[..],
    );
    source.extend((0..=255_u8).cycle().take(5000));
    source.extend_from_slice(
        b"\r\n--xyz\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na\r\n--xyz--",
    );
    let found = document::select(format(), &source, &program(&["$.email"]), &Bounds::default());
    assert_eq!(found.unwrap().len(), 1);
}

#[test]
fn files_are_read_when_told() {
    let file = |name: &str| {
        format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\nContent-Type: image/png"
        )
    };
    let source = body(&[
        (&file("rows"), "id,email\r\n1,a@b\r\n"),
        (&file("doc"), "{\"email\":\"c@d\"}"),
        (&file("tree"), "<user><email>e@f</email></user>"),
        (&file("note"), "g@h"),
        (&file("other"), "{\"email\":\"no\"}"),
    ]);
    let options = Options {
        files: vec![
            ("rows".to_owned(), FileAs::Csv(Dialect::default())),
            ("doc".to_owned(), FileAs::Json),
            ("tree".to_owned(), FileAs::Xml),
            ("note".to_owned(), FileAs::Text),
        ],
        ..Options::default()
    };
    let selectors = ["$.rows[*].email", "$.doc.email", "$.tree.user[0].email", "$.note"];
    assert_eq!(texts_with(format(), &source, &selectors, &options), ["a@b", "c@d", "e@f", "g@h"]);
    let all = ["$..email"];
    assert_eq!(texts_with(format(), &source, &all, &options), ["a@b", "c@d", "e@f"]);
    let filter = ["$.rows[?@.id=='1'].email", "$.tree[?@.email].email"];
    assert_eq!(texts_with(format(), &source, &filter, &options), ["a@b", "e@f"]);
}

#[test]
fn a_part_with_a_document_type_is_that_document() {
    let json = format!("{}\r\nContent-Type: application/json", field("user"));
    let xml = format!("{}\r\nContent-Type: text/xml", field("user"));
    let source = body(&[(&json, "{\"email\":\"a@b\"}"), (&xml, "<x><email>c@d</email></x>")]);
    let xml = Options { xml_parts: true, ..Options::default() };
    let read = |selectors: &[&str]| texts_with(format(), &source, selectors, &xml);
    assert_eq!(read(&["$.user.email", "$.user.x.email"]), ["a@b", "c@d"]);
    assert_eq!(read(&["$.user"]), ["a@b", "c@d"]);
    // Where the route does not read XML, the part is a text.
    assert_eq!(texts(format(), &source, &["$.user.email"]), ["a@b", "<x><email>c@d</email></x>"]);
    let broken = body(&[(&json, "{\"email\":\"a@b\",\"email\":1}")]);
    let at = u32::try_from(broken.rfind("email\":1").unwrap()).unwrap();
    assert_eq!(refusal(format(), &broken, &[]), Some((Reason::DuplicateKey, at)));
}

#[test]
fn a_file_under_a_name_that_is_read_as_a_selected_field_is_refused() {
    for kind in ["", "\r\nContent-Type: text/plain", "\r\nContent-Type: image/png"] {
        for (name, selector) in [
            ("email", "$.email"),
            (" email", "$.email"),
            ("Email", "$.email"),
            ("%65mail", "$.email"),
            ("email[]", "$.email"),
            ("phones[]", "$.phones[*]"),
            ("phones[7]", "$.phones[*]"),
            ("user", "$.user.email"),
            ("user[email]", "$.user.email"),
            ("%75ser.Email", "$.user.email"),
            ("email:utf8", "$.email"),
        ] {
            let source = body(&[(&format!("{}; filename=\"x\"{kind}", field(name)), "a@b")]);
            let refused = reason(format(), &source, &[selector]);
            assert_eq!(refused, Some(Reason::AmbiguousFile), "{name} {kind:?}");
        }
        for (name, selector) in [
            ("photo", "$.email"),
            ("user[photo]", "$.user.email"),
            ("photo", "$..email"),
            ("photo", "$.*"),
        ] {
            let source = body(&[(&format!("{}; filename=\"x\"{kind}", field(name)), "a@b")]);
            assert!(texts(format(), &source, &[selector]).is_empty(), "{name} {kind:?}");
        }
    }
}

#[test]
fn a_file_that_is_json_is_read_where_rules_reach_into_it() {
    let xml = Options { xml_parts: true, ..Options::default() };
    for name in ["filename=\"blob\"", "filename*=utf-8''blob", "filename=\"\""] {
        let part = |field_name: &str, kind: &str, content: &str| {
            let lines = format!("{}; {name}\r\nContent-Type: {kind}", field(field_name));
            body(&[(&lines, content)])
        };
        let json = part("user", "application/vnd.x+json", "{\"email\":\"a@b\"}");
        assert_eq!(texts(format(), &json, &["$.user.email"]), ["a@b"], "{name}");
        assert_eq!(texts(format(), &json, &["$..email"]), ["a@b"], "{name}");
        assert_eq!(texts(format(), &json, &["$.user"]), ["a@b"], "{name}");
        // No rule reaches into it: it is any file.
        let broken = part("data", "application/json", "{");
        assert_eq!(reason(format(), &broken, &["$.user.email"]), None, "{name}");
        assert_eq!(reason(format(), &broken, &["$..email"]), Some(Reason::UnexpectedEnd), "{name}");
        let other = part("user]", "application/json", "{\"email\":\"a@b\"}");
        assert_eq!(reason(format(), &other, &["$.user.email"]), Some(Reason::AmbiguousName));
        let tree = part("user", "text/xml", "<x><email>c@d</email></x>");
        assert_eq!(texts_with(format(), &tree, &["$..email"], &xml), ["c@d"]);
    }
    let nothing = format!("{}; filename=\"\"\r\nContent-Type: application/json", field("user"));
    assert!(texts(format(), &body(&[(&nothing, "")]), &["$.user.email"]).is_empty());
}

#[test]
fn escaped_names_are_read_both_ways() {
    let source = body(&[(&field("%65mail"), "a"), (&field("a%22b"), "c")]);
    assert_eq!(
        texts(format(), &source, &["$.email", "$['a\"b']", "$['%65mail']"]),
        ["a", "a", "c"]
    );
}

#[test]
fn header_lines_that_readers_read_differently_are_refused() {
    for (lines, expected) in [
        ("Content-Disposition: form-data; name=\"a\"; name=\"email\"", Reason::InvalidPart),
        ("Content-Disposition: form-data; name*=utf-8''email", Reason::InvalidPart),
        ("Content-Disposition: form-data; name*0=\"em\"; name*1=\"ail\"", Reason::InvalidPart),
        ("Content-Disposition: form-data", Reason::MissingName),
        ("Content-Disposition: attachment; name=\"email\"", Reason::InvalidPart),
        ("Content-Disposition: form-data; name=\"=?utf-8?B?ZW1haWw=?=\"", Reason::AmbiguousName),
        ("Content-Type: text/plain", Reason::MissingName),
        ("Content-Disposition: form-data; name=\"a\\\"; x=\"email\"", Reason::InvalidPart),
        ("Content-Disposition: form-data; name=\"e\\mail\"", Reason::AmbiguousName),
        ("Content-Disposition: form-data; name=\"email", Reason::InvalidPart),
        ("Content-Disposition: form-data; name=\"a\" name=\"email\"", Reason::InvalidPart),
        ("Content-Disposition: form-data; name='email' x", Reason::AmbiguousName),
        ("Content-Disposition: form-data; name=\"a\"\n; name=\"email\"", Reason::InvalidPart),
        ("Content-Disposition: form-data; name=\"a\";\r\n name=\"email\"", Reason::InvalidPart),
        ("Content-Disposition : form-data; name=\"email\"", Reason::InvalidPart),
        (
            "Content-Disposition: form-data; name=\"a\"\r\ncontent-disposition: form-data; name=\"email\"",
            Reason::InvalidPart,
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
            Reason::InvalidPart,
        ),
        ("Content-Disposition: form-data; name=\"a\0b\"", Reason::ControlCharacter),
        ("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text", Reason::InvalidPart),
    ] {
        assert_eq!(reason(format(), &body(&[(lines, "v")]), &[]), Some(expected), "{lines:?}");
    }
}

#[test]
fn parts_that_are_files_to_some_are_refused_where_selected() {
    for lines in [
        "Content-Disposition: form-data; name=\"email\"; filename=\"\"",
        "Content-Disposition: form-data; name=\"email\"; filename*=utf-8''x",
    ] {
        assert_eq!(reason(format(), &body(&[(lines, "v")]), &EMAIL), Some(Reason::AmbiguousFile));
        assert_eq!(reason(format(), &body(&[(lines, "")]), &EMAIL), None, "nothing was chosen");
        assert_eq!(reason(format(), &body(&[(lines, "v")]), &["$.x"]), None);
    }
}

#[test]
fn a_part_says_its_charset_and_one_that_is_not_read_is_refused_where_selected() {
    let latin = format!("{}\r\nContent-Type: text/plain; charset=iso-8859-1", field("email"));
    assert_eq!(texts(format(), &body(&[(&latin, "v\u{e9}")]), &EMAIL), ["v\u{c3}\u{a9}"]);
    let utf16 = format!("{}\r\nContent-Type: text/plain; charset=utf-16le", field("email"));
    assert_eq!(reason(format(), &body(&[(&utf16, "v")]), &EMAIL), Some(Reason::UnsupportedCharset));
    assert_eq!(reason(format(), &body(&[(&utf16, "v")]), &["$.x"]), None);
    let utf8 = format!("{}\r\nContent-Type: text/plain; charset=\"UTF-8\"", field("email"));
    assert_eq!(texts(format(), &body(&[(&utf8, "v")]), &EMAIL), ["v"]);
    let default = body(&[(&field("_charset_"), "latin1"), (&field("email"), "v")]);
    assert_eq!(reason(format(), &default, &[]), Some(Reason::UnsupportedCharset));
    assert_eq!(reason(format(), &body(&[(&field("_charset_"), "UTF-8")]), &[]), None);
}

#[test]
fn boundaries_that_readers_see_differently_are_refused() {
    let part = "Content-Disposition: form-data; name=\"a\"\r\n\r\nv";
    for (source, expected) in [
        (String::new(), Reason::Empty),
        ("no boundary".to_owned(), Reason::AmbiguousBoundary),
        (format!("--xyz\r\n{part}"), Reason::UnexpectedEnd),
        (format!("--xyz\r\n{part}\r\n--xyz"), Reason::UnexpectedEnd),
        (format!("--xyz\r\n{part}\r\n--xyz-"), Reason::UnexpectedEnd),
        (format!("--xyz\r\n{part}\r\n--xyz\r\n"), Reason::UnexpectedEnd),
        (format!("--xyz\n{part}\r\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("--xyz\r\n{part}\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("--xyz\r\n{part}--xyz\r\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("--xyz\r\n{part}\r\n--xyzw\r\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("--xyz \r\n{part}\r\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("preamble\r\n--xyz\r\n{part}\r\n--xyz--"), Reason::AmbiguousBoundary),
        (format!("--xyz\r\n{part}\r\n--xyz--\r\nepilogue"), Reason::AmbiguousBoundary),
        (
            format!("--xyz\r\n{part}\r\n--xyz--\r\n--xyz\r\n{part}\r\n--xyz--"),
            Reason::AmbiguousBoundary,
        ),
        ("--xyz\r\n\r\n--xyz--".to_owned(), Reason::InvalidPart),
        ("--xyz\r\n\r\nv\r\n--xyz--".to_owned(), Reason::InvalidPart),
        (format!("--xyz\r\n\r\n{part}\r\n--xyz--"), Reason::InvalidPart),
    ] {
        assert_eq!(reason(format(), &source, &[]), Some(expected), "{source:?}");
    }
    for source in [
        "--xyz--".to_owned(),
        "--xyz--\r\n".to_owned(),
        format!("\r\n--xyz\r\n{part}\r\n--xyz--\r\n"),
    ] {
        assert_eq!(reason(format(), &source, &[]), None, "{source:?}");
    }
}

#[test]
fn a_selected_field_must_be_utf_8() {
    let mut source = Vec::from(body(&[(&field("email"), "AB")]));
    let at = source.windows(2).position(|pair| pair == b"AB").unwrap();
    source[at] = 0xff;
    let run =
        |selector| document::select(format(), &source, &program(&[selector]), &Bounds::default());
    let refusal = run("$.email").unwrap_err();
    assert_eq!((refusal.reason, refusal.offset as usize), (Reason::InvalidUtf8, at));
    assert!(run("$.x").is_ok());
}
