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
use crate::engine::decide::Classes;
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
use crate::engine::select::Position;
use crate::engine::select::Role;
use crate::engine::select::Selection;
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

/// What a rule has selected so far.
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

/// The report of one place while it is made.
struct Draft<'s> {
    report: PlaceReport,
    rules: Option<&'s PlaceRules>,
    counts: Counts,
    /// What becomes of the scalars of the part that is looked at.
    verdicts: HashMap<Span, Verdict<'s>>,
}

impl<'s> Draft<'s> {
    /// Adds what was selected in a part, and what becomes of it.
    fn add_selection(&mut self, selection: &'s Selection<'_>, classes: &Classes) {
        self.verdicts.clear();
        for selected in &selection.selected {
            let count = self.counts.entry(selected.rule).or_default();
            count.selects += 1;
            count.decides += usize::from(selected.role != Role::Overruled);
            let becomes = match selected.role {
                Role::Overruled | Role::Decides => continue,
                Role::Subject => Becomes::Subject,
                Role::Text => Becomes::Text,
                Role::Decoded => Becomes::Decoded,
            };
            let verdict = Verdict { becomes, class: None, rule: selected.rule };
            self.verdicts.entry(selected.field.span).or_insert(verdict);
        }
        for occurrence in &selection.occurrences {
            if let (Position::Field(Field { span, .. }), Some(rule)) =
                (&occurrence.position, occurrence.rule)
            {
                let (becomes, class) = (Becomes::of(occurrence, classes), Some(occurrence.class));
                self.verdicts.insert(*span, Verdict { becomes, class, rule });
            }
        }
    }

    /// Counts the scalars of an outline that are not listed, and those that rules select in vain.
    fn add_outline(&mut self, rules: &'s PlaceRules, outline: &Outline) {
        self.report.unlisted += outline.total.saturating_sub(outline.items.len());
        self.report.files += outline.passed;
        for field in &outline.blanks {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            self.counts.entry(rule).or_default().blanks += 1;
            let verdict = Verdict { becomes: Becomes::Blank, class: None, rule };
            self.verdicts.entry(field.span).or_insert(verdict);
        }
    }

    fn finish(mut self) -> PlaceReport {
        if let Some(rules) = self.rules {
            list_rules("", rules, &self.counts, &mut self.report.rules);
        }
        if self.report.unreadable.is_some() {
            for rule in self.report.rules.iter_mut().filter(|rule| rule.selects == 0) {
                rule.why = Some(WhyNone::Unreadable);
            }
        }
        self.report
    }
}

/// What was seen of a message, as far as it was read.
#[derive(Clone, Copy)]
pub(super) struct ReadParts<'s, 'l, 'a> {
    pub(super) leg: &'s Leg<'l>,
    pub(super) parts: &'s [Part<'a>],
    /// What may be seen of them; of nothing before that is decided.
    pub(super) classes: &'s Classes,
}

impl<'s, 'a> ReadParts<'s, '_, 'a> {
    /// Reports all places that were read. Parts that are one place to a reader are one.
    pub(super) fn places(&self, style: Style<'_>) -> Vec<PlaceReport> {
        let mut drafts: Vec<Draft<'s>> = Vec::new();
        for part in self.parts {
            if matches!(part.content, Content::Page(_) | Content::Tokens(_)) {
                continue;
            }
            let (place, rules) = (part.slot.name(), rules_of(self.leg, part));
            let is_same = |draft: &Draft<'_>| {
                draft.report.place == place
                    && draft.rules.map(std::ptr::from_ref) == rules.map(std::ptr::from_ref)
            };
            let known = drafts.iter().position(is_same).unwrap_or(drafts.len());
            if known == drafts.len() {
                let report = PlaceReport {
                    place,
                    ruled: rules.is_some(),
                    present: true,
                    ..PlaceReport::default()
                };
                let (counts, verdicts) = (Counts::new(), HashMap::new());
                drafts.push(Draft { report, rules, counts, verdicts });
            }
            if let Some(draft) = drafts.get_mut(known) {
                self.add_part(part, style, draft);
            }
        }
        drafts.into_iter().map(Draft::finish).collect()
    }

    /// Adds the scalars of a part, and behind a text that is a document those of the document.
    fn add_part(&self, part: &'s Part<'a>, style: Style<'_>, draft: &mut Draft<'s>) {
        let unreadable = match &part.outcome {
            PartOutcome::Kept(why) => Some(*why),
            PartOutcome::Refused(error) => Some(Unreadable::from(error)),
            PartOutcome::Treated => None,
        };
        let unreadable = unreadable.filter(|_| part.selection.occurrences.is_empty());
        draft.report.unreadable = draft.report.unreadable.or(unreadable);
        let Content::Document(document) = &part.content else { return };
        if part.slot == Slot::Body {
            let format = document.format().and_then(FormatName::of);
            draft.report.format = format.map(FormatName::as_str);
            draft.report.charset = Some(document.read_in().name());
        }
        let bounds = &self.leg.engine.bounds;
        let most = style.most.saturating_sub(draft.report.leaves.len());
        let outline = document.outline(bounds, Style { most, ..style });
        draft.add_selection(&part.selection, self.classes);
        draft.add_outline(document.rules, &outline);
        let refusal = outline.refusal.map(|refusal| document.refused(refusal));
        let refusal = refusal.as_ref().map(Unreadable::from);
        draft.report.unreadable = draft.report.unreadable.or(refusal);
        for item in &outline.items {
            draft.report.leaves.push(self.leaf(document, item, &draft.verdicts));
            let mut decoded =
                part.selection.selected.iter().filter_map(|each| match &each.rule.job {
                    Job::Json(inner) if each.field.span == item.span => Some((each, inner)),
                    Job::Json(_) | Job::Field { .. } | Job::Text(_) | Job::Subject => None,
                });
            let Some((text, inner)) = decoded.find(|(each, _)| each.role == Role::Decoded) else {
                continue;
            };
            let (program, options) = (&inner.program, document.options());
            let readings = self.leg.treatment.readings();
            let context = ReadContext { program, bounds, options, readings };
            let at = OuterText { field: &text.field, path: &item.path };
            let below = document::outline_nested(&document.source, at, context, style);
            draft.add_outline(inner, &below);
            for item in &below.items {
                draft.report.leaves.push(self.leaf(document, item, &draft.verdicts));
            }
        }
    }

    fn leaf(
        &self,
        document: &Document<'a>,
        item: &Item,
        verdicts: &HashMap<Span, Verdict<'_>>,
    ) -> Leaf {
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
        let verdict = verdicts.get(&item.span);
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

/// Returns the rules that look at a part.
fn rules_of<'x>(leg: &Leg<'x>, part: &Part<'x>) -> Option<&'x PlaceRules> {
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
    rules.filter(|rules| !rules.rules.is_empty())
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
