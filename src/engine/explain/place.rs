//! One place of a message: its rules, its scalars, and which of them meet.

use std::collections::HashMap;

use serde::Serialize;

use crate::base::Kind;
use crate::base::Span;
use crate::document;
use crate::document::Field;
use crate::document::Item;
use crate::document::OuterText;
use crate::document::Outline;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Scalar;
use crate::document::Style;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Side;
use crate::engine::Treatment;
use crate::engine::explain::Explanation;
use crate::engine::explain::PlaceReport;
use crate::engine::explain::Unreadable;
use crate::engine::explain::fate::Becomes;
use crate::engine::explain::fate::Fates;
use crate::engine::explain::fate::Seen;
use crate::engine::explain::same_place;
use crate::engine::part::Part;
use crate::engine::part::Slot;
use crate::engine::part::UrlPart;
use crate::engine::plan::inside;
use crate::engine::plan::select_all;
use crate::rules::Action;
use crate::rules::Job;
use crate::rules::PlaceRules;
use crate::rules::Rule;
use crate::token::Class;
use crate::token::Token;

/// One rule, and what it meets in this message.
#[derive(Debug, Clone, Serialize)]
pub struct RuleReport {
    /// Its selector as written; behind ` > ` that of a rule for a text in that place.
    pub selector: String,
    /// The class; none when it is for the subject or for a document in a text.
    pub class: Option<String>,
    /// What it does.
    pub action: &'static str,
    /// How many values it selects.
    pub selects: usize,
    /// On how many of them it decides.
    pub decides: usize,
    /// Why it does nothing.
    pub why: Option<WhyNone>,
}

/// Why a rule does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNone {
    /// The message does not have the place.
    PlaceAbsent,
    /// The place cannot be read.
    Unreadable,
    /// The body is a page or a plain text.
    ReadAsText,
    /// Its selector finds nothing there.
    FindsNothing,
    /// It selects `null`, `true` or `false` only.
    Blank,
    /// More specific rules decide on all that it selects.
    OtherRuleDecides,
}

/// One scalar, and what becomes of it.
#[derive(Debug, Clone, Serialize)]
pub struct Leaf {
    /// Its place as a normalized path (RFC 9535, section 2.7).
    pub path: String,
    /// Other readings of its name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// `text`, `number`, `boolean` or `null`.
    pub kind: &'static str,
    /// Its length; none of what is no text and no number, or cannot be read.
    pub characters: Option<usize>,
    /// What becomes of it.
    pub becomes: Becomes,
    /// The class of the rule that decides.
    pub class: Option<String>,
    /// The selector of the rule that decides.
    pub rule: Option<String>,
    /// The class of the token that it holds or is.
    pub token: Option<String>,
}

/// What a rule has met so far.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    selects: usize,
    decides: usize,
    blanks: usize,
}

type Counts = HashMap<*const Rule, Count>;

/// What is known of a scalar.
#[derive(Clone, Copy)]
struct Verdict<'a> {
    becomes: Becomes,
    class: Option<&'a Class>,
    rule: &'a Rule,
}

type Verdicts<'a> = HashMap<(u32, u32), Verdict<'a>>;

/// Reads the places of one leg.
pub(super) struct Reader<'e, 'x> {
    engine: &'e Engine,
    pub(super) exchange: &'e Exchange<'x>,
    pub(super) leg: Side,
    pub(super) fates: Fates<'e, 'x>,
    style: Style<'e>,
}

/// The name of a place.
pub(super) fn name(slot: &Slot) -> &'static str {
    match slot {
        Slot::Body | Slot::Query | Slot::Path | Slot::Header | Slot::Cookie(_) => {
            slot.place().as_str()
        }
        Slot::Url(field, UrlPart::Path) if *field == http::header::REFERER => "referer path",
        Slot::Url(field, UrlPart::Query) if *field == http::header::REFERER => "referer query",
        Slot::Url(_, UrlPart::Path) => "destination path",
        Slot::Url(_, UrlPart::Query) => "destination query",
    }
}

impl<'e, 'x> Reader<'e, 'x> {
    pub(super) fn new(
        engine: &'e Engine,
        exchange: &'e Exchange<'x>,
        leg: Side,
        style: Style<'e>,
    ) -> Self {
        let treating = leg.treatment(exchange.route.direction);
        Self { engine, exchange, leg, fates: Fates::new(engine, exchange, treating), style }
    }

    pub(super) fn treatment(&self) -> Treatment {
        self.leg.treatment(self.exchange.route.direction)
    }

    /// How many things are listed of a place.
    pub(super) fn most(&self) -> usize {
        self.style.most
    }

    /// An explanation that says nothing yet.
    pub(super) fn empty(&self) -> Explanation {
        let treating = match self.treatment() {
            Treatment::Protect => "protect",
            Treatment::Reveal => "reveal",
        };
        Explanation {
            treating,
            places: Vec::new(),
            text: None,
            sight: Vec::new(),
            leaks: Vec::new(),
            unrevealed: None,
            refused: None,
        }
    }

    /// What the caller sees of the classes that the rules of the leg reveal.
    pub(super) fn sight(&self) -> Vec<Seen> {
        let jobs = self.leg.phase(self.exchange.route).jobs();
        let shown = jobs.filter(|(_, action, _)| *action == Action::Reveal);
        self.fates.sight(shown.map(|(class, _, _)| class.as_ref()))
    }

    /// All places of a head: those of the message, and those that rules wait for in vain.
    pub(super) fn places(&self, parts: &[Part<'x>]) -> Vec<PlaceReport> {
        let mut places = Vec::new();
        let mut rest: Vec<&Part<'x>> = parts.iter().collect();
        while let Some(&first) = rest.first() {
            let (here, others) =
                rest.into_iter().partition::<Vec<_>, _>(|part| same_place(first, part));
            rest = others;
            let ruled = (!first.rules.rules.is_empty()).then_some(first.rules);
            let report = self.place(name(&first.slot), ruled, &here);
            if report.ruled || !report.leaves.is_empty() {
                places.push(report);
            }
        }
        let phase = self.leg.phase(self.exchange.route);
        let all = [
            ("query", &phase.query),
            ("path", &phase.path),
            ("header", &phase.header),
            ("cookie", &phase.cookie),
        ];
        for (name, rules) in all {
            if let Some(rules) = rules
                && !places.iter().any(|report| report.place == name)
            {
                places.push(self.place(name, Some(rules), &[]));
            }
        }
        places
    }

    /// One place: all its parts, and the rules for them.
    pub(super) fn place(
        &self,
        name: &'static str,
        ruled: Option<&'x PlaceRules>,
        parts: &[&Part<'x>],
    ) -> PlaceReport {
        let mut report =
            PlaceReport { place: name, ruled: ruled.is_some(), ..PlaceReport::default() };
        report.present = !parts.is_empty();
        let mut counts = Counts::new();
        for part in parts {
            self.part(part, &mut report, &mut counts);
        }
        if let Some(rules) = ruled {
            list_rules("", rules, &counts, &mut report.rules);
        }
        let why = match (report.present, report.unreadable.is_some()) {
            (false, _) => Some(WhyNone::PlaceAbsent),
            (true, true) => Some(WhyNone::Unreadable),
            (true, false) => None,
        };
        for rule in report.rules.iter_mut().filter(|rule| rule.selects == 0) {
            rule.why = why.or(rule.why);
        }
        report
    }

    /// A body that is read as a text: the rules for documents have nothing to do.
    pub(super) fn unread(&self, rules: &'x PlaceRules) -> PlaceReport {
        let mut report = self.place(Slot::Body.place().as_str(), Some(rules), &[]);
        report.present = true;
        for rule in &mut report.rules {
            rule.why = Some(WhyNone::ReadAsText);
        }
        report
    }

    fn part(&self, part: &Part<'x>, report: &mut PlaceReport, counts: &mut Counts) {
        let bounds = &self.engine.bounds;
        let most = self.style.most.saturating_sub(report.leaves.len());
        let outline = part.outline(bounds, Style { most, ..self.style });
        let found = part.fields(bounds);
        let selection = select_all(std::slice::from_ref(part), bounds);
        let mut verdicts = Verdicts::new();
        match (&found, &selection) {
            (Ok(_), Ok(selection)) => {
                for field in &selection.fields {
                    counts.entry(field.rule).or_default().decides += 1;
                    let (becomes, class) = (self.fates.of(field), Some(field.class));
                    let verdict = Verdict { becomes, class, rule: field.rule };
                    verdicts.insert(key(field.span), verdict);
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                report.unreadable = report.unreadable.or(Some(Unreadable::of(error)));
            }
        }
        let found = found.unwrap_or_default();
        let texts = Self::count((part, part.rules), &found, counts, &mut verdicts);
        for (field, inner) in &texts {
            let found = inside(field, part, inner, bounds).unwrap_or_default();
            Self::count((part, inner), &found, counts, &mut verdicts);
        }
        for field in &outline.blanks {
            Self::blank(part.rules, field, counts, &mut verdicts);
        }
        if report.unreadable.is_none()
            && let Some(refusal) = outline.refusal
        {
            report.unreadable = Some(Unreadable::of(&part.refused(refusal)));
        }
        report.files += outline.passed;
        let listed = self.list((part, report.ruled), &outline, (&texts, &mut verdicts), counts);
        report.unlisted += outline.total.saturating_sub(outline.items.len()) + listed.unlisted;
        report.leaves.extend(listed.leaves);
    }

    /// Counts what each rule selects; gives the texts that are documents.
    fn count(
        (part, rules): (&Part<'x>, &'x PlaceRules),
        found: &[Field],
        counts: &mut Counts,
        verdicts: &mut Verdicts<'x>,
    ) -> Vec<(Field, &'x PlaceRules)> {
        let mut texts = Vec::new();
        for field in found {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            counts.entry(rule).or_default().selects += 1;
            let known = verdicts.contains_key(&key(field.span));
            let becomes = match &rule.job {
                Job::Subject if !matches!(part.slot, Slot::Url(..)) => Becomes::Subject,
                Job::Json(inner) if !known => {
                    texts.push((*field, inner.as_ref()));
                    Becomes::Decoded
                }
                Job::Text(_) if !known => Becomes::Text,
                Job::Field { .. } | Job::Subject | Job::Text(_) | Job::Json(_) => continue,
            };
            counts.entry(rule).or_default().decides += 1;
            let verdict = Verdict { becomes, class: None, rule };
            verdicts.entry(key(field.span)).or_insert(verdict);
        }
        texts
    }

    fn blank(
        rules: &'x PlaceRules,
        field: &Field,
        counts: &mut Counts,
        verdicts: &mut Verdicts<'x>,
    ) {
        let Some(rule) = rules.rules.get(usize::from(field.rule)) else { return };
        counts.entry(rule).or_default().blanks += 1;
        let verdict = Verdict { becomes: Becomes::Blank, class: None, rule };
        verdicts.entry(key(field.span)).or_insert(verdict);
    }

    /// The scalars of a part, and behind a text that is a document those of the document.
    fn list(
        &self,
        (part, ruled): (&Part<'x>, bool),
        outline: &Outline,
        (texts, verdicts): (&[(Field, &'x PlaceRules)], &mut Verdicts<'x>),
        counts: &mut Counts,
    ) -> Listed {
        let mut listed = Listed::default();
        for item in &outline.items {
            listed.leaves.push(self.leaf((part, ruled), item, verdicts));
            let text = texts.iter().find(|(field, _)| key(field.span) == key(item.span));
            let Some((field, inner)) = text else { continue };
            let context = ReadContext {
                program: &inner.program,
                bounds: &self.engine.bounds,
                options: part.options,
                readings: Readings::All,
            };
            let at = OuterText { field, path: &item.path };
            let below = document::outline_nested(&part.source, at, context, self.style);
            for field in &below.blanks {
                Self::blank(inner, field, counts, verdicts);
            }
            listed.unlisted += below.total.saturating_sub(below.items.len());
            let leaves = below.items.iter().map(|item| self.leaf((part, ruled), item, verdicts));
            listed.leaves.extend(leaves);
        }
        listed
    }

    fn leaf(&self, (part, ruled): (&Part<'x>, bool), item: &Item, verdicts: &Verdicts<'x>) -> Leaf {
        let (kind, read) = match item.scalar {
            Scalar::Text | Scalar::Attribute => ("text", Some(Kind::Text)),
            Scalar::Number => ("number", Some(Kind::Number)),
            Scalar::True | Scalar::False => ("boolean", None),
            Scalar::Null => ("null", None),
        };
        let text = read.and_then(|kind| item.codec.decode(item.span.of(&part.source), kind).ok());
        let characters = text.as_ref().map(|text| text.expose().chars().count());
        let token = text.and_then(|text| self.token(text.expose()));
        let verdict = verdicts.get(&key(item.span));
        let untouched = if ruled { Becomes::NotSelected } else { Becomes::NoRules };
        Leaf {
            path: item.path.clone(),
            also: item.also.clone(),
            kind,
            characters,
            becomes: verdict.map_or(untouched, |verdict| verdict.becomes),
            class: verdict.and_then(|verdict| verdict.class).map(|class| class.name.to_string()),
            rule: verdict.map(|verdict| verdict.rule.selector.to_string()),
            token,
        }
    }

    /// The class of the first token in a text.
    fn token(&self, text: &str) -> Option<String> {
        let tokenizer = self.exchange.tokenizer;
        let found = tokenizer.find(text.as_bytes());
        found.first().and_then(|(_, token)| self.class_name(token))
    }

    /// The class of a token; none when no rule file defines it.
    pub(super) fn class_name(&self, token: &Token) -> Option<String> {
        let classes = self.exchange.generation.rules.classes();
        let class = classes.iter().find(|each| each.class.code == token.code())?;
        Some(class.class.name.to_string())
    }
}

#[derive(Default)]
struct Listed {
    leaves: Vec<Leaf>,
    unlisted: usize,
}

fn key(span: Span) -> (u32, u32) {
    (span.start(), span.end())
}

/// Writes down the rules of a place, and those for documents in its texts.
fn list_rules(prefix: &str, rules: &PlaceRules, counts: &Counts, report: &mut Vec<RuleReport>) {
    for rule in &rules.rules {
        let count = counts.get(&std::ptr::from_ref(rule)).copied().unwrap_or_default();
        let (class, action) = match &rule.job {
            Job::Field { class, action } => (Some(class.name.to_string()), word(*action)),
            Job::Text(_) => (None, "text"),
            Job::Subject => (None, "subject"),
            Job::Json(_) => (None, "decode"),
        };
        let why = match count {
            Count { selects: 0, blanks: 0, .. } => Some(WhyNone::FindsNothing),
            Count { selects: 0, .. } => Some(WhyNone::Blank),
            Count { decides: 0, .. } => Some(WhyNone::OtherRuleDecides),
            Count { .. } => None,
        };
        let selector = format!("{prefix}{}", rule.selector);
        let Count { selects, decides, .. } = count;
        let inner = format!("{selector} > ");
        report.push(RuleReport { selector, class, action, selects, decides, why });
        if let Job::Json(rules) = &rule.job {
            list_rules(&inner, rules, counts, report);
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
