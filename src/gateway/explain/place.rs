//! One place of a message: its rules, its scalars, and which of them meet.

use std::collections::HashMap;

use serde::Serialize;

use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::Span;
use crate::document::Item;
use crate::document::OuterText;
use crate::document::Outline;
use crate::document::Refusal;
use crate::document::Scalar;
use crate::document::Style;
use crate::engine::Error;
use crate::engine::Generation;
use crate::engine::Place;
use crate::engine::view::Classes;
use crate::engine::view::Document;
use crate::engine::view::Leg;
use crate::engine::view::Part;
use crate::engine::view::Role;
use crate::engine::view::Unreadable;
use crate::gateway::explain::becomes::Becomes;
use crate::rules::Action;
use crate::rules::FormatName;
use crate::rules::Job;
use crate::rules::Phase;
use crate::rules::PlaceRules;
use crate::rules::Presence;
use crate::rules::Rule;
use crate::token::Class;

/// One place of a message.
#[derive(Debug, Default, Serialize)]
pub(super) struct PlaceReport {
    pub(super) place: &'static str,
    /// Whether the route has rules for it.
    pub(super) ruled: bool,
    /// Whether the message has it.
    pub(super) present: bool,
    /// What a body was recognised as.
    pub(super) format: Option<&'static str>,
    /// The content codings that were taken off it, in the order they were put on.
    pub(super) codings: Vec<&'static str>,
    pub(super) charset: Option<&'static str>,
    pub(super) unreadable: Option<Unreadable>,
    pub(super) rules: Vec<RuleReport>,
    /// Its scalars, as far as they are listed.
    pub(super) leaves: Vec<Leaf>,
    /// How many scalars are not listed.
    pub(super) unlisted: usize,
    /// Parts of a multipart form that nobody looks into.
    pub(super) files: usize,
}

impl PlaceReport {
    /// Whether it is the body.
    pub(super) fn is_body(&self) -> bool {
        self.place == Place::Body.as_str()
    }
}

/// One rule, and what it meets in this message.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RuleReport {
    /// Its selector as written; behind ` > ` that of a rule for a text in that place.
    pub(super) selector: String,
    /// The class; none when it is for the subject or for a document in a text.
    pub(super) class: Option<String>,
    pub(super) action: &'static str,
    pub(super) selects: usize,
    /// On how many of them it decides.
    pub(super) decides: usize,
    /// Whether it must select something where values become tokens.
    pub(super) required: bool,
    pub(super) why: Option<WhyNone>,
}

/// Why a rule does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhyNone {
    PlaceAbsent,
    Unreadable,
    ReadAsText,
    FindsNothing,
    /// It selects `null`, `true` or `false` only.
    Blank,
    OtherRuleDecides,
    /// It must select something and did not: the message is refused for it.
    Required,
    Unmatched,
}

/// One scalar, and what becomes of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Leaf {
    /// Its place as a normalized path (RFC 9535, section 2.7).
    pub(super) path: String,
    /// Other readings of its name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) also: Vec<String>,
    /// `text`, `number`, `boolean` or `null`.
    pub(super) kind: &'static str,
    /// Its length; none of what is no text and no number, or cannot be read.
    pub(super) characters: Option<usize>,
    pub(super) becomes: Becomes,
    /// The class of the rule that decides.
    pub(super) class: Option<String>,
    /// The selector of the rule that decides.
    pub(super) rule: Option<String>,
    /// The class of the token that it holds or is.
    pub(super) token: Option<String>,
}

/// What is known of a scalar.
#[derive(Clone, Copy)]
struct Verdict<'a> {
    becomes: Becomes,
    class: Option<&'a Class>,
    rule: &'a Rule,
}

type Verdicts<'a> = HashMap<Span, Verdict<'a>>;

/// The report of one place while it is made.
struct Draft<'s> {
    report: PlaceReport,
    rules: Option<&'s PlaceRules>,
}

impl<'s> Draft<'s> {
    fn new(place: &'static str, rules: Option<&'s PlaceRules>) -> Self {
        let mut report = PlaceReport { place, present: true, ..PlaceReport::default() };
        report.ruled = rules.is_some();
        if let Some(rules) = rules {
            list_rules("", rules, WhyNone::FindsNothing, &mut report.rules);
        }
        Self { report, rules }
    }

    /// Returns what is reported of a rule; reports stand in the order of the rules.
    fn rule(&mut self, rule: &Rule) -> Option<&mut RuleReport> {
        let at = self.rules?.rules().position(|each| std::ptr::eq(each, rule))?;
        self.report.rules.get_mut(at)
    }

    /// Adds what was selected in a part, and returns what becomes of it.
    fn add_selection(&mut self, part: &'s Part<'_>, classes: &Classes) -> Verdicts<'s> {
        let mut verdicts = Verdicts::new();
        for (rule, field, role) in part.selected() {
            if let Some(report) = self.rule(rule) {
                report.selects += 1;
                report.decides += usize::from(role != Role::Overruled);
            }
            let becomes = match role {
                Role::Overruled | Role::Decides => continue,
                Role::Subject => Becomes::Subject,
                Role::Text => Becomes::Text,
                Role::Decoded => Becomes::Decoded,
            };
            verdicts.entry(field.span).or_insert(Verdict { becomes, class: None, rule });
        }
        for (span, rule, class, decided) in part.decided() {
            let becomes = Becomes::of(decided, class, classes);
            verdicts.insert(span, Verdict { becomes, class: Some(class), rule });
        }
        verdicts
    }

    /// Counts the scalars of an outline that are not listed, and those that rules select in vain.
    fn add_outline(
        &mut self,
        rules: &'s PlaceRules,
        outline: &Outline,
        verdicts: &mut Verdicts<'s>,
    ) {
        self.report.unlisted += outline.total.saturating_sub(outline.items.len());
        self.report.files += outline.passed;
        for field in &outline.blanks {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            if let Some(report) = self.rule(rule) {
                report.why = Some(WhyNone::Blank);
            }
            let verdict = Verdict { becomes: Becomes::Blank, class: None, rule };
            verdicts.entry(field.span).or_insert(verdict);
        }
    }

    fn finish(mut self) -> PlaceReport {
        for rule in &mut self.report.rules {
            if rule.selects > 0 {
                rule.why = (rule.decides == 0).then_some(WhyNone::OtherRuleDecides);
            } else if self.report.unreadable.is_some() {
                rule.why = Some(WhyNone::Unreadable);
            }
        }
        self.report
    }
}

/// What was seen of a message, as far as it was read.
#[derive(Clone, Copy)]
pub(super) struct ReadParts<'s> {
    pub(super) generation: &'s Generation,
    pub(super) phase: &'s Phase,
    pub(super) leg: &'s Leg<'s>,
    pub(super) parts: &'s [Part<'s>],
    /// What may be seen of them; of nothing before that is decided.
    pub(super) classes: &'s Classes,
}

impl<'s> ReadParts<'s> {
    /// Reports all places that were read by fields. Parts that are one place to a reader are one.
    pub(super) fn places(&self, style: Style<'_>) -> Vec<PlaceReport> {
        let mut drafts: Vec<Draft<'s>> = Vec::new();
        for part in self.parts {
            if part.as_document().is_none() && part.unreadable().is_none() {
                continue;
            }
            let (place, rules) = (part.name(), self.rules_of(part));
            let is_same = |draft: &Draft<'_>| {
                draft.report.place == place
                    && draft.rules.map(std::ptr::from_ref) == rules.map(std::ptr::from_ref)
            };
            let known = drafts.iter().position(is_same).unwrap_or(drafts.len());
            if known == drafts.len() {
                drafts.push(Draft::new(place, rules));
            }
            if let Some(draft) = drafts.get_mut(known) {
                self.add_part(part, style, draft);
            }
        }
        drafts.into_iter().map(Draft::finish).collect()
    }

    /// Returns the rules that look at a part.
    fn rules_of(&self, part: &'s Part<'_>) -> Option<&'s PlaceRules> {
        let rules = match part.as_document() {
            Some(document) => document.rules(),
            None => place_rules(self.phase).find(|(place, _)| *place == part.name())?.1?,
        };
        Some(rules).filter(|rules| !rules.rules.is_empty())
    }

    /// Adds the scalars of a part, and behind a text that is a document those of the document.
    fn add_part(&self, part: &'s Part<'_>, style: Style<'_>, draft: &mut Draft<'s>) {
        draft.report.unreadable = draft.report.unreadable.or(part.unreadable());
        let Some(document) = part.as_document() else { return };
        if draft.report.is_body() {
            let format = document.format().and_then(FormatName::of);
            draft.report.format = format.map(FormatName::as_str);
            draft.report.charset = Some(document.read_in().name());
        }
        let most = style.most.saturating_sub(draft.report.leaves.len());
        let outline = document.scalars(self.leg, Style { most, ..style });
        let mut verdicts = draft.add_selection(part, self.classes);
        draft.add_outline(document.rules(), &outline, &mut verdicts);
        let refusal = outline.refusal.map(|Refusal { reason, offset }| Unreadable {
            reason: reason.code(),
            offset: Some(offset),
        });
        draft.report.unreadable = draft.report.unreadable.or(refusal);
        for item in &outline.items {
            draft.report.leaves.push(self.leaf(document, item, &verdicts));
            let mut texts = part.selected().filter_map(|(rule, field, role)| match &rule.job {
                Job::Json(inner) if role == Role::Decoded && field.span == item.span => {
                    Some((field, inner))
                }
                Job::Json(_) | Job::Field { .. } | Job::Text(_) | Job::Subject => None,
            });
            let Some((field, inner)) = texts.next() else { continue };
            let text = OuterText { field: &field, path: &item.path };
            let below = document.scalars_of_text(self.leg, text, inner, style);
            draft.add_outline(inner, &below, &mut verdicts);
            let leaves = below.items.iter().map(|item| self.leaf(document, item, &verdicts));
            draft.report.leaves.extend(leaves);
        }
    }

    fn leaf(&self, document: &Document<'_>, item: &Item, verdicts: &Verdicts<'_>) -> Leaf {
        let (kind, read) = match item.scalar {
            Scalar::Text | Scalar::Attribute => ("text", Some(Kind::Text)),
            Scalar::Number => ("number", Some(Kind::Number)),
            Scalar::True | Scalar::False => ("boolean", None),
            Scalar::Null => ("null", None),
        };
        let measured = read.and_then(|kind| document.measure(self.leg, item, kind));
        let verdict = verdicts.get(&item.span);
        let ruled = !document.rules().rules.is_empty();
        let untouched = if ruled { Becomes::NotSelected } else { Becomes::NoRules };
        Leaf {
            path: item.path.clone(),
            also: item.also.clone(),
            kind,
            characters: measured.map(|(characters, _)| characters),
            becomes: verdict.map_or(untouched, |verdict| verdict.becomes),
            class: verdict.and_then(|verdict| verdict.class).map(|class| class.name.to_string()),
            rule: verdict.map(|verdict| verdict.rule.selector.to_string()),
            token: measured.and_then(|(_, token)| self.class_name(token?)),
        }
    }

    /// Returns the class of a code; none when no rule file defines it.
    pub(super) fn class_name(&self, code: ClassCode) -> Option<String> {
        let mut classes = self.generation.rules.classes().iter();
        classes.find(|each| each.class.code == code).map(|each| each.class.name.to_string())
    }
}

/// Yields the places that can have rules with selectors, and those rules.
fn place_rules(phase: &Phase) -> impl Iterator<Item = (&'static str, Option<&PlaceRules>)> {
    let Phase { body, query, path, header, cookie, text: _ } = phase;
    let rules = [body, query, path, header, cookie].into_iter().map(Option::as_ref);
    ["body", "query", "path", "header", "cookie"].into_iter().zip(rules)
}

/// Adds the places that rules wait for in vain.
pub(super) fn add_absent(phase: &Phase, places: &mut Vec<PlaceReport>) {
    for (place, rules) in place_rules(phase) {
        let is_known = places.iter().any(|report| report.place == place);
        let report = PlaceReport { place, ..PlaceReport::default() };
        match rules {
            Some(rules) if !is_known => places.push(idle(report, rules, WhyNone::PlaceAbsent)),
            None if !is_known && place == "body" => places.push(report),
            Some(_) | None => {}
        }
    }
}

/// Reports a body that is read as a text: the rules for documents have nothing to do.
pub(super) fn read_as_text(rules: &PlaceRules) -> PlaceReport {
    let report = PlaceReport { place: "body", present: true, ..PlaceReport::default() };
    idle(report, rules, WhyNone::ReadAsText)
}

/// Says of rules for which a message was refused that it was.
pub(super) fn tell_refused(places: &mut [PlaceReport], refused: &Error) {
    for PlaceReport { place, rules, .. } in places {
        let is_here =
            matches!(refused, Error::RequiredField { place: at } if at.as_str() == *place);
        let idle = [Some(WhyNone::FindsNothing), Some(WhyNone::Blank)];
        for rule in rules.iter_mut().filter(|rule| idle.contains(&rule.why)) {
            if is_here && rule.required {
                rule.why = Some(WhyNone::Required);
            } else if matches!(refused, Error::Unmatched) {
                rule.why = Some(WhyNone::Unmatched);
            }
        }
    }
}

/// Reports rules that meet nothing.
fn idle(mut report: PlaceReport, rules: &PlaceRules, why: WhyNone) -> PlaceReport {
    report.ruled = true;
    list_rules("", rules, why, &mut report.rules);
    report
}

/// Writes down the rules of a place, each before those for documents in its texts, as if they met nothing.
fn list_rules(prefix: &str, rules: &PlaceRules, why: WhyNone, report: &mut Vec<RuleReport>) {
    for rule in &rules.rules {
        let (class, action) = match &rule.job {
            Job::Field { class, action } => (Some(class.name.to_string()), word(*action)),
            Job::Text(_) => (None, "text"),
            Job::Subject => (None, "subject"),
            Job::Json(_) => (None, "decode"),
        };
        let selector = format!("{prefix}{}", rule.selector);
        let inner = format!("{selector} > ");
        let required = rule.presence == Presence::Required;
        let (selects, decides) = (0, 0);
        report.push(RuleReport {
            selector,
            class,
            action,
            selects,
            decides,
            required,
            why: Some(why),
        });
        if let Job::Json(rules) = &rule.job {
            list_rules(&inner, rules, why, report);
        }
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Tokenize => "tokenize",
        Action::Mask => "mask",
        Action::Redact => "redact",
        Action::Reveal => "reveal",
    }
}
