//! The examples and tables of RFC 9535, section by section.

use cloakroom::document::Selector;

use crate::document::found;

/// Checks rows of query and nodelist.
fn table(json: &str, rows: &[(&str, &[&str])]) {
    for (selector, expected) in rows {
        assert_eq!(found(selector, json), *expected, "{selector}");
    }
}

/// Section 1.5, figure 1.
const BOOKS: &str = r#"{ "store": {
    "book": [
      { "category": "reference", "author": "Nigel Rees",
        "title": "Sayings of the Century", "price": 8.95 },
      { "category": "fiction", "author": "Evelyn Waugh",
        "title": "Sword of Honour", "price": 12.99 },
      { "category": "fiction", "author": "Herman Melville",
        "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99 },
      { "category": "fiction", "author": "J. R. R. Tolkien",
        "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99 }
    ],
    "bicycle": { "color": "red", "price": 399 }
  }
}"#;

const AUTHORS: [&str; 4] =
    ["\"Nigel Rees\"", "\"Evelyn Waugh\"", "\"Herman Melville\"", "\"J. R. R. Tolkien\""];

/// Titles of the books that a selector gives.
fn titles(selector: &str) -> Vec<String> {
    let title = |book: &str| found("$.title", book).concat().trim_matches('"').to_owned();
    found(selector, BOOKS).into_iter().map(title).collect()
}

#[test]
fn section_1_4_1_identifiers_in_both_notations() {
    for selector in ["$.store.book[0].title", "$['store']['book'][0]['title']"] {
        assert_eq!(found(selector, BOOKS), ["\"Sayings of the Century\""], "{selector}");
    }
}

#[test]
fn section_1_5_authors_and_prices() {
    assert_eq!(found("$.store.book[*].author", BOOKS), AUTHORS);
    assert_eq!(found("$..author", BOOKS), AUTHORS);
    assert_eq!(found("$.store..price", BOOKS), ["8.95", "12.99", "8.99", "22.99", "399"]);
}

#[test]
fn section_1_5_everything() {
    let things = found("$.store.*", BOOKS);
    assert_eq!(things.len(), 2);
    assert!(things[0].starts_with('[') && things[1] == r#"{ "color": "red", "price": 399 }"#);
    // The store, its two members, four books, 4 + 4 + 5 + 5 members, two of the bicycle.
    assert_eq!(found("$..*", BOOKS).len(), 1 + 2 + 4 + 18 + 2);
}

#[test]
fn section_1_5_books_by_position() {
    assert_eq!(titles("$..book[2]"), ["Moby Dick"]);
    assert_eq!(found("$..book[2].author", BOOKS), ["\"Herman Melville\""]);
    assert!(found("$..book[2].publisher", BOOKS).is_empty());
    assert_eq!(titles("$..book[-1]"), ["The Lord of the Rings"]);
    for selector in ["$..book[0,1]", "$..book[:2]"] {
        assert_eq!(titles(selector), ["Sayings of the Century", "Sword of Honour"]);
    }
}

#[test]
fn section_1_5_books_by_filter() {
    assert_eq!(titles("$..book[?@.isbn]"), ["Moby Dick", "The Lord of the Rings"]);
    assert_eq!(titles("$..book[?@.price<10]"), ["Sayings of the Century", "Moby Dick"]);
    assert_eq!(titles("$..book[?@.price < 10]"), ["Sayings of the Century", "Moby Dick"]);
}

#[test]
fn section_2_1_3_a_query_step_by_step() {
    let json = r#"{"a":[{"b":0},{"b":1},{"c":2}]}"#;
    table(
        json,
        &[
            ("$", &[json]),
            ("$.a", &[r#"[{"b":0},{"b":1},{"c":2}]"#]),
            ("$.a[*]", &[r#"{"b":0}"#, r#"{"b":1}"#, r#"{"c":2}"#]),
            ("$.a[*].b", &["0", "1"]),
        ],
    );
}

#[test]
fn section_2_2_3_root_identifier() {
    table(r#"{"k": "v"}"#, &[("$", &[r#"{"k": "v"}"#])]);
}

#[test]
fn section_2_3_1_3_name_selector() {
    table(
        r#"{"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}"#,
        &[
            ("$.o['j j']", &[r#"{"k.k": 3}"#]),
            ("$.o['j j']['k.k']", &["3"]),
            (r#"$.o["j j"]["k.k"]"#, &["3"]),
            (r#"$["'"]["@"]"#, &["2"]),
        ],
    );
}

#[test]
fn section_2_3_2_3_wildcard_selector() {
    table(
        r#"{"o": {"j": 1, "k": 2}, "a": [5, 3]}"#,
        &[
            ("$[*]", &[r#"{"j": 1, "k": 2}"#, "[5, 3]"]),
            ("$.o[*]", &["1", "2"]),
            ("$.o[*, *]", &["1", "2", "1", "2"]),
            ("$.a[*]", &["5", "3"]),
        ],
    );
}

#[test]
fn section_2_3_3_3_index_selector() {
    table(r#"["a","b"]"#, &[("$[1]", &["\"b\""]), ("$[-2]", &["\"a\""])]);
}

const LETTERS: &str = r#"["a","b","c","d","e","f","g"]"#;

/// Checks that a selector gives these one-letter strings.
fn letters(selector: &str, expected: &str) {
    assert_eq!(found(selector, LETTERS).concat().replace('"', ""), expected, "{selector}");
}

#[test]
fn section_2_3_4_1_slice_defaults() {
    letters("$[:]", "abcdefg");
    letters("$[::]", "abcdefg");
    letters("$[::1]", "abcdefg");
    letters("$[:2:-1]", "gfed");
    letters("$[::0]", "");
}

#[test]
fn section_2_3_4_3_slice_selector() {
    letters("$[1:3]", "bc");
    letters("$[5:]", "fg");
    letters("$[1:5:2]", "bd");
    letters("$[5:1:-2]", "fd");
    letters("$[::-1]", "gfedcba");
}

#[test]
fn section_2_3_5_3_comparisons() {
    let json = r#"{"obj": {"x": "y"}, "arr": [2, 3]}"#;
    for (comparison, expected) in [
        ("$.absent1 == $.absent2", true),
        ("$.absent1 <= $.absent2", true),
        ("$.absent == 'g'", false),
        ("$.absent1 != $.absent2", false),
        ("$.absent != 'g'", true),
        ("1 <= 2", true),
        ("1 > 2", false),
        ("13 == '13'", false),
        ("'a' <= 'b'", true),
        ("'a' > 'b'", false),
        ("$.obj == $.arr", false),
        ("$.obj != $.arr", true),
        ("$.obj == $.obj", true),
        ("$.obj != $.obj", false),
        ("$.arr == $.arr", true),
        ("$.arr != $.arr", false),
        ("$.obj == 17", false),
        ("$.obj != 17", true),
        ("$.obj <= $.arr", false),
        ("$.obj < $.arr", false),
        ("$.obj <= $.obj", true),
        ("$.arr <= $.arr", true),
        ("1 <= $.arr", false),
        ("1 >= $.arr", false),
        ("1 > $.arr", false),
        ("1 < $.arr", false),
        ("true <= true", true),
        ("true > true", false),
    ] {
        let hits = found(&format!("$[?{comparison}]"), json).len();
        assert_eq!(hits, if expected { 2 } else { 0 }, "{comparison}");
    }
}

/// Section 2.3.5.3, the document of the filter examples.
const FILTERED: &str = r#"{
  "a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
  "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}},
  "e": "f"
}"#;

#[test]
fn section_2_3_5_3_filters_by_existence() {
    let a = r#"[3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}]"#;
    let o = r#"{"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}"#;
    table(
        FILTERED,
        &[
            ("$.a[?@.b]", &[r#"{"b": "j"}"#, r#"{"b": "k"}"#, r#"{"b": {}}"#, r#"{"b": "kilo"}"#]),
            ("$[?@.*]", &[a, o]),
            ("$[?@[?@.b]]", &[a]),
            ("$.o[?@.u || @.x]", &[r#"{"u": 6}"#]),
        ],
    );
}

#[test]
fn section_2_3_5_3_filters_by_comparison() {
    table(
        FILTERED,
        &[
            ("$.a[?@.b == 'kilo']", &[r#"{"b": "kilo"}"#]),
            ("$.a[?(@.b == 'kilo')]", &[r#"{"b": "kilo"}"#]),
            ("$.a[?@>3.5]", &["5", "4", "6"]),
            ("$.o[?@<3, ?@<3]", &["1", "2", "1", "2"]),
            (r#"$.a[?@<2 || @.b == "k"]"#, &["1", r#"{"b": "k"}"#]),
            ("$.o[?@>1 && @<4]", &["2", "3"]),
            ("$.a[?@.b == $.x]", &["3", "5", "1", "2", "4", "6"]),
        ],
    );
    assert_eq!(found("$.a[?@ == @]", FILTERED), found("$.a[*]", FILTERED));
}

#[test]
fn section_2_3_5_3_filters_by_pattern() {
    table(
        FILTERED,
        &[
            (r#"$.a[?match(@.b, "[jk]")]"#, &[r#"{"b": "j"}"#, r#"{"b": "k"}"#]),
            (
                r#"$.a[?search(@.b, "[jk]")]"#,
                &[r#"{"b": "j"}"#, r#"{"b": "k"}"#, r#"{"b": "kilo"}"#],
            ),
        ],
    );
}

#[test]
fn section_2_4_3_well_typedness() {
    for selector in [
        "$[?length(@) < 3]",
        "$[?count(@.*) == 1]",
        "$[?match(@.timezone, 'Europe/.*')]",
        "$[?value(@..color) == \"red\"]",
    ] {
        assert!(Selector::parse(selector).is_ok(), "{selector}");
    }
    for selector in [
        "$[?length(@.*) < 3]",
        "$[?count(1) == 1]",
        "$[?count(foo(@.*)) == 1]",
        "$[?match(@.timezone, 'Europe/.*') == true]",
        "$[?value(@..color)]",
        "$[?bar(@.a)]",
        "$[?bnl(@.*)]",
        "$[?blt(1==1)]",
        "$[?bal(1)]",
    ] {
        assert!(Selector::parse(selector).is_err(), "{selector}");
    }
}

#[test]
fn section_2_4_4_length() {
    let json = r#"[{"authors": [1,2,3,4,5]}, {"authors": "five!"}, {"authors": "\ud834\udd1e"},
        {"authors": {"a":1,"b":2,"c":3,"d":4,"e":5}}, {"authors": 55555}, {}]"#;
    assert_eq!(found("$[?length(@.authors) >= 5]", json).len(), 3);
    assert_eq!(found("$[?length(@.authors) == 1]", json), [r#"{"authors": "\ud834\udd1e"}"#]);
}

#[test]
fn section_2_4_5_count() {
    let json = r#"[{"x":{"author":1},"y":{"author":2}},{"x":{"author":1}},{}]"#;
    assert_eq!(
        found("$[?count(@.*.author) >= 2]", json),
        [r#"{"x":{"author":1},"y":{"author":2}}"#]
    );
    assert_eq!(found("$[?count(@.*.author) == 0]", json), ["{}"]);
    assert_eq!(found("$[?count(@['x','x']) == 2]", json).len(), 2);
}

#[test]
fn section_2_4_6_match() {
    let json = r#"[{"date":"1974-05-11"},{"date":"1974-05-1"},{"date":"x1974-05-11"},{"date":5}]"#;
    assert_eq!(found(r#"$[?match(@.date, "1974-05-..")]"#, json), [r#"{"date":"1974-05-11"}"#]);
}

#[test]
fn section_2_4_7_search() {
    let json = r#"[{"author":"Bob"},{"author":"The Robber"},{"author":"bob"}]"#;
    let expected = [r#"{"author":"Bob"}"#, r#"{"author":"The Robber"}"#];
    assert_eq!(found(r#"$[?search(@.author, "[BR]ob")]"#, json), expected);
}

#[test]
fn section_2_4_8_value() {
    let json =
        r#"[{"color":"red"},{"a":{"color":"red"},"b":{"color":"red"}},{"c":[{"color":"red"}]}]"#;
    let expected = [r#"{"color":"red"}"#, r#"{"c":[{"color":"red"}]}"#];
    assert_eq!(found(r#"$[?value(@..color) == "red"]"#, json), expected);
}

#[test]
fn section_2_5_1_3_child_segment() {
    letters("$[0, 3]", "ad");
    letters("$[0:2, 5]", "abf");
    letters("$[0, 0]", "aa");
}

#[test]
fn section_2_5_2_3_descendant_segment() {
    let json = r#"{"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]}"#;
    let all: &[&str] = &[
        r#"{"j": 1, "k": 2}"#,
        r#"[5, 3, [{"j": 4}, {"k": 6}]]"#,
        "1",
        "2",
        "5",
        "3",
        r#"[{"j": 4}, {"k": 6}]"#,
        r#"{"j": 4}"#,
        r#"{"k": 6}"#,
        "4",
        "6",
    ];
    table(
        json,
        &[
            ("$..j", &["1", "4"]),
            ("$..[0]", &["5", r#"{"j": 4}"#]),
            ("$..[*]", all),
            ("$..*", all),
            ("$..o", &[r#"{"j": 1, "k": 2}"#]),
            ("$.o..[*, *]", &["1", "2", "1", "2"]),
            ("$.a..[0, 1]", &["5", "3", r#"{"j": 4}"#, r#"{"k": 6}"#]),
        ],
    );
}

#[test]
fn section_2_6_null() {
    table(
        r#"{"a": null, "b": [null], "c": [{}], "null": 1}"#,
        &[
            ("$.a", &["null"]),
            ("$.a[0]", &[]),
            ("$.a.d", &[]),
            ("$.b[0]", &["null"]),
            ("$.b[*]", &["null"]),
            ("$.b[?@]", &["null"]),
            ("$.b[?@==null]", &["null"]),
            ("$.c[?@.d==null]", &[]),
            ("$.null", &["1"]),
        ],
    );
}

#[test]
fn section_2_7_a_normalized_path_finds_what_its_query_found() {
    let list = r#"[0,1,{"a":{"b":["x","y"]},"\u000b":7},3,4]"#;
    for (query, path) in [
        ("$[1]", "$[1]"),
        ("$[-3]", "$[2]"),
        ("$[2].a", "$[2]['a']"),
        ("$[2].a.b[1:2]", "$[2]['a']['b'][1]"),
        (r#"$[2]["\u000B"]"#, r"$[2]['\u000b']"),
        (r#"$[2]["\u0061"]"#, "$[2]['a']"),
    ] {
        assert_eq!(found(query, list).len(), 1, "{query}");
        assert_eq!(found(query, list), found(path, list), "{query}");
    }
}

#[test]
fn section_2_1_1_integers_are_those_of_i_json() {
    for selector in ["$[9007199254740991]", "$[-9007199254740991]", "$[0:9007199254740991:2]"] {
        assert!(Selector::parse(selector).is_ok(), "{selector}");
    }
    for selector in [
        "$[9007199254740992]",
        "$[-9007199254740992]",
        "$[0:9007199254740992]",
        "$[::9007199254740992]",
        "$[?@[9007199254740992]==1]",
        "$[01]",
        "$[-0]",
        "$[1.0]",
        "$[1e0]",
    ] {
        assert!(Selector::parse(selector).is_err(), "{selector}");
    }
}

#[test]
fn section_2_3_1_1_strings_and_their_escapes() {
    let json = r#"{"a":1,"\u263a":2,"\ud83d\ude00":3,"'":4,"\"":5,"\b\f\n\r\t\/\\":6}"#;
    table(
        json,
        &[
            (r#"$["\u0061"]"#, &["1"]),
            (r#"$["\u263A"]"#, &["2"]),
            ("$.\u{263a}", &["2"]),
            (r#"$["\uD83D\uDE00"]"#, &["3"]),
            (r"$['\'']", &["4"]),
            (r#"$["\""]"#, &["5"]),
            (r#"$["\b\f\n\r\t\/\\"]"#, &["6"]),
        ],
    );
    for selector in [
        r#"$["\'"]"#,
        r#"$['\"']"#,
        r#"$["\x61"]"#,
        r#"$["\uD83D"]"#,
        r#"$["\uDE00"]"#,
        r#"$["\uD83D\u0061"]"#,
        r#"$["\u006"]"#,
        "$[\"\n\"]",
        "$[\"\u{1f}\"]",
        "$[\"a]",
    ] {
        assert!(Selector::parse(selector).is_err(), "{selector}");
    }
}

#[test]
fn section_2_5_1_1_shorthand_names() {
    for selector in ["$.a", "$._", "$.a1", "$.\u{e9}", "$..\u{1f600}", "$ .a", "$\n[ 'a' , 0 ]"] {
        assert!(Selector::parse(selector).is_ok(), "{selector}");
    }
    for selector in [
        "", "a", "@", "$.", "$..", "$.1", "$.a-b", "$.'a'", "$. a", "$.. a", " $", "$ ", "$.a ",
        "$..a\n", "$[0] ", "$a", "$.a.", "$[]", "$[a]", "$.a b",
    ] {
        assert!(Selector::parse(selector).is_err(), "{selector}");
    }
}
