//! The worked example of the document is what the program does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cloakroom::base::ClassCode;
use cloakroom::base::DataClass;
use cloakroom::base::Kind;
use cloakroom::base::StoreKey;
use cloakroom::base::TenantId;
use cloakroom::crypto::Keyring;
use cloakroom::crypto::Label;
use cloakroom::crypto::derive;
use cloakroom::token::Class;
use cloakroom::token::Form;
use cloakroom::token::Mask;
use cloakroom::token::Matching;
use cloakroom::token::Shape;
use cloakroom::token::Tokenizer;
use cloakroom::token::builtin;
use cloakroom::token::builtin_names;
use data_encoding::HEXLOWER;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// The `name = value` lines of the block after a heading.
fn example(text: &str, heading: &str) -> BTreeMap<String, String> {
    let (_, section) = text.split_once(heading).expect("the heading");
    let (_, block) = section.split_once("```text\n").expect("the block");
    let (block, _) = block.split_once("```").expect("its end");
    let line = |line: &str| {
        let (name, value) = line.split_once('=').expect("name = value");
        (name.trim().to_owned(), value.trim().trim_matches('"').to_owned())
    };
    block.lines().map(line).collect()
}

/// A keyring whose roots are one repeated byte each: TK 11, DK\[7\] 22, IX 33, SK\[4\] 44.
pub(crate) fn keyring() -> Keyring {
    let dated = |byte: u8| {
        let key = format!("{byte:02x}").repeat(32);
        format!(r#""created": "2026-01-01T00:00:00Z", "key": "{key}""#)
    };
    let one = |byte| format!("{{ {} }}", dated(byte));
    let first = |id, byte| format!(r#"[{{ "id": {id}, "state": "active", {} }}]"#, dated(byte));
    let text = format!(
        r#"{{ "version": 1, "norm_version": 1, "token": {}, "index": {}, "record": {}, "subject": {},
           "audit_signing": {}, "audit_reference": {}, "backup": {} }}"#,
        first(1, 0x11),
        one(0x33),
        first(7, 0x22),
        first(4, 0x44),
        one(0x55),
        one(0x66),
        one(0x77),
    );
    Keyring::parse(&text).unwrap()
}

#[test]
fn the_worked_example_is_what_the_program_does() {
    let example = example(&document("token-format.md"), "## Worked example");
    let keyring = keyring();
    let class = Class {
        name: DataClass::new("email").unwrap(),
        code: ClassCode::from_number(1).unwrap(),
        shape: Shape::Plain,
        matching: Matching::Canonical,
        form: Form::Email,
        mask: Mask::Email,
    };
    let one = 1_u16.to_be_bytes();
    let token_root = keyring.token_root(1).unwrap();
    let (_, record_root) = keyring.record_roots().next().unwrap();
    let tenant = TenantId::new(&example["tenant"]).unwrap();
    let tokenizer = Tokenizer::new(&keyring, &tenant, "token.example.com");
    let value = example["value"].as_str();
    let derived = tokenizer.derive(&class, value, Kind::Text, 0);
    let name = tenant.as_str().as_bytes();

    let k_tok = derive::<32>(token_root, Label::TokenPrf, &[name, &one]);
    let k_chk = derive::<32>(token_root, Label::TokenCheck, &[name]);
    let k_idx = derive::<32>(keyring.index_root(), Label::StoreKey, &[name]);
    let k_ref = derive::<32>(keyring.index_root(), Label::SubjectRef, &[name]);
    let k_sub = derive::<32>(keyring.index_root(), Label::SubjectHandle, &[name]);
    let k_record = derive::<64>(record_root, Label::RecordDek, &[name, &one, &7_u32.to_be_bytes()]);
    let subject = example["subject"].as_str();
    let number = tokenizer.derive(&class, &example["number"], Kind::Number, 0);
    for (name, found) in [
        ("k_tok", HEXLOWER.encode(k_tok.expose())),
        ("k_chk", HEXLOWER.encode(k_chk.expose())),
        ("k_idx", HEXLOWER.encode(k_idx.expose())),
        ("k_ref", HEXLOWER.encode(k_ref.expose())),
        ("k_sub", HEXLOWER.encode(k_sub.expose())),
        ("k_rec", HEXLOWER.encode(k_record.expose())),
        ("token", derived.token.as_str().to_owned()),
        ("skey", HEXLOWER.encode(&derived.key.0)),
        ("rec", HEXLOWER.encode(&tokenizer.seal(class.code, &derived.key, value, Kind::Text))),
        ("handle", HEXLOWER.encode(&tokenizer.handle(subject).0)),
        ("tag", HEXLOWER.encode(&tokenizer.tag(&derived.key, subject).0)),
        ("unbound handle", HEXLOWER.encode(&tokenizer.handle(Tokenizer::UNBOUND).0)),
        ("unbound tag", HEXLOWER.encode(&tokenizer.tag(&derived.key, Tokenizer::UNBOUND).0)),
        ("reference", HEXLOWER.encode(&tokenizer.reference(&derived.token))),
        ("fingerprint", keyring.fingerprint()),
        ("number token", number.token.as_str().to_owned()),
        (
            "number rec",
            HEXLOWER.encode(&sealed_number(&tokenizer, class.code, number.key, &example)),
        ),
    ] {
        assert_eq!(example.get(name), Some(&found), "{name}");
    }
}

fn sealed_number(
    tokenizer: &Tokenizer,
    code: ClassCode,
    key: StoreKey,
    example: &BTreeMap<String, String>,
) -> Vec<u8> {
    tokenizer.seal(code, &key, &example["number"], Kind::Number)
}

#[test]
fn every_label_is_in_the_document() {
    let text = document("crypto.md");
    for label in Label::ALL {
        assert!(text.contains(&format!("`{}`", label.as_str())), "{}", label.as_str());
    }
}

#[test]
fn every_built_in_class_is_in_the_document() {
    let text = document("token-format.md");
    for name in builtin_names() {
        let class = builtin(name).unwrap();
        let row = format!(
            "| `{name}` | `{}` | {} | {} |",
            class.code,
            class.shape.as_str(),
            class.matching.as_str(),
        );
        assert!(text.contains(&row), "{row}");
    }
}
