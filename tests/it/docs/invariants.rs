//! Every test that a module names under its invariants exists.

use std::path::Path;

use super::attacks::is_test;
use super::attacks::sources;
use super::markdown::backticked;
use super::markdown::files;
use super::markdown::read;
use super::markdown::root;

/// The invariants that a module states: its `//!` lines from that heading on.
fn invariants(source: &str) -> String {
    let documented = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut told = documented.skip_while(|line| line.trim() != "# Invariants").skip(1);
    let lines: Vec<&str> = told.by_ref().take_while(|line| !line.starts_with(" # ")).collect();
    lines.join("\n")
}

/// Whether text in backticks names a test or a file of tests: `a::b::c` in lower case, or a path.
fn names_a_test(text: &str) -> bool {
    let word = |part: &str| {
        let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !part.is_empty() && part.bytes().all(lower)
    };
    let is_path = Path::new(text).extension().is_some_and(|end| end == "rs");
    (is_path && text.starts_with("tests/")) || (text.contains("::") && text.split("::").all(word))
}

/// Whether there is what is named: a file, a test function, a module of tests, or a law that a macro
/// makes tests of.
fn exists(name: &str, sources: &[String]) -> bool {
    if name.contains('/') {
        return root().join(name).is_file();
    }
    let name = name.strip_prefix("it::").unwrap_or(name);
    let (module, last) = name.rsplit_once("::").unwrap_or(("", name));
    let file = |path: &str| root().join(path).is_file();
    let tests = |module: &str| format!("tests/it/{}", module.replace("::", "/"));
    if last == "tests" {
        let of = module.rsplit("::").next().unwrap_or(module);
        return files("src", "rs").iter().any(|path| {
            path.ends_with(format!("{of}/tests.rs"))
                || path.ends_with(format!("{of}/tests/mod.rs"))
                || (path.ends_with(format!("{of}.rs"))
                    && read(path.to_str().unwrap()).contains("mod tests {"))
        });
    }
    let laws = format!("{}.rs", tests(module));
    let is_law = file(&laws)
        && read(&laws).contains(&format!("fn {last}("))
        && sources
            .iter()
            .any(|source| source.lines().any(|line| line.trim() == format!("{last},")));
    let is_module =
        file(&format!("{}.rs", tests(name))) || file(&format!("{}/mod.rs", tests(name)));
    is_test(last, sources) || is_law || is_module
}

#[test]
fn every_invariant_names_tests_that_exist() {
    let sources = sources();
    let mut named = 0;
    let mut faults = Vec::new();
    for path in files("src", "rs").iter().filter(|path| path.ends_with("mod.rs")) {
        let path = path.to_str().unwrap();
        for name in backticked(&invariants(&read(path))).into_iter().filter(|n| names_a_test(n)) {
            named += 1;
            if !exists(name, &sources) {
                faults.push(format!("{path}: names `{name}`, which is no test, law or file"));
            }
        }
    }
    assert!(named > 30, "only {named} names found: are invariants written another way?");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_invariant_of_the_architecture_names_tests_that_exist() {
    let (page, sources) = (read("ARCHITECTURE.md"), sources());
    let (_, section) = page.split_once("\n## Invariants").expect("a section of invariants");
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_suffix('|')?.rsplit('|').next());
    let named: Vec<&str> = cells.flat_map(backticked).filter(|name| names_a_test(name)).collect();
    assert!(named.len() > 30, "only {} names found", named.len());
    let unknown: Vec<&&str> = named.iter().filter(|name| !exists(name, &sources)).collect();
    assert!(unknown.is_empty(), "ARCHITECTURE.md names no tests: {unknown:?}");
}

#[test]
fn a_name_without_a_test_is_found() {
    let sources = sources();
    let source = "//! Talk of `a::b`.\n//!\n//! # Invariants\n//!\n//! - So (`x::y`, `base::Limits`,\n\
                  //!   `tests/it/z.rs`).\n//!\n//! # More\n//!\n//! `c::d`\n\nuse e::f;\n";
    let told = invariants(source);
    let names: Vec<&str> = backticked(&told).into_iter().filter(|n| names_a_test(n)).collect();
    assert_eq!(names, ["x::y", "tests/it/z.rs"]);
    for name in ["x::y", "tests/it/z.rs", "nothing::tests", "vault_contract::laws::no_law"] {
        assert!(!exists(name, &sources), "{name}");
    }
    for name in [
        "tests/it/main.rs",
        "it::docs::invariants",
        "docs::invariants::a_name_without_a_test_is_found",
        "vault_contract::laws::first_put_wins",
        "framing::tests",
    ] {
        assert!(exists(name, &sources), "{name}");
    }
}
