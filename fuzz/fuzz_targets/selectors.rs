//! Selectors: any text is read or refused, and automaton and evaluator find the same.
#![no_main]

use cloakroom::base::Span;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Program;
use cloakroom::document::Reason;
use cloakroom::document::Selector;
use cloakroom::document::CompiledRule;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::selector;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    // A selector that somebody typed and a document, or both from a grammar.
    let (source, json) = if dice.flag() {
        let (source, json) = text.split_once('\n').unwrap_or((text, "[1,{\"a\":[\"x\",{}]}]"));
        (source.to_owned(), json.to_owned())
    } else {
        (selector::query(&mut dice), selector::json(text.as_bytes()))
    };
    let selector = match Selector::parse(&source) {
        Ok(selector) => selector,
        Err(error) => {
            let column = usize::try_from(error.column()).expect("a column");
            assert!(column <= source.chars().count() + 1, "{source:?} {error} {column}");
            return;
        }
    };
    assert_eq!(selector.to_string(), source);
    let streams = selector.streams();
    let want = CompiledRule { selector: selector.clone(), on_container: OnContainer::Leaves };
    let Ok(program) = Program::compile(vec![want.clone()], KeyMatch::Exact) else { return };
    let json = json.as_bytes();
    let bounds = Bounds::default();
    let Ok(alone) = document::select(Format::Json, json, &program, &bounds) else { return };
    let alone: Vec<Span> = alone.iter().map(|field| field.span).collect();

    // The evaluator's nodes, and the scalars in them.
    match document::query(&selector, json) {
        Ok(nodes) => {
            assert_eq!(alone, leaves(json, &nodes), "{source} {}", String::from_utf8_lossy(json));
        }
        // The automaton passes a node once, the evaluator as often as the query finds it.
        Err(refusal) => {
            assert!(streams && refusal.reason == Reason::TooCostly, "{source} {refusal}")
        }
    }
    // Beside a rule with a filter, and beside many, it finds the same.
    for other in ["$[?@.zzz]", "$..a", "$..*"] {
        let other = Selector::parse(other).expect("a selector");
        let beside = CompiledRule { selector: other, on_container: OnContainer::Leaves };
        let Ok(program) = Program::compile(vec![want.clone(), beside], KeyMatch::Exact) else {
            continue;
        };
        let Ok(found) = document::select(Format::Json, json, &program, &bounds) else { continue };
        let found = found.iter().filter(|field| field.rule == 0);
        let found: Vec<Span> = found.map(|field| field.span).collect();
        assert_eq!(found, alone, "{source} {}", String::from_utf8_lossy(json));
    }
});

/// The scalars at or below some nodes, each once.
fn leaves(json: &[u8], nodes: &[Span]) -> Vec<Span> {
    let all = fields::compile(&["$"], KeyMatch::Exact);
    let all = document::select(Format::Json, json, &all, &Bounds::default()).expect("a document");
    let inside = |leaf: &Span| {
        nodes.iter().any(|node| node.start() <= leaf.start() && leaf.end() <= node.end())
    };
    all.into_iter().map(|field| field.span).filter(inside).collect()
}
