//! What does not load, and what is said about it.

use super::*;

/// Gives `line:column message` of each mistake.
fn mistakes(text: &str) -> Vec<String> {
    let found = match load(text) {
        Ok((_, warnings)) => warnings,
        Err(mistakes) => mistakes,
    };
    found.iter().map(|d| format!("{}:{} {}", d.line, d.column, d.message)).collect()
}

#[test]
fn names_that_no_rule_file_has_do_not_load() {
    let text = "permit (principal, action == Action::\"reveal\", resource in Class::\"contcat\");\n\
                permit (principal, action, resource in Route::\"user\");\n\
                permit (principal, action == Action::\"revael\", resource);\n\
                permit (principal in Team::\"x\", action, resource);\n\
                permit (principal, action, resource == Data::\"users/iban\");\n";
    let found = load(text).unwrap_err();
    let lines: Vec<_> = found.iter().filter(|d| d.is_error()).map(|d| (d.line, d.column)).collect();
    for expected in [(1, 60), (2, 40), (3, 30), (4, 22)] {
        assert!(lines.contains(&expected), "{expected:?} in {found:#?}");
    }
    assert!(found.iter().any(|d| d.line == 5 && d.text == "users/iban"), "{found:#?}");
    let class = found.iter().find(|d| d.line == 1 && d.is_error()).unwrap();
    assert_eq!(class.hint, "classes and their groups are: card, contact, email, phone");
    let route = found.iter().find(|d| d.line == 2 && d.is_error()).unwrap();
    assert_eq!(route.hint, "routes are: orders, users");
}

#[test]
fn unknown_attributes_and_mixed_types_do_not_load() {
    for (condition, column) in [
        ("context.porpose == \"x\"", 48),
        ("context.hour == \"x\"", 48),
        ("resource.owner == principal", 48),
        ("principal.getTag(\"region\").contains(\"eu\")", 48),
    ] {
        let text = format!("permit (principal, action, resource)\n  when {{ {condition} }};");
        let found = load(&text).unwrap_err();
        assert_eq!((found[0].line, found[0].column), (2, column - 38), "{condition}: {found:#?}");
    }
}

#[test]
fn syntax_errors_of_all_files_are_told_at_once() {
    let files = [
        file("rules/a.cedar", "permit (principal, action, resource);\n\npermit (principle;"),
        file("rules/b.cedar", "permit (principal, action, resource) when { context. };"),
        file("rules/c.cedar", "permit (principal, action, resource in Class::\"no\");"),
    ];
    let found = PolicySet::load(&files, &vocabulary()).unwrap_err();
    let places: Vec<_> = found.iter().map(|d| (&*d.file, d.line)).collect();
    for expected in [("rules/a.cedar", 3), ("rules/b.cedar", 1), ("rules/c.cedar", 1)] {
        assert!(places.contains(&expected), "{expected:?} in {found:#?}");
    }
}

#[test]
fn a_guard_that_is_always_true_does_not_load() {
    let found = mistakes(
        "permit (principal, action, resource)\n  when { context has purpose && context.purpose == \"x\" };",
    );
    assert!(
        found.contains(&"2:17 `has` says nothing here: no attribute is optional".to_owned()),
        "{found:?}"
    );
}

#[test]
fn templates_and_doubled_ids_do_not_load() {
    let found = mistakes("permit (principal == ?principal, action, resource);");
    assert_eq!(found, ["1:1 a policy template is never used"]);
    let found = mistakes(
        "@id(\"x\") permit (principal, action, resource);\n@id(\"x\") forbid (principal, action, resource);",
    );
    assert_eq!(
        found,
        ["2:1 a second policy with this id; the first is in rules/access.cedar, line 1"]
    );
    let found = mistakes("@id(\"two words\") permit (principal, action, resource);");
    assert!(found[0].starts_with("1:1 a policy id is"), "{found:?}");
}

#[test]
fn warns_of_policies_without_effect() {
    let found =
        mistakes("permit (principal, action == Action::\"erase\", resource in Class::\"email\");");
    assert!(
        found.iter().any(|line| line.contains("unable to find an applicable action")),
        "{found:?}"
    );
    let found =
        mistakes("permit (principal is User, action, resource) when { principal is Service };");
    assert!(found.iter().any(|line| line.contains("impossible")), "{found:?}");
}

#[test]
fn a_vocabulary_without_names_has_no_names() {
    let nothing = Vocabulary::default();
    let all = file("a.cedar", "permit (principal, action, resource);");
    assert!(PolicySet::load(&[all], &nothing).is_ok());
    let one = file("a.cedar", "permit (principal, action, resource in Class::\"email\");");
    assert!(PolicySet::load(&[one], &nothing).is_err());
}
