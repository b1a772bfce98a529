//! docs/identity.md says what is true.

use cloakroom::authn::api_key::ApiKeys;

use super::*;

const PAGE: &str = include_str!("../../../docs/identity.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let after: Vec<_> = PAGE.split(opening.as_str()).skip(1).collect();
    after.into_iter().map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_key_list_of_the_page_is_read() {
    let lists: Vec<_> =
        blocks("yaml").into_iter().filter(|block| block.contains("hash:")).collect();
    assert!(!lists.is_empty());
    for list in lists {
        let keys = ApiKeys::parse("api-keys.yaml", list);
        assert!(!keys.unwrap_or_else(|mistakes| panic!("{list}\n{mistakes:?}")).is_empty());
    }
}

#[test]
fn every_key_set_of_the_page_is_read() {
    let sets = blocks("json");
    assert!(!sets.is_empty());
    for set in sets {
        assert_eq!(cloakroom::authn::KeySet::parse(set.as_bytes()).unwrap().len(), 1, "{set}");
    }
}

#[test]
fn every_reason_is_explained_on_the_page() {
    for reason in Refused::ALL {
        assert!(PAGE.contains(&format!("| `{}` |", reason.code())), "{reason}");
    }
}
