//! Which fields need what, before anybody is asked.

use std::sync::Arc;

use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::nested;
use crate::engine::error::Error;
use crate::engine::part::Part;
use crate::engine::part::Slot;
use crate::rules::Action;
use crate::rules::Job;
use crate::rules::PlaceRules;
use crate::rules::Rule;
use crate::token::Class;
use crate::token::Subject;

/// A value that a rule selected, and where it stands.
pub(super) struct Selected<'a> {
    pub(super) part: usize,
    pub(super) span: Span,
    pub(super) codec: Codec,
    pub(super) kind: Kind,
    pub(super) rule: &'a Rule,
    pub(super) class: &'a Class,
    pub(super) action: Action,
    pub(super) value: Sensitive<String>,
}

/// A text that a rule selected, in which tokens are looked for.
pub(super) struct RunningText<'a> {
    pub(super) part: usize,
    pub(super) span: Span,
    pub(super) codec: Codec,
    pub(super) classes: &'a [Arc<Class>],
    pub(super) value: Sensitive<String>,
}

impl RunningText<'_> {
    /// Whether a value stays a text in it: a text with markup was escaped for it by the application,
    /// which did not know the value.
    pub(super) fn holds(&self, value: &str) -> bool {
        !(value.contains(['<', '>', '&', '"', '\'']) && is_markup(self.value.expose()))
    }
}

/// Whether a text has tags or references. `Ada <` and a token is an address, no tag.
fn is_markup(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let behind = bytes.get(at + 1..).unwrap_or_default();
        match (byte, behind.first()) {
            (b'<', Some(next)) => {
                let token = behind.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"ck1"));
                (next.is_ascii_alphabetic() && !token) || b"/!?".contains(next)
            }
            (b'&', Some(next)) => next.is_ascii_alphabetic() || *next == b'#',
            _ => false,
        }
    })
}

/// All selected values of a message, in the order of parts and spans.
pub(super) struct Selection<'a> {
    pub(super) fields: Vec<Selected<'a>>,
    pub(super) texts: Vec<RunningText<'a>>,
    /// The person that the message names. None when it names nobody, or several: binding a value to
    /// the wrong person would show it to them, so it is bound to nobody.
    pub(super) person: Option<Sensitive<String>>,
}

impl Selection<'_> {
    /// Whose data the message is.
    pub(super) fn subject(&self) -> Subject<'_> {
        self.person.as_ref().map_or(Subject::Unbound, |person| Subject::Person(person.expose()))
    }
}

/// Finds and decodes what the rules of all parts select.
///
/// Where several rules hit one value, the first of the place's rules wins; `rules` orders them by
/// specificity. Refuses what the document engine refuses.
pub(super) fn select_all<'a>(parts: &[Part<'a>], bounds: &Bounds) -> Result<Selection<'a>, Error> {
    let mut picker =
        Picker { bounds, fields: Vec::new(), texts: Vec::new(), subjects: Subjects::None };
    for (index, part) in parts.iter().enumerate() {
        let first = picker.fields.len();
        picker.pick(index, part, (part.rules, part.fields(bounds)?))?;
        // Fields of documents in documents come in the turn of the text that they are in.
        if let Some(new) = picker.fields.get_mut(first..)
            && !new.is_sorted_by_key(|field| field.span.start())
        {
            new.sort_by_key(|field| field.span.start());
        }
    }
    let person = picker.subjects.into_person();
    Ok(Selection { fields: picker.fields, texts: picker.texts, person })
}

/// Collects what is selected.
struct Picker<'a, 'b> {
    bounds: &'b Bounds,
    fields: Vec<Selected<'a>>,
    texts: Vec<RunningText<'a>>,
    subjects: Subjects,
}

impl<'a> Picker<'a, '_> {
    fn pick(
        &mut self,
        index: usize,
        part: &Part<'a>,
        (rules, found): (&'a PlaceRules, Vec<Field>),
    ) -> Result<(), Error> {
        let mut last: Option<Span> = None;
        for field in found {
            let Some(rule) = rules.rules.get(usize::from(field.rule)) else { continue };
            let (class, action) = match &rule.job {
                Job::Field { class, action } => (class.as_ref(), *action),
                Job::Subject if matches!(part.slot, Slot::Url(..)) => continue,
                Job::Subject => {
                    self.subjects.add(decode(&field, part)?);
                    continue;
                }
                Job::Text(_) | Job::Json(_) if last == Some(field.span) => continue,
                Job::Text(classes) => {
                    last = Some(field.span);
                    let value = decode(&field, part)?;
                    let Field { span, codec, .. } = field;
                    self.texts.push(RunningText { part: index, span, codec, classes, value });
                    continue;
                }
                Job::Json(inner) => {
                    last = Some(field.span);
                    let found = inside(&field, part, inner, self.bounds)?;
                    self.pick(index, part, (inner, found))?;
                    continue;
                }
            };
            if last == Some(field.span) {
                continue;
            }
            last = Some(field.span);
            let value = decode(&field, part)?;
            let Field { span, codec, kind, .. } = field;
            self.fields.push(Selected {
                part: index,
                span,
                codec,
                kind,
                rule,
                class,
                action,
                value,
            });
        }
        Ok(())
    }
}

/// Finds the fields of a JSON text in a field. An empty text holds none.
pub(super) fn inside(
    field: &Field,
    part: &Part<'_>,
    inner: &PlaceRules,
    bounds: &Bounds,
) -> Result<Vec<Field>, Error> {
    if decode(field, part)?.expose().trim().is_empty() {
        return Ok(Vec::new());
    }
    let (program, options, readings) = (&inner.program, part.options, Readings::All);
    let context = ReadContext { program, bounds, options, readings };
    nested(&part.source, field, context).map_err(|refusal| part.refused(refusal))
}

fn decode(field: &Field, part: &Part<'_>) -> Result<Sensitive<String>, Error> {
    field
        .codec
        .decode(field.span.of(&part.source), field.kind)
        .map_err(|refusal| part.refused(refusal))
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
