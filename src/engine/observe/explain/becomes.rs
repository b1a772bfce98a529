//! What becomes of a value, in one word.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::authz;
use crate::base::ClassCode;
use crate::engine::decide::Classes;
use crate::engine::decide::Decision;
use crate::engine::decide::Submitted;
use crate::engine::decide::Visibility;
use crate::engine::decide::Why;
use crate::engine::leg::Leg;
use crate::engine::select::Occurrence;
use crate::rules::Action;
use crate::token::Class;

/// What becomes of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// No rule of the place selects it: it stays.
    NotSelected,
    /// The route has no rules for the place: it stays.
    NoRules,
    /// `null`, `true` or `false`, which no rule can replace: it stays.
    Blank,
    /// An empty text: it stays.
    Empty,
    /// It names the data subject: it stays.
    Subject,
    /// It is a text: tokens in it become what policies permit.
    Text,
    /// It is a document of its own, whose scalars follow.
    Decoded,
    /// It becomes a token.
    Token,
    /// The token that it stands for: it is a mask that the caller was shown.
    TokenOfMask,
    /// It is a token already, and stays.
    SameToken,
    /// A token that this caller may not send: the message is refused.
    TokenRefused,
    /// A mask that stands for no value: the message is refused.
    MaskRefused,
    /// It becomes its mask, for good.
    Mask,
    /// It becomes `[redacted]`, for good.
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
pub struct Seen {
    /// The name of the class.
    pub class: String,
    /// `reveal`, `mask` or `token`.
    pub sees: &'static str,
    /// The policies that decided it; none when there was none to permit it.
    pub policies: Vec<String>,
    /// Why values are not seen; none when they are.
    pub because: Option<&'static str>,
}

impl Becomes {
    /// Says what a decision makes of an occurrence.
    pub(super) fn of(occurrence: &Occurrence<'_>, classes: &Classes) -> Self {
        let Some(decision) = &occurrence.decision else { return Self::Refused };
        match decision {
            Decision::Keep(Why::Empty) => Self::Empty,
            Decision::Keep(Why::Token) => Self::SameToken,
            Decision::Keep(Why::Done) => Self::Kept,
            Decision::Keep(Why::NoToken) => Self::NoToken,
            Decision::Keep(Why::OtherClass) => Self::OtherClass,
            Decision::Refuse(Submitted::Token) => Self::TokenRefused,
            Decision::Refuse(Submitted::Mask) => Self::MaskRefused,
            Decision::Write(_) if occurrence.action() == Action::Mask => Self::Mask,
            Decision::Write(_) => Self::Redacted,
            Decision::Token(_) => Self::TokenOfMask,
            Decision::Store | Decision::Lookup(_) => Self::Token,
            Decision::Reveal => Self::shown(occurrence.class, classes),
        }
    }

    /// Says what becomes of a token of a class that a rule reveals.
    pub(super) fn shown(class: &Class, classes: &Classes) -> Self {
        match classes.get(&class.code).map(|decision| decision.visibility(false)) {
            None | Some(Visibility::Nothing) => Self::TokenStays,
            Some(Visibility::Mask(_)) => Self::MaskShown,
            Some(Visibility::Reveal(_)) => Self::Value,
        }
    }
}

/// Says what the caller sees of the classes that the rules of the leg reveal, in the order of their
/// codes.
pub(super) fn sight(leg: &Leg<'_>) -> Vec<Seen> {
    let jobs = leg.phase().jobs().filter(|(_, action, _)| *action == Action::Reveal);
    let classes: BTreeMap<ClassCode, &Class> =
        jobs.map(|(class, _, _)| (class.code, class.as_ref())).collect();
    classes.into_values().map(|class| seen(leg, class)).collect()
}

fn seen(leg: &Leg<'_>, class: &Class) -> Seen {
    let ids = |ids: &[Arc<str>]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let name = class.name.to_string();
    let decision = leg.exchange.decide(leg.engine, &class.name);
    let (sees, permit) = match decision.visibility(false) {
        Visibility::Reveal(permit) => ("reveal", permit),
        Visibility::Mask(permit) => ("mask", permit),
        Visibility::Nothing => {
            let reveal = authz::Action::Reveal;
            let denied = leg.exchange.authorize(leg.engine, reveal, &class.name, false).err();
            let because = denied.as_ref().map(|denied| denied.denial().as_str());
            let policies = denied.map(|denied| ids(denied.policies())).unwrap_or_default();
            return Seen { class: name, sees: "token", policies, because };
        }
    };
    Seen { class: name, sees, policies: ids(permit.policies()), because: None }
}
