//! docs/policies.md says what is true.

use super::*;

/// Gives the blocks of one language of a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let after = page.split(opening.as_str()).skip(1);
    after.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_policy_of_the_page_loads() {
    let page = include_str!("../../../docs/policies.md");
    let found = blocks(page, "cedar");
    assert!(found.len() >= 4, "only {} blocks", found.len());
    for block in found {
        let warnings = load(block).unwrap_or_else(|mistakes| panic!("{block}\n{mistakes:#?}")).1;
        assert!(warnings.is_empty(), "{block}\n{warnings:#?}");
    }
}

#[test]
fn every_refused_policy_of_the_page_is_refused() {
    let page = include_str!("../../../docs/policies.md");
    let found = blocks(page, "cedar-refused");
    assert!(!found.is_empty());
    for block in found {
        assert!(load(block).is_err(), "{block}");
    }
}
