//! Habits that are being left: what is left of each is counted by module, and may only become less.
//!
//! `CLOAKROOM_BLESS=1 cargo test --test it ratchet` writes lower counts into `allowed.txt`; it never
//! writes a higher one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::Finding;
use super::lines_found;
use super::source::Source;
use super::source::read;

/// Least length of a doc comment, in characters: "What." and "Whether it is." say nothing.
const SHORTEST_DOC: usize = 18;

/// Held while `allowed.txt` is read and written: tests run side by side.
static FILE: Mutex<()> = Mutex::new(());

/// Counts of one habit, by module.
type Counts = BTreeMap<String, usize>;

fn module(finding: &Finding) -> String {
    let inside = finding.file.strip_prefix("src/").unwrap_or(&finding.file);
    inside.split('/').next().unwrap_or_default().to_owned()
}

/// Whether lower counts are to be written down.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch of the tests, not of the program"
)]
fn is_blessed() -> bool {
    std::env::var_os("CLOAKROOM_BLESS").is_some()
}

/// Panics when a module has more findings than `allowed.txt` lets it have.
fn enforce_fewer(habit: &str, findings: &[Finding]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/architecture/allowed.txt");
    let lock = FILE.lock().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let mut found = Counts::new();
    for finding in findings {
        *found.entry(module(finding)).or_default() += 1;
    }
    let mut lowered = String::new();
    let mut allowed = Counts::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (name, count) = match words.as_slice() {
            [other, name, count] if *other == habit => (*name, count.parse::<usize>().unwrap()),
            _ => {
                lowered.extend([line, "\n"]);
                continue;
            }
        };
        allowed.insert(name.to_owned(), count);
        let left = found.get(name).copied().unwrap_or_default().min(count);
        if left > 0 {
            lowered.extend([habit, " ", name, " ", &left.to_string(), "\n"]);
        }
    }
    if is_blessed() {
        fs::write(&file, lowered).unwrap();
    }
    drop(lock);
    let too_many = |finding: &&Finding| {
        let name = module(finding);
        found.get(&name) > Some(allowed.get(&name).unwrap_or(&0))
    };
    let told: Vec<String> = findings.iter().filter(too_many).map(ToString::to_string).collect();
    assert!(told.is_empty(), "more of `{habit}` than allowed.txt has:\n{}", told.join("\n"));
}

/// Parameters of functions that take a tuple apart.
fn tuple_parameters(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, _) in source.code.match_indices("fn ") {
        let starts_word =
            source.code[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
        let line = source.code[..at].matches('\n').count() + 1;
        let is_tuple = |parameter: &String| parameter.trim_start().starts_with('(');
        if starts_word && parameters(&source.code[at + 3..]).iter().any(is_tuple) {
            let message = "a parameter is a tuple: give it a struct with a name";
            findings.push(source.finding(line, message));
        }
    }
    findings
}

/// The parameters of the function whose name starts here, without those of generics.
fn parameters(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut depth, mut angles, mut before) = (0_usize, 0_usize, ' ');
    for letter in text.chars() {
        match letter {
            '<' => angles += 1,
            '>' if before != '-' => angles = angles.saturating_sub(1),
            '(' if depth > 0 || angles == 0 => depth += 1,
            ')' if depth == 1 => return found,
            ')' => depth = depth.saturating_sub(1),
            '{' | '}' if depth == 0 => return Vec::new(),
            ',' if depth == 1 && angles == 0 => {
                found.push(String::new());
                before = letter;
                continue;
            }
            _ => {}
        }
        before = letter;
        let opens = letter == '(' && depth == 1;
        if let Some(parameter) = found.last_mut().filter(|_| depth > 0 && !opens) {
            parameter.push(letter);
        }
    }
    Vec::new()
}

/// Doc comments that are too short to be a sentence.
fn short_docs(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut said, mut from) = (0, 0);
    for (index, line) in source.text.lines().enumerate() {
        if let Some(text) = line.trim_start().strip_prefix("///") {
            from = if said == 0 { index + 1 } else { from };
            said += 1 + text.trim().chars().count();
            continue;
        }
        if said > 0 && said <= SHORTEST_DOC && from < source.tests_from {
            let message = "a doc comment that says nothing: write a sentence, or take it out";
            findings.push(source.finding(from, message));
        }
        said = 0;
    }
    findings
}

/// Public functions whose name nobody else in `src` says.
fn public_for_tests(sources: &[Source]) -> Vec<Finding> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut said = BTreeMap::<&str, usize>::new();
    for (_, line) in sources.iter().flat_map(Source::product_lines) {
        for word in line.split(|c| !in_word(c)).filter(|word| !word.is_empty()) {
            *said.entry(word).or_default() += 1;
        }
    }
    let mut findings = Vec::new();
    for source in sources {
        for (number, line) in source.product_lines() {
            let line = line.trim_start().replace("const ", "").replace("async ", "");
            let Some(rest) = line.strip_prefix("pub fn ") else { continue };
            let name = rest.split(|c| !in_word(c)).next().unwrap_or_default();
            if said.get(name) == Some(&1) {
                let message = format!("nobody but tests calls `{name}`: take it out");
                findings.push(source.finding(number, message));
            }
        }
    }
    findings
}

#[test]
fn parameters_that_are_tuples_become_fewer() {
    let found: Vec<Finding> = read(&["src"]).iter().flat_map(tuple_parameters).collect();
    enforce_fewer("tuple-parameter", &found);
}

#[test]
fn doc_comments_that_say_nothing_become_fewer() {
    let found: Vec<Finding> = read(&["src"]).iter().flat_map(short_docs).collect();
    enforce_fewer("short-doc", &found);
}

#[test]
fn functions_that_are_public_for_tests_alone_become_fewer() {
    enforce_fewer("public-for-tests", &public_for_tests(&read(&["src"])));
}

#[test]
fn planted_habits_are_found() {
    let text = "fn a((x, y): (u8, u8)) {}\nfn b(x: (u8, u8), f: fn((u8, u8)) -> u8) {}\n\
                fn c<F: Fn(u8)>(\n    &self,\n    (x, _): (&[u8; 3], F),\n) -> u8 {}\n";
    assert_eq!(lines_found("src/base/x.rs", text, tuple_parameters), [1, 3]);
    let text = "/// What.\na: u8,\n/// Returns the first byte.\nb: u8,\n/// Two\n/// lines that say it.\nc: u8,\n";
    assert_eq!(lines_found("src/base/x.rs", text, short_docs), [1]);
    let text =
        "pub fn used() {}\npub fn alone() { used() }\n#[cfg(test)]\nmod tests {\nalone();\n}\n";
    let found = public_for_tests(&[Source::new("src/base/x.rs", text)]);
    assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
}
