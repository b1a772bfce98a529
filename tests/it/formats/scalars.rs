//! Scalars where a rule goes deeper: applications take a list of one for its element, and a user for
//! the address of one, so they are protected like what the rule names.

use cloakroom::document;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;

use crate::formats::decoded;
use crate::formats::program;
use crate::formats::reading;
use crate::formats::texts;

#[test]
fn a_scalar_before_the_end_of_a_selector_is_selected() {
    for (source, selector, expected) in [
        (r#"{"phones":"a"}"#, "$.phones[*]", &["a"][..]),
        (r#"{"phones":5}"#, "$.phones[*]", &["5"]),
        (r#"{"phones":["a","b"]}"#, "$.phones[*]", &["a", "b"]),
        (r#"{"phones":"a"}"#, "$.phones[0]", &["a"]),
        (r#"{"users":["a",{"email":"b"}]}"#, "$.users[*].email", &["a", "b"]),
        (r#"{"users":"a"}"#, "$.users[*].email", &["a"]),
        (r#"{"user":"a"}"#, "$.user.email", &["a"]),
        (r#"{"x":{"user":"a"}}"#, "$..user.email", &["a"]),
        (r#""a""#, "$[*]", &["a"]),
        // Positions from the end and filters run over a tape.
        (r#"{"phones":"a"}"#, "$.phones[-1]", &["a"]),
        (r#"{"users":["a",{"r":1,"email":"b"}]}"#, "$.users[?@.r==1].email", &["b"]),
        (r#"{"users":"a"}"#, "$.users[?@.r==1].email", &["a"]),
        (r#"{"a":{"b":"x"}}"#, "$.a.b[?@.c]", &["x"]),
    ] {
        assert_eq!(texts(Format::Json, source, &[selector]), expected, "{source} {selector}");
    }
}

#[test]
fn other_scalars_stay() {
    for (source, selector) in [
        (r#"{"phones":null,"x":"a"}"#, "$.phones[*]"),
        (r#"{"phones":true}"#, "$.phones[*]"),
        (r#"{"id":1,"name":"a"}"#, "$..email"),
        (r#"{"id":1,"owner":{"id":2}}"#, "$.*.email"),
        (r#"{"users":{"x":"a"}}"#, "$.users[*].email"),
        (r#"{"a":{"b":1}}"#, "$.a..email"),
        (r#""a""#, "$.email"),
        (r#""a""#, "$.email[-1]"),
    ] {
        assert!(texts(Format::Json, source, &[selector]).is_empty(), "{source} {selector}");
    }
}

#[test]
fn another_rule_for_the_scalar_goes_first() {
    let source = r#"{"user":"a"}"#;
    for deeper in ["$.user.email", "$.user[?@.x].email"] {
        let program = program(&[deeper, "$.user"]);
        let fields = document::select_with(Format::Json, source.as_bytes(), reading(&program));
        let rules: Vec<u16> = fields.unwrap().iter().map(|field| field.rule).collect();
        assert_eq!(rules, [1], "{deeper}");
    }
}

#[test]
fn nothing_is_added_where_only_the_standard_counts() {
    let program = program(&["$.phones[*]", "$.email"]);
    let context = ReadContext { readings: Readings::Standard, ..reading(&program) };
    for (format, source) in [
        (Format::Json, r#"{"phones":"a"}"#),
        (Format::Form, "phones=a&Email=b&form-1-email=c"),
        (Format::Xml, "<email-of phones='a'/>"),
    ] {
        let fields = document::select_with(format, source.as_bytes(), context).unwrap();
        assert_eq!(decoded(source, &fields), [""; 0], "{source}");
    }
}

#[test]
fn attributes_are_members_like_child_elements() {
    let source = "<user id='1' email='a'><name>n</name></user>";
    assert_eq!(texts(Format::Xml, source, &["$.user.email"]), ["a"]);
    assert_eq!(texts(Format::Xml, "<user email='a'/>", &["$.user.email"]), ["a"]);
    assert_eq!(texts(Format::Xml, "<user email='a'>b</user>", &["$.user.email"]), ["a", "b"]);
    assert!(texts(Format::Xml, "<user mail='a'/>", &["$.user.email"]).is_empty());
    // A row of a table without a name for its cells is none.
    assert!(texts(Format::Csv(Dialect::default()), "a\nb\n", &["$[*].email.x"]).is_empty());
}

/// `encoding/json` of Go does not mind letter case, nor does Jackson when it is told so.
#[test]
fn a_member_whose_name_differs_by_letter_case_is_selected() {
    for (source, selector, expected) in [
        (r#"{"EMAIL":"a","email":"b","Email":"c"}"#, "$.email", &["a", "b", "c"][..]),
        (r#"{"User":{"eMail":"a"},"user":{"x":"b"}}"#, "$.user.email", &["a"]),
        (r#"{"firstname":"a"}"#, "$.firstName", &["a"]),
        (r#"{"x":[{"Email":"a"}]}"#, "$..email", &["a"]),
        (r#"{"Users":[{"ema\u0130l":"a"}]}"#, "$.users[*].email", &["a"]),
        (r#"{"User":"a"}"#, "$.user.email", &["a"]),
        (r#"{"e_mail":"a","emails":"b"}"#, "$.email", &[]),
        // Over a tape.
        (r#"{"Phones":["a","b"]}"#, "$.phones[-1]", &["b"]),
        (r#"{"Users":[{"Role":"x","EMAIL":"a"}]}"#, "$.users[?@.role=='x'].email", &["a"]),
        (r#"{"User":"a"}"#, "$.user[?@.x].email", &["a"]),
    ] {
        assert_eq!(texts(Format::Json, source, &[selector]), expected, "{source} {selector}");
    }
    // Two rules that differ by letter case are both meant by a third spelling.
    let source = r#"{"USER":{"a":"1","b":"2"}}"#;
    assert_eq!(texts(Format::Json, source, &["$.User.a", "$.user.b"]), ["1", "2"]);
    let two = r#"[{"role":"x","Role":"y","email":"a"}]"#;
    let refused = crate::formats::reason(Format::Json, two, &["$[?@.role=='x'].email"]);
    assert_eq!(refused, Some(document::Reason::DuplicateKey));
    let program = program(&["$.email"]);
    let standard = ReadContext { readings: Readings::Standard, ..reading(&program) };
    let found = document::select_with(Format::Json, br#"{"Email":"a"}"#, standard).unwrap();
    assert!(found.is_empty());
}
