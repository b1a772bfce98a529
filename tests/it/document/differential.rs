//! The same question to two machines: automaton and evaluator, ours and `serde_json_path`.

use proptest::prelude::*;
use serde_json::Value;
use serde_json_path::JsonPath;

use cloakroom::base::Span;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::document::Selector;

use crate::document::laws::json_text;
use crate::document::program;
use crate::document::select;
use crate::document::strictly;

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(".a"),
        Just(".b"),
        Just("['c d']"),
        Just(".email"),
        Just("['']"),
        Just("[\"\\u0061\"]"),
    ]
}

/// Segments that run as an automaton.
fn streamed() -> impl Strategy<Value = String> {
    let inner = || {
        prop_oneof![
            Just("0"),
            Just("1"),
            Just("'a'"),
            Just("'email'"),
            Just("*"),
            Just("1:"),
            Just(":2"),
            Just("1:3"),
            Just("::0"),
        ]
    };
    let many =
        || prop::collection::vec(inner(), 1..3).prop_map(|all| format!("[{}]", all.join(",")));
    let segment = prop_oneof![
        3 => name().prop_map(str::to_owned),
        1 => Just(".*".to_owned()),
        2 => many(),
        1 => many().prop_map(|all| format!("..{all}")),
        1 => Just("..a".to_owned()),
        1 => Just("..*".to_owned()),
    ];
    prop::collection::vec(segment, 0..4).prop_map(|all| all.concat())
}

/// Any segments, without what `serde_json_path` 0.7.2 gets wrong inside filters: positions from the
/// end in a singular query, order between anything but a query and a number or a string, numbers
/// beyond 2^53.
fn any_segments() -> impl Strategy<Value = String> {
    let singular = || {
        let step = prop_oneof![
            name().prop_map(str::to_owned),
            Just("[0]".to_owned()),
            Just("[1]".to_owned())
        ];
        (prop_oneof![3 => Just("@"), 1 => Just("$")], prop::collection::vec(step, 0..3))
            .prop_map(|(origin, steps)| format!("{origin}{}", steps.concat()))
    };
    let literal = || prop_oneof![Just("1"), Just("-7"), Just("1.5e3"), Just("'A'"), Just("\"a\"")];
    let order =
        || prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let equal = || prop_oneof![Just("=="), Just("!=")];
    let plain = || streamed();
    let test = prop_oneof![
        (singular(), order(), literal()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        (singular(), equal(), singular()).prop_map(|(l, o, r)| format!("{l}{o}{r}")),
        (singular(), equal(), prop_oneof![Just("null"), Just("true"), Just("false")])
            .prop_map(|(l, o, r)| format!("{l}{o}{r}")),
        plain().prop_map(|query| format!("@{query}")),
        plain().prop_map(|query| format!("!@{query}")),
        (plain(), order(), 0..3).prop_map(|(q, o, n)| format!("count(@{q}){o}{n}")),
        (singular(), order(), 0..3).prop_map(|(q, o, n)| format!("length({q}){o}{n}")),
        (plain(), equal(), literal()).prop_map(|(q, o, r)| format!("value(@{q}){o}{r}")),
        singular().prop_map(|query| format!("match({query},'[a-zA-Z].*')")),
        singular().prop_map(|query| format!("search({query},'[0-9]')")),
    ];
    let test = test.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("{l} && {r}")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("{l} || {r}")),
            inner.clone().prop_map(|test| format!("!({test})")),
            inner.prop_map(|test| format!("@[?{test}]")),
        ]
    });
    let segment = prop_oneof![
        2 => streamed(),
        3 => test.clone().prop_map(|test| format!("[?{test}]")),
        1 => test.prop_map(|test| format!("..[?{test}]")),
        1 => prop_oneof![Just("[-1]"), Just("[-2:]"), Just("[::2]"), Just("[::-1]"), Just("[3:0:-2]"), Just("[:-1]")]
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(segment, 1..3).prop_map(|all| all.concat())
}

/// The text scalars and numbers at or below some nodes, each once, in order.
fn leaves(json: &str, spans: &[Span]) -> Vec<Span> {
    let all = document::select(Format::Json, json.as_bytes(), &program(&["$"]), &Bounds::default())
        .unwrap();
    let inside = |leaf: &Span| {
        spans.iter().any(|span| span.start() <= leaf.start() && leaf.end() <= span.end())
    };
    all.into_iter().map(|field| field.span).filter(inside).collect()
}

/// Members with an escaped or a repeated name read differently elsewhere only in their text.
fn theirs(query: &str, value: &Value) -> Option<Vec<String>> {
    let path = JsonPath::parse(query).ok()?;
    Some(path.query(value).all().into_iter().map(ToString::to_string).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn automaton_and_evaluator_agree(
        json in json_text(),
        queries in prop::collection::vec(streamed(), 1..5),
    ) {
        let queries: Vec<String> = queries.into_iter().map(|query| format!("${query}")).collect();
        let wants = program(&queries.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert!(wants.notes().is_empty());
        let fields = strictly(json.as_bytes(), &wants).unwrap();
        for (rule, query) in queries.iter().enumerate() {
            let spans = document::query(&Selector::parse(query).unwrap(), json.as_bytes()).unwrap();
            let streamed: Vec<Span> = fields
                .iter()
                .filter(|field| usize::from(field.rule) == rule)
                .map(|field| field.span)
                .collect();
            prop_assert_eq!(streamed, leaves(&json, &spans), "{} on {}", query, json);
        }
    }

    #[test]
    fn all_readings_find_what_the_standard_finds(
        json in json_text(),
        queries in prop::collection::vec(any_segments(), 1..4),
    ) {
        let queries = queries.into_iter().map(|query| format!("${query}"));
        let queries: Vec<String> = queries.filter(|query| Selector::parse(query).is_ok()).collect();
        let wants = program(&queries.iter().map(String::as_str).collect::<Vec<_>>());
        let standard = strictly(json.as_bytes(), &wants).unwrap();
        let all = select(Format::Json, &json, &wants).unwrap();
        prop_assert!(standard.iter().all(|field| all.contains(field)), "{:?} on {}", queries, json);
    }

    #[test]
    fn a_rule_finds_the_same_with_a_filter_beside_it(json in json_text(), query in any_segments()) {
        let query = format!("${query}");
        prop_assume!(Selector::parse(&query).is_ok());
        let run = |wants: &[&str]| {
            let fields = strictly(json.as_bytes(), &program(wants));
            let fields = fields.unwrap().into_iter().filter(|field| field.rule == 0);
            fields.map(|field| field.span).collect::<Vec<_>>()
        };
        let alone = run(&[&query]);
        prop_assert_eq!(&run(&[&query, "$[?@.zzz]"]), &alone);
        prop_assert_eq!(&run(&[&query, "$..a"]), &alone);
        let spans = document::query(&Selector::parse(&query).unwrap(), json.as_bytes()).unwrap();
        prop_assert_eq!(leaves(&json, &spans), alone);
    }

    #[test]
    fn the_evaluator_and_serde_json_path_agree(json in json_text(), query in any_segments()) {
        let query = format!("${query}");
        // Nesting beyond our bound is ours alone to refuse.
        prop_assume!(Selector::parse(&query).is_ok());
        let value: Value = serde_json::from_str(&json).unwrap();
        let text = value.to_string();
        let Some(theirs) = theirs(&query, &value) else {
            return Err(TestCaseError::fail(format!("{query}: only ours parses it")));
        };
        let spans = document::query(&Selector::parse(&query).unwrap(), text.as_bytes()).unwrap();
        let ours: Vec<&str> =
            spans.iter().map(|span| std::str::from_utf8(span.of(text.as_bytes())).unwrap()).collect();
        prop_assert_eq!(ours, theirs, "{} on {}", query, text);
    }

    #[test]
    fn the_same_queries_parse(
        query in any_segments(),
        at in any::<prop::sample::Index>(),
        noise in prop_oneof![
            Just(""), Just(" "), Just("."), Just("["), Just("]"), Just("("), Just(")"), Just("@"), Just("$"), Just("!"),
            Just("'"), Just("1"), Just("-"), Just("*"), Just(","), Just(":"), Just("?"), Just("a"), Just("\""), Just("0"),
            Just("=="), Just("&&"), Just("length("), Just("\\"), Just("e1"), Just(".5"),
        ],
        cut in 0..2_usize,
    ) {
        let query = format!("${query}");
        let places: Vec<usize> = query.char_indices().map(|(at, _)| at).chain([query.len()]).collect();
        let place = *at.get(&places);
        let rest = query[place..].chars().skip(cut).collect::<String>();
        let query = format!("{}{noise}{rest}", &query[..place]);
        // RFC 9535, section 2.1.1: blanks may stand before any segment; theirs refuses them before "..".
        prop_assume!(!query.contains(" .."));
        let (ours, theirs) = (Selector::parse(&query), JsonPath::parse(&query));
        let bounded = ours.as_ref().is_err_and(|error| error.message().contains("nested"));
        prop_assert!(bounded || ours.is_ok() == theirs.is_ok(), "{}: {:?} {:?}", query, ours.err(), theirs.err());
    }

    #[test]
    fn an_escaped_key_is_the_same_key(json in json_text()) {
        // Every ASCII letter of every key as an escape; values stay as they are.
        let escaped = escape_keys(&json);
        let wants = program(&["$..email", "$.a", "$..['c d'].b", "$..[?@.a].email"]);
        let run = |text: &str| {
            let fields = document::select(Format::Json, text.as_bytes(), &wants, &Bounds::default()).unwrap();
            let text_of = |span: Span| String::from_utf8(span.of(text.as_bytes()).to_vec()).unwrap();
            fields.into_iter().map(|field| (field.rule, text_of(field.span))).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(&json), run(&escaped));
    }
}

/// Writes every letter of every key as `\uXXXX`.
fn escape_keys(json: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let mut escaped = false;
        let end = from.char_indices().skip(1).find(|&(_, letter)| {
            let closes = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            closes
        });
        let (literal, after) = from.split_at(end.unwrap().0 + 1);
        if after.trim_start().starts_with(':') {
            let name: String = serde_json::from_str(literal).unwrap();
            out.push('"');
            out.extend(name.encode_utf16().map(|unit| format!("\\u{unit:04x}")));
            out.push('"');
        } else {
            out.push_str(literal);
        }
        rest = after;
    }
    out + rest
}
