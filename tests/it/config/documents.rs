//! `docs/config.md`: its table is made from the code, its examples load.

use std::fs;
use std::path::Path;

use crate::rules::documents::blocks;
use crate::rules::documents::is_fresh;

use super::helpers::changed;
use super::helpers::parse;
use super::helpers::told;

const START: &str = "<!-- made from the code: from here -->\n";

#[test]
fn the_schema_of_the_configuration_is_fresh() {
    is_fresh("docs/config.schema.json", &cloakroom::config::json_schema());
}

#[test]
fn the_table_of_settings_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.md");
    let document = fs::read_to_string(path).unwrap();
    let (kept, _) = document.split_once(START).unwrap();
    is_fresh("docs/config.md", &format!("{kept}{START}{}", cloakroom::config::reference()));
}

#[test]
fn every_example_of_the_configuration_document_loads() {
    let examples = blocks("docs/config.md", "yaml");
    assert!(examples.len() >= 2, "{}", examples.len());
    for (line, text) in examples {
        if let Err(found) = parse(&text) {
            panic!("example at line {line}: {:#?}", told(&found));
        }
    }
}

#[test]
fn every_example_of_the_identity_document_loads() {
    let examples: Vec<_> = blocks("docs/identity.md", "yaml")
        .into_iter()
        .filter(|(_, text)| text.starts_with("identity:"))
        .collect();
    assert!(examples.len() >= 3, "{}", examples.len());
    for (line, text) in examples {
        if let Err(found) = parse(&changed("identity", &text)) {
            panic!("example at line {line}: {:#?}", told(&found));
        }
    }
}
