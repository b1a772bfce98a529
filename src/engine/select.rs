//! What rules select in the parts of a message, before anybody is asked.

use std::rc::Rc;
use std::sync::Arc;

use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::base::StoreKey;
use crate::document;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::html;
use crate::document::nested;
use crate::engine::decide::Decision;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::Reading;
use crate::engine::read::Slot;
use crate::engine::unselected;
use crate::net::Held;
use crate::net::unpack;
use crate::rules::Action;
use crate::rules::Job;
use crate::rules::PlaceRules;
use crate::rules::Rule;
use crate::token::Class;
use crate::token::Token;

/// What a selected field takes until its message has been written: itself, its occurrence, its value, the token
/// and the record; measured, for values of 30 bytes.
const PER_FIELD: usize = 640;

/// A value or a token that a rule selected, and where it stands. It goes with its part from step to step,
/// and each adds what it finds out.
pub(super) struct Occurrence<'a> {
    pub(super) position: Position,
    /// The rule that decides; none for a token in a page, where a list of classes does.
    pub(super) rule: Option<&'a Rule>,
    pub(super) class: &'a Class,
    pub(super) value: Found,
    /// What becomes of it; none before `decide`.
    pub(super) decision: Option<Decision>,
    /// Tokens in it that may pass only into a record of a person whom their own records belong to.
    pub(super) planted: Vec<Token>,
    /// What takes its place, from `record`; none where it stays.
    pub(super) replacement: Option<Replacement>,
}

/// What stands at a position.
pub(super) enum Found {
    /// A text or a number. On a leg that protects it may be a token, which is looked at there.
    Value(Sensitive<String>),
    /// A token, on a leg that reveals.
    Token(Token),
}

/// What takes the place of an occurrence.
pub(super) enum Replacement {
    /// A token or a mask, spelled as its class is.
    Spelled(String),
    /// What is shown of the record that lies there, which nobody has before it is released.
    Shown(StoreKey),
}

/// Where an occurrence stands, and so how a value is written there.
#[derive(Clone)]
pub(super) enum Position {
    /// It is a whole field of a document.
    Field(Field),
    /// It is inside a text of a document.
    Inside { text: Rc<InlineText>, at: Span, site: document::Site, options: html::Options },
    /// It stays, somewhere in a part.
    Somewhere,
    /// It is the token of a page with this number.
    Page { token: usize, site: document::Site, options: html::Options },
}

impl Occurrence<'_> {
    /// Returns whether a text or a number stands there.
    pub(super) fn kind(&self) -> Kind {
        match self.position {
            Position::Field(field) => field.kind,
            Position::Inside { .. } | Position::Page { .. } | Position::Somewhere => Kind::Text,
        }
    }

    /// Returns what its rule does to it; tokens that no field rule selects are revealed.
    pub(super) fn action(&self) -> Action {
        match self.rule.map(|rule| &rule.job) {
            Some(Job::Field { action, .. }) => *action,
            Some(Job::Text(_) | Job::Json(_) | Job::Subject) | None => Action::Reveal,
        }
    }

    /// Returns the token that the caller is to see the value of.
    pub(super) fn token_to_reveal(&self) -> Option<Token> {
        match (&self.decision, &self.value) {
            (Some(Decision::Reveal), Found::Token(token)) => Some(*token),
            (_, Found::Token(_) | Found::Value(_)) => None,
        }
    }
}

/// A text that a rule selected, in which tokens stand anywhere.
pub(super) struct InlineText {
    pub(super) field: Field,
    pub(super) value: Sensitive<String>,
}

/// What one rule selected in a part: exact, for everybody who counts.
pub(super) struct Selected<'a> {
    pub(super) rule: &'a Rule,
    pub(super) field: Field,
    pub(super) role: Role,
}

/// What a rule is to a value that it selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It decides what becomes of it.
    Decides,
    /// A more specific rule does.
    Overruled,
    /// It names the data subject.
    Subject,
    /// It is a text in which tokens are looked for.
    Text,
    /// It is a document of its own.
    Decoded,
}

/// Everything that rules select in a part.
#[derive(Default)]
pub(super) struct Selection<'a> {
    /// In the order of their places.
    pub(super) occurrences: Vec<Occurrence<'a>>,
    pub(super) selected: Vec<Selected<'a>>,
    /// The memory of all this, as long as it is here.
    held: Option<Held>,
}

/// Returns the occurrences of all parts that are treated: those of the others stay as they came.
pub(super) fn treated<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p Occurrence<'a>> {
    parts.iter().filter(|part| part.is_treated()).flat_map(|part| &part.selection.occurrences)
}

/// Returns the same occurrences as [`treated`], for a step that adds something to them.
pub(super) fn treated_mut<'p, 'a>(
    parts: &'p mut [Part<'a>],
) -> impl Iterator<Item = &'p mut Occurrence<'a>> {
    let parts = parts.iter_mut().filter(|part| part.is_treated());
    parts.flat_map(|part| &mut part.selection.occurrences)
}

/// Finds and decodes what the rules of all parts select. A part that cannot be read has that as its
/// outcome. Returns whose data the message is: nobody's when it names nobody, or several, as binding a
/// value to the wrong person would show it to them.
///
/// Where several rules select one value, the first of the place's rules decides; `rules` orders them by
/// specificity.
pub(super) fn select<'a>(leg: &Leg<'a>, parts: &mut [Part<'a>]) -> Option<Sensitive<String>> {
    let mut subjects = Subjects::None;
    for part in parts {
        let mut selection = Selection::default();
        let done = match &part.content {
            Content::Document(document) => {
                let (slot, subjects) = (&part.slot, &mut subjects);
                Picker { leg, slot, document, selection: &mut selection, subjects, fields: 0 }.run()
            }
            Content::Page(page) => {
                selection.add_page(page);
                Ok(())
            }
            Content::Tokens(tokens) => {
                selection.add_unselected(leg, tokens);
                Ok(())
            }
            Content::Unread => Ok(()),
        };
        match done {
            Ok(()) => part.selection = selection.sorted(),
            Err(error) => part.outcome = leg.outcome_of(error),
        }
    }
    subjects.into_person()
}

impl<'a> Selection<'a> {
    fn add(&mut self, position: Position, rule: Option<&'a Rule>, class: &'a Class, value: Found) {
        let (decision, planted, replacement) = (None, Vec::new(), None);
        let occurrence =
            Occurrence { position, rule, class, value, decision, planted, replacement };
        self.occurrences.push(occurrence);
    }

    /// Adds tokens that stand where no rule selects them.
    fn add_unselected(&mut self, leg: &Leg<'a>, tokens: &[Token]) {
        let classes = leg.exchange.generation.rules.classes();
        for token in tokens {
            if let Some(each) = classes.iter().find(|each| each.class.code == token.code()) {
                self.add(Position::Somewhere, None, &each.class, Found::Token(*token));
            }
        }
    }

    /// Adds the tokens of a page that are of the classes of its rules.
    fn add_page(&mut self, page: &Page<'a>) {
        for (token, (found, class)) in page.tokens().enumerate() {
            if let Some(class) = class {
                let position = Position::Page { token, site: found.site, options: page.options };
                self.add(position, None, class, Found::Token(found.token));
            }
        }
    }

    /// Puts the occurrences in the order of their places: those of a document in a text come in the turn of
    /// that text.
    fn sorted(mut self) -> Self {
        let start = |each: &Occurrence<'_>| match &each.position {
            Position::Field(field) => field.span.start(),
            Position::Inside { text, .. } => text.field.span.start(),
            Position::Page { .. } | Position::Somewhere => 0,
        };
        if !self.occurrences.is_sorted_by_key(start) {
            self.occurrences.sort_by_key(start);
        }
        self
    }
}

/// Counts so many bytes against the memory of all, and of this caller; a few are free.
fn held(leg: &Leg<'_>, bytes: usize) -> Result<Option<Held>, Error> {
    let memory = (bytes > unpack::FREE).then(|| leg.exchange.memory(&leg.engine.memory));
    memory.map(|memory| memory.hold(bytes).map_err(Error::no_memory)).transpose()
}

/// Picks what rules select in one document.
struct Picker<'p, 'a> {
    leg: &'p Leg<'a>,
    slot: &'p Slot,
    document: &'p Document<'a>,
    selection: &'p mut Selection<'a>,
    subjects: &'p mut Subjects,
    fields: usize,
}

impl<'a> Picker<'_, 'a> {
    /// Counts the memory of fields before it is taken.
    fn count(&mut self, fields: usize) -> Result<(), Error> {
        self.fields += fields;
        let bytes = self.fields.saturating_mul(PER_FIELD);
        match &mut self.selection.held {
            Some(held) => held.resize(bytes).map_err(Error::no_memory),
            none => held(self.leg, bytes).map(|held| *none = held),
        }
    }

    fn run(mut self) -> Result<(), Error> {
        let (leg, document) = (self.leg, self.document);
        let bytes = document.bytes_to_read(&leg.engine.bounds);
        let reading = held(leg, bytes)?;
        let found = document.fields(&leg.engine.bounds, leg.treatment.readings())?;
        drop(reading);
        self.pick(document.rules, found)?;
        if unselected::is_searched(leg) {
            let selected = self.selection.selected.iter();
            let decided = selected.filter(|each| each.role == Role::Decides);
            let mut spans: Vec<Span> = decided.map(|each| each.field.span).collect();
            spans.sort_unstable_by_key(|span| span.start());
            let pieces = between(&document.source, &spans);
            let tokens = leg.exchange.tokenizer.find_spelled(pieces);
            self.selection.add_unselected(leg, &tokens);
        }
        Ok(())
    }

    fn pick(&mut self, rules: &'a PlaceRules, found: Vec<Field>) -> Result<(), Error> {
        self.count(found.len())?;
        let mut last: Option<Span> = None;
        for field in found {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            let its_role = match &rule.job {
                Job::Subject if matches!(self.slot, Slot::Url(..)) => Role::Overruled,
                Job::Subject => Role::Subject,
                Job::Field { .. } | Job::Text(_) | Job::Json(_) if last == Some(field.span) => {
                    Role::Overruled
                }
                Job::Field { .. } => Role::Decides,
                Job::Text(_) => Role::Text,
                Job::Json(_) => Role::Decoded,
            };
            self.selection.selected.push(Selected { rule, field, role: its_role });
            if its_role == Role::Overruled {
                continue;
            }
            let value = field.codec.decode(field.span.of(&self.document.source), field.kind);
            let value = value.map_err(|refusal| self.document.refused(refusal))?;
            match &rule.job {
                Job::Subject => {
                    self.subjects.add(value);
                    continue;
                }
                Job::Field { class, .. } => self.add_field(rule, field, class, value),
                Job::Text(classes) => self.add_text(rule, field, classes, value),
                Job::Json(_) if value.expose().trim().is_empty() => {}
                Job::Json(inner) => {
                    let (options, bounds) = (self.document.options(), &self.leg.engine.bounds);
                    let (program, readings) = (&inner.program, self.leg.treatment.readings());
                    let context = ReadContext { program, bounds, options, readings };
                    let found = nested(&self.document.source, &field, context);
                    self.pick(inner, found.map_err(|refusal| self.document.refused(refusal))?)?;
                }
            }
            last = Some(field.span);
        }
        Ok(())
    }

    fn add_field(
        &mut self,
        rule: &'a Rule,
        field: Field,
        class: &'a Class,
        value: Sensitive<String>,
    ) {
        let token = match self.leg.treatment {
            Treatment::Reveal => self.leg.exchange.tokenizer.recognise(value.expose()),
            Treatment::Protect => None,
        };
        let value = token.map_or(Found::Value(value), Found::Token);
        self.selection.add(Position::Field(field), Some(rule), class, value);
    }

    /// Adds the tokens in a text that are of the classes of its rule.
    fn add_text(
        &mut self,
        rule: &'a Rule,
        field: Field,
        classes: &'a [Arc<Class>],
        value: Sensitive<String>,
    ) {
        let exchange = self.leg.exchange;
        let header = match &self.document.reading {
            Reading::Header(headers) => headers.name_at(field.span),
            Reading::Document(_) | Reading::Within(..) | Reading::Path(_) | Reading::Read(_) => {
                None
            }
        };
        let text = Rc::new(InlineText { field, value });
        let options = html::Options {
            charset: html::Charset::Utf8,
            urls: exchange.route.options.charset(),
            language: html::Language::Plain,
        };
        let recognise = |text: &str| exchange.tokenizer.recognise(text);
        for found in
            document::tokens_in(text.value.expose().as_bytes(), header, &exchange.host, recognise)
        {
            let html::PlacedToken { span: at, site, token } = found;
            if let Some(class) = classes.iter().find(|class| class.code == token.code()) {
                let position = Position::Inside { text: Rc::clone(&text), at, site, options };
                self.selection.add(position, Some(rule), class, Found::Token(token));
            }
        }
    }
}

/// Returns what of a document stands between these spans, which ascend.
fn between<'d>(source: &'d [u8], spans: &[Span]) -> impl Iterator<Item = &'d [u8]> {
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let starts = std::iter::once(0).chain(spans.iter().map(move |span| place(span.end())));
    let ends = spans.iter().map(move |span| place(span.start())).chain([source.len()]);
    starts.zip(ends).filter_map(|(start, end)| source.get(start..end))
}

/// The different subjects seen so far.
enum Subjects {
    None,
    One(Sensitive<String>),
    Several,
}

impl Subjects {
    fn add(&mut self, subject: Sensitive<String>) {
        match self {
            Self::None if !subject.expose().is_empty() => *self = Self::One(subject),
            Self::One(known) if known.expose() != subject.expose() => *self = Self::Several,
            Self::None | Self::One(_) | Self::Several => {}
        }
    }

    fn into_person(self) -> Option<Sensitive<String>> {
        match self {
            Self::One(subject) => Some(subject),
            Self::None | Self::Several => None,
        }
    }
}
