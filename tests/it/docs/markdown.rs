//! As much of Markdown as the checks need.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// A file of the package; a test that needs it fails when it is not there.
pub(crate) fn read(name: &str) -> String {
    let path = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name} is needed: {error}"))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder with this extension, as paths from the root.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
            if path.is_dir() && !hidden && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

/// Lines with their numbers, and whether each stands in a block of code.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, bool, &str)> {
    let mut fenced = false;
    text.lines().enumerate().map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        let indented = line.starts_with("    ");
        (index + 1, fenced || fence || indented, line)
    })
}

/// The texts of headings, without `#` and backticks.
pub(crate) fn headings(text: &str) -> Vec<String> {
    lines(text)
        .filter(|(_, code, line)| !code && line.starts_with('#'))
        .map(|(_, _, line)| line.trim_start_matches('#').trim().replace('`', ""))
        .collect()
}

/// What stands in backticks in a piece of text.
pub(crate) fn backticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The anchor of a heading, as GitHub makes it.
pub(crate) fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Whether a word is kebab-case.
pub(crate) fn is_code(word: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    word.split('-').all(part)
}

#[test]
fn headings_code_and_anchors_are_read() {
    let text = "# A `b-c` d\n```\n# no\n```\n    # no\n## e-f\n";
    assert_eq!(headings(text), ["A b-c d", "e-f"]);
    assert_eq!(slug("What we do, and don't: `x`"), "what-we-do-and-dont-x");
    assert_eq!(backticked("a `b` c `d::e`"), ["b", "d::e"]);
    assert!(
        is_code("no-route")
            && is_code("busy")
            && !is_code("A-b")
            && !is_code("a b")
            && !is_code("a--b")
    );
}
