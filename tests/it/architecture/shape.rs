//! Files that can be read in one sitting, and folders that say what they are for.

use super::Finding;
use super::enforce;
use super::lines_found;
use super::source::Source;
use super::source::read;

/// Lines of a file, all counted.
const LONGEST: usize = 500;

fn is_short(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if lines <= LONGEST {
        return Vec::new();
    }
    let message = format!("{lines} lines, at most {LONGEST}: split it by story, tests first");
    vec![source.finding(LONGEST + 1, message)]
}

fn folder_says_what_it_is_for(source: &Source) -> Vec<Finding> {
    let opens_folder = source.file.ends_with("/mod.rs") || source.file.ends_with("/lib.rs");
    if !opens_folder || source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![source.finding(1, "begin with `//!`: what it is for, what not, its invariants")]
}

#[test]
fn files_stay_under_five_hundred_lines() {
    enforce(&read(&["src", "tests", "benches"]), is_short);
}

#[test]
fn every_folder_says_what_it_is_for() {
    enforce(&read(&["src", "tests"]), folder_says_what_it_is_for);
}

#[test]
fn a_planted_giant_is_found() {
    let text = "//\n".repeat(LONGEST + 1);
    assert_eq!(lines_found("src/base/x.rs", &text, is_short), [LONGEST + 1]);
    assert!(lines_found("src/base/x.rs", &"//\n".repeat(LONGEST), is_short).is_empty());
    assert_eq!(lines_found("src/base/mod.rs", "mod a;", folder_says_what_it_is_for), [1]);
}
