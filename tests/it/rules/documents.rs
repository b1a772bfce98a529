//! The files that are made from the code, and the documents whose examples must load.
//!
//! `CLOAKROOM_BLESS=1 cargo test --test it documents` writes the made files anew.

use std::fs;
use std::path::Path;

use super::helpers::file;
use super::helpers::load;
use super::helpers::told;

/// Compares a made file with the committed one, or writes it when asked to.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch of the tests, not of the program"
)]
pub(crate) fn is_fresh(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("CLOAKROOM_BLESS").is_some() {
        fs::write(&path, made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let hint = "run `CLOAKROOM_BLESS=1 cargo test --test it documents`";
    assert!(committed == made, "{name} is not what the code says; {hint}");
}

/// The blocks of a document in one language, with the line each starts in.
pub(crate) fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut open {
            Some(block) if line.starts_with("```") => {
                found.push(block.clone());
                open = None;
            }
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line == format!("```{language}") => open = Some((number + 2, String::new())),
            None => {}
        }
    }
    found
}

#[test]
fn the_schema_of_rule_files_is_fresh() {
    is_fresh("rules/schema.json", &cloakroom::rules::schema());
}

#[test]
fn every_example_of_the_rule_document_loads() {
    let examples = blocks("docs/rules.md", "yaml");
    assert!(examples.len() >= 6, "{}", examples.len());
    for (line, text) in examples {
        if let Err(found) = load(&[file("docs/rules.md", &text)]) {
            panic!("example at line {line}: {:#?}", told(&found));
        }
    }
}

#[test]
fn the_rule_document_names_every_error() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let document = fs::read_to_string(path).unwrap();
    let mut missing = Vec::new();
    for source in ["compile.rs", "place.rs", "classes.rs", "pattern.rs", "lint.rs", "people.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(source);
        let text = fs::read_to_string(path).unwrap();
        for message in messages(&text) {
            let hint = message.ends_with('?') || message.starts_with("there is: ");
            if !hint && !document.contains(&message) {
                missing.push(message);
            }
        }
    }
    assert!(missing.is_empty(), "docs/rules.md does not name: {missing:#?}");
}

/// The constant texts of the messages in a source file, as far as they can be told from other texts.
fn messages(source: &str) -> Vec<String> {
    let calls = ["self.error(", "warn(", "return Err((", ".error(file, ", "let message = "];
    let mut found = Vec::new();
    for call in calls {
        for (at, _) in source.match_indices(call) {
            let Some(after) = source.get(at + call.len()..) else { continue };
            let statement = after.split(';').next().unwrap_or_default();
            let Some(text) = statement.split('"').nth(1) else { continue };
            if !text.contains('{') && text.contains(' ') {
                found.push(text.replace("\\\\", "\\"));
            }
        }
    }
    found
}
