//! The folder of rules, policies and cases.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use cloakroom::base::SourceFile;
use cloakroom::config::Folder;

use super::helpers::changed;
use super::helpers::config;
use super::helpers::told;

fn names(files: &[SourceFile]) -> Vec<String> {
    let name = |file: &SourceFile| Path::new(&*file.name).file_name().unwrap().to_owned();
    files.iter().map(|file| name(file).into_string().unwrap()).collect()
}

#[test]
fn reads_each_kind_sorted_and_leaves_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["b.yaml", "a.yaml", "p.cedar", "x.case", ".hidden.yaml", "README.md", "schema.json"]
    {
        fs::write(folder.path().join(name), "{}").unwrap();
    }
    let read = Folder::read(folder.path()).unwrap();
    assert_eq!(names(&read.rules), ["a.yaml", "b.yaml"]);
    assert_eq!(names(&read.policies), ["p.cedar"]);
    assert_eq!(names(&read.cases), ["x.case"]);
}

#[test]
fn reads_one_version_of_a_config_map() {
    let folder = tempfile::tempdir().unwrap();
    let version = folder.path().join("..2026_01");
    fs::create_dir(&version).unwrap();
    fs::write(version.join("shop.yaml"), "classes: {}\n").unwrap();
    symlink("..2026_01", folder.path().join("..data")).unwrap();
    symlink("..data/shop.yaml", folder.path().join("shop.yaml")).unwrap();
    let read = Folder::read(folder.path()).unwrap();
    assert_eq!(names(&read.rules), ["shop.yaml"]);
    assert_eq!(*read.rules[0].name, *folder.path().join("shop.yaml").display().to_string());
}

#[test]
fn what_could_be_a_rule_that_is_not_in_force_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yml"), "").unwrap();
    fs::write(folder.path().join("b.yaml"), b"# x\n\xff\n").unwrap();
    fs::create_dir(folder.path().join("more")).unwrap();
    let found = told(&Folder::read(folder.path()).unwrap_err());
    let place = folder.path().display();
    assert_eq!(
        found,
        [
            format!("{place}/a.yml: error: this file would not be read\n    hint: name it `.yaml`"),
            format!("{place}/b.yaml: error: this file is not UTF-8, from line 2 on"),
            format!(
                "{place}/more: error: folders in a folder of rules are not read\n    hint: move its files up, or give it a name with a dot in front"
            ),
        ]
    );
}

#[test]
fn an_empty_or_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let found = told(&Folder::read(folder.path()).unwrap_err());
    assert!(found[0].ends_with("no rule file in this folder\n    hint: rule files end in `.yaml`"));
    let found = told(&Folder::read(&folder.path().join("none")).unwrap_err());
    assert!(found[0].contains("cannot read this folder"), "{found:?}");
}

#[test]
fn a_configuration_loads_the_rules_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let text = "classes: { email: {} }\nroutes: [ { id: a, match: { path: /a }, request: { body: { $.e: email } } } ]\n";
    fs::write(folder.path().join("r.yaml"), text).unwrap();
    let line = format!("rules: {}", folder.path().display());
    let loaded = config(&changed("rules", &line)).load_rules().unwrap();
    assert_eq!(loaded.rules.routes()[0].upstream.as_ref().unwrap().as_str(), "shop");
    assert_eq!(loaded.folder.rules.len(), 1);
    assert_eq!(loaded.warnings.len(), 1, "{:?}", told(&loaded.warnings));
}
