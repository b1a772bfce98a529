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
use crate::document::Scalar;
use crate::document::Style;
use crate::engine::decide::Decisions;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::observe::explain::PlaceReport;
use crate::engine::observe::explain::becomes::Becomes;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::Unreadable;
use crate::engine::select::Occurrence;
use crate::engine::select::Role;
use crate::engine::select::Selection;
use crate::engine::select::Site;
use crate::rules::Action;
use crate::rules::FormatName;
use crate::rules::Job;
use crate::rules::PlaceRules;
use crate::rules::Presence;
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
    /// What it does to what it selects.
    pub action: &'static str,
    /// How many values it selects.
    pub selects: usize,
    /// On how many of them it decides.
    pub decides: usize,
    /// Whether it must select something where values become tokens.
    pub required: bool,
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
    /// It must select something and did not: the message is refused for it.
    Required,
    /// No rule selects anything, and the route refuses that.
    Unmatched,
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

/// What was seen of a message, as far as it was read.
pub(super) struct ReadParts<'s, 'l, 'a> {
    pub(super) leg: &'s Leg<'l>,
    pub(super) parts: &'s [Part<'a>],
    pub(super) selection: &'s Selection<'a>,
    /// None of places that no rule looks at, and of messages that were refused before.
    pub(super) decisions: Option<&'s Decisions>,
}

/// A part, and its number among those of the message.
#[derive(Clone, Copy)]
struct Numbered<'s, 'a> {
    number: usize,
    part: &'s Part<'a>,
}

impl<'s, 'a> ReadParts<'s, '_, 'a> {
    /// Reports all places that were read. Parts that are one place to a reader are one.
    pub(super) fn places(&self, style: Style<'_>) -> Vec<PlaceReport> {
        let mut places = Vec::new();
        let is_place =
            |part: &Part<'_>| !matches!(part.content, Content::Page(_) | Content::Tokens(_));
        let numbered = |(number, part)| Numbered { number, part };
        let mut rest: Vec<Numbered<'s, 'a>> = self
            .parts
            .iter()
            .enumerate()
            .map(numbered)
            .filter(|each| is_place(each.part))
            .collect();
        while let Some(&first) = rest.first() {
            let is_same = |each: &Numbered<'_, '_>| {
                each.part.slot.name() == first.part.slot.name()
                    && rules_of(self.leg, each.part) == rules_of(self.leg, first.part)
            };
            let (here, others) = rest.into_iter().partition::<Vec<_>, _>(is_same);
            rest = others;
            places.push(self.place(&here, style));
        }
        places
    }

    /// Reports one place: all its parts, and the rules for them.
    fn place(&self, parts: &[Numbered<'s, 'a>], style: Style<'_>) -> PlaceReport {
        let Some(first) = parts.first() else { return PlaceReport::default() };
        let rules = rules_of(self.leg, first.part);
        let place = first.part.slot.name();
        let mut report =
            PlaceReport { place, ruled: rules.is_some(), present: true, ..PlaceReport::default() };
        let mut counts = Counts::new();
        for part in parts {
            self.part(*part, style, &mut report, &mut counts);
        }
        if let Some(rules) = rules {
            list_rules("", rules.0, &counts, &mut report.rules);
        }
        if report.unreadable.is_some() {
            for rule in report.rules.iter_mut().filter(|rule| rule.selects == 0) {
                rule.why = Some(WhyNone::Unreadable);
            }
        }
        report
    }

    fn part(
        &self,
        numbered: Numbered<'s, 'a>,
        style: Style<'_>,
        report: &mut PlaceReport,
        counts: &mut Counts,
    ) {
        let Numbered { number, part } = numbered;
        let unreadable = match &part.outcome {
            PartOutcome::Treated => None,
            PartOutcome::Kept(why) => Some(*why),
            PartOutcome::Refused(error) => Some(Unreadable::from(error)),
        };
        let decided = self.selection.occurrences.iter().any(|each| each.part == number);
        report.unreadable = report.unreadable.or(unreadable.filter(|_| !decided));
        let Content::Document(document) = &part.content else { return };
        if part.slot == Slot::Body {
            report.format = document.format().and_then(FormatName::of).map(FormatName::as_str);
            report.charset = Some(document.read_in().name());
        }
        let bounds = &self.leg.engine.bounds;
        let most = style.most.saturating_sub(report.leaves.len());
        let outline = document.outline(bounds, Style { most, ..style });
        let mut tables = Tables { verdicts: self.verdicts(number, counts), counts };
        for field in &outline.blanks {
            tables.add_blank(document.rules, field);
        }
        if report.unreadable.is_none()
            && let Some(refusal) = outline.refusal
        {
            report.unreadable = Some(Unreadable::from(&document.refused(refusal)));
        }
        report.files += outline.passed;
        let listed = self.list(numbered, &outline, style, &mut tables);
        report.unlisted += outline.total.saturating_sub(outline.items.len()) + listed.unlisted;
        report.leaves.extend(listed.leaves);
    }

    /// Says what becomes of each scalar that rules of a part meet, and counts what each rule meets.
    fn verdicts(&self, number: usize, counts: &mut Counts) -> Verdicts<'s> {
        let mut verdicts = Verdicts::new();
        for hit in self.selection.hits.iter().filter(|hit| hit.part == number) {
            let count = counts.entry(hit.rule).or_default();
            count.selects += 1;
            count.decides += usize::from(hit.role != Role::Overruled);
            let becomes = match hit.role {
                Role::Overruled | Role::Decides => continue,
                Role::Subject => Becomes::Subject,
                Role::Text => Becomes::Text,
                Role::Decoded => Becomes::Decoded,
            };
            let verdict = Verdict { becomes, class: None, rule: hit.rule };
            verdicts.entry(key(hit.span)).or_insert(verdict);
        }
        let Some(decisions) = self.decisions else {
            let refused = |each: &Occurrence<'a>| match (each.site, each.rule) {
                (Site::Field { span, .. }, Some(rule)) if each.part == number => {
                    let (becomes, class) = (Becomes::Refused, Some(each.class));
                    Some((key(span), Verdict { becomes, class, rule }))
                }
                _ => None,
            };
            verdicts.extend(self.selection.occurrences.iter().filter_map(refused));
            return verdicts;
        };
        for (occurrence, decision) in self.selection.occurrences.iter().zip(&decisions.each) {
            let (Site::Field { span, .. }, Some(rule)) = (occurrence.site, occurrence.rule) else {
                continue;
            };
            if occurrence.part == number {
                let becomes = Becomes::of(occurrence, decision, decisions);
                let class = Some(occurrence.class);
                verdicts.insert(key(span), Verdict { becomes, class, rule });
            }
        }
        verdicts
    }

    /// Lists the scalars of a part, and behind a text that is a document those of the document.
    fn list(
        &self,
        numbered: Numbered<'s, 'a>,
        outline: &Outline,
        style: Style<'_>,
        tables: &mut Tables<'_, 's>,
    ) -> Listed {
        let mut listed = Listed::default();
        let Numbered { number, part } = numbered;
        let Content::Document(document) = &part.content else { return listed };
        for item in &outline.items {
            listed.leaves.push(self.leaf(document, item, &tables.verdicts));
            let hit = self.selection.hits.iter().find(|hit| {
                hit.part == number && hit.role == Role::Decoded && hit.span == item.span
            });
            let Some((rule, Job::Json(inner))) = hit.map(|hit| (hit.rule, &hit.rule.job)) else {
                continue;
            };
            let field = document
                .fields(&self.leg.engine.bounds, self.leg.treatment.readings())
                .unwrap_or_default();
            let is_text = |field: &&Field| {
                let of = document.rules.rules.get(usize::from(field.rule));
                field.span == item.span && of.is_some_and(|of| std::ptr::eq(of, rule))
            };
            let Some(field) = field.iter().find(is_text) else { continue };
            let context = ReadContext {
                program: &inner.program,
                bounds: &self.leg.engine.bounds,
                options: document.options,
                readings: self.leg.treatment.readings(),
            };
            let at = OuterText { field, path: &item.path };
            let below = document::outline_nested(&document.source, at, context, style);
            for field in &below.blanks {
                tables.add_blank(inner, field);
            }
            listed.unlisted += below.total.saturating_sub(below.items.len());
            let leaf = |item| self.leaf(document, item, &tables.verdicts);
            let leaves = below.items.iter().map(leaf);
            listed.leaves.extend(leaves);
        }
        listed
    }

    fn leaf(&self, document: &Document<'a>, item: &Item, verdicts: &Verdicts<'_>) -> Leaf {
        let (kind, read) = match item.scalar {
            Scalar::Text | Scalar::Attribute => ("text", Some(Kind::Text)),
            Scalar::Number => ("number", Some(Kind::Number)),
            Scalar::True | Scalar::False => ("boolean", None),
            Scalar::Null => ("null", None),
        };
        let source = item.span.of(&document.source);
        let text = read.and_then(|kind| item.codec.decode(source, kind).ok());
        let characters = text.as_ref().map(|text| text.expose().chars().count());
        let found = text.map(|text| self.leg.exchange.tokenizer.find(text.expose().as_bytes()));
        let first = found.and_then(|found| found.first().map(|(_, token)| *token));
        let verdict = verdicts.get(&key(item.span));
        let ruled = !document.rules.rules.is_empty();
        let untouched = if ruled { Becomes::NotSelected } else { Becomes::NoRules };
        Leaf {
            path: item.path.clone(),
            also: item.also.clone(),
            kind,
            characters,
            becomes: verdict.map_or(untouched, |verdict| verdict.becomes),
            class: verdict.and_then(|verdict| verdict.class).map(|class| class.name.to_string()),
            rule: verdict.map(|verdict| verdict.rule.selector.to_string()),
            token: first.and_then(|token| class_name(self.leg, &token)),
        }
    }
}

/// Returns the class of a token; none when no rule file defines it.
pub(super) fn class_name(leg: &Leg<'_>, token: &Token) -> Option<String> {
    let classes = leg.exchange.generation.rules.classes();
    let class = classes.iter().find(|each| each.class.code == token.code())?;
    Some(class.class.name.to_string())
}

/// The rules of a part, told apart by where they lie.
#[derive(Clone, Copy)]
struct RulesOf<'a>(&'a PlaceRules);

impl PartialEq for RulesOf<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

fn rules_of<'x>(leg: &'x Leg<'_>, part: &'x Part<'_>) -> Option<RulesOf<'x>> {
    let phase = leg.phase();
    let rules = match (&part.content, &part.slot) {
        (Content::Document(document), _) => Some(document.rules),
        (Content::Unread, Slot::Body) => phase.body.as_ref(),
        (Content::Unread, Slot::Path) => phase.path.as_ref(),
        (Content::Unread, Slot::Query) => phase.query.as_ref(),
        (Content::Unread, Slot::Header) => phase.header.as_ref(),
        (Content::Unread, Slot::Cookie(_)) => phase.cookie.as_ref(),
        (Content::Page(_) | Content::Tokens(_), _)
        | (Content::Unread, Slot::Url(..) | Slot::Location) => None,
    };
    rules.filter(|rules| !rules.rules.is_empty()).map(RulesOf)
}

/// Adds the places that rules wait for in vain.
pub(super) fn add_absent(leg: &Leg<'_>, places: &mut Vec<PlaceReport>) {
    let phase = leg.phase();
    let all = [
        ("body", &phase.body),
        ("query", &phase.query),
        ("path", &phase.path),
        ("header", &phase.header),
        ("cookie", &phase.cookie),
    ];
    for (place, rules) in all {
        let is_known = places.iter().any(|report| report.place == place);
        match rules {
            Some(rules) if !is_known => {
                let report = PlaceReport { place, ..PlaceReport::default() };
                places.push(idle(report, rules, WhyNone::PlaceAbsent));
            }
            None if !is_known && place == "body" => {
                places.push(PlaceReport { place, ..PlaceReport::default() });
            }
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
    for place in places {
        for rule in &mut place.rules {
            let did_nothing = matches!(rule.why, Some(WhyNone::FindsNothing | WhyNone::Blank));
            let is_required = matches!(
                refused,
                Error::RequiredField { place: at } if rule.required && at.as_str() == place.place
            );
            if did_nothing && is_required {
                rule.why = Some(WhyNone::Required);
            } else if did_nothing && matches!(refused, Error::Unmatched) {
                rule.why = Some(WhyNone::Unmatched);
            }
        }
    }
}

/// Reports rules that meet nothing.
fn idle(mut report: PlaceReport, rules: &PlaceRules, why: WhyNone) -> PlaceReport {
    report.ruled = true;
    list_rules("", rules, &Counts::new(), &mut report.rules);
    for rule in &mut report.rules {
        rule.why = Some(why);
    }
    report
}

/// What rules met in a part, and what becomes of its scalars.
struct Tables<'t, 'a> {
    counts: &'t mut Counts,
    verdicts: Verdicts<'a>,
}

impl<'a> Tables<'_, 'a> {
    fn add_blank(&mut self, rules: &'a PlaceRules, field: &Field) {
        let Some(rule) = rules.rules.get(usize::from(field.rule)) else { return };
        self.counts.entry(rule).or_default().blanks += 1;
        let verdict = Verdict { becomes: Becomes::Blank, class: None, rule };
        self.verdicts.entry(key(field.span)).or_insert(verdict);
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
        let required = rule.presence == Presence::Required;
        report.push(RuleReport { selector, class, action, selects, decides, required, why });
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
