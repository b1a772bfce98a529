//! What rule files say about people: which fields of what is kept about them have a class, by which
//! classes they are found, and which fields are not changed or removed like others.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::Diagnostic;
use crate::base::RouteId;
use crate::base::SourcePlace;
use crate::base::TenantId;
use crate::document::CompiledRule;
use crate::document::KeyMatch;
use crate::document::OnContainer;
use crate::document::Program;
use crate::document::Selector;
use crate::rules::classes;
use crate::rules::classes::Classes;
use crate::rules::file::RuleFile;
use crate::rules::misuse::same_selector;
use crate::rules::order::Shape;
use crate::rules::place;
use crate::token::Class;
use crate::yaml::At;
use crate::yaml::OneOrMany;
use crate::yaml::Short;
use crate::yaml::Table;

/// Under which name policies reach what is kept about people, as if it were a route.
pub(super) const ROUTE: &str = "people";

/// What is kept about people beside the traffic of routes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleEntry {
    /// Fields of profiles and documents: selector, then class or long form.
    #[serde(default)]
    pub fields: Table<Short<PeopleFieldEntry>>,
    /// Classes by which people are found; two people never share a value of one. Each needs a field.
    #[serde(default)]
    pub identifiers: Vec<At<String>>,
}

/// A field of what is kept about people, in its long form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleFieldEntry {
    /// The class of what the selector selects. Without it the field is shown to whoever may read the document.
    pub class: Option<At<String>>,
    /// `locked`: the field never changes. `approve`: a change by the person waits until somebody approves it. `preserve`: the field stays when the person is erased.
    pub marks: Option<OneOrMany<At<MarkWord>>>,
}

/// How a field differs from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarkWord {
    /// The field never changes.
    Locked,
    /// A change is a request that a human decides.
    Approve,
    /// It stays when the person is erased, under a hold.
    Preserve,
}

/// What is kept about the people of a tenant.
#[derive(Debug)]
pub struct People {
    /// Whose people they are.
    pub tenant: TenantId,
    /// Finds the fields in a document; a field's rule number is an index of `fields`.
    pub program: Program,
    /// The most specific first: where several select one value, the one with the lowest number decides.
    pub fields: Vec<PeopleField>,
    /// The classes by which people are found, in the order of the file; each is that of a field.
    pub identifiers: Vec<Arc<Class>>,
}

/// One field of what is kept about people.
#[derive(Debug, Clone)]
pub struct PeopleField {
    /// The selector as written.
    pub selector: Arc<str>,
    /// Where it is written.
    pub at: SourcePlace,
    /// The class of its values; none when it has marks alone.
    pub class: Option<Arc<Class>>,
    /// What happens when a person changes it.
    pub change: Change,
    /// What happens to it when a person is erased.
    pub erasure: Erasure,
}

/// What happens when a person changes a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The change is made at once.
    Free,
    /// The change waits until a human approves it.
    Approved,
    /// The change is refused.
    Never,
}

/// What happens to a field when the person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// It goes with everything else.
    Removed,
    /// It stays, as if under a hold.
    Preserved,
}

/// Compiles what all files say about people, by tenant.
pub(super) fn compile(
    files: &[(Arc<str>, RuleFile)],
    classes: &Classes,
    found: &mut Vec<Diagnostic>,
) -> Vec<People> {
    let mut people: Vec<People> = Vec::new();
    let mut places: Vec<(TenantId, &str, u32)> = Vec::new();
    for (file, rules) in files {
        let Some(entry) = &rules.people else { continue };
        // A name that is none is told where routes are compiled.
        let named = rules.tenant.as_ref().and_then(|at| TenantId::new(&at.value));
        let tenant = named.unwrap_or_else(TenantId::default_tenant);
        if let Some((_, other, line)) = places.iter().find(|(other, ..)| *other == tenant) {
            let mistake = entry.error(file, "there are two `people` of this tenant");
            found.push(
                mistake.hinting(format!("the other one is in {other}:{line}; make them one")),
            );
            continue;
        }
        places.push((tenant.clone(), file, entry.line));
        let mut compiler = Compiler { file, classes, found };
        people.extend(compiler.people(&entry.value, tenant));
    }
    if !people.is_empty() {
        free_name(files, found);
    }
    people.sort_by(|one, other| one.tenant.cmp(&other.tenant));
    people
}

/// Policies say `Data::"people/email"` as they say `Data::"users/email"`, so no route has that name.
fn free_name(files: &[(Arc<str>, RuleFile)], found: &mut Vec<Diagnostic>) {
    for (file, rules) in files {
        for route in rules.routes.iter().filter(|route| route.id.value == ROUTE) {
            let mistake = route.id.error(file, "what is kept about people has this name");
            found.push(mistake.hinting("policies could not tell them apart; choose another one"));
        }
    }
}

/// Returns the name under which policies reach what is kept about people, as if it were a route.
pub fn people_route() -> Option<RouteId> {
    RouteId::new(ROUTE)
}

/// A field on its way into a program.
struct Draft<'a> {
    at: &'a At<String>,
    shape: Shape,
    selector: Selector,
    field: PeopleField,
}

struct Compiler<'a> {
    file: &'a str,
    classes: &'a Classes,
    found: &'a mut Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn error<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.found.push(at.error(self.file, message).hinting(hint));
    }

    fn people(&mut self, entry: &PeopleEntry, tenant: TenantId) -> Option<People> {
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        for (at, written) in &entry.fields.0 {
            drafts.extend(self.draft(at, written));
        }
        drafts.sort_by(|one, other| one.shape.compare(&other.shape));
        for pair in drafts.windows(2) {
            let [one, other] = pair else { continue };
            if one.shape == other.shape {
                self.found.push(same_selector(self.file, one.at, other.at));
            }
        }
        let identifiers = self.identifiers(&entry.identifiers, &entry.fields);
        let (mut compiled, mut fields) = (Vec::new(), Vec::new());
        let first = drafts.first().map(|draft| draft.at);
        for Draft { selector, field, .. } in drafts {
            compiled.push(CompiledRule { selector, on_container: OnContainer::Leaves });
            fields.push(field);
        }
        let selectors: Vec<&str> = fields.iter().map(|field| &*field.selector).collect();
        let program = match Program::compile(compiled, KeyMatch::Exact) {
            Ok(program) => program,
            Err(error) => {
                let mistake = first.map(|at| place::cannot_run(self.file, at, &selectors, &error));
                self.found.extend(mistake);
                return None;
            }
        };
        Some(People { tenant, program, fields, identifiers })
    }

    fn draft<'a>(
        &mut self,
        at: &'a At<String>,
        written: &Short<PeopleFieldEntry>,
    ) -> Option<Draft<'a>> {
        let (name, marks) = match written {
            Short::Word(name) => (Some(name), None),
            Short::Long(long) => (long.class.as_ref(), long.marks.as_ref()),
        };
        if name.is_none() && marks.is_none() {
            self.error(at, "nothing is said about this field", "add `class:` or `marks:`");
        }
        let class = name.map(|name| classes::find(self.file, name, self.classes, self.found));
        let marks = marks.map(|marks| marks.0.as_slice()).unwrap_or_default();
        let (change, erasure) = self.marks(marks);
        let selector = place::selector(self.file, at, self.found)?;
        let class = match class {
            None => None,
            Some(class) => Some(class?),
        };
        let field = PeopleField {
            selector: Arc::from(selector.source()),
            at: SourcePlace::new(self.file, at.line, at.column),
            class,
            change,
            erasure,
        };
        Some(Draft { at, shape: Shape::of(&at.value), selector, field })
    }

    fn marks(&mut self, marks: &[At<MarkWord>]) -> (Change, Erasure) {
        let (mut change, mut erasure) = (Change::Free, Erasure::Removed);
        for mark in marks {
            match mark.value {
                MarkWord::Locked | MarkWord::Approve if change != Change::Free => {
                    let hint = "what is locked never changes, so nobody is asked";
                    self.error(mark, "a field is either `locked` or `approve`, and once", hint);
                }
                MarkWord::Locked => change = Change::Never,
                MarkWord::Approve => change = Change::Approved,
                MarkWord::Preserve => erasure = Erasure::Preserved,
            }
        }
        (change, erasure)
    }

    fn identifiers(
        &mut self,
        names: &[At<String>],
        fields: &Table<Short<PeopleFieldEntry>>,
    ) -> Vec<Arc<Class>> {
        let class_of = |written: &Short<PeopleFieldEntry>| match written {
            Short::Word(name) => Some(name.value.clone()),
            Short::Long(long) => long.class.as_ref().map(|name| name.value.clone()),
        };
        let known: Vec<String> =
            fields.0.iter().filter_map(|(_, written)| class_of(written)).collect();
        let mut identifiers: Vec<Arc<Class>> = Vec::new();
        for name in names {
            let class = classes::find(self.file, name, self.classes, self.found);
            if class.is_some() && !known.contains(&name.value) {
                let hint = format!("add its field to `fields`, such as `$.{}`", name.value);
                self.error(name, "no field has the class of this identifier", &hint);
            }
            let Some(class) = class else { continue };
            if identifiers.iter().any(|other| other.name == class.name) {
                self.error(name, "this identifier is there twice", "keep one of the two");
            } else {
                identifiers.push(class);
            }
        }
        identifiers
    }
}
