//! The configuration that the README shows works as it stands.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::markdown::read;

/// Which block of the README is which file.
const FILES: [(&str, &str, &str); 4] = [
    ("```yaml", "listen:", "cloakroom.yaml"),
    ("```yaml", "classes:", "rules/users.yaml"),
    ("```cedar", "permit", "rules/users.cedar"),
    ("```case", "# ", "rules/create.case"),
];

/// The fenced block that opens with this line and whose content starts so.
fn block<'a>(text: &'a str, fence: &str, start: &str) -> &'a str {
    text.split(&format!("\n{fence}\n"))
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
        .find(|block| block.starts_with(start))
        .unwrap_or_else(|| panic!("README.md: no block {fence} that starts with `{start}`"))
}

/// Runs the program in a folder; gives its standard output.
fn cloakroom(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .args(words)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {:?}\n{told}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_configuration_of_the_readme_works_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let readme = read("README.md");
    fs::create_dir(folder.path().join("rules")).unwrap();
    for (fence, start, name) in FILES {
        fs::write(folder.path().join(name), block(&readme, fence, start)).unwrap();
    }

    cloakroom(folder.path(), &["keys", "init"]);
    let key = cloakroom(folder.path(), &["keys", "api", "add", "desk", "--group", "support"]);
    cloakroom(folder.path(), &["check"]);
    let cases = cloakroom(folder.path(), &["test"]);
    let case = block(&readme, "```case", "# ");
    let request = case.split("--- client sends\n").nth(1).unwrap().split("--- ").next().unwrap();
    fs::write(folder.path().join("request.http"), request).unwrap();
    let told = cloakroom(folder.path(), &["explain", "request.http"]);

    assert!(key.starts_with("ckk_"), "{key}");
    assert!(told.contains("$['email']") && told.contains("email -> token"), "{told}");
    assert!(cases.ends_with("1 passed, 0 failed\n"), "{cases}");
}
