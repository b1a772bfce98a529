//! What becomes of each occurrence: policies and what callers were shown are asked, nobody else.

mod admit;
mod visibility;

use std::collections::BTreeMap;

use crate::base::ClassCode;
use crate::engine::decide::admit::Passage;
use crate::engine::decide::admit::Several;
use crate::engine::decide::admit::admit;
use crate::engine::decide::admit::admit_somewhere;
use crate::engine::decide::admit::passage_of_shown;
use crate::engine::decide::admit::several;
use crate::engine::decide::admit::unmasked;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::select::Found;
use crate::engine::select::Occurrence;
use crate::rules::Action;
use crate::rules::Storage;
use crate::token::Class;
use crate::token::Token;

pub(crate) use visibility::ClassDecision;
pub(in crate::engine) use visibility::Visibility;

/// What stands in the place of a value that a rule redacts.
const REDACTED: &str = "[redacted]";

/// What becomes of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) enum Decision {
    /// It stays as it came.
    Keep(Why),
    /// The message must not go on with it.
    Refuse(Submitted),
    /// This text takes its place, for good.
    Write(String),
    /// This token takes its place: it is the mask that the caller was shown for it.
    Token(Token),
    /// The token that it has or would have takes its place; it is not stored.
    Lookup(Token),
    /// The token of the value takes its place, once it is stored.
    Store,
    /// What the caller may see of it takes its place, once that is on record.
    Reveal,
}

/// Why an occurrence stays as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// There is nothing to protect.
    Empty,
    /// It is one token or several, which may pass.
    Token,
    /// It was masked or redacted before.
    Done,
    /// What a rule reveals is no token.
    NoToken,
    /// It is a token of another class than the rule's.
    OtherClass,
}

/// What a client sent in the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// A token that it may not send.
    Token,
    /// A mask that stands for no one value that it was shown.
    Mask,
}

impl Submitted {
    fn error(self, class: &Class) -> Error {
        let class = class.name.clone();
        match self {
            Self::Token => Error::TokenSubmitted { class },
            Self::Mask => Error::MaskSubmitted { class },
        }
    }
}

/// What the caller may see of each class that is to be revealed.
pub(crate) type Classes = BTreeMap<ClassCode, ClassDecision>;

/// Decides for each occurrence. What must not go on refuses its part.
pub(in crate::engine) fn decide<'a>(leg: &Leg<'a>, parts: &mut [Part<'a>]) -> Classes {
    let mut classes = Classes::new();
    for part in parts {
        for occurrence in &mut part.selection.occurrences {
            let decision = match leg.treatment {
                Treatment::Reveal => reveal(leg, occurrence, &mut classes),
                Treatment::Protect => protect(leg, occurrence),
            };
            if let (Decision::Refuse(submitted), PartOutcome::Treated) = (&decision, &part.outcome)
            {
                part.outcome = leg.outcome_of(submitted.error(occurrence.class));
            }
            occurrence.decision = Some(decision);
        }
    }
    classes
}

fn reveal(leg: &Leg<'_>, occurrence: &Occurrence<'_>, classes: &mut Classes) -> Decision {
    let class = occurrence.class;
    match &occurrence.value {
        Found::Value(_) => Decision::Keep(Why::NoToken),
        Found::Token(token) if token.code() != class.code => Decision::Keep(Why::OtherClass),
        Found::Token(_) => {
            let exchange = leg.exchange;
            let decide = || exchange.decide(leg.engine, &class.name);
            classes.entry(class.code).or_insert_with(decide);
            Decision::Reveal
        }
    }
}

/// Decides about a value, or what stands in its place.
fn protect(leg: &Leg<'_>, occurrence: &mut Occurrence<'_>) -> Decision {
    let (kind, action) = (occurrence.kind(), occurrence.action());
    let mut passes = |token, passage, decision| match passage {
        Passage::Free => decision,
        Passage::SameSubject => {
            occurrence.planted.push(token);
            decision
        }
        Passage::Closed => Decision::Refuse(Submitted::Token),
    };
    let value = match &occurrence.value {
        Found::Value(value) => value,
        Found::Token(token) => {
            let passage = admit_somewhere(leg, occurrence.class, token);
            return passes(*token, passage, Decision::Keep(Why::Token));
        }
    };
    let (class, value) = (occurrence.class, value.expose().as_str());
    if value.is_empty() {
        return Decision::Keep(Why::Empty);
    }
    // A token is no better than a value in a field of which nothing is kept.
    let written = match action {
        Action::Tokenize | Action::Reveal => None,
        Action::Mask if class.mask.gives(value) => return Decision::Keep(Why::Done),
        Action::Mask => Some(class.mask.apply(value)),
        Action::Redact => Some(String::from(REDACTED)),
    };
    if let Some(written) = written {
        let same = written == value;
        return if same { Decision::Keep(Why::Done) } else { Decision::Write(written) };
    }
    if let Some(token) = leg.exchange.tokenizer.recognise(value) {
        return passes(token, admit(leg, class, &token), Decision::Keep(Why::Token));
    }
    match several(leg, value) {
        Some(Several::Tokens(tokens)) => {
            let kept = |token| passes(token, admit(leg, class, &token), Decision::Keep(Why::Token));
            let refused =
                tokens.into_iter().map(kept).find(|each| matches!(each, Decision::Refuse(_)));
            return refused.unwrap_or(Decision::Keep(Why::Token));
        }
        Some(Several::AndMore) => return Decision::Refuse(Submitted::Token),
        None => {}
    }
    match unmasked(leg, class, value) {
        Ok(None) if occurrence.rule.is_some_and(|rule| rule.storage == Storage::LookUp) => {
            Decision::Lookup(leg.exchange.tokenizer.derive(class, value, kind, 0).token)
        }
        Ok(None) => Decision::Store,
        Ok(Some(token)) => passes(token, passage_of_shown(leg, class), Decision::Token(token)),
        Err(submitted) => Decision::Refuse(submitted),
    }
}
