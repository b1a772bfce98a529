//! Files that people write: whatever the text, there is a result or a list of mistakes with places.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use cloakroom::authz::PolicySet;
use cloakroom::authz::Vocabulary;
use cloakroom::base::DataClass;
use cloakroom::base::Diagnostic;
use cloakroom::base::RouteId;
use cloakroom::base::SourceFile;
use cloakroom::base::UpstreamId;
use cloakroom::config::Config;
use cloakroom::gateway::case_mistakes;
use cloakroom::rules::RuleSet;
use cloakroom::rules::Surroundings;
use libfuzzer_sys::fuzz_target;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary {
    classes: vec![(DataClass::new("email").expect("a name"), vec!["contact".to_owned()])],
    routes: vec![RouteId::new("users").expect("a name")],
});

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let file = SourceFile { name: "fuzzed".into(), text: text.into() };
    match dice.below(4) {
        0 => rules(&file),
        1 => told(text, &case_mistakes(&file)),
        2 => match Config::parse(&file, Path::new("/nowhere/cloakroom.yaml")) {
            Ok((_, warnings)) => told(text, &warnings),
            Err(found) => refused(text, &found),
        },
        _ => match PolicySet::load(&[file], &VOCABULARY) {
            Ok((_, warnings)) => told(text, &warnings),
            Err(found) => refused(text, &found),
        },
    }
});

fn rules(file: &SourceFile) {
    let upstream = UpstreamId::new("shop").expect("a name");
    let around = Surroundings {
        upstreams: &[upstream.clone()],
        default_upstream: Some(&upstream),
        email_domain: "token.example.com",
        email_domain_is_own: true,
    };
    let other =
        SourceFile { name: "other.yaml".into(), text: "classes: { a: { code: zz } }".into() };
    let one = RuleSet::load(&[file.clone(), other.clone()], &around);
    let two = RuleSet::load(&[other, file.clone()], &around);
    match (one, two) {
        (Ok((one, warnings)), Ok((two, _))) => {
            assert_eq!(one.hash(), two.hash());
            told(&file.text, &warnings);
            for path in ["/", "/users/a", "/a;b/%2e%2e/c"] {
                let id = |rules: &RuleSet| {
                    rules
                        .find("shop.example.com", "GET", path)
                        .map(|route| route.map(|route| route.id.clone()))
                };
                assert_eq!(id(&one), id(&two), "{}", file.text);
            }
        }
        (Err(one), Err(two)) => {
            refused(&file.text, &one);
            assert_eq!(one.len(), two.len(), "{one:#?} {two:#?}");
        }
        (one, two) => {
            panic!("order means something: {:?} {:?} {}", one.is_ok(), two.is_ok(), file.text)
        }
    }
}

/// A file that is not used has a mistake that says so.
fn refused(text: &str, found: &[Diagnostic]) {
    assert!(found.iter().any(Diagnostic::is_error), "{text}");
    told(text, found);
}

/// Every mistake says something, at a place that the file has. YAML ends a line at a lone CR, too.
fn told(text: &str, found: &[Diagnostic]) {
    let lone = text.replace("\r\n", "\n").replace('\r', "\n");
    for mistake in found {
        assert!(!mistake.message.is_empty(), "{text}");
        let (line, column) = (mistake.line as usize, mistake.column as usize);
        let has = |text: &str| {
            let line = line.checked_sub(1).map(|line| text.split('\n').nth(line));
            line.is_none_or(|line| line.is_some_and(|line| column <= line.chars().count() + 1))
        };
        let ours = &*mistake.file == "fuzzed";
        assert!(!ours || has(text) || has(&lone), "{mistake} {text:?}");
    }
}
