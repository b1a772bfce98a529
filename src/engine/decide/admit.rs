//! Tokens and masks that clients send: which may pass.
//!
//! A token is not a key. Whoever was shown one may send it back where it came from, so that an edited
//! form changes nothing but what was edited; it must not become a way to read what it stands for.

use crate::authz;
use crate::engine::Exchange;
use crate::engine::decide::Submitted;
use crate::engine::leg::Leg;
use crate::engine::seen::Lookup;
use crate::engine::seen::Scope;
use crate::rules::Direction;
use crate::token::Class;
use crate::token::Mask;
use crate::token::Token;

/// A value that holds tokens and is none itself.
pub(super) enum Several {
    /// It is made of tokens, as applications make one of first and last name.
    Tokens(Vec<Token>),
    /// There is something else between them: what is clear in it would stay clear, and a token of it
    /// would hide the tokens from everybody.
    AndMore,
}

pub(super) fn several(leg: &Leg<'_>, value: &str) -> Option<Several> {
    let found = leg.exchange.tokenizer.find(value.as_bytes());
    if found.is_empty() {
        return None;
    }
    let mut rest = value.to_owned().into_bytes();
    for (span, _) in &found {
        let range = usize::try_from(span.start()).ok().zip(usize::try_from(span.end()).ok());
        if let Some(piece) = range.and_then(|(start, end)| rest.get_mut(start..end)) {
            piece.fill(b' ');
        }
    }
    let separates = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_punctuation();
    let tokens = || found.iter().map(|(_, token)| *token).collect();
    let only = rest.iter().all(separates);
    Some(if only { Several::Tokens(tokens()) } else { Several::AndMore })
}

/// Gives the token of the value that a mask stands for; none when this is no mask.
pub(super) fn unmasked(
    leg: &Leg<'_>,
    class: &Class,
    value: &str,
) -> Result<Option<Token>, Submitted> {
    if leg.route().direction == Direction::Egress {
        // Whom the application calls was shown nothing.
        return Ok(None);
    }
    let is_mask = class.mask.gives(value);
    let may_be_mask = is_mask || (class.mask == Mask::Year && value.len() == 4);
    if !may_be_mask {
        return Ok(None);
    }
    match leg.engine.seen.find(leg, class.code, value, Scope::Here) {
        Some(Lookup::One(token)) => Ok(Some(token)),
        None if !is_mask => Ok(None),
        Some(Lookup::Several) | None => Err(Submitted::Mask),
    }
}

/// Whether a token that a client sent may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// It gains nobody anything.
    Free,
    /// Only into a record of a person whom its own record belongs to.
    SameSubject,
    /// It must not go on.
    Closed,
}

/// Decides whether a token may pass: with `submit`, or when it was shown to this caller and cannot be
/// planted where they would read it. It passes as it is and gains nothing: no reference is added to its
/// record.
pub(super) fn admit(leg: &Leg<'_>, class: &Class, token: &Token) -> Passage {
    if token.code() != class.code {
        return Passage::Closed;
    }
    if was_shown(leg, token, Scope::Here) {
        return passage_of_shown(leg, class);
    }
    let looks_up = leg.exchange.method.is_safe()
        && was_shown(leg, token, Scope::Anywhere)
        && !could_show(leg, class, &[authz::Action::Reveal, authz::Action::Mask]);
    if looks_up || submits(leg, class) { Passage::Free } else { Passage::Closed }
}

/// Decides whether a token may pass in a request that changes something, where no rule selects it. Where
/// the class is shown to this caller nowhere it gains them nothing; else it passes only when it was shown
/// to them, as forms send it back, and into a record of the same person.
pub(super) fn admit_somewhere(leg: &Leg<'_>, class: &Class, token: &Token) -> Passage {
    let plants = could_show(leg, class, &[authz::Action::Reveal, authz::Action::Mask]);
    if !plants || submits(leg, class) {
        return Passage::Free;
    }
    let shown = [Scope::Here, Scope::Anywhere].into_iter().any(|at| was_shown(leg, token, at));
    if shown { Passage::SameSubject } else { Passage::Closed }
}

fn was_shown(leg: &Leg<'_>, token: &Token, scope: Scope) -> bool {
    let shown = leg.engine.seen.find(leg, token.code(), token.as_str(), scope);
    shown == Some(Lookup::One(*token))
}

/// Decides whether what was shown to this caller on this route may come back. In a request that changes
/// something it could be planted where some route of the tenant reveals the class to them.
pub(super) fn passage_of_shown(leg: &Leg<'_>, class: &Class) -> Passage {
    let plants = !leg.exchange.method.is_safe() && could_show(leg, class, &[authz::Action::Reveal]);
    if plants && !submits(leg, class) { Passage::SameSubject } else { Passage::Free }
}

fn submits(leg: &Leg<'_>, class: &Class) -> bool {
    leg.exchange.authorize(leg.engine, authz::Action::Submit, &class.name, false).is_ok()
}

/// Whether some route of the tenant could show values of the class to the caller in one of these ways, at
/// any time and for any purpose.
fn could_show(leg: &Leg<'_>, class: &Class, actions: &[authz::Action]) -> bool {
    let Exchange { generation, route, principal, .. } = leg.exchange;
    generation.could_show(&route.tenant, principal, &class.name, actions)
}
