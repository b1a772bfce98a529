//! Input that two readers could understand in two ways: one row of the table, one line here.

use cloakroom::base::Kind;
use cloakroom::document::Bounds;
use cloakroom::document::Codec;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Reason;

use crate::document::compile;
use crate::document::fields;
use crate::document::program;
use crate::document::reason;

fn json(source: &str) -> Option<Reason> {
    reason(Format::Json, source.as_bytes(), &program(&["$..email"]))
}

#[test]
fn a_repeated_key_is_refused_in_any_object() {
    assert_eq!(json(r#"{"email":"a","email":"b"}"#), Some(Reason::DuplicateKey));
    assert_eq!(json(r#"{"other":1,"x":[{"y":1,"y":1}]}"#), Some(Reason::DuplicateKey));
    assert_eq!(json(r#"{"a":1,"b":{"a":1},"a":1}"#), Some(Reason::DuplicateKey));
}

#[test]
fn a_repeated_key_is_refused_among_many() {
    let members: Vec<String> = (0..5000).map(|n| format!("\"k{n}\":{{\"k{n}\":1}}")).collect();
    let unique = format!("{{{}}}", members.join(","));
    assert_eq!(json(&unique), None);
    for repeated in [0, 15, 16, 17, 4999] {
        let source = format!("{{{},\"k{repeated}\":1}}", members.join(","));
        assert_eq!(json(&source), Some(Reason::DuplicateKey), "{repeated}");
    }
}

#[test]
fn a_key_repeated_through_an_escape_is_refused() {
    assert_eq!(json(r#"{"email":"a","\u0065mail":"b"}"#), Some(Reason::DuplicateKey));
    assert_eq!(json(r#"{"\u0065mail":"a","e\u006dail":"b"}"#), Some(Reason::DuplicateKey));
    assert_eq!(json(r#"{"a/b":"a","a\/b":"b"}"#), Some(Reason::DuplicateKey));
}

#[test]
fn an_escaped_key_alone_is_found() {
    let found = fields(Format::Json, r#"{"\u0065\u006D\u0061il":"a@b"}"#, &program(&["$.email"]));
    assert_eq!(found, [(0, "\"a@b\"")]);
}

#[test]
fn case_variants_are_the_same_names_to_protect_and_duplicates_where_the_route_folds() {
    let source = "{\"EMAIL\":\"a\",\"\u{17f}sn\":\"b\",\"\u{212a}ey\":\"c\",\"e_mail\":\"d\"}";
    let wants = ["$.email", "$.ssn", "$.key"];
    let run = |way| fields(Format::Json, source, &compile(&wants, OnContainer::Leaves, way));
    for way in [KeyMatch::Exact, KeyMatch::Fold] {
        assert_eq!(run(way), [(0, "\"a\""), (1, "\"b\""), (2, "\"c\"")]);
    }
    let source = r#"{"user-data":{"First_Name":"a"}}"#;
    let program = compile(&["$.userData['firstName']"], OnContainer::Leaves, KeyMatch::Smart);
    assert_eq!(fields(Format::Json, source, &program), [(0, "\"a\"")]);
}

#[test]
fn names_equal_under_folding_are_duplicates_where_the_route_folds() {
    let fold = compile(&["$.email"], OnContainer::Leaves, KeyMatch::Fold);
    let source = br#"{"email":"a","eMail":"b"}"#;
    assert_eq!(reason(Format::Json, source, &fold), Some(Reason::DuplicateKey));
    assert_eq!(json(r#"{"email":"a","eMail":"b"}"#), None);
}

#[test]
fn folding_reaches_into_filters() {
    let fold = compile(&["$[?@.type=='pii'].value"], OnContainer::Leaves, KeyMatch::Fold);
    assert_eq!(fields(Format::Json, r#"[{"Type":"pii","VALUE":"a"}]"#, &fold), [(0, "\"a\"")]);
}

#[test]
fn half_surrogates_are_refused_in_keys_and_values() {
    assert_eq!(json(r#"{"\ud800":1}"#), Some(Reason::LoneSurrogate));
    assert_eq!(json(r#"{"a":"\udc00\ud800"}"#), Some(Reason::LoneSurrogate));
    let raw = reason(Format::Json, b"{\"\xed\xa0\x80\":1}", &program(&[]));
    assert_eq!(raw, Some(Reason::InvalidUtf8));
}

#[test]
fn nul_is_refused_in_keys_and_passes_in_values() {
    assert_eq!(json(r#"{"email\u0000":"a"}"#), Some(Reason::NulInKey));
    assert_eq!(json(r#"{"email":"a\u0000"}"#), None);
    assert_eq!(json("{\"email\0\":1}"), Some(Reason::ControlCharacter));
}

#[test]
fn extensions_of_json_are_refused() {
    for source in [
        "[NaN]",
        "[Infinity]",
        "[1,]",
        "{\"a\":1,}",
        "['a']",
        "{'a':1}",
        "{a:1}",
        "// note\n[]",
        "[/* note */]",
        "[+1]",
        "[.5]",
        ")]}'\n{}",
    ] {
        assert_eq!(json(source), Some(Reason::UnexpectedByte), "{source}");
    }
    assert_eq!(json("[01]"), Some(Reason::InvalidNumber));
    assert_eq!(json("[0x10]"), Some(Reason::UnexpectedByte));
    assert_eq!(json("callback({})"), Some(Reason::UnexpectedByte));
}

#[test]
fn what_follows_the_value_is_refused() {
    for source in ["{}{}", "{} x", "1 2", "[]\0", "{}\n{}", "\"a\"//"] {
        assert_eq!(json(source), Some(Reason::TrailingData), "{source}");
    }
    assert_eq!(json("{} \r\n\t"), None);
}

#[test]
fn nothing_at_all_is_refused_and_so_is_nothing_but_blanks() {
    assert_eq!(json(""), Some(Reason::Empty));
    assert_eq!(json(" \n"), Some(Reason::UnexpectedEnd));
}

#[test]
fn large_numbers_pass_as_they_are_spelled() {
    let source = r#"{"email":123456789012345678901234567890,"b":1e400,"c":1.10}"#;
    let found = fields(Format::Json, source, &program(&["$.email", "$.b", "$.c"]));
    assert_eq!(found, [(0, "123456789012345678901234567890"), (1, "1e400"), (2, "1.10")]);
}

#[test]
fn digits_of_a_number_are_limited() {
    assert_eq!(json(&"1".repeat(1000)), None);
    assert_eq!(json(&"1".repeat(1001)), Some(Reason::NumberTooLong));
    assert_eq!(json(&format!("[1.{}e1]", "0".repeat(999))), Some(Reason::NumberTooLong));
}

#[test]
fn the_number_of_fields_is_limited() {
    let bounds = Bounds { fields: 10, ..Bounds::default() };
    for selectors in [&["$[*]"][..], &["$"], &["$[-20:]"], &["$[0:5]", "$[0:6]"]] {
        let run = |source: &str| {
            let program = program(selectors);
            let run =
                cloakroom::document::select(Format::Json, source.as_bytes(), &program, &bounds);
            run.map(|fields| fields.len()).map_err(|error| error.reason)
        };
        assert_eq!(run("[1,2,3,4,5,6,7,8,9,10,11]"), Err(Reason::TooManyFields), "{selectors:?}");
        assert!(run("[1,2,3,4,5]").is_ok());
    }
}

#[test]
fn the_number_of_nodes_is_limited_in_every_format() {
    let bounds = Bounds { nodes: 8, ..Bounds::default() };
    // With a filter all nodes are kept, without one they pass.
    for selector in ["$..email", "$..[?@.a=='x'].email"] {
        let program = program(&[selector]);
        let run = |format, source: &str| {
            let run = cloakroom::document::select(format, source.as_bytes(), &program, &bounds);
            run.err().map(|error| (error.reason, error.offset))
        };
        let many = |offset| Some((Reason::TooManyNodes, offset));
        assert_eq!(run(Format::Json, "[1,2,3,4,5,6,7]"), None);
        assert_eq!(run(Format::Json, "[1,2,3,4,5,6,7,8]"), many(15));
        assert_eq!(run(Format::Json, "[[],[],[],[],[],[],[],{}]"), many(22));
        assert_eq!(run(Format::Form, "a=1&b=2&c=3&d=4&e=5&f=6&g=7"), None);
        assert_eq!(run(Format::Form, "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8"), many(30));
        assert_eq!(run(Format::Xml, "<a><b/><b/><b/><b/><b/><b/></a>"), None);
        assert_eq!(run(Format::Xml, "<a><b/><b/><b/><b/><b/><b/><b/><b/></a>"), many(31));
        assert_eq!(run(Format::Xml, "<a b='' c='' d='' e='' f='' g='' h='' i=''/>"), many(38));
        assert_eq!(run(Format::Csv(Dialect::default()), "x,y\n1,2\n3,4\n5,6\n"), many(12));
        // Records are documents of their own.
        assert_eq!(run(Format::Ndjson, &"[1,2,3]\n".repeat(9)), None);
    }
}

#[test]
fn what_reading_takes_grows_with_the_nodes_up_to_their_bound() {
    let bounds = Bounds::default();
    let bytes = |source: &str, selector: &str| {
        let (source, program) = (source.as_bytes(), program(&[selector]));
        cloakroom::document::bytes_to_read(Format::Json, source, &program, &bounds)
    };
    let few = bytes("[1,2,3]", "$..email");
    assert!((1..1024).contains(&few));
    assert_eq!(bytes(&"x".repeat(1 << 20), "$..email"), bytes("", "$..email"));
    let many = bytes(&"1,".repeat(1000), "$..email");
    assert!((10_000..100_000).contains(&many));
    assert!(bytes(&"1,".repeat(1000), "$[?@.a].email") > 3 * many);
    let all = bytes(&",".repeat(8 << 20), "$[?@.a].email");
    assert_eq!(all, bytes(&",".repeat(1 << 20), "$[?@.a].email"));
}

#[test]
fn the_length_of_a_selected_value_is_limited_after_decoding() {
    let bounds = Bounds { value_bytes: 4, ..Bounds::default() };
    let run = |format, source: &str| {
        let program = program(&["$.email"]);
        let run = cloakroom::document::select(format, source.as_bytes(), &program, &bounds);
        run.map_err(|error| error.reason).err()
    };
    assert_eq!(run(Format::Json, r#"{"email":"abcd","x":"abcdefgh"}"#), None);
    assert_eq!(run(Format::Json, r#"{"email":"\u0061\u0062\u0063\u0064"}"#), None);
    assert_eq!(run(Format::Json, r#"{"email":"abcde"}"#), Some(Reason::ValueTooLong));
    assert_eq!(run(Format::Json, r#"{"email":12345}"#), Some(Reason::ValueTooLong));
    assert_eq!(run(Format::Form, "email=%61%62%63%64"), None);
    assert_eq!(run(Format::Form, "email=abcde"), Some(Reason::ValueTooLong));
}

#[test]
fn a_value_of_an_unexpected_type_does_not_get_past_its_rule() {
    for (source, expected) in [
        (r#"{"email":["a@b","c@d"]}"#, vec!["\"a@b\"", "\"c@d\""]),
        (r#"{"email":{"x":{"y":["a@b"]}}}"#, vec!["\"a@b\""]),
        (r#"{"email":12345}"#, vec!["12345"]),
        (r#"{"email":null}"#, vec![]),
        (r#"{"email":true}"#, vec![]),
        (r#"{"email":[]}"#, vec![]),
    ] {
        for selector in ["$.email", "$..email", "$[?@ != 'no']"] {
            let found = fields(Format::Json, source, &program(&[selector]));
            assert_eq!(
                found.iter().map(|&(_, text)| text).collect::<Vec<_>>(),
                expected,
                "{source}"
            );
        }
    }
}

#[test]
fn a_container_is_refused_where_the_rule_says_so() {
    for selector in ["$.email", "$..email", "$[?@ != 'no']"] {
        let strict = compile(&[selector], OnContainer::Reject, KeyMatch::Exact);
        let run = |source: &str| reason(Format::Json, source.as_bytes(), &strict);
        assert_eq!(run(r#"{"email":["a@b"]}"#), Some(Reason::ContainerSelected));
        assert_eq!(run(r#"{"email":{}}"#), Some(Reason::ContainerSelected));
        assert_eq!(run(r#"{"email":"a@b"}"#), None);
    }
}

#[test]
fn a_scalar_can_be_the_whole_document() {
    assert_eq!(fields(Format::Json, " \"a@b\" ", &program(&["$"])), [(0, "\"a@b\"")]);
    assert_eq!(fields(Format::Json, "42", &program(&["$", "$..x"])), [(0, "42")]);
}

#[test]
fn magic_keys_have_no_magic() {
    let source = r#"{"__proto__":{"email":"a"},"$ref":"b","$serde_json::private::Number":"c"}"#;
    let wants = program(&["$..email", "$['$ref']", "$['$serde_json::private::Number']"]);
    assert_eq!(fields(Format::Json, source, &wants), [(0, "\"a\""), (1, "\"b\""), (2, "\"c\"")]);
}

#[test]
fn names_are_compared_by_code_point_not_by_appearance() {
    let source = "{\"caf\u{e9}\":\"a\",\"cafe\u{301}\":\"b\"}";
    assert_eq!(fields(Format::Json, source, &program(&["$.caf\u{e9}"])), [(0, "\"a\"")]);
}

#[test]
fn json_inside_a_string_is_a_string() {
    let source = r#"{"inner":"{\"email\":\"a@b\"}"}"#;
    assert!(fields(Format::Json, source, &program(&["$..email"])).is_empty());
}

#[test]
fn a_refusal_says_where_and_never_what() {
    let error =
        crate::document::select(Format::Json, r#"{"a":"secret"x}"#, &program(&[])).unwrap_err();
    assert_eq!((error.reason, error.offset), (Reason::UnexpectedByte, 13));
    assert_eq!(error.to_string(), "unexpected_byte at byte 13");
}

#[test]
fn the_kind_of_a_field_is_that_of_its_literal() {
    let run = crate::document::select(Format::Json, r#"["1",1]"#, &program(&["$[*]"])).unwrap();
    let kinds: Vec<(Kind, Codec)> = run.iter().map(|field| (field.kind, field.codec)).collect();
    assert_eq!(kinds, [(Kind::Text, Codec::Json), (Kind::Number, Codec::Json)]);
}
