//! The grammar and the examples of RFC 8259, section by section.

use cloakroom::base::Kind;
use cloakroom::document::Codec;
use cloakroom::document::Format;
use cloakroom::document::Reason;

use crate::document::fields;
use crate::document::program;
use crate::document::reason;

fn accepted(text: &str) {
    assert_eq!(reason(Format::Json, text.as_bytes(), &program(&["$..x"])), None, "{text}");
}

fn refused(text: &str, why: Reason) {
    assert_eq!(reason(Format::Json, text.as_bytes(), &program(&["$..x"])), Some(why), "{text}");
}

#[test]
fn section_2_white_space_around_the_six_structural_characters() {
    accepted(" \t\n\r{ \t\n\r\"a\" \t\n\r: \t\n\r[ \t\n\r1 \t\n\r, \t\n\r2 \t\n\r] \t\n\r} \t\n\r");
    accepted("{\"a\":[1,2]}");
    for blank in ["\u{a0}", "\u{b}", "\u{c}", "\u{2028}", "\u{feff}", "\u{85}"] {
        refused(&format!("[1,{blank}2]"), Reason::UnexpectedByte);
    }
}

#[test]
fn section_2_any_value_is_a_text() {
    for text in ["{}", "[]", "1", "\"\"", "true", "false", "null"] {
        accepted(text);
    }
}

#[test]
fn section_3_literal_names_are_lower_case() {
    for text in ["True", "NULL", "nul1", "tru3", "falsy", "undefined"] {
        refused(text, Reason::UnexpectedByte);
    }
    refused("truex", Reason::TrailingData);
    refused("tru", Reason::UnexpectedEnd);
}

#[test]
fn section_4_objects() {
    accepted(r#"{"":1," ":2,"a":{}}"#);
    refused("{a:1}", Reason::UnexpectedByte);
    refused("{1:1}", Reason::UnexpectedByte);
    refused(r#"{"a"}"#, Reason::UnexpectedByte);
    refused(r#"{"a":}"#, Reason::UnexpectedByte);
    refused(r#"{"a":1,}"#, Reason::UnexpectedByte);
    refused(r#"{,"a":1}"#, Reason::UnexpectedByte);
    refused(r#"{"a":1 "b":2}"#, Reason::UnexpectedByte);
    refused(r#"{"a":1]"#, Reason::UnexpectedByte);
    refused(r#"{"a":1"#, Reason::UnexpectedEnd);
    refused(r#"{"a""#, Reason::UnexpectedEnd);
    refused("{", Reason::UnexpectedEnd);
}

#[test]
fn section_4_names_should_be_unique_and_must_be_here() {
    refused(r#"{"a":1,"b":2,"a":3}"#, Reason::DuplicateKey);
    accepted(r#"{"a":{"a":{"a":[{"a":1},{"a":1}]}}}"#);
}

#[test]
fn section_5_arrays() {
    accepted(r#"[1,"a",null,[],{}]"#);
    refused("[1,]", Reason::UnexpectedByte);
    refused("[,1]", Reason::UnexpectedByte);
    refused("[1 2]", Reason::UnexpectedByte);
    refused("[1}", Reason::UnexpectedByte);
    refused("[1", Reason::UnexpectedEnd);
    refused("[", Reason::UnexpectedEnd);
    refused("]", Reason::UnexpectedByte);
    refused("[]]", Reason::TrailingData);
}

#[test]
fn section_6_numbers() {
    for text in [
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "0.5",
        "-0.5",
        "1.50",
        "1e1",
        "1E1",
        "1e+1",
        "1e-1",
        "1.5e10",
        "1E400",
        "3.141592653589793238462643383279",
        "9007199254740993",
    ] {
        accepted(text);
        accepted(&format!("[{text},{text}]"));
    }
    for text in ["01", "-", "1.", "1.e1", "1e", "1e+", "-a", "[1.]", "-01", "[-]"] {
        let why = reason(Format::Json, text.as_bytes(), &program(&[]));
        assert!(matches!(why, Some(Reason::InvalidNumber | Reason::UnexpectedEnd)), "{text}");
    }
    for text in ["+1", ".5", "Infinity", "NaN"] {
        refused(text, Reason::UnexpectedByte);
    }
    for text in ["0x1", "1_000", "1a", "-0x1"] {
        refused(text, Reason::TrailingData);
    }
    refused("-Infinity", Reason::InvalidNumber);
}

fn decoded(literal: &str) -> String {
    Codec::Json.decode(literal.as_bytes(), Kind::Text).unwrap().expose().clone()
}

#[test]
fn section_7_strings() {
    assert_eq!(decoded(r#""\u005C""#), "\\");
    assert_eq!(decoded(r#""\u002f\u002F\/""#), "///");
    assert_eq!(decoded(r#""\uD834\uDD1E""#), "\u{1d11e}");
    assert_eq!(decoded(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    accepted("\"\u{7f}\u{80}\u{2028}\u{10ffff}\"");
    accepted(r#""\u0000""#);
}

#[test]
fn section_7_what_a_string_may_not_hold() {
    for code in 0..0x20_u8 {
        refused(&format!("\"{}\"", char::from(code)), Reason::ControlCharacter);
        refused(&format!("{{\"{}\":1}}", char::from(code)), Reason::ControlCharacter);
    }
    for text in [r#""\a""#, r#""\U0041""#, r#""\x41""#, r#""\'""#, r#""\u00g0""#, r#""\u 041""#] {
        refused(text, Reason::InvalidEscape);
    }
    for text in ["\"", "\"a", r#""\"#, r#""\""#, r#""\u00"#] {
        refused(text, Reason::UnexpectedEnd);
    }
    refused("'a'", Reason::UnexpectedByte);
}

#[test]
fn section_8_1_no_byte_order_mark_and_no_other_encoding() {
    refused("\u{feff}{}", Reason::ByteOrderMark);
    let program = program(&[]);
    assert_eq!(reason(Format::Json, b"\xff\xfe{\0}\0", &program), Some(Reason::ByteOrderMark));
    assert_eq!(reason(Format::Json, b"\xfe\xff\0{\0}", &program), Some(Reason::ByteOrderMark));
    assert_eq!(reason(Format::Json, b"{\0}\0", &program), Some(Reason::UnexpectedByte));
    assert_eq!(reason(Format::Json, b"\"\xff\"", &program), Some(Reason::InvalidUtf8));
}

#[test]
fn section_8_2_half_a_surrogate_pair() {
    for text in [r#""\uDEAD""#, r#""\uD800""#, r#""\uD800a""#, r#""\uD800\n""#, r#""\uD800\u0041""#]
    {
        refused(text, Reason::LoneSurrogate);
    }
    let program = program(&[]);
    let raw = b"\"\xed\xa0\x80\"";
    assert_eq!(reason(Format::Json, raw, &program), Some(Reason::InvalidUtf8));
}

#[test]
fn section_8_3_names_are_compared_after_decoding() {
    refused(r#"{"a\\b":1,"a\u005Cb":2}"#, Reason::DuplicateKey);
    let found = fields(Format::Json, r#"{"a\u005Cb":"v"}"#, &program(&[r"$['a\\b']"]));
    assert_eq!(found, [(0, "\"v\"")]);
}

#[test]
fn section_9_a_parser_may_limit_depth() {
    accepted(&format!("{}{}", "[".repeat(128), "]".repeat(128)));
    refused(&format!("{}{}", "[".repeat(129), "]".repeat(129)), Reason::TooDeep);
}

#[test]
fn section_13_examples() {
    let image = r#"{
        "Image": {
            "Width":  800,
            "Height": 600,
            "Title":  "View from 15th Floor",
            "Thumbnail": {
                "Url":    "http://www.example.com/image/481989943",
                "Height": 125,
                "Width":  100
            },
            "Animated" : false,
            "IDs": [116, 943, 234, 38793]
          }
      }"#;
    let url = "\"http://www.example.com/image/481989943\"";
    let expected =
        [(1, "600"), (0, url), (1, "125"), (2, "116"), (2, "943"), (2, "234"), (2, "38793")];
    assert_eq!(
        fields(Format::Json, image, &program(&["$..Url", "$..Height", "$.Image.IDs"])),
        expected
    );
    let cities = r#"[
        {
           "precision": "zip", "Latitude":  37.7668, "Longitude": -122.3959, "Address":   "",
           "City":      "SAN FRANCISCO", "State": "CA", "Zip": "94107", "Country": "US"
        },
        {
           "precision": "zip", "Latitude":  37.371991, "Longitude": -122.026020, "Address":   "",
           "City":      "SUNNYVALE", "State": "CA", "Zip": "94085", "Country": "US"
        }
      ]"#;
    let expected = [(0, "-122.3959"), (1, "\"94107\""), (0, "-122.026020"), (1, "\"94085\"")];
    assert_eq!(fields(Format::Json, cities, &program(&["$[*].Longitude", "$[0:2].Zip"])), expected);
    for text in ["\"Hello world!\"", "42", "true"] {
        accepted(text);
    }
}
