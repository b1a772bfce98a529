//! What becomes of a value, in one word.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::authz;
use crate::base::ClassCode;
use crate::engine::Engine;
use crate::engine::ExplainedExchange;
use crate::engine::view::Classes;
use crate::engine::view::Decided;
use crate::engine::view::Submitted;
use crate::engine::view::Why;
use crate::rules::Action;
use crate::rules::Phase;
use crate::token::Class;

/// What becomes of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Becomes {
    /// No rule of the place selects it: it stays.
    NotSelected,
    /// The route has no rules for the place: it stays.
    NoRules,
    /// `null`, `true` or `false`, which no rule can replace: it stays.
    Blank,
    Empty,
    /// It names the data subject: it stays.
    Subject,
    /// It is a text: tokens in it become what policies permit.
    Text,
    /// It is a document of its own, whose scalars follow.
    Decoded,
    Token,
    /// The token that it stands for: it is a mask that the caller was shown.
    TokenOfMask,
    /// It is a token already, and stays.
    SameToken,
    /// A token that this caller may not send: the message is refused.
    TokenRefused,
    /// A mask that stands for no value: the message is refused.
    MaskRefused,
    Mask,
    Redacted,
    /// It was masked or redacted before, and stays.
    Kept,
    /// The value that the token stands for.
    Value,
    /// The mask of the value that the token stands for.
    MaskShown,
    /// No policy lets this caller see its value: it stays a token.
    TokenStays,
    /// A token of another class than the rule's: it stays.
    OtherClass,
    /// A rule selects it, but it is no token: it stays.
    NoToken,
    /// Nothing was decided of it: the message was refused before.
    Refused,
}

/// What a caller sees of a class, and why.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Seen {
    pub(super) class: String,
    /// `reveal`, `mask` or `token`.
    pub(super) sees: &'static str,
    /// The policies that decided it; none when there was none to permit it.
    pub(super) policies: Vec<String>,
    /// Why values are not seen; none when they are.
    pub(super) because: Option<&'static str>,
}

impl Becomes {
    /// Says what a decision makes of an occurrence of this class; nothing was decided where there is none.
    pub(super) fn of(decided: Option<Decided>, class: &Class, classes: &Classes) -> Self {
        let Some(decided) = decided else { return Self::Refused };
        match decided {
            Decided::Keep(Why::Empty) => Self::Empty,
            Decided::Keep(Why::Token) => Self::SameToken,
            Decided::Keep(Why::Done) => Self::Kept,
            Decided::Keep(Why::NoToken) => Self::NoToken,
            Decided::Keep(Why::OtherClass) => Self::OtherClass,
            Decided::Refuse(Submitted::Token) => Self::TokenRefused,
            Decided::Refuse(Submitted::Mask) => Self::MaskRefused,
            Decided::Mask => Self::Mask,
            Decided::Redact => Self::Redacted,
            Decided::Unmask => Self::TokenOfMask,
            Decided::Token => Self::Token,
            Decided::Reveal => Self::shown(class, classes),
        }
    }

    /// Says what becomes of a token of a class that a rule reveals.
    pub(super) fn shown(class: &Class, classes: &Classes) -> Self {
        match classes.get(&class.code).and_then(|decision| decision.permit()) {
            None => Self::TokenStays,
            Some(permit) if permit.action() == authz::Action::Mask => Self::MaskShown,
            Some(_) => Self::Value,
        }
    }
}

/// Says what the caller sees of the classes that the rules reveal, in the order of their codes.
pub(super) fn sight(engine: &Engine, exchange: &ExplainedExchange, phase: &Phase) -> Vec<Seen> {
    let jobs = phase.jobs().filter(|(_, action, _)| *action == Action::Reveal);
    let classes: BTreeMap<ClassCode, &Class> =
        jobs.map(|(class, _, _)| (class.code, class.as_ref())).collect();
    let seen = |class: &Class| {
        let answer = exchange.sees(engine, &class.name);
        let (sees, policies, because) = match &answer {
            Ok(permit) => (permit.action().as_str(), permit.policies(), None),
            Err(denied) => ("token", denied.policies(), Some(denied.denial().as_str())),
        };
        let policies = policies.iter().map(ToString::to_string).collect();
        Seen { class: class.name.to_string(), sees, policies, because }
    };
    classes.into_values().map(seen).collect()
}
