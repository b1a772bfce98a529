//! Tokens become values for those who may see them.
//!
//! The vault is asked once for all tokens, the journal takes one event for the whole message, and only
//! that releases what was fetched.

use crate::audit::Mode;
use crate::audit::Reference;
use crate::authz::Permit;
use crate::base::StoreKey;
use crate::engine::decide::ClassDecision;
use crate::engine::decide::Classes;
use crate::engine::decide::Visibility;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::record::Pauses;
use crate::engine::record::Tallies;
use crate::engine::record::withheld::Released;
use crate::engine::record::withheld::Withheld;
use crate::engine::seen::REMEMBERED;
use crate::engine::select::Replacement;
use crate::engine::select::treated_mut;
use crate::rules::Direction;
use crate::token::Token;
use crate::vault::Entry;

/// Fetches what the caller may see of the tokens of a message, and puts it on record.
pub(super) async fn reveal<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    classes: &Classes,
    observer: &mut dyn Observer,
) -> Result<Option<Released>, Error> {
    let tokenizer = &leg.exchange.tokenizer;
    let entries = leg.engine.entries(look_up(leg, parts, classes)).await?;
    let (mut withheld, mut pauses) = (Withheld::new(leg), Pauses::default());
    let (mut hidden, mut lost) = (Tallies::default(), Tallies::default());
    let mut outgoing = Vec::new();
    for part in parts.iter_mut().filter(|part| part.is_treated()) {
        for occurrence in &mut part.selection.occurrences {
            let class = occurrence.class;
            let Some(token) = occurrence.token_to_reveal() else { continue };
            let Some(Replacement::Shown(key)) = occurrence.replacement else { continue };
            let entry = entries.get(&key).map(Option::as_ref);
            if !withheld.has(&key)
                && let Some(Some(entry)) = entry
                && let Some(decision) = classes.get(&class.code)
                && let Some(permit) = permit(leg, decision, &key, entry)
            {
                pauses.next().await;
                withheld.open(class, key, entry, permit)?;
            }
            let holds = |value: &str| occurrence.position.holds(&part.content, value);
            let mode = withheld.count(class, &token, &key, holds);
            match (mode, entry) {
                (Some(Mode::Mask), _) => outgoing.push(Outgoing { token, mask: Some(key) }),
                (Some(_), _) => {}
                // The vault should have a record of a token that is ours.
                (None, Some(None)) => {
                    lost.add(class, Mode::Keep, Some(Reference(tokenizer.reference(&token))));
                }
                (None, _) => {
                    hidden.add(class, Mode::Keep, None);
                    if !withheld.has(&key) {
                        outgoing.push(Outgoing { token, mask: None });
                    }
                }
            }
            if mode.is_none() {
                occurrence.replacement = None;
            }
        }
    }
    observer.withheld(leg, &hidden.finish(), &lost.finish());
    let released = withheld.release(observer).await?;
    remember(leg, outgoing, released.as_ref());
    Ok(released)
}

/// Notes for each token which record is to be shown in its place, if any is released. Returns those that
/// the caller might see something of.
fn look_up(leg: &Leg<'_>, parts: &mut [Part<'_>], classes: &Classes) -> Vec<StoreKey> {
    let mut keys = Vec::new();
    for occurrence in treated_mut(parts) {
        let Some(token) = occurrence.token_to_reveal() else { continue };
        let key = leg.exchange.tokenizer.key(&token);
        occurrence.replacement = Some(Replacement::Shown(key));
        let decision = classes.get(&occurrence.class.code);
        if decision.is_some_and(ClassDecision::may_show_anything) {
            keys.push(key);
        }
    }
    keys
}

/// Returns the permit under which something of a record may be seen.
fn permit<'d>(
    leg: &Leg<'_>,
    decision: &'d ClassDecision,
    key: &StoreKey,
    entry: &Entry,
) -> Option<&'d Permit> {
    let own = decision.depends_on_owner() && {
        let (tokenizer, caller) = (&leg.exchange.tokenizer, &leg.exchange.principal);
        entry.tags.contains(&tokenizer.tag(key, caller.id()))
    };
    match decision.visibility(own) {
        Visibility::Nothing => None,
        Visibility::Mask(permit) | Visibility::Reveal(permit) => Some(permit),
    }
}

/// A token that goes out, or whose mask does.
struct Outgoing {
    token: Token,
    /// The record whose mask goes out.
    mask: Option<StoreKey>,
}

/// Remembers tokens and masks that go out, so that the caller may post them back. Only people and
/// programs that ask for data can do that, not those whom the application calls.
fn remember(leg: &Leg<'_>, outgoing: Vec<Outgoing>, released: Option<&Released>) {
    if leg.route().direction == Direction::Egress {
        return;
    }
    let now = leg.engine.clock.now();
    for Outgoing { token, mask } in outgoing.into_iter().take(REMEMBERED) {
        let text = match mask {
            None => Some(token.as_str()),
            Some(key) => released.and_then(|released| released.shown(&key)).map(|(mask, _)| mask),
        };
        if let Some(text) = text {
            leg.engine.seen.add(leg.exchange, text, token, now);
        }
    }
}
