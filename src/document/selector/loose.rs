//! Names that frameworks take apart in ways of their own, matched against the rules as loosely as the
//! loosest of them.
//!
//! A name is words with something between them; what that is decides little, because PHP, Rack, qs,
//! Spring, ASP.NET, Django and `WebForms` all have other separators and other ideas of the ones that do
//! not match. A rule is the names in its selector, in their order:
//!
//! - upper and lower case are the same;
//! - a number among the words may be a position in a list, or the row of a formset, and a step to an
//!   element needs no word at all;
//! - words before the first name of the rule may be the prefix of a form or of a control
//!   (`form-2-email`, `ctl00$main$email`), unless they stand before brackets that match: these mean a
//!   member to every framework;
//! - where brackets do not match, any word may be dropped;
//! - what stands behind a colon may be the type of the value, as Zope takes it (`email:utf8:ustring`);
//! - an underscore in a name of the rule may be a dot, a space or a bracket that PHP rewrites.
//!
//! What matches here was not read in this way by anybody for certain. The caller protects it all the
//! same.

use std::collections::HashSet;

use crate::document::KeyMatch;
use crate::document::selector::construct::range;
use crate::document::selector::plan::ChildSelector;
use crate::document::selector::plan::Plan;
use crate::document::selector::plan::Segment;
use crate::document::selector::words::WORDS;
use crate::document::selector::words::Word;
use crate::document::selector::words::has_matching_brackets;
use crate::document::selector::words::is_column;
use crate::document::selector::words::is_path;
use crate::document::selector::words::is_spelling;
use crate::document::selector::words::separates;
use crate::document::selector::words::words;

/// What a program selects in names that are taken apart loosely.
#[derive(Debug, Clone, Default)]
pub(super) struct LooseNames {
    key_match: KeyMatch,
    rules: Vec<LooseRule>,
    /// First words of all names in the rules, folded: no other name can match.
    vocabulary: HashSet<Box<str>>,
    /// Whether a rule goes into members of every name.
    enters_all: bool,
}

/// Whether all readers take the numbers in a name for the positions of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Numbers {
    Kept,
    /// Some reader moves the elements of such a list.
    Moved,
}

/// How far a name leads into a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Reach {
    /// To its end, or to a scalar before it.
    Value,
    /// Beyond its end: to a place below what it selects.
    Below,
}

#[derive(Debug, Clone)]
struct LooseRule {
    number: u16,
    steps: Vec<Step>,
}

/// One segment of a selector.
#[derive(Debug, Clone, Default)]
struct Step {
    descend: bool,
    /// The names it selects, in the normal form of the program.
    spelled: Vec<Box<str>>,
    names: Vec<Box<str>>,
    /// The positions it selects: from, and up to but not including.
    positions: Vec<(u32, Option<u32>)>,
    /// Whether it may select anything, so that every word will do, and none.
    any: bool,
}

impl LooseNames {
    /// Prepares the rules of a program, each with its number.
    pub(super) fn new<'a>(
        plans: impl Iterator<Item = (u16, &'a Plan)>,
        key_match: KeyMatch,
    ) -> Self {
        let mut all = Self { key_match, ..Self::default() };
        for (number, plan) in plans {
            let steps: Vec<Step> = plan.segments.iter().map(Step::of).collect();
            all.enters_all |= steps.first().is_none_or(|first| first.descend || first.any);
            let named = steps.iter().any(|step| !step.names.is_empty());
            if named {
                for name in steps.iter().flat_map(|step| &step.names) {
                    let words = |separate: fn(char) -> bool| {
                        let first = name.split(separate).find(|word| !word.is_empty());
                        first.map(Box::from)
                    };
                    all.vocabulary.extend(words(separates));
                    all.vocabulary.extend(words(|letter| separates(letter) || letter == '_'));
                }
                all.rules.push(LooseRule { number, steps });
            }
        }
        all
    }

    /// Whether a rule may select something inside a member of this name.
    pub(super) fn enters(&self, name: &str) -> bool {
        self.enters_all || !self.matches(name, Numbers::Kept).is_empty()
    }

    /// Whether a rule selects elements by their positions.
    pub(super) fn selects_positions(&self) -> bool {
        self.rules.iter().flat_map(|rule| &rule.steps).any(|step| !step.positions.is_empty())
    }

    /// The rules that select a place of this name in some reading.
    pub(super) fn matches(&self, name: &str, numbers: Numbers) -> Vec<(u16, Reach)> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut found = self.matches_all_of(name, numbers);
        if let Some((front, _)) = name.split_once(':').filter(|(front, _)| !front.is_empty()) {
            for (rule, reach) in self.matches_all_of(front, numbers) {
                if !found.iter().any(|(known, _)| *known == rule) {
                    found.push((rule, reach));
                }
            }
        }
        found
    }

    fn matches_all_of(&self, name: &str, numbers: Numbers) -> Vec<(u16, Reach)> {
        let mut buffer = String::new();
        let folded = KeyMatch::Fold.normal(name, &mut buffer);
        // A smart rule is no longer spelled in words.
        let known = self.key_match == KeyMatch::Smart;
        if !known && !folded.split(separates).any(|word| self.knows(word)) {
            return Vec::new();
        }
        let words = words(folded);
        let matched = has_matching_brackets(folded);
        let counted = matched && folded.contains("[]");
        let broken = !matched && folded.contains(['[', ']']) && !is_path(folded);
        let key_match = self.key_match;
        let name = Name { text: folded, words: &words, counted, numbers, broken, key_match };
        let reach = |rule: &LooseRule| {
            let reach = if words.len() > WORDS { Some(Reach::Value) } else { name.reach(rule) };
            reach.map(|reach| (rule.number, reach))
        };
        self.rules.iter().filter_map(reach).collect()
    }

    /// The columns that rules select in the rows of a document, or of a part of this name; each with its
    /// alternatives.
    pub(super) fn columns<'a>(
        &'a self,
        part: Option<&'a str>,
    ) -> impl Iterator<Item = &'a [Box<str>]> {
        self.rules.iter().filter_map(move |rule| {
            let (front, steps) = rule.steps.split_at_checked(usize::from(part.is_some()))?;
            let [rows, column] = steps else { return None };
            let named = front.first().map(|step| &step.spelled);
            let here = part.is_none_or(|part| {
                named.is_some_and(|all| all.iter().any(|own| is_spelling(part, own)))
            });
            let selects = here && !rows.descend && rows.names.is_empty() && !column.descend;
            (selects && !column.any && column.positions.is_empty()).then_some(&*column.spelled)
        })
    }

    /// The name in the rules that readers take a column for which trim and fold names, or leave out
    /// signs; none when it is in the rules itself, or nobody takes it for another.
    pub(super) fn column(&self, name: &str) -> Option<&str> {
        if self.names(name) {
            return None;
        }
        self.spelled().find(|spelled| is_column(name, spelled)).map(|spelled| &**spelled)
    }

    /// Whether rules have this very name.
    pub(super) fn names(&self, name: &str) -> bool {
        let mut buffer = String::new();
        let normal = self.key_match.normal(name, &mut buffer);
        self.spelled().any(|spelled| **spelled == *normal)
    }

    fn spelled(&self) -> impl Iterator<Item = &Box<str>> {
        self.rules.iter().flat_map(|rule| &rule.steps).flat_map(|step| &step.spelled)
    }

    fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word)
            || word
                .split('_')
                .find(|part| !part.is_empty())
                .is_some_and(|first| self.vocabulary.contains(first))
    }
}

impl Step {
    fn of(segment: &Segment) -> Self {
        let mut step = Self { descend: segment.descend, ..Self::default() };
        for selector in &segment.selectors {
            match selector {
                ChildSelector::Name(name) => {
                    let mut buffer = String::new();
                    step.spelled.push(name.clone());
                    step.names.push(Box::from(KeyMatch::Fold.normal(name, &mut buffer)));
                }
                ChildSelector::Index(_) | ChildSelector::Slice { .. } => {
                    // Which one is meant is not known where it counts from the end.
                    step.positions.push(range(selector).unwrap_or((0, None)));
                }
                ChildSelector::Any | ChildSelector::Filter(_) => step.any = true,
            }
        }
        step
    }
}

/// A name and its words.
struct Name<'a> {
    text: &'a str,
    words: &'a [Word],
    /// Whether it is an element whose position every framework counts alike: `email[]`.
    counted: bool,
    numbers: Numbers,
    /// Whether it has brackets that do not match: some framework drops any of its words.
    broken: bool,
    /// How the rules were normalised.
    key_match: KeyMatch,
}

impl Name<'_> {
    fn reach(&self, rule: &LooseRule) -> Option<Reach> {
        let whole = self.follow(rule, 0);
        if whole.is_some() {
            return whole;
        }
        let starts = (1..self.words.len())
            .filter(|&at| self.words.get(at).is_some_and(|word| word.detachable));
        starts.map(|at| self.follow(rule, at)).find(|reach| *reach == Some(Reach::Value)).flatten()
    }

    /// Follows a selector from a word on; from a later one than the first it must reach its end.
    fn follow(&self, rule: &LooseRule, from: usize) -> Option<Reach> {
        let end = self.words.len();
        // Which words can come next: one more than there are words, for the end.
        let mut next = vec![false; end + 1];
        if let Some(start) = next.get_mut(from) {
            *start = true;
        }
        for (number, step) in rule.steps.iter().enumerate() {
            self.skip(step, &mut next);
            let mut after = vec![false; end + 1];
            let mut named = vec![false; end + 1];
            for at in (0..=end).filter(|&at| next.get(at) == Some(&true)) {
                for name in &step.names {
                    self.take(at, name, &mut named);
                }
                self.take_element(at, step, &mut after);
                if step.any {
                    mark(&mut after, at..=end);
                }
            }
            let deeper = rule.steps.get(number + 1).filter(|next| !next.descend);
            if from == 0 && deeper.is_some_and(|next| self.stops(next, &named)) {
                return Some(Reach::Value);
            }
            for (after, named) in after.iter_mut().zip(named) {
                *after |= named;
            }
            next = after;
        }
        if self.ends(&next) {
            return Some(Reach::Value);
        }
        let inside = |at: usize| self.words.get(at).is_some_and(|word| word.inside);
        let below = (1..end).any(|at| next.get(at) == Some(&true) && inside(at));
        (from == 0 && below).then_some(Reach::Below)
    }

    /// Passes over numbers, and over everything where the selector descends.
    fn skip(&self, step: &Step, next: &mut [bool]) {
        for at in 0..self.words.len() {
            let position = step.positions.is_empty()
                && self.words.get(at).is_some_and(|word| word.number.is_some());
            let passes = step.descend || position || self.broken;
            if passes && next.get(at) == Some(&true) {
                mark(next, at + 1..=at + 1);
            }
        }
    }

    /// Whether a place behind the last word is reached, or behind the last one that counts.
    fn ends(&self, next: &[bool]) -> bool {
        (0..=self.words.len()).filter(|&at| next.get(at) == Some(&true)).any(|at| {
            let rest = self.words.get(at..).unwrap_or_default();
            (self.broken && at > 0) || rest.iter().all(|word| word.number.is_some())
        })
    }

    /// Whether the name ends in a scalar where a step goes on.
    fn stops(&self, next: &Step, named: &[bool]) -> bool {
        if next.any || !next.names.is_empty() || self.broken {
            return self.ends(named);
        }
        !self.counted && named.last() == Some(&true)
    }

    /// Marks what can follow when the step selects an element: at the position that the name says, or
    /// at one that it does not say.
    fn take_element(&self, at: usize, step: &Step, after: &mut [bool]) {
        let number = self.words.get(at).and_then(|word| word.number);
        let fits = |&(from, to): &(u32, Option<u32>)| {
            number.is_some_and(|number| number >= from && to.is_none_or(|to| number < to))
        };
        let is_moved = self.numbers == Numbers::Moved && !step.positions.is_empty();
        if step.positions.iter().any(fits) || (is_moved && number.is_some()) {
            mark(after, at + 1..=at + 1);
        } else if !step.positions.is_empty() && number.is_none() && (is_moved || !self.counted) {
            mark(after, at..=at);
        }
    }

    /// Marks what can follow when one name of the rule is the words from here on.
    fn take(&self, at: usize, name: &str, after: &mut [bool]) {
        let Some(first) = self.words.get(at) else { return };
        for last in at..self.words.len() {
            let Some(word) = self.words.get(last) else { return };
            let text = self.text.get(first.start..word.end).unwrap_or_default();
            if self.key_match == KeyMatch::Smart {
                let letters = text.replace(['_', '-', '.', ' ', '['], "");
                if letters.len() > name.len() {
                    return;
                }
                if letters == name {
                    mark(after, last + 1..=last + 1);
                }
                continue;
            }
            if text.len() > name.len() {
                return;
            }
            if text == name || (last > at && text.replace(['.', ' ', '['], "_") == name) {
                mark(after, last + 1..=last + 1);
            }
        }
    }
}

fn mark(places: &mut [bool], range: std::ops::RangeInclusive<usize>) {
    if let Some(places) = places.get_mut(range) {
        places.fill(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Selector;

    fn reach(selector: &str, name: &str) -> Option<Reach> {
        let selector = Selector::parse(selector).unwrap();
        let loose = LooseNames::new([(0, &selector.plan)].into_iter(), KeyMatch::Exact);
        loose.matches(name, Numbers::Kept).first().map(|(_, reach)| *reach)
    }

    #[test]
    fn every_spelling_of_a_name_leads_to_it() {
        for (selector, names) in [
            (
                "$.email",
                "email|EMAIL|[email]|email]|]email[| email|email |.email|$ email|,email|!email|/email|0.email",
            ),
            (
                "$.email",
                "form-2-email|form-email|ctl00$main$email|a:email|User.Email|email[]|email[0]|email[=",
            ),
            (
                "$.user.email",
                "user[email|user][email]|User.Email|user.email|form-0-user-email|USER[EMAIL]|user|User|user[]",
            ),
            (
                "$.users[*].email",
                "users[][email]|users[email]|Users[0].Email|users]00[email]|users.0.email|users[]email|users-3-email|users",
            ),
            ("$.user_email", "user.email|user email|user[email|User.Email"),
            ("$..email", "a[b][email]|x-y-EMAIL|a.b.email"),
            ("$['e-mail']", "E-Mail|user.e-mail"),
            ("$.phones[0]", "phones|phones[0]|phones[=|phones.0"),
            ("$.phones[*]", "phones|phones[]|phones[0]|phones.x"),
            ("$.email", "email:list|email:utf8:ustring|email:|form:x:email"),
            ("$.user.email", "user.email:record|user.email:list:records|user:email"),
            ("$.phones[1]", "phones:list|phones[1]:int"),
        ] {
            for name in names.split('|') {
                assert_eq!(reach(selector, name), Some(Reach::Value), "{selector} {name}");
            }
        }
    }

    #[test]
    fn members_of_the_selected_place_are_below_it() {
        for name in ["email[x]", "email.x", "email[0].x", "birth(1i)"] {
            let selector = if name.starts_with('b') { "$.birth" } else { "$.email" };
            assert_eq!(reach(selector, name), Some(Reach::Below), "{name}");
        }
    }

    #[test]
    fn another_name_is_another_name() {
        for (selector, name) in [
            ("$.email", "owner[email]"),
            ("$.email", "my_email"),
            ("$.email", "email_"),
            ("$.email", "email-confirm"),
            ("$.email", "emails"),
            ("$.user.email", "owner.email"),
            ("$.user.email", "email"),
            ("$.user.email", "x-user"),
            ("$.users[*].email", "users[name]"),
            ("$.users[*].email", "Users[0].Name"),
            ("$.users[*].email", "users[0].home.street"),
            ("$.a.b", "a_b"),
            ("$..email", "mail"),
            ("$.*", "email"),
            ("$.email[1]", "email[]"),
            ("$.email[1]", "email[0]"),
            ("$.users[1].email", "users[0][email]"),
            ("$.email", "x:list"),
        ] {
            assert_eq!(reach(selector, name), None, "{selector} {name}");
        }
    }
}
