use std::sync::Arc;

use serde::Deserialize;

use super::*;
use crate::base::SourceFile;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: At<String>,
    #[serde(default)]
    things: Table<Short<Thing>>,
    list: Option<OneOrMany<At<u16>>>,
    kind: Option<At<Kind>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    class: At<String>,
    #[expect(dead_code, reason = "only read by serde")]
    on: Option<bool>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Plain,
    File { path: String },
}

fn source(text: &str) -> SourceFile {
    SourceFile { name: Arc::from("f.yaml"), text: Arc::from(text) }
}

fn mistakes(text: &str) -> Vec<String> {
    read::<File>(&source(text)).1.iter().map(ToString::to_string).collect()
}

#[test]
fn gives_every_value_its_position() {
    let text = "name: x\nthings:\n  a: short\n  \"b\": { class: long }\nlist: 7\nkind: { file: { path: p } }\n";
    let (file, found) = read::<File>(&source(text));
    assert_eq!(found, []);
    let file = file.unwrap();
    assert_eq!((file.name.line, file.name.column, file.name.value.as_str()), (1, 7, "x"));
    let Short::Word(word) = &file.things.0[0].1 else { panic!("short") };
    assert_eq!((word.line, word.column, word.text.as_str()), (3, 6, "short"));
    let Short::Long(thing) = &file.things.0[1].1 else { panic!("long") };
    assert_eq!((thing.class.line, thing.class.column), (4, 17));
    assert_eq!(file.list.unwrap().0[0].value, 7);
    assert_eq!(file.kind.unwrap().value, Kind::File { path: String::from("p") });
}

#[test]
fn tells_all_mistakes_of_a_file_at_once() {
    let text = "nmae: x\nthings:\n  a: { clas: y, on: yes }\n  b: { class: [1] }\nlist: [1, two, 3]\nkind: palin\nkind: plain\n";
    assert_eq!(
        mistakes(text),
        [
            "f.yaml:1:1: error: unknown key: `nmae`\n    hint: did you mean `name`?",
            "f.yaml:3:8: error: unknown key: `clas`\n    hint: did you mean `class`?",
            "f.yaml:3:21: error: expected `true` or `false`: `yes`",
            "f.yaml:4:15: error: expected a text, found a list",
            "f.yaml:5:11: error: expected a whole number: `two`",
            "f.yaml:6:7: error: not one of the words that can stand here: `palin`\n    hint: did you mean `plain`?",
            "f.yaml:7:1: error: this key is there twice: `kind`\n    hint: keep one of the two; neither wins silently",
        ]
    );
}

#[test]
fn refuses_what_a_reviewer_cannot_see() {
    for (text, at) in [
        ("name: &a x\n", "f.yaml:1:"),
        ("name: x\nlist: *a\n", "f.yaml:2:"),
        ("name: !!str x\n", "f.yaml:1:"),
        ("name: x\n---\nname: y\n", "f.yaml:2:1"),
        ("name: x\n\tlist: 1\n", "f.yaml:2:"),
        ("%YAML 1.2\n---\nname: x\n", "f.yaml:1:"),
        ("{name: x", "f.yaml:"),
        ("name:\n", "f.yaml:1:5"),
        ("- a\n", "f.yaml:1:1"),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert!(found[0].starts_with(at), "{text:?}: {found:?}");
    }
}

#[test]
fn a_bomb_is_a_mistake_like_any_other() {
    let laughs = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
    let deep = "[".repeat(100_000);
    let long = format!("list: [{}]", "1,".repeat(200_000));
    let wrong = format!("list: [{}]", "x,".repeat(5_000));
    for text in [laughs, deep.as_str(), &long, &wrong] {
        let found = mistakes(text);
        assert!((1..=101).contains(&found.len()), "{}", found.len());
    }
}

#[test]
fn suggests_only_what_is_near() {
    let known = ["email", "phone", "name"];
    assert_eq!(closest("emial", known), Some("email"));
    assert_eq!(closest("Phones", known), Some("phone"));
    assert_eq!(closest("address", known), None);
    assert_eq!(closest("", known), None);
}
