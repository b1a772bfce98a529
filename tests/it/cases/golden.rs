//! Every case file, and that a wrong one is noticed.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use cloakroom::config::Config;
use cloakroom::gateway::CaseReport;
use cloakroom::gateway::run_cases;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A configuration on this folder of rules; what else stands in it, running a case replaces.
fn config(folder: &TempDir, rules: &Path) -> Config {
    let text = format!(
        "listen: 127.0.0.1:0\nupstreams: {{ shop: \"http://127.0.0.1:9\" }}\nrules: {}\n\
         vault: {{ embedded: {{ path: vault }} }}\nkeys: {{ file: keyring.json }}\naudit: {{ path: audit }}\n",
        rules.display()
    );
    let path = folder.path().join("cloakroom.yaml");
    fs::write(&path, text).unwrap();
    Config::load(&path).unwrap().0
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "case"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[track_caller]
fn hold(done: &[CaseReport]) {
    assert!(!done.is_empty());
    let wrong: Vec<String> =
        done.iter().flat_map(|case| &case.mistakes).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(done.iter().all(|case| !case.about.is_empty()), "a case says what it is about");
}

fn run(folder: &str) {
    let place = TempDir::new().unwrap();
    let config = config(&place, &root().join("tests/cases/rules"));
    hold(&run_cases(&config, &files(folder)).unwrap());
}

#[test]
fn refusals_go_as_written() {
    run("tests/cases/refuse");
}

#[test]
fn other_places_and_formats_go_as_written() {
    run("tests/cases/places");
}

#[test]
fn json_goes_as_written() {
    run("tests/cases/json");
}

#[test]
fn the_rule_sets_that_we_ship_prove_themselves() {
    for set in ["demo", "shop"] {
        let place = TempDir::new().unwrap();
        let done = run_cases(&config(&place, &root().join("rules").join(set)), &[]).unwrap();
        hold(&done);
        assert_eq!(done.len(), files(&format!("rules/{set}")).len());
    }
}

/// One exchange that does not go like this, in each of the ways in which it could.
#[test]
fn what_does_not_go_as_written_is_told() {
    let place = TempDir::new().unwrap();
    let config = config(&place, &root().join("tests/cases/rules"));
    let sends = "POST /users HTTP/1.1\ncontent-type: application/json\n\n{\"name\":\"Ada\"}";
    let token = "{{token:name:Ada}}";
    let cases = [
        (format!("--- upstream sees\nPOST /users HTTP/1.1\n\n{{\"name\":\"{token}\"}}\n"), 0),
        (String::from("--- upstream sees\nnothing\n"), 1),
        (String::from("--- upstream sees\nPOST /users HTTP/1.1\n\n{\"name\":\"Ada\"}\n"), 1),
        (format!("--- upstream sees\nPOST /user HTTP/1.1\n\n{{\"name\":\"{token}\"}}\n"), 1),
        (String::from("--- client sees\nHTTP/1.1 201\n"), 1),
        (String::from("--- client sees\nHTTP/1.1 200\nx-a: 1\n"), 1),
        (String::from("--- client sees\nHTTP/1.1 200\n\n{{token:nothing:x}}\n"), 1),
    ];
    for (number, (expected, mistakes)) in cases.iter().enumerate() {
        let file = place.path().join(format!("{number}.case"));
        fs::write(&file, format!("# A.\n--- client sends\n{sends}\n{expected}")).unwrap();
        let done = run_cases(&config, &[file]).unwrap();
        assert_eq!(done[0].mistakes.len(), *mistakes, "{number}: {:?}", done[0].mistakes);
    }
}
