//! Many rules as one program.

use cloakroom::document::CompiledRule;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Program;
use cloakroom::document::Selector;

use crate::document::fields;
use crate::document::program;

fn of(sources: &[String]) -> Program {
    let want = |source: &String| CompiledRule {
        selector: Selector::parse(source).unwrap(),
        on_container: OnContainer::Leaves,
    };
    Program::compile(sources.iter().map(want).collect(), KeyMatch::Exact).unwrap()
}

#[test]
fn a_scalar_is_reported_once_for_every_rule_that_selects_it() {
    let program = program(&["$..b", "$.a.b", "$.a", "$.a.b", "$.a['b','b']", "$.x"]);
    let found = fields(Format::Json, r#"{"a":{"b":1,"c":2}}"#, &program);
    assert_eq!(found, [(0, "1"), (1, "1"), (2, "1"), (3, "1"), (4, "1"), (2, "2")]);
}

#[test]
fn one_rule_that_selects_a_container_and_what_is_in_it_reports_once() {
    let source = r#"{"a":{"a":{"a":1}},"b":[{"a":2}]}"#;
    for selector in ["$..a", "$..*", "$..[?@]"] {
        let found = fields(Format::Json, source, &program(&[selector]));
        assert_eq!(found, [(0, "1"), (0, "2")], "{selector}");
    }
}

#[test]
fn streamed_and_evaluated_rules_run_together_in_order() {
    let program = program(&["$[?@.on==true].v", "$[*].v", "$[-1].v"]);
    let source = r#"[{"v":1,"on":true},{"v":2,"on":false}]"#;
    assert_eq!(fields(Format::Json, source, &program), [(0, "1"), (1, "1"), (1, "2"), (2, "2")]);
    let notes: Vec<Option<u16>> = program.notes().iter().map(|note| note.rule).collect();
    assert_eq!(notes, [Some(0), Some(2)]);
}

#[test]
fn positions_and_slices_run_while_reading() {
    let program =
        program(&["$[0]", "$[2:4]", "$[3:]", "$[:1]", "$[4294967294,1]", "$[2:2]", "$[::0]"]);
    assert!(program.notes().is_empty());
    let found = fields(Format::Json, "[10,11,12,13,14]", &program);
    let expected = [(0, "10"), (3, "10"), (4, "11"), (1, "12"), (1, "13"), (2, "13"), (2, "14")];
    assert_eq!(found, expected);
}

#[test]
fn a_large_position_costs_no_memory() {
    let program = program(&["$[9007199254740991]", "$[1000000000]", "$[0:9007199254740991]"]);
    assert!(program.states() < 10);
    assert_eq!(fields(Format::Json, "[1]", &program), [(2, "1")]);
}

#[test]
fn a_hundred_rules_are_few_states() {
    let shallow: Vec<String> = (0..100).map(|n| format!("$..name{n}")).collect();
    assert_eq!(of(&shallow).states(), 2);
    let mixed: Vec<String> = (0..1000)
        .map(|n| if n % 5 == 0 { format!("$..x{n}") } else { format!("$.a{}.b{n}", n % 10) })
        .collect();
    let program = of(&mixed);
    assert!(program.notes().is_empty() && program.states() < 1000, "{}", program.states());
}

/// `n` selectors whose automaton has more than 2^n states.
fn explosive(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("$..x{n}..y{n}")).collect()
}

#[test]
fn too_many_states_fall_back_to_the_tape_and_say_so() {
    let small = of(&explosive(6));
    assert!(small.notes().is_empty() && small.states() > 64);
    let large = of(&explosive(14));
    assert_eq!(large.states(), 0);
    let notes = large.notes();
    assert!(notes.len() == 1 && notes[0].rule.is_none() && notes[0].message.contains("4096"));
    let source = r#"{"x3":{"x5":{"y3":1,"y5":2,"y7":3}},"y3":4}"#;
    assert_eq!(fields(Format::Json, source, &large), [(3, "1"), (5, "2")]);
    assert_eq!(fields(Format::Json, source, &small), [(3, "1"), (5, "2")]);
}

#[test]
fn a_program_of_nothing_selects_nothing_and_still_checks() {
    let empty = program(&[]);
    assert!(empty.is_empty());
    assert!(fields(Format::Json, r#"{"a":1}"#, &empty).is_empty());
    assert!(crate::document::select(Format::Json, "{", &empty).is_err());
}

#[test]
fn names_of_every_length_are_found() {
    let names: Vec<String> = (0..200).map(|n| "k".repeat(n)).collect();
    let rules: Vec<String> = names.iter().map(|name| format!("$['{name}']")).collect();
    let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":1")).collect();
    let source = format!("{{{}}}", members.join(","));
    let found = fields(Format::Json, &source, &of(&rules));
    assert_eq!(found.len(), 200);
    assert!(found.iter().enumerate().all(|(at, (rule, _))| at == usize::from(*rule)));
}
