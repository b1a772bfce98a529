//! `people` in rule files: what it comes to mean, and what is wrong with it.

use cloakroom::base::TenantId;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::rules::Change;
use cloakroom::rules::Erasure;
use cloakroom::rules::PeopleField;
use cloakroom::rules::RuleSet;

use super::helpers::file;
use super::helpers::load;
use super::helpers::mistakes;
use super::helpers::rules;
use super::helpers::told;

/// The example of the design, with the classes that it takes for granted.
const SHOP: &str = "classes: { email: {}, phone: {}, username: {}, customer-id: {}, name: {} }
people:
  fields: { $.email: email, $.phone: phone, $.login: username, $.custom: customer-id }
  identifiers: [email, phone, username, customer-id]
";

fn fields(set: &RuleSet) -> Vec<String> {
    let people = set.people(&TenantId::default_tenant()).unwrap();
    let class = |field: &PeopleField| field.class.as_ref().map(|class| class.name.to_string());
    let line = |field: &PeopleField| {
        let class = class(field).unwrap_or_default();
        format!("{} {class} {:?} {:?}", field.selector, field.change, field.erasure)
    };
    people.fields.iter().map(line).collect()
}

#[test]
fn the_example_says_which_fields_have_a_class_and_by_which_people_are_found() {
    let set = rules(SHOP);
    assert_eq!(
        fields(&set),
        [
            "$.custom customer-id Free Removed",
            "$.email email Free Removed",
            "$.login username Free Removed",
            "$.phone phone Free Removed",
        ]
    );
    let people = set.people(&TenantId::default_tenant()).unwrap();
    let names: Vec<&str> = people.identifiers.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["email", "phone", "username", "customer-id"]);
    assert!(set.people(&TenantId::new("other").unwrap()).is_none());
}

#[test]
fn marks_say_what_differs() {
    let set = rules(
        "classes: { name: {}, email: {} }
people:
  fields:
    $.name: { class: name, marks: approve }
    $.born: { marks: locked }
    $.invoices: { marks: preserve }
    $..email: { class: email, marks: [preserve, locked] }
",
    );
    assert_eq!(
        fields(&set),
        [
            "$.born  Never Removed",
            "$.invoices  Free Preserved",
            "$.name name Approved Removed",
            "$..email email Never Preserved",
        ]
    );
    let people = set.people(&TenantId::default_tenant()).unwrap();
    assert_eq!(people.fields[0].change, Change::Never);
    assert_eq!(people.fields[1].erasure, Erasure::Preserved);
}

/// The number of what the program selects is the place of its field.
#[test]
fn the_program_finds_the_fields_of_a_document() {
    let set = rules(SHOP);
    let people = set.people(&TenantId::default_tenant()).unwrap();
    let json = br#"{"phone":"+4155550100","email":["a@x.example","b@x.example"],"note":"-"}"#;
    let selected =
        document::select(Format::Json, json, &people.program, &Bounds::default()).unwrap();
    let found: Vec<&str> =
        selected.iter().map(|field| &*people.fields[usize::from(field.rule)].selector).collect();
    assert_eq!(found, ["$.phone", "$.email", "$.email"]);
}

#[test]
fn policies_reach_it_as_if_it_were_a_route() {
    let names = |set: &RuleSet| -> Vec<String> {
        set.route_ids().iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&rules(SHOP)), ["people"]);
    assert!(names(&rules("classes: { email: {} }\n")).is_empty());
}

#[test]
fn each_tenant_has_its_own() {
    let other = "tenant: other\npeople: { fields: { $.mail: email }, identifiers: [email] }\n";
    let (set, _) = load(&[file("a.yaml", SHOP), file("b.yaml", other)]).unwrap();
    let other = set.people(&TenantId::new("other").unwrap()).unwrap();
    assert_eq!(&*other.fields[0].selector, "$.mail");
    assert_eq!(fields(&set).len(), 4);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn people_say_what_is_wrong_with_them() {
    for (people, wanted) in [
        (
            "fields: { $.email: emial }",
            vec![
                "r.yaml:3:22: error: no class of this name is defined: `emial`\n    hint: did you mean `email`?",
            ],
        ),
        (
            "fields: { $.plan: { class: tariff } }",
            vec![
                "r.yaml:3:30: error: no class of this name is defined: `tariff`\n    hint: add `tariff: {}` under `classes`",
            ],
        ),
        (
            "{ fields: { $.email: email }, identifiers: [phone] }",
            vec![
                "r.yaml:3:47: error: no field has the class of this identifier: `phone`\n    hint: add its field to `fields`, such as `$.phone`",
            ],
        ),
        (
            "{ fields: { $.email: email }, identifiers: [mail] }",
            vec![
                "r.yaml:3:47: error: no class of this name is defined: `mail`\n    hint: did you mean `email`?",
            ],
        ),
        (
            "{ fields: { $.email: email }, identifiers: [email, email] }",
            vec![
                "r.yaml:3:54: error: this identifier is there twice: `email`\n    hint: keep one of the two",
            ],
        ),
        (
            "fields: { $.email: email, \"$['email']\": phone }",
            vec![
                "r.yaml:3:29: error: two rules have the same selector: `$['email']`\n    hint: `$.email` in line 3 selects the same",
            ],
        ),
        (
            "fields: { email: email }",
            vec![
                "r.yaml:3:13: error: not a selector: not a query of RFC 9535: `email`\n    hint: selectors are JSONPath (RFC 9535) and start with `$`",
            ],
        ),
        (
            "fields: { $.email: {} }",
            vec![
                "r.yaml:3:13: error: nothing is said about this field: `$.email`\n    hint: add `class:` or `marks:`",
            ],
        ),
        (
            "fields: { $.email: { marks: [approve, locked] } }",
            vec![
                "r.yaml:3:41: error: a field is either `locked` or `approve`, and once: `locked`\n    hint: what is locked never changes, so nobody is asked",
            ],
        ),
        (
            "fields: { $.email: { marks: keep } }",
            vec![
                "r.yaml:3:13: error: nothing is said about this field: `$.email`\n    hint: add `class:` or `marks:`",
                "r.yaml:3:31: error: not one of the words that can stand here: `keep`\n    hint: known here: locked, approve, preserve",
            ],
        ),
        (
            "{ field: { $.email: email } }",
            vec!["r.yaml:3:5: error: unknown key: `field`\n    hint: did you mean `fields`?"],
        ),
    ] {
        let text = format!("classes: {{ email: {{}}, phone: {{}} }}\npeople:\n  {people}\n");
        assert_eq!(mistakes(&text), wanted, "{people}");
    }
}

#[test]
fn a_second_block_of_a_tenant_and_a_route_of_its_name_are_refused() {
    let again =
        "people: { fields: { $.mail: email } }\nroutes:\n  - { id: people, match: { path: /p } }\n";
    let found = load(&[file("a.yaml", SHOP), file("b.yaml", again)]).unwrap_err();
    assert_eq!(
        told(&found),
        [
            "b.yaml:1:9: error: there are two `people` of this tenant\n    hint: the other one is in a.yaml:3; make them one",
            "b.yaml:3:11: error: what is kept about people has this name: `people`\n    hint: policies could not tell them apart; choose another one",
        ]
    );
}
