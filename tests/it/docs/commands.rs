//! The commands that the documents tell people to type exist.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::markdown::lines;
use super::markdown::read;
use super::markdown::root;

/// Whether `cloakroom <words> --help` is known to the program.
fn is_subcommand(words: &[&str]) -> bool {
    let output = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .args(words)
        .arg("--help")
        .output()
        .expect("the program runs");
    output.status.success() && !output.stdout.is_empty()
}

/// The words of a subcommand: up to the first option, placeholder or remark.
fn subcommand<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    let is_name = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let end = words.iter().position(|word| word.starts_with('-') || !is_name(word));
    words.split_at(end.unwrap_or(words.len())).0
}

/// What is wrong with a line of code in a document; nothing when it is no command of ours.
fn fault(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("$ ");
    let words: Vec<&str> = line.split_whitespace().take_while(|word| *word != "#").collect();
    let program = words.first()?;
    let ours: &[&str] = match words.as_slice() {
        ["cargo", "run", rest @ ..] => {
            let dashes = rest.iter().position(|word| *word == "--")?;
            rest.split_at(dashes + 1).1
        }
        ["cloakroom", rest @ ..] => rest,
        ["cargo", "bench", "--bench", name, ..] => {
            let declared = read("Cargo.toml").contains(&format!("name = \"{name}\""));
            return (!declared).then(|| format!("`{line}`: Cargo.toml has no such bench"));
        }
        _ if program.starts_with("scripts/") || program.starts_with(".ci/") => {
            let mode = root().join(program).metadata().map(|found| found.permissions().mode());
            let runs = mode.is_ok_and(|mode| mode & 0o111 != 0);
            return (!runs).then(|| format!("`{program}`: no such script, or not executable"));
        }
        _ => return None,
    };
    let words = subcommand(ours);
    (!is_subcommand(words)).then(|| format!("`{line}`: no such command"))
}

/// Faults of all lines of code of these documents.
fn faults(pages: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages {
        let text = read(page);
        for (number, _, line) in lines(&text).filter(|(_, code, _)| *code) {
            found.extend(fault(line).map(|fault| format!("{page}:{number}: {fault}")));
        }
    }
    found
}

#[test]
fn commands_of_readme_and_contributing_exist() {
    let faults = faults(&["README.md", "CONTRIBUTING.md"]);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_readme_tells_newcomers_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run -- demo", "scripts/test"] {
        let told = lines(&readme).any(|(_, code, line)| code && line.contains(command));
        assert!(told, "README.md: show `{command}` in a block of code");
    }
}

#[test]
fn ci_runs_exactly_the_test_command() {
    let script = read(".ci/run");
    let lines = script.lines().filter(|line| !line.starts_with('#') && !line.starts_with("set "));
    let commands: Vec<&str> = lines.collect();
    assert_eq!(commands, ["exec \"$(dirname \"$0\")/../scripts/test\""]);
}

#[test]
fn a_command_that_is_not_there_is_found() {
    assert!(fault("    scripts/no-such-script --x").is_some());
    assert!(fault("cargo bench --bench no-such-bench").is_some());
    assert_eq!(fault("scripts/test lint   # remark"), None);
    assert_eq!(fault("curl http://127.0.0.1:8080/"), None);
    assert_eq!(subcommand(&["keys", "api", "add", "NAME", "--group"]), ["keys", "api", "add"]);
}
