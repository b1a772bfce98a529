//! What becomes of a value, in one word.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::authz::Action as PolicyAction;
use crate::base::ClassCode;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Treatment;
use crate::engine::decide::Sight;
use crate::engine::error::Error;
use crate::engine::plan::Selected;
use crate::engine::protect::Settled;
use crate::engine::protect::settle;
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
    /// A token.
    Token,
    /// The token that it stands for: it is a mask that the caller was shown.
    TokenOfMask,
    /// It is a token already, and stays.
    SameToken,
    /// A token that this caller may not send: the message is refused.
    TokenRefused,
    /// A mask that stands for no value: the message is refused.
    MaskRefused,
    /// Its mask.
    Mask,
    /// `[redacted]`.
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
    /// The vault or the policies cannot be asked: the message is refused.
    Refused,
}

/// What a caller sees of a class, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// The class.
    pub class: String,
    /// `reveal`, `mask` or `token`.
    pub sees: &'static str,
    /// The policies that decided it; none when there was none to permit it.
    pub policies: Vec<String>,
    /// Why values are not seen; none when they are.
    pub because: Option<&'static str>,
}

/// Decides what becomes of selected values, each class once.
pub(super) struct Fates<'e, 'x> {
    engine: &'e Engine,
    exchange: &'e Exchange<'x>,
    treating: Treatment,
}

impl<'e, 'x> Fates<'e, 'x> {
    pub(super) fn new(engine: &'e Engine, exchange: &'e Exchange<'x>, treating: Treatment) -> Self {
        Self { engine, exchange, treating }
    }

    /// What becomes of a selected value.
    pub(super) fn of(&self, field: &Selected<'_>) -> Becomes {
        match self.treating {
            Treatment::Protect => self.protected(field),
            Treatment::Reveal => self.revealed(field),
        }
    }

    fn protected(&self, field: &Selected<'_>) -> Becomes {
        match settle(self.engine, self.exchange, field) {
            Ok(Settled::Empty) => Becomes::Empty,
            Ok(Settled::Token) => Becomes::SameToken,
            Ok(Settled::Shown(_)) => Becomes::TokenOfMask,
            Ok(Settled::Value) => Becomes::Token,
            Ok(Settled::ForGood(None)) => Becomes::Kept,
            Ok(Settled::ForGood(Some(_))) if field.action == Action::Mask => Becomes::Mask,
            Ok(Settled::ForGood(Some(_))) => Becomes::Redacted,
            Err(Error::TokenSubmitted { .. }) => Becomes::TokenRefused,
            Err(Error::MaskSubmitted { .. }) => Becomes::MaskRefused,
            Err(_) => Becomes::Refused,
        }
    }

    fn revealed(&self, field: &Selected<'_>) -> Becomes {
        match self.exchange.tokenizer.recognise(field.value.expose()) {
            None => Becomes::NoToken,
            Some(token) if token.code() != field.class.code => Becomes::OtherClass,
            Some(_) => self.shown(field.class),
        }
    }

    /// What becomes of a token of a class that a rule shows.
    pub(super) fn shown(&self, class: &Class) -> Becomes {
        match self.exchange.decide(self.engine, &class.name).sight(false) {
            Sight::Nothing => Becomes::TokenStays,
            Sight::Mask(_) => Becomes::MaskShown,
            Sight::Reveal(_) => Becomes::Value,
        }
    }

    /// What the caller sees of these classes, in the order of their codes.
    pub(super) fn sight<'c>(&self, classes: impl Iterator<Item = &'c Class>) -> Vec<Seen> {
        let classes: BTreeMap<ClassCode, &Class> =
            classes.map(|class| (class.code, class)).collect();
        classes.into_values().map(|class| self.seen(class)).collect()
    }

    fn seen(&self, class: &Class) -> Seen {
        let ids = |policies: &[std::sync::Arc<str>]| {
            policies.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let name = class.name.to_string();
        let decision = self.exchange.decide(self.engine, &class.name);
        let (sees, permit) = match decision.sight(false) {
            Sight::Reveal(permit) => ("reveal", permit),
            Sight::Mask(permit) => ("mask", permit),
            Sight::Nothing => {
                let asked = (PolicyAction::Reveal, &class.name);
                let denied = self.exchange.authorize(self.engine, asked.0, asked.1, false).err();
                let because = denied.as_ref().map(|denied| denied.denial().as_str());
                let policies = denied.map(|denied| ids(denied.policies())).unwrap_or_default();
                return Seen { class: name, sees: "token", policies, because };
            }
        };
        Seen { class: name, sees, policies: ids(permit.policies()), because: None }
    }
}
