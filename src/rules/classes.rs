//! The classes of all files of a folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::base::Purpose;
use crate::rules::file::ClassEntry;
use crate::rules::file::DETERMINISMS;
use crate::rules::file::LATER_DETERMINISMS;
use crate::rules::file::LATER_SHAPES;
use crate::rules::file::MATCHINGS;
use crate::rules::file::RuleFile;
use crate::rules::file::SHAPES;
use crate::rules::rule::ClassDefinition;
use crate::rules::rule::Retention;
use crate::token::Class;
use crate::token::Mask;
use crate::token::Matching;
use crate::token::Shape;
use crate::token::builtin;
use crate::token::builtin_names;
use crate::yaml::At;
use crate::yaml::closest;

/// Classes by name; `None` for one that has mistakes, so that its uses are not told as mistakes too.
pub(super) type Classes = BTreeMap<String, Option<ClassDefinition>>;

/// Defines the classes of all files.
pub(super) fn define(files: &[(Arc<str>, RuleFile)], found: &mut Vec<Diagnostic>) -> Classes {
    let mut classes = Classes::new();
    let mut places: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
    for (file, rules) in files {
        for (name, entry) in &rules.classes.0 {
            if let Some((other, line)) = places.insert(&name.value, (file, name.line)) {
                let hint = format!("it is also defined in {other}:{line}; keep one of the two");
                found.push(name.error(file, "this class is defined twice").hinting(hint));
                continue;
            }
            let mut work = Definer { file, found, good: true };
            let class = work.define(name, entry);
            let good = work.good;
            classes.insert(name.value.clone(), class.filter(|_| good));
        }
    }
    codes(files, &classes, found);
    groups(files, &classes, found);
    classes
}

/// One code is one class, for ever: tokens carry it.
fn codes(files: &[(Arc<str>, RuleFile)], classes: &Classes, found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<ClassCode, String> = BTreeMap::new();
    owners.insert(ClassCode::PERSON, String::from("tokens of persons"));
    for name in builtin_names() {
        if let Some(class) = builtin(name) {
            owners.insert(class.code, String::from(name));
        }
    }
    for (file, rules) in files {
        for (name, entry) in &rules.classes.0 {
            let Some(Some(definition)) = classes.get(&name.value) else { continue };
            let owner = owners.entry(definition.class.code).or_insert_with(|| name.value.clone());
            if *owner != name.value {
                let at = entry.code.as_ref().unwrap_or(name);
                let hint = format!("it is the code of `{owner}`; choose another two characters");
                found.push(at.error(file, "this code belongs to another class").hinting(hint));
            }
        }
    }
}

/// A group is not a class: policies name both in one way.
fn groups(files: &[(Arc<str>, RuleFile)], classes: &Classes, found: &mut Vec<Diagnostic>) {
    for (file, rules) in files {
        let entries = rules.classes.0.iter().filter_map(|(_, entry)| entry.r#in.as_ref());
        for group in entries.flat_map(|list| &list.0) {
            if classes.contains_key(&group.value) {
                let mistake = group.error(file, "a class has the name of this group");
                found.push(mistake.hinting("policies could not tell them apart"));
            }
        }
    }
}

struct Definer<'a> {
    file: &'a str,
    found: &'a mut Vec<Diagnostic>,
    good: bool,
}

impl Definer<'_> {
    fn error<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.good = false;
        self.found.push(at.error(self.file, message).hinting(hint));
    }

    fn define(&mut self, name: &At<String>, entry: &ClassEntry) -> Option<ClassDefinition> {
        let Some(class_name) = DataClass::new(&name.value) else {
            let hint = "1 to 32 characters of a-z, 0-9 and `-`, first a letter";
            self.error(name, "not a name for a class", hint);
            return None;
        };
        let base = self.base(name, entry)?;
        let shape = self.word(entry.shape.as_ref(), &SHAPES, &LATER_SHAPES, "shape");
        let matching = self.word(entry.r#match.as_ref(), &MATCHINGS, &[], "match");
        self.word(entry.determinism.as_ref(), &DETERMINISMS, &LATER_DETERMINISMS, "determinism");
        let class = Class {
            name: class_name,
            code: self.code(name, entry, &base)?,
            shape: shape.and_then(Shape::parse).unwrap_or(base.shape),
            matching: matching.and_then(Matching::parse).unwrap_or(base.matching),
            form: base.form,
            mask: self.mask(entry.mask.as_ref()).unwrap_or(base.mask),
        };
        Some(ClassDefinition {
            class: Arc::new(class),
            groups: self.groups(entry),
            retain: self.retain(entry.retain.as_ref()),
            purpose: self.purpose(entry.purpose.as_ref()),
            basis: entry.basis.as_ref().map(|basis| basis.value),
        })
    }

    /// What is not written comes from here: the built-in class of the name, or the one it is like.
    fn base(&mut self, name: &At<String>, entry: &ClassEntry) -> Option<Class> {
        if let Some(like) = &entry.like {
            let base = builtin(&like.value);
            if base.is_none() {
                let hint = near(&like.value, &builtin_names().collect::<Vec<_>>());
                self.error(like, "no built-in class has this name", &hint);
            }
            return base;
        }
        let own = || builtin("text").map(|base| Class { matching: Matching::Exact, ..base });
        builtin(&name.value).or_else(own)
    }

    fn code(&mut self, name: &At<String>, entry: &ClassEntry, base: &Class) -> Option<ClassCode> {
        let own = builtin(&name.value).map(|class| class.code);
        match (&entry.code, own) {
            (None, Some(code)) => Some(code),
            (None, None) => {
                let near = closest(&name.value, builtin_names());
                let hint = near.map_or_else(
                    || String::from("add `code: xy`, two characters of 0123456789abcdefghjkmnpqrstvwxyz; it goes into every token and can never change"),
                    |near| format!("did you mean the built-in class `{near}`? A class of your own needs `code:`"),
                );
                self.error(name, "this class is not built in and has no code", &hint);
                None
            }
            (Some(text), own) => {
                let code = ClassCode::new(&text.value);
                if code.is_none() {
                    let hint = "two characters of 0123456789abcdefghjkmnpqrstvwxyz";
                    self.error(text, "not a code", hint);
                } else if own.is_some() && own != code {
                    let hint = format!("`{}` is `{}`; take the key out", name.value, base.code);
                    self.error(text, "the code of a built-in class cannot be changed", &hint);
                }
                code
            }
        }
    }

    /// One of the words that exist now; a word for later is refused in other words than a wrong one.
    fn word<'w>(
        &mut self,
        at: Option<&'w At<String>>,
        known: &[&str],
        later: &[&str],
        key: &str,
    ) -> Option<&'w str> {
        let at = at?;
        let word = at.value.as_str();
        if known.contains(&word) {
            return Some(word);
        }
        if later.contains(&word) {
            let message = format!("this `{key}` is not supported yet in this version");
            self.error(at, &message, &format!("there is: {}", known.join(", ")));
        } else {
            self.error(at, &format!("not a `{key}`"), &near(word, known));
        }
        None
    }

    fn mask(&mut self, at: Option<&At<String>>) -> Option<Mask> {
        let at = at?;
        let mask = Mask::parse(&at.value);
        if mask.is_none() {
            let known = ["initial", "email", "domain", "year", "redact", "last2", "last4"];
            self.error(at, "not a mask", &near(&at.value, &known));
        }
        mask
    }

    fn groups(&mut self, entry: &ClassEntry) -> Vec<String> {
        let mut groups = Vec::new();
        for group in entry.r#in.iter().flat_map(|list| &list.0) {
            if DataClass::new(&group.value).is_none() {
                let hint = "1 to 32 characters of a-z, 0-9 and `-`, first a letter";
                self.error(group, "not a name for a group", hint);
            }
            groups.push(group.value.clone());
        }
        groups.sort();
        groups.dedup();
        groups
    }

    fn retain(&mut self, at: Option<&At<String>>) -> Option<Retention> {
        let at = at?;
        let retention = Retention::parse(&at.value);
        if retention.is_none() {
            self.error(at, "not a time to keep data", "such as `90d`, `6m` or `2y`");
        }
        retention
    }

    fn purpose(&mut self, at: Option<&At<String>>) -> Option<Purpose> {
        let at = at?;
        let purpose = Purpose::new(&at.value);
        if purpose.is_none() {
            let hint = "1 to 64 characters of a-z, 0-9, `.`, `_` and `-`";
            self.error(at, "not a name for a purpose", hint);
        }
        purpose
    }
}

/// Finds the class of a name; none when it is not defined, or has mistakes of its own.
pub(super) fn find(
    file: &str,
    name: &At<String>,
    classes: &Classes,
    found: &mut Vec<Diagnostic>,
) -> Option<Arc<Class>> {
    let Some(defined) = classes.get(&name.value) else {
        let hint = match closest(&name.value, classes.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add `{}: {{}}` under `classes`", name.value),
        };
        found.push(name.error(file, "no class of this name is defined").hinting(hint));
        return None;
    };
    Some(Arc::clone(&defined.as_ref()?.class))
}

/// "Did you mean", or what there is.
pub(super) fn near(word: &str, known: &[&str]) -> String {
    match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => String::from("there is none"),
        None => format!("there is: {}", known.join(", ")),
    }
}
