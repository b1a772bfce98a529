//! What rules select in the parts of a message, before anybody is asked.

use std::sync::Arc;

use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::document;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::html;
use crate::document::nested;
use crate::engine::decide::Decision;
use crate::engine::decide::Decisions;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Reading;
use crate::engine::read::Slot;
use crate::engine::read::unpack;
use crate::engine::sentinel::Original;
use crate::engine::unselected;
use crate::engine::write::Written;
use crate::rules::Action;
use crate::rules::Job;
use crate::rules::PlaceRules;
use crate::rules::Rule;
use crate::token::Class;
use crate::token::Subject;
use crate::token::Token;

/// A value or a token that a rule selected, and where it stands.
pub(super) struct Occurrence<'a> {
    /// Which of the parts it is in.
    pub(super) part: usize,
    pub(super) site: Site,
    /// The rule that decides; none for a token in a page, where a list of classes does.
    pub(super) rule: Option<&'a Rule>,
    pub(super) class: &'a Class,
    pub(super) action: Action,
    pub(super) content: Found,
}

/// What stands at a site.
pub(super) enum Found {
    /// A text or a number. On a leg that protects it may be a token, which is looked at there.
    Value(Sensitive<String>),
    /// A token, on a leg that reveals.
    Token(Token),
}

/// Where an occurrence stands, and so how a value is written there.
#[derive(Clone, Copy)]
pub(super) enum Site {
    /// It is a whole field of a document.
    Field { span: Span, codec: Codec, kind: Kind },
    /// It is inside the text of a document with this number.
    Inside { text: usize, at: Span, site: document::Site, options: html::Options },
    /// It stays, somewhere in a part.
    Somewhere,
    /// It is the token of a page with this number.
    Page { hit: usize, site: document::Site, options: html::Options },
}

/// A text that a rule selected, in which tokens stand anywhere.
pub(super) struct InlineText {
    pub(super) span: Span,
    pub(super) codec: Codec,
    pub(super) value: Sensitive<String>,
}

/// What one rule met in a part: exact, for everybody who counts.
pub(super) struct Hit<'a> {
    pub(super) part: usize,
    pub(super) rule: &'a Rule,
    pub(super) span: Span,
    pub(super) role: Role,
}

/// What a rule is to a value that it met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
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

/// Everything that rules select in a message, in the order of parts and places.
pub(super) struct Selection<'a> {
    pub(super) occurrences: Vec<Occurrence<'a>>,
    pub(super) texts: Vec<InlineText>,
    pub(super) hits: Vec<Hit<'a>>,
    person: Option<Sensitive<String>>,
}

impl<'a> Selection<'a> {
    /// Returns whose data the message is. Nobody's when it names nobody, or several: binding a value to
    /// the wrong person would show it to them.
    pub(super) fn subject(&self) -> Subject<'_> {
        self.person.as_ref().map_or(Subject::Unbound, |person| Subject::Person(person.expose()))
    }

    /// Returns the values that were taken out, and shall stand nowhere else.
    pub(super) fn originals(
        &self,
        decisions: &Decisions,
        parts: &[Written],
    ) -> Vec<Original<'a, '_>> {
        let goes_on = |occurrence: &Occurrence<'_>| {
            let part = parts.get(occurrence.part);
            part.is_some_and(|part| matches!(part.outcome, PartOutcome::Treated))
        };
        let all = self.occurrences.iter().zip(&decisions.each);
        let all = all.filter(|(occurrence, _)| goes_on(occurrence));
        let taken =
            all.filter_map(|(occurrence, decision)| match (decision, &occurrence.content) {
                (
                    Decision::Store | Decision::Write(_) | Decision::Lookup(_),
                    Found::Value(value),
                ) => Some(Original { class: occurrence.class, value: value.expose() }),
                (
                    Decision::Store
                    | Decision::Write(_)
                    | Decision::Lookup(_)
                    | Decision::Token(_)
                    | Decision::Reveal
                    | Decision::Keep(_)
                    | Decision::Refuse(_),
                    _,
                ) => None,
            });
        taken.collect()
    }
}

/// Finds and decodes what the rules of all parts select. A part that cannot be read has that as its
/// outcome.
///
/// Where several rules hit one value, the first of the place's rules decides; `rules` orders them by
/// specificity.
pub(super) fn select<'a>(leg: &Leg<'a>, parts: &mut [Part<'a>]) -> Selection<'a> {
    let mut picker = Picker {
        leg: *leg,
        selection: Selection {
            occurrences: Vec::new(),
            texts: Vec::new(),
            hits: Vec::new(),
            person: None,
        },
        subjects: Subjects::None,
    };
    for (index, part) in parts.iter_mut().enumerate() {
        let (first, first_hit) = (picker.selection.occurrences.len(), picker.selection.hits.len());
        let done = match &part.content {
            Content::Document(document) => picker.document(index, &part.slot, document),
            Content::Page(page) => {
                picker.page(index, page);
                Ok(())
            }
            Content::Tokens(tokens) => {
                picker.somewhere(index, tokens.clone());
                Ok(())
            }
            Content::Unread => Ok(()),
        };
        if let Err(error) = done {
            picker.selection.occurrences.truncate(first);
            picker.selection.hits.truncate(first_hit);
            part.outcome = leg.outcome_of(error);
        }
        picker.sort(first);
    }
    let Picker { mut selection, subjects, .. } = picker;
    selection.person = subjects.into_person();
    selection
}

/// Collects what is selected.
struct Picker<'a> {
    leg: Leg<'a>,
    selection: Selection<'a>,
    subjects: Subjects,
}

impl<'a> Picker<'a> {
    fn document(
        &mut self,
        index: usize,
        slot: &Slot,
        document: &Document<'a>,
    ) -> Result<(), Error> {
        let (engine, bounds) = (self.leg.engine, &self.leg.engine.bounds);
        let bytes = document.bytes_to_read(bounds);
        let _held = if bytes > unpack::FREE {
            let memory = self.leg.exchange.memory(&engine.memory);
            Some(memory.hold(bytes).map_err(unpack::busy)?)
        } else {
            None
        };
        let readings = self.leg.treatment.readings();
        let found = document.fields(bounds, readings)?;
        let first = self.selection.hits.len();
        self.pick(&Picked { index, slot, document, readings }, document.rules, found)?;
        if unselected::is_searched(&self.leg) {
            let hits = self.selection.hits.get(first..).unwrap_or_default();
            let mut selected: Vec<Span> =
                hits.iter().filter(|hit| hit.role == Role::Decides).map(|hit| hit.span).collect();
            selected.sort_unstable_by_key(|span| span.start());
            let pieces = between(&document.source, &selected);
            let tokens = unselected::tokens_in(self.leg.exchange.tokenizer, pieces);
            self.somewhere(index, tokens);
        }
        Ok(())
    }

    /// Adds tokens that stand where no rule selects them.
    fn somewhere(&mut self, part: usize, tokens: Vec<Token>) {
        let classes = self.leg.exchange.generation.rules.classes();
        for token in tokens {
            let class = classes.iter().find(|each| each.class.code == token.code());
            self.selection.occurrences.extend(class.map(|each| Occurrence {
                part,
                site: Site::Somewhere,
                rule: None,
                class: each.class.as_ref(),
                action: Action::Tokenize,
                content: Found::Token(token),
            }));
        }
    }

    fn pick(
        &mut self,
        from: &Picked<'_, 'a>,
        rules: &'a PlaceRules,
        found: Vec<Field>,
    ) -> Result<(), Error> {
        let mut last: Option<Span> = None;
        for field in found {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            let duty = match &rule.job {
                Job::Subject if matches!(from.slot, Slot::Url(..)) => Role::Overruled,
                Job::Subject => Role::Subject,
                Job::Field { .. } | Job::Text(_) | Job::Json(_) if last == Some(field.span) => {
                    Role::Overruled
                }
                Job::Field { .. } => Role::Decides,
                Job::Text(_) => Role::Text,
                Job::Json(_) => Role::Decoded,
            };
            let part = from.index;
            self.selection.hits.push(Hit { part, rule, span: field.span, role: duty });
            if duty == Role::Overruled {
                continue;
            }
            let value = from.decode(&field)?;
            match &rule.job {
                Job::Subject => {
                    self.subjects.add(value);
                    continue;
                }
                Job::Field { class, action } => {
                    self.field(Selected { part, rule, field, value }, class, *action);
                }
                Job::Text(classes) => {
                    let name = from.header_name(field.span);
                    self.inside(Selected { part, rule, field, value }, name, classes);
                }
                Job::Json(inner) => {
                    let found = from.nested(&field, &value, inner, &self.leg.engine.bounds)?;
                    self.pick(from, inner, found)?;
                }
            }
            last = Some(field.span);
        }
        Ok(())
    }

    fn field(&mut self, selected: Selected<'a>, class: &'a Class, action: Action) {
        let Selected { part, rule, field: Field { span, codec, kind, .. }, value } = selected;
        let token = match self.leg.treatment {
            Treatment::Reveal => self.leg.exchange.tokenizer.recognise(value.expose()),
            Treatment::Protect => None,
        };
        self.selection.occurrences.push(Occurrence {
            part,
            site: Site::Field { span, codec, kind },
            rule: Some(rule),
            class,
            action,
            content: token.map_or(Found::Value(value), Found::Token),
        });
    }

    /// Adds the tokens in a text that are of the classes of its rule; `header` is the name of the field that
    /// it is the value of.
    fn inside(&mut self, selected: Selected<'a>, header: Option<&str>, classes: &'a [Arc<Class>]) {
        let Selected { part, rule, field: Field { span, codec, .. }, value } = selected;
        let exchange = self.leg.exchange;
        let (text, bytes) = (self.selection.texts.len(), value.expose().as_bytes());
        let options = html::Options {
            charset: html::Charset::Utf8,
            urls: exchange.route.options.charset(),
            language: html::Language::Plain,
        };
        let recognise = |text: &str| exchange.tokenizer.recognise(text);
        for hit in document::tokens_in(bytes, header, exchange.host, recognise) {
            let html::Hit { span: at, site, token } = hit;
            let class = classes.iter().find(|class| class.code == token.code());
            self.selection.occurrences.extend(class.map(|class| Occurrence {
                part,
                site: Site::Inside { text, at, site, options },
                rule: Some(rule),
                class,
                action: Action::Reveal,
                content: Found::Token(token),
            }));
        }
        self.selection.texts.push(InlineText { span, codec, value });
    }

    fn page(&mut self, part: usize, page: &Page<'a>) {
        for (hit, (found, class)) in page.hits().enumerate() {
            self.selection.occurrences.extend(class.map(|class| Occurrence {
                part,
                site: Site::Page { hit, site: found.site, options: page.options },
                rule: None,
                class,
                action: Action::Reveal,
                content: Found::Token(found.token),
            }));
        }
    }

    /// Puts the occurrences of a part in the order of their places: those of a document in a text come
    /// in the turn of that text.
    fn sort(&mut self, first: usize) {
        let texts = &self.selection.texts;
        let start = |each: &Occurrence<'_>| match each.site {
            Site::Field { span, .. } => span.start(),
            Site::Inside { text, .. } => texts.get(text).map_or(0, |text| text.span.start()),
            Site::Page { .. } | Site::Somewhere => 0,
        };
        if let Some(new) = self.selection.occurrences.get_mut(first..)
            && !new.is_sorted_by_key(start)
        {
            new.sort_by_key(start);
        }
    }
}

/// Returns what of a document stands between these spans, which ascend.
fn between<'d>(source: &'d [u8], spans: &[Span]) -> impl Iterator<Item = &'d [u8]> {
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let starts = std::iter::once(0).chain(spans.iter().map(move |span| place(span.end())));
    let ends = spans.iter().map(move |span| place(span.start())).chain([source.len()]);
    starts
        .zip(ends)
        .filter_map(|(start, end)| source.get(start..end))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A field that a rule decides about.
struct Selected<'a> {
    part: usize,
    rule: &'a Rule,
    field: Field,
    value: Sensitive<String>,
}

/// The part that fields are picked from.
struct Picked<'p, 'a> {
    index: usize,
    slot: &'p Slot,
    document: &'p Document<'a>,
    readings: Readings,
}

impl Picked<'_, '_> {
    fn decode(&self, field: &Field) -> Result<Sensitive<String>, Error> {
        let text = field.codec.decode(field.span.of(&self.document.source), field.kind);
        text.map_err(|refusal| self.document.refused(refusal))
    }

    /// Returns the name of the header field that a field is the value of.
    fn header_name(&self, span: Span) -> Option<&str> {
        match &self.document.reading {
            Reading::Header(headers) => headers.name_at(span),
            Reading::Document(_) | Reading::Within(..) | Reading::Path(_) | Reading::Read(_) => {
                None
            }
        }
    }

    /// Finds the fields of a JSON text in a field. An empty text holds none.
    fn nested(
        &self,
        field: &Field,
        text: &Sensitive<String>,
        inner: &PlaceRules,
        bounds: &Bounds,
    ) -> Result<Vec<Field>, Error> {
        if text.expose().trim().is_empty() {
            return Ok(Vec::new());
        }
        let (program, options) = (&inner.program, self.document.options);
        let context = ReadContext { program, bounds, options, readings: self.readings };
        nested(&self.document.source, field, context)
            .map_err(|refusal| self.document.refused(refusal))
    }
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
