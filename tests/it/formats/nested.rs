//! JSON inside texts of other documents, and JSON behind prefixes.

use cloakroom::base::Kind;
use cloakroom::document;
use cloakroom::document::Boundary;
use cloakroom::document::Dialect;
use cloakroom::document::Field;
use cloakroom::document::Format;
use cloakroom::document::Reason;
use cloakroom::document::Refusal;
use cloakroom::document::Splice;

use crate::formats::decoded;
use crate::formats::program;
use crate::formats::reading;
use crate::formats::replaced;
use crate::formats::select;

/// The fields of the JSON in the one field that a selector finds.
fn inner(format: Format, source: &str, outer: &str, inner: &str) -> Result<Vec<Field>, Refusal> {
    let outer = select(format, source, &[outer]).unwrap();
    assert_eq!(outer.len(), 1, "{source}");
    document::nested(source.as_bytes(), &outer[0], reading(&program(&[inner])))
}

#[test]
fn json_inside_a_text_is_edited_in_place_through_both_ways_of_writing() {
    let part = "--xyz\r\nContent-Disposition: form-data; name=\"d\"\r\n\r\n{\"email\":\"a\\u0040b\",\"n\":5}\r\n--xyz--";
    let multipart = Format::Multipart(Boundary::new("xyz").unwrap());
    for (format, source, outer, expected) in [
        (
            Format::Json,
            r#"{"d":"{\"\u0065mail\":\"a\\u0040b\", \"n\" : 5,\"\/\":\"\u00e9\"}"}"#,
            "$.d",
            r#"{"d":"{\"\u0065mail\":\"x\\\"\\n\", \"n\" : 5,\"\/\":\"\u00e9\"}"}"#,
        ),
        (
            Format::Form,
            "x=1&d=%7b%22email%22:%22a@b%22%2C+%22n%22:5}&y=2",
            "$.d",
            "x=1&d=%7b%22email%22:%22x%5C%22%5Cn%22%2C+%22n%22:5}&y=2",
        ),
        (
            Format::Cookie,
            "d={%22email%22:%22a+b%22}; e=f",
            "$.d",
            "d={%22email%22:%22x%5C%22%5Cn%22}; e=f",
        ),
        (multipart, part, "$.d", &part.replace("a\\u0040b", "x\\\"\\n")),
        (
            Format::Xml,
            "<u><d>{\"email\":&quot;a&#64;b\", \"n\":\"&#233;\"}</d></u>",
            "$.u.d",
            "<u><d>{\"email\":\"x\\\"\\n\", \"n\":\"&#233;\"}</d></u>",
        ),
        (
            Format::Xml,
            "<u d='{&quot;email&quot;:\"a@b\"}'/>",
            "$..['@d']",
            "<u d='{&quot;email&quot;:&quot;x\\&quot;\\n&quot;}'/>",
        ),
        (
            Format::Csv(Dialect::default()),
            "id,d\n1,\"{\"\"email\"\":\"\"a@b\"\"}\"\n",
            "$[0].d",
            "id,d\n1,\"{\"\"email\"\":\"\"x\\\"\"\\n\"\"}\"\n",
        ),
    ] {
        let fields = inner(format, source, outer, "$.email")
            .unwrap_or_else(|error| panic!("{source}: {error}"));
        let text = &decoded(source, &fields)[0];
        assert!(text == "a@b" || text == "a+b", "{source}");
        assert_eq!(replaced(source, &fields, "x\"\n"), expected);
    }
}

#[test]
fn numbers_stay_numbers() {
    let source = r#"{"d":"{\"n\":1.50}"}"#;
    let fields = inner(Format::Json, source, "$.d", "$.n").unwrap();
    assert_eq!((fields[0].kind, decoded(source, &fields)), (Kind::Number, vec!["1.50".to_owned()]));
    let mut splice = Splice::new(source.as_bytes(), 0);
    splice.replace(fields[0].span, |out| fields[0].codec.encode("42", Kind::Number, out));
    assert_eq!(splice.finish(), br#"{"d":"{\"n\":42}"}"#);
}

#[test]
fn what_is_no_json_is_refused_at_its_place() {
    let source = r#"{"d":"{\"a\":1,\"a\":2}"}"#;
    let refusal = inner(Format::Json, source, "$.d", "$.x").unwrap_err();
    assert_eq!((refusal.reason, refusal.offset), (Reason::DuplicateKey, 17));
    for (format, source, outer) in [
        (Format::Json, r#"{"d":5}"#, "$.d"),
        (Format::Xml, "<d>{<!-- x -->}</d>", "$.d"),
        (Format::Xml, "<d><![CDATA[{}]]></d>", "$.d"),
        (Format::Csv(Dialect::default()), "d\n5\n", "$[0].d"),
    ] {
        let refusal = inner(format, source, outer, "$.x").unwrap_err();
        assert_eq!(refusal.reason, Reason::NotNested, "{source}");
    }
    let twice = r#"{"d":"{\"e\":\"{}\"}"}"#;
    let fields = inner(Format::Json, twice, "$.d", "$.e").unwrap();
    let again = document::nested(twice.as_bytes(), &fields[0], reading(&program(&["$.x"])));
    assert_eq!(again.unwrap_err().reason, Reason::NotNested);
}

#[test]
fn json_behind_a_prefix_is_read_at_its_place() {
    for source in [
        ")]}',\n{\"email\":\"a@b\"}",
        "/**/ cb.x({\"email\":\"a@b\"});",
        "for(;;);{\"email\":\"a@b\"}",
    ] {
        let part = Format::detect_prefix(source.as_bytes()).unwrap();
        let run = |selector| {
            let program = program(&[selector]);
            document::select_in(Format::Json, source.as_bytes(), part, reading(&program))
        };
        let fields = run("$.email").unwrap();
        assert_eq!(decoded(source, &fields), ["a@b"]);
        assert_eq!(replaced(source, &fields, "T"), source.replace("a@b", "T"));
    }
    let source = b"cb({\"a\":1,\"a\":2})";
    let part = Format::detect_prefix(source).unwrap();
    let run = document::select_in(Format::Json, source, part, reading(&program(&[])));
    assert_eq!(run.unwrap_err().offset, 11);
}
