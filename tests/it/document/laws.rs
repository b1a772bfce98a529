//! What holds for every document.

use proptest::prelude::*;

use cloakroom::base::Kind;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Charset;
use cloakroom::document::Codec;
use cloakroom::document::Field;
use cloakroom::document::Format;
use cloakroom::document::Splice;

use crate::document::program;

/// A JSON text with free choice of blanks and escapes, over few names, so that rules hit.
pub(super) fn json_text() -> impl Strategy<Value = String> {
    let blank = || prop_oneof![3 => Just(""), 1 => Just(" "), 1 => Just("\n\t")];
    let name = prop_oneof![
        Just("\"a\""),
        Just("\"b\""),
        Just("\"\\u0061\""),
        Just("\"c d\""),
        Just("\"e\\u006Dail\""),
        Just("\"email\""),
        Just("\"\""),
    ];
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        prop_oneof![Just("1.50e+3"), Just("-0.0"), Just("12345678901234567890")]
            .prop_map(str::to_owned),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("\"\\u0041\\/\\ud83d\\ude00\"".to_owned()),
    ];
    scalar.prop_recursive(4, 40, 5, move |inner| {
        let element = (blank(), inner.clone(), blank()).prop_map(|(l, v, r)| format!("{l}{v}{r}"));
        let member = (blank(), name.clone(), blank(), inner, blank());
        prop_oneof![
            prop::collection::vec(element, 0..5).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|all| {
                let mut seen = Vec::new();
                let mut out = Vec::new();
                for (left, name, middle, value, right) in all {
                    let decoded: String = serde_json::from_str(name).unwrap();
                    if !seen.contains(&decoded) {
                        seen.push(decoded);
                        out.push(format!("{left}{name}{middle}:{value}{right}"));
                    }
                }
                format!("{{{}}}", out.join(","))
            }),
        ]
    })
}

/// Pairs of a form, some of them odd.
fn form_text() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("a"),
        Just("email"),
        Just("%65mail"),
        Just("email[]"),
        Just("b[a]"),
        Just("c+d"),
        Just(""),
        Just("x[3][a]"),
    ];
    let value = prop_oneof![
        "[a-z0-9]{0,8}".prop_map(String::from),
        Just("%40".to_owned()),
        Just("a+b".to_owned()),
        Just("=".to_owned()),
        Just("caf%C3%A9".to_owned()),
    ];
    let pair = (name, prop::option::of(value)).prop_map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.to_owned(),
    });
    prop::collection::vec(pair, 0..8).prop_map(|pairs| pairs.join("&"))
}

const RULES: [&str; 8] =
    ["$..email", "$.a", "$..a[0]", "$['c d'].*", "$[?@.a].b", "$..[-1]", "$[1:3].email", "$..['']"];

/// Splits a text into what lies outside the fields and what lies inside, each place once.
fn split(source: &[u8], fields: &[Field]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut outside, mut inside, mut done) = (Vec::new(), Vec::new(), 0);
    for field in fields {
        let (start, end) = (field.span.start() as usize, field.span.end() as usize);
        if start >= done && inside.len() < fields.len() {
            outside.extend_from_slice(&source[done..start]);
            inside.push(source[start..end].to_vec());
            done = end;
        }
    }
    outside.extend_from_slice(&source[done..]);
    (outside, inside)
}

fn check_order(source: &str, fields: &[Field]) {
    for pair in fields.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        let same = left.span == right.span && left.rule < right.rule;
        assert!(same || left.span.end() <= right.span.start(), "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_outside_the_fields_stay(text in json_text()) {
        rewrite(Format::Json, &text, "\"ck1em8jc6\"");
    }

    #[test]
    fn bytes_outside_the_fields_of_a_form_stay(text in form_text()) {
        rewrite(Format::Form, &text, "ck1em8jc6");
        rewrite(Format::Query, &text, "ck1em8jc6");
    }

    #[test]
    fn a_splice_without_edits_is_the_identity(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Splice::new(&bytes, 10).finish(), bytes);
    }

    #[test]
    fn writing_back_what_was_read_keeps_the_meaning(text in json_text()) {
        let wants = program(&RULES);
        let fields = document::select(Format::Json, text.as_bytes(), &wants, &Bounds::default()).unwrap();
        let mut splice = Splice::new(text.as_bytes(), 0);
        for field in &fields {
            let value = field.codec.decode(field.span.of(text.as_bytes()), field.kind).unwrap();
            splice.replace(field.span, |out| field.codec.encode(value.expose(), field.kind, out));
        }
        let written: serde_json::Value = serde_json::from_slice(&splice.finish()).unwrap();
        prop_assert_eq!(written, serde_json::from_str::<serde_json::Value>(&text).unwrap());
    }

    #[test]
    fn codecs_undo_themselves(text in any::<String>()) {
        for codec in [Codec::Json, Codec::Form(Charset::UTF8), Codec::Query(Charset::UTF8)] {
            let mut out = Vec::new();
            codec.encode(&text, Kind::Text, &mut out);
            prop_assert!(codec.decode(&out, Kind::Text).unwrap().expose().as_str() == text);
        }
    }

    #[test]
    fn number_literals_undo_themselves(number in any::<f64>().prop_filter("JSON has no others", |n| n.is_finite())) {
        let text = serde_json::to_string(&number).unwrap();
        let mut out = Vec::new();
        Codec::Json.encode(&text, Kind::Number, &mut out);
        prop_assert_eq!(std::str::from_utf8(&out).unwrap(), &text);
        prop_assert!(Codec::Json.decode(&out, Kind::Number).unwrap().expose().as_str() == text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), odd in "[\\[\\]{}:,\"a\\\\u0-9 \\-.eE;&=%]{0,60}") {
        let wants = program(&RULES);
        for format in [Format::Json, Format::Form, Format::Query] {
            for source in [&bytes[..], odd.as_bytes()] {
                let run = document::select(format, source, &wants, &Bounds::default());
                if let Err(error) = run {
                    prop_assert!(error.offset as usize <= source.len());
                }
            }
        }
    }

    #[test]
    fn what_is_accepted_is_json_to_others(odd in "[\\[\\]{}:,\"a\\\\u0-9 \\-.eE]{0,30}") {
        let ours = document::select(Format::Json, odd.as_bytes(), &program(&[]), &Bounds::default());
        if ours.is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&odd).is_ok() || odd.contains(['e', 'E']), "{}", odd);
        }
    }
}

/// Replaces every field, and checks that nothing else changed.
fn rewrite(format: Format, text: &str, token: &str) {
    let source = text.as_bytes();
    let fields = document::select(format, source, &program(&RULES), &Bounds::default()).unwrap();
    check_order(text, &fields);
    let mut spans: Vec<_> = fields.iter().map(|field| field.span).collect();
    spans.dedup();
    let mut splice = Splice::new(source, token.len() * spans.len());
    for span in &spans {
        assert!(splice.replace(*span, |out| out.extend_from_slice(token.as_bytes())));
    }
    let out = splice.finish();
    let mut once = fields.clone();
    once.dedup_by_key(|field| field.span);
    let (outside, inside) = split(source, &once);
    assert_eq!(inside.len(), spans.len());
    let (mut rest, mut at) = (Vec::new(), 0);
    let mut done = 0;
    for span in &spans {
        let gap = span.start() as usize - done;
        rest.extend_from_slice(&out[at..at + gap]);
        at += gap;
        assert_eq!(&out[at..at + token.len()], token.as_bytes());
        at += token.len();
        done = span.end() as usize;
    }
    rest.extend_from_slice(&out[at..]);
    assert_eq!(rest, outside);
}
