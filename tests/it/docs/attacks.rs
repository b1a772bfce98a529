//! Every attack in `docs/attacks.md` names the tests that keep it from working.

use super::markdown::backticked;
use super::markdown::files;
use super::markdown::lines;
use super::markdown::read;
use super::markdown::root;

/// Whether some source has a test function of this name.
pub(super) fn is_test(name: &str, sources: &[String]) -> bool {
    let function = format!("fn {name}(");
    sources.iter().any(|source| {
        source.match_indices(&function).any(|(at, _)| {
            let above: Vec<&str> = source.split_at(at).0.lines().rev().take(4).collect();
            above.iter().any(|line| line.contains("test]") || line.contains("test("))
        })
    })
}

/// What is wrong with the last cell of a row; nothing for a line that is no row.
fn fault(line: &str, sources: &[String]) -> Option<String> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cell = row.rsplit('|').next()?;
    let is_ruler = cell.trim().chars().all(|c| matches!(c, '-' | ':'));
    let is_head = matches!(cell.trim(), "test" | "tests" | "Test" | "Tests");
    if is_ruler || is_head {
        return None;
    }
    let named = backticked(cell);
    if named.is_empty() {
        return Some("names no test in its last cell".to_owned());
    }
    let unknown = named.into_iter().find(|name| {
        let function = name.rsplit("::").next().unwrap_or(name);
        !(is_test(function, sources) || (name.contains('/') && root().join(name).is_file()))
    });
    unknown.map(|name| format!("names `{name}`, which is neither a test nor a file"))
}

pub(super) fn sources() -> Vec<String> {
    ["src", "tests"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| read(path.to_str().unwrap()))
        .collect()
}

#[test]
fn every_attack_names_tests_that_exist() {
    let text = read("docs/attacks.md");
    let sources = sources();
    let rows = lines(&text).filter(|(_, code, line)| !code && line.starts_with('|')).count();
    assert!(rows > 2, "docs/attacks.md: no table found");
    let faults: Vec<String> = lines(&text)
        .filter(|(_, code, _)| !code)
        .filter_map(|(number, _, line)| Some((number, fault(line, &sources)?)))
        .map(|(number, fault)| format!("docs/attacks.md:{number}: {fault}"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_row_without_a_real_test_is_found() {
    let sources = sources();
    assert!(fault("| a | nothing |", &sources).unwrap().contains("no test"));
    assert!(fault("| a | `x::is_no_test_of_ours` |", &sources).unwrap().contains("neither"));
    let real = "| a | `docs::attacks::a_row_without_a_real_test_is_found`, `Cargo.toml` |";
    assert!(fault(real, &sources).unwrap().contains("Cargo.toml"));
    let row = "| a | `a_row_without_a_real_test_is_found`, `tests/it/main.rs` |";
    assert_eq!(fault(row, &sources), None);
    assert_eq!(fault("|---|---|", &sources), None);
}
