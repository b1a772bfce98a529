//! `docs/errors.md` explains every code, and no others.

use std::collections::BTreeSet;

use super::markdown::backticked;
use super::markdown::headings;
use super::markdown::is_code;
use super::markdown::read;

/// The tables of problems, in the order of the page: of the data path, and of people's listeners.
const TABLES: [&str; 2] = ["src/proxy/problems.rs", "src/people/problems.rs"];

fn all_codes() -> Vec<String> {
    TABLES.iter().flat_map(|table| codes(&read(table))).collect()
}

/// The codes in a source file: string literals that are one kebab-case word, outside comments,
/// attributes and the test module.
fn codes(source: &str) -> Vec<String> {
    let product = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let is_code_line =
        |line: &&str| !line.trim().starts_with("//") && !line.trim().starts_with("#[");
    let code: Vec<&str> = product.lines().filter(is_code_line).collect();
    let code = code.join("\n");
    let literals = code.split('"').skip(1).step_by(2);
    literals.filter(|literal| is_code(literal)).map(str::to_owned).collect()
}

#[test]
fn every_code_has_a_heading_and_every_heading_a_code() {
    let codes: BTreeSet<String> = all_codes().into_iter().collect();
    assert!(!codes.is_empty(), "no code found; see tests/it/docs/mod.rs");
    let explained: BTreeSet<String> =
        headings(&read("docs/errors.md")).into_iter().filter(|heading| is_code(heading)).collect();
    let missing: Vec<&String> = codes.difference(&explained).collect();
    let stale: Vec<&String> = explained.difference(&codes).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/errors.md: add a heading for {missing:?}; remove the headings {stale:?}"
    );
}

/// Whoever looks a code up reads the page in the order of the tables.
#[test]
fn the_tables_have_each_code_once_and_in_the_order_of_the_page() {
    let page = read("docs/errors.md");
    let explained: Vec<String> =
        headings(&page).into_iter().filter(|heading| is_code(heading)).collect();
    assert_eq!(all_codes(), explained);
}

#[test]
fn every_reason_for_refusing_a_document_is_explained() {
    let source = read("src/document/refusal.rs");
    let reasons: Vec<&str> =
        source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!reasons.is_empty(), "src/document/refusal.rs: no reason found");
    let text = read("docs/errors.md");
    let explained: BTreeSet<&str> = text.lines().flat_map(backticked).collect();
    let missing: Vec<&&str> =
        reasons.iter().filter(|reason| !explained.contains(**reason)).collect();
    assert!(missing.is_empty(), "docs/errors.md: explain the reasons {missing:?}, in backticks");
}

#[test]
fn codes_are_read_and_remarks_left_out() {
    let source = "/// \"not-this\"\n#[error(\"loop\")]\nf(S, \"busy\", \"A title\", \"Do that.\");\n\
                  (S,\n  \"no-route\", \"GET\")\n\
                  #[cfg(test)]\nmod tests {\n f(\"not-that\");\n}\n";
    assert_eq!(codes(source), ["busy", "no-route"]);
}
