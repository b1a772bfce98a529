//! From policy files to checked policies, with all mistakes at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::Policy;
use cedar_policy::PolicyId;
use cedar_policy::PolicySet;
use cedar_policy::ValidationMode;
use cedar_policy::Validator;

use super::place;
use super::reads::Misuse;
use super::reads::Reads;
use super::schema::CONTEXT;
use super::schema::Words;
use crate::base::Diagnostic;
use crate::base::HoldingKind;
use crate::base::SourceFile;

/// Checked policies of all files together.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// The policies under their final ids.
    pub(super) set: PolicySet,
    /// The parts of a question that they read.
    pub(super) reads: Reads,
    /// Errors and warnings, in the order of the files.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where each id was used first.
    ids: BTreeMap<String, (Arc<str>, u32)>,
}

/// A policy with its file, its id and the byte of the file where it starts.
struct Placed<'a> {
    file: &'a SourceFile,
    policy: Policy,
    start: usize,
    text: String,
}

impl Bundle {
    /// Reads and checks every file.
    pub(super) fn read(files: &[SourceFile], words: &Words) -> Self {
        let mut bundle = Self::default();
        let validator = Validator::new(words.schema.clone());
        for file in files {
            match file.text.parse::<PolicySet>() {
                Ok(set) => bundle.file(file, &set, &validator, words),
                Err(errors) => {
                    for error in errors.iter() {
                        bundle.diagnostics.push(describe(file, "", error));
                    }
                }
            }
        }
        bundle
    }

    fn file(&mut self, file: &SourceFile, set: &PolicySet, validator: &Validator, words: &Words) {
        if let Some(template) = set.templates().next() {
            let start = file.text.find(&template.to_cedar()).unwrap_or_default();
            let message = "a policy template is never used";
            let hint = "write the entity in place of `?principal` or `?resource`";
            self.diagnostics.push(located(file, message, start, "").hinting(hint));
        }
        let mut renamed = PolicySet::new();
        for placed in in_order(file, set) {
            let id = self.name(&placed);
            let policy = placed.policy.new_id(PolicyId::new(&id));
            self.walk(&placed, words);
            // The name is new, or a diagnostic says that it is not.
            let fresh = renamed.add(policy.clone()).is_ok() && self.set.add(policy).is_ok();
            debug_assert!(fresh || self.diagnostics.iter().any(Diagnostic::is_error));
        }
        let result = validator.validate(&renamed, ValidationMode::Strict);
        for error in result.validation_errors() {
            let id = AsRef::<str>::as_ref(error.policy_id());
            self.diagnostics.push(named(describe(file, id, error), words));
        }
        for warning in result.validation_warnings() {
            let id = AsRef::<str>::as_ref(warning.policy_id());
            let diagnostic = describe(file, id, warning);
            let severity = crate::base::Severity::Warning;
            self.diagnostics.push(Diagnostic { severity, ..diagnostic });
        }
    }

    /// Gives the id by which audit events name a policy: its `@id`, or file and line.
    fn name(&mut self, placed: &Placed<'_>) -> String {
        let (line, _) = place::at(&placed.file.text, placed.start);
        let base = placed.file.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let id = match placed.policy.annotation("id") {
            Some(id) if is_id(id) => id.to_owned(),
            Some(id) => {
                let message = "a policy id is 1 to 64 characters of `A-Z a-z 0-9 . _ - :`";
                self.diagnostics.push(located(placed.file, message, placed.start, id));
                format!("{base}:{line}")
            }
            None => format!("{base}:{line}"),
        };
        if let Some((file, first)) = self.ids.get(&id) {
            let message =
                format!("a second policy with this id; the first is in {file}, line {first}");
            let hint = "give each policy an `@id(\"…\")` of its own";
            let diagnostic = located(placed.file, message, placed.start, &id).hinting(hint);
            self.diagnostics.push(diagnostic);
        } else {
            self.ids.insert(id.clone(), (Arc::clone(&placed.file.name), line));
        }
        id
    }

    /// Adds what a policy reads, and says what it must not do.
    fn walk(&mut self, placed: &Placed<'_>, words: &Words) {
        for misuse in self.reads.add(&placed.policy) {
            let (word, message) = match misuse {
                Misuse::Whole => ("context", "`context` must be followed by an attribute's name"),
                Misuse::Has => (" has ", "`has` says nothing here: no attribute is optional"),
            };
            let hint = match misuse {
                Misuse::Whole => format!("one of: {}", CONTEXT.join(", ")),
                Misuse::Has => String::from(
                    "without a purpose `context.purpose` is \"\"; for claims use `principal.hasTag(\"…\")`",
                ),
            };
            let start = placed.start + placed.text.find(word).unwrap_or_default();
            let shown = word.trim();
            self.diagnostics.push(located(placed.file, message, start, shown).hinting(hint));
        }
        self.unknown_data(placed, words);
    }

    /// The validator knows classes and routes; it does not know which `Data` there is.
    fn unknown_data(&mut self, placed: &Placed<'_>, words: &Words) {
        for uid in placed.policy.entity_literals() {
            let id = uid.id().unescaped();
            if uid.type_name().basename() == "Holding" {
                let start = placed.start + placed.text.find("Holding::").unwrap_or_default();
                let hint = "write `resource in Kind::\"…\"`, and ask for `resource.name`";
                let message = "what is kept about people has no names of its own";
                self.diagnostics.push(located(placed.file, message, start, id).hinting(hint));
                continue;
            }
            if uid.type_name().basename() != "Data" || is_data(id, words) {
                continue;
            }
            let start = placed.start + placed.text.find(id).unwrap_or_default();
            let hint = "it is `Data::\"<route>/<class>\"`, both as the rule files name them";
            let message = "no such class of data on such a route";
            self.diagnostics.push(located(placed.file, message, start, id).hinting(hint));
        }
    }
}

fn is_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':');
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

fn is_data(id: &str, words: &Words) -> bool {
    id.split_once('/').is_some_and(|(route, class)| {
        words.routes.iter().any(|known| known.as_str() == route)
            && words.classes.keys().any(|known| known.as_str() == class)
    })
}

/// Gives the policies of a file in the order of the file. Cedar keeps the text of each.
fn in_order<'a>(file: &'a SourceFile, set: &PolicySet) -> Vec<Placed<'a>> {
    let number = |policy: &Policy| {
        let id: &str = policy.id().as_ref();
        id.trim_start_matches("policy").parse::<usize>().unwrap_or(usize::MAX)
    };
    let mut policies: Vec<_> = set.policies().cloned().collect();
    policies.sort_by_key(number);
    let mut from = 0;
    let place = |policy: Policy| {
        let text = policy.to_cedar().unwrap_or_default();
        let found = file.text.get(from..).and_then(|rest| rest.find(&text));
        let start = found.map_or(from, |offset| from + offset);
        from = start + if found.is_some() { text.len() } else { 0 };
        Placed { file, policy, start, text }
    };
    policies.into_iter().map(place).collect()
}

fn located(file: &SourceFile, message: impl Into<String>, start: usize, shown: &str) -> Diagnostic {
    let (line, column) = place::at(&file.text, start);
    Diagnostic::error(&file.name, message).at(line, column).showing(shown)
}

/// Turns what Cedar says about a policy into a diagnostic at the first place it points to.
fn describe(file: &SourceFile, id: &str, error: &dyn miette::Diagnostic) -> Diagnostic {
    let whole = error.to_string();
    let message = whole.strip_prefix(&format!("for policy `{id}`, ")).unwrap_or(&whole);
    let mut diagnostic = Diagnostic::error(&file.name, message);
    if let Some(label) = error.labels().and_then(|mut labels| labels.next()) {
        let (line, column) = place::at(&file.text, label.offset());
        let shown = place::excerpt(&file.text, label.offset(), label.len());
        diagnostic = diagnostic.at(line, column).showing(shown);
    }
    match error.help() {
        Some(help) => diagnostic.hinting(help.to_string()),
        None => diagnostic,
    }
}

/// Lists the names there are when a policy uses a class or a route that is not there.
fn named(diagnostic: Diagnostic, words: &Words) -> Diagnostic {
    if diagnostic.text.starts_with("Class::") {
        let names: Vec<_> = words.class_names().into_iter().collect();
        return diagnostic.hinting(format!("classes and their groups are: {}", names.join(", ")));
    }
    if diagnostic.text.starts_with("Route::") {
        let names: Vec<_> = words.routes.iter().map(ToString::to_string).collect();
        return diagnostic.hinting(format!("routes are: {}", names.join(", ")));
    }
    if diagnostic.text.starts_with("Kind::") {
        let names: Vec<_> = HoldingKind::ALL.iter().map(|kind| kind.as_str()).collect();
        return diagnostic.hinting(format!("kinds are: {}", names.join(", ")));
    }
    diagnostic
}
