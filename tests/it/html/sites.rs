//! Values in texts of several languages, read back by readers of each.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use serde_json::json;

use crate::html::KEEP;
use crate::html::PLAIN;
use crate::html::TOKEN;
use crate::html::revealed;

/// A language that a text is wrapped into.
#[derive(Debug, Clone, Copy)]
enum Wrap {
    Json,
    Query,
    Line,
}

fn wrapped(text: &str, wrap: Wrap) -> String {
    match wrap {
        Wrap::Json => json!({"a": "x", "text": text, "z": [1]}).to_string(),
        Wrap::Query => format!("/u?a=1&email={}&z=1", encoded(text)),
        Wrap::Line => format!("Dear friend, {text}\nBye"),
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    out
}

/// Reads the text out of what is around it, which must be as it was.
fn unwrapped(text: &str, wrap: Wrap) -> String {
    match wrap {
        Wrap::Json => {
            let all: Value = serde_json::from_str(text).unwrap();
            let members = all.as_object().unwrap().len();
            assert_eq!((members, &all["a"], &all["z"]), (3, &json!("x"), &json!([1])), "{text}");
            all["text"].as_str().unwrap().to_owned()
        }
        Wrap::Query => {
            assert!(!text.contains(['#', ' ', '"', '\\', '<', '\n']), "{text}");
            let pairs: Vec<_> = text.strip_prefix("/u?").unwrap().split('&').collect();
            assert_eq!((pairs.len(), pairs[0], pairs[2]), (3, "a=1", "z=1"), "{text}");
            String::from_utf8(decoded(pairs[1].strip_prefix("email=").unwrap())).unwrap()
        }
        Wrap::Line => {
            let text = text.strip_prefix("Dear friend, ").unwrap();
            text.strip_suffix("\nBye").unwrap().to_owned()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_value_reads_back_through_all_languages_of_its_place(
        wraps in proptest::collection::vec(select(vec![Wrap::Json, Wrap::Query, Wrap::Line]), 0..4),
        (before, after) in select(vec![("", ""), ("to ", ", he"), ("a=", ""), ("\"", "\""), ("<b>", "</b>")]),
        value in "[a-z\"'<>&+%\\\\#=/?;@.é\r\n ]{1,12}",
    ) {
        let inner = format!("{before}{TOKEN}{after}");
        let text = wraps.iter().fold(inner, |text, wrap| wrapped(&text, *wrap));
        for options in [PLAIN, KEEP] {
            // A page that is none of ours in JSON is text of HTML, which `structure` reads.
            if options == KEEP && !matches!(wraps.last(), Some(Wrap::Json)) {
                continue;
            }
            let written = String::from_utf8(revealed(text.as_bytes(), &value, options)).unwrap();
            let read = wraps.iter().rev().fold(written.clone(), |text, wrap| unwrapped(&text, *wrap));
            let expected = |value: &str| format!("{before}{value}{after}");
            prop_assert!(read == expected(&value) || read == expected(TOKEN), "{written}");
            if options == KEEP {
                prop_assert_eq!(written.matches('<').count(), text.matches('<').count());
            }
        }
    }

    #[test]
    fn a_value_that_every_language_spells_alike_is_revealed(
        wraps in proptest::collection::vec(select(vec![Wrap::Json, Wrap::Line]), 0..3),
    ) {
        let text = wraps.iter().fold(TOKEN.to_owned(), |text, wrap| wrapped(&text, *wrap));
        let written = revealed(text.as_bytes(), "a1@x.example", PLAIN);
        prop_assert_eq!(String::from_utf8(written).unwrap(), text.replace(TOKEN, "a1@x.example"));
    }
}

#[test]
fn a_link_in_json_carries_the_value_that_was_meant() {
    let text = wrapped(&wrapped(TOKEN, Wrap::Query), Wrap::Json);
    for value in ["a+b@x.example", "a&b=c", "Zoë \"<\\", "%41", "a b"] {
        let written = String::from_utf8(revealed(text.as_bytes(), value, PLAIN)).unwrap();
        assert_eq!(unwrapped(&unwrapped(&written, Wrap::Json), Wrap::Query), value, "{written}");
    }
}
