//! Wrong answers that were found in other implementations; none of them may be ours.

use cloakroom::document::CompiledRule;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Program;
use cloakroom::document::Selector;

use crate::document::found;

#[test]
fn wrongly_accepted_by_the_parser() {
    for selector in [
        "$[?length(@.a)]",
        "$[?count(@..*)]",
        "$[?value(@.a)]",
        "$[?length(@.*)<3]",
        "$[?length(@[1,2])<3]",
        "$[?length(@['a','b'])<3]",
        "$[?length(match(@.a,'x'))==1]",
        "$[?length(@.a==1)==1]",
        "$[?match(@.*,'x')]",
        "$[?match(@.a,@.*)]",
        "$[?count(length(@.a))==1]",
        "$[?in(@.a,$.b)]",
        "$[?any_of(@.a,$.b)]",
        "$[?match(@.a,'x')==match(@.b,'y')]",
        "$[?@. a==1]",
        "$[?@.a b==1]",
        "$[?length (@.a)==1]",
        "$[?true]",
        "$[?1==1==1]",
        "$[?@.*==1]",
        "$[?@..a==1]",
        "$[?@['a','b']==1]",
        "$[?@[0:1]==1]",
    ] {
        assert!(Selector::parse(selector).is_err(), "{selector}");
    }
}

#[test]
fn a_filter_inside_a_filter_looks_at_the_children() {
    assert_eq!(found("$[?@[?@>1]]", "[[1],[2],3,[0,5]]"), ["[2]", "[0,5]"]);
    let json = r#"{"x":[[{"type":"pii"}],{"y":{"type":"pii"}},{"type":"pii"}]}"#;
    assert_eq!(
        found("$.x[?@[?@.type=='pii']]", json),
        [r#"[{"type":"pii"}]"#, r#"{"y":{"type":"pii"}}"#]
    );
}

#[test]
fn counting_no_nodes_gives_zero() {
    assert_eq!(found("$[?count(@.*)==0]", "[{},[],1,[1]]"), ["{}", "[]", "1"]);
}

#[test]
fn numbers_are_compared_exactly() {
    let json = r#"[{"a":1e-17},{"a":0},{"a":-0.0},{"a":9007199254740992},{"a":9007199254740993},{"a":1e400},{"a":2e400}]"#;
    assert_eq!(found("$[?@.a==0]", json), [r#"{"a":0}"#, r#"{"a":-0.0}"#]);
    assert_eq!(found("$[?@.a==9007199254740993]", json), [r#"{"a":9007199254740993}"#]);
    assert_eq!(found("$[?@.a==9.007199254740993e15]", json), [r#"{"a":9007199254740993}"#]);
    assert_eq!(found("$[?@.a>1e400]", json), [r#"{"a":2e400}"#]);
    assert_eq!(found("$[?@.a==1e400]", json), [r#"{"a":1e400}"#]);
    assert_eq!(found("$[?@.a==-0]", json), [r#"{"a":0}"#, r#"{"a":-0.0}"#]);
}

#[test]
fn a_position_from_the_end_works_inside_a_filter() {
    let json = r#"[{"a":[1,2]},{"a":[2,1]},{"a":[]}]"#;
    assert_eq!(found("$[?@.a[-1]==1]", json), [r#"{"a":[2,1]}"#]);
}

#[test]
fn nothing_is_less_than_or_equal_to_nothing() {
    assert_eq!(found("$[?@.x<=@.y]", "[1]"), ["1"]);
    assert_eq!(found("$[?@.x>=@.y]", "[1]"), ["1"]);
    assert!(found("$[?@.x<@.y]", "[1]").is_empty());
}

#[test]
fn containers_and_truth_values_have_no_order() {
    assert!(found("$[?@>$[1]]", "[[1],[2]]").is_empty());
    assert!(found("$[?@>=$[1]]", r#"[{"a":2},{"a":1}]"#).len() == 1);
    assert!(found("$[?@>false]", "[true,false]").is_empty());
}

#[test]
fn equal_objects_may_list_their_members_in_any_order() {
    let json = r#"[{"a":1,"b":[1.0,{"c":null}]},{"b":[1,{"c":null}],"a":10e-1},{"a":1,"b":[1]}]"#;
    assert_eq!(found("$[?@==$[0]]", json).len(), 2);
}

#[test]
fn names_keep_white_space_that_is_not_blank() {
    let json = "{\"\u{a0}a\u{3000}\":1,\"a\":2}";
    assert_eq!(found("$.\u{a0}a\u{3000}", json), ["1"]);
    assert_eq!(found("$..\u{a0}a\u{3000}", json), ["1"]);
    assert_eq!(found("$[?@.\u{a0}a]", json).len(), 0);
}

#[test]
fn a_dot_in_a_pattern_is_no_line_end() {
    let json = r#"["a\u2028b","a\nb","a\rb","a.b"]"#;
    assert_eq!(found("$[?match(@,'a.b')]", json), [r#""a\u2028b""#, r#""a.b""#]);
}

#[test]
fn a_rule_may_not_take_its_pattern_from_the_document() {
    let json = r#"{"regex":"b.?b","values":["bab","bb","x"]}"#;
    assert_eq!(found("$.values[?match(@, $.regex)]", json), ["\"bab\"", "\"bb\""]);
    for (selector, word) in [
        ("$.values[?match(@, $.regex)]", "literal"),
        (r"$[?match(@.a, '\\d+')]", "RFC 9485"),
        ("$[?search(@.a, '(')]", "parenthesis"),
        ("$[?match(@.a, 1)]", "string"),
        ("$[?@[?!match(@.a, '[')]]", "class"),
    ] {
        let selector = Selector::parse(selector).unwrap();
        let want = CompiledRule { selector, on_container: OnContainer::Leaves };
        let error = Program::compile(vec![want.clone(), want], KeyMatch::Exact).unwrap_err();
        assert!(error.message().contains(word), "{error}");
        assert_eq!(error.rule(), Some(0));
    }
}

#[test]
fn the_parser_is_never_given_what_it_needs_exponential_time_for() {
    // Nothing here looks at a clock: without the bound, this test does not come to its end.
    for function in ["length", "count", "value"] {
        for depth in 1..60 {
            let call = format!("{function}(").repeat(depth);
            let selector = format!("$[?{call}@.a!{}==1]", ")".repeat(depth));
            assert!(Selector::parse(&selector).is_err());
        }
    }
    for unit in ["@[?", "(", "!(", "@[?(", "@[?length(", "match(", "count(@[?", "@.a&&(", "(@.a||("]
    {
        for depth in 1..300 {
            drop(Selector::parse(&format!("$[?{}", unit.repeat(depth))));
            drop(Selector::parse(&format!("$[?{}@.a!", unit.repeat(depth))));
        }
    }
}

#[test]
fn an_error_says_where() {
    for (selector, column) in
        [("$.a[", 5), ("$.a b", 5), ("$[?length (@.a)==1]", 11), ("$.\u{e9}\u{e9}. x", 6)]
    {
        assert_eq!(Selector::parse(selector).unwrap_err().column(), column, "{selector}");
    }
}

#[test]
fn serde_json_keeps_no_arbitrary_precision() {
    // With that feature the key of a body is taken for a number's private wrapper.
    let text = r#"{"$serde_json::private::Number":"1"}"#;
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert!(value.is_object());
}
