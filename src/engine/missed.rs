//! A rule that did nothing is told: messages in which no rule selected anything, and rules that must
//! select something and did not.

use http::Method;

use crate::document::Style;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Part;
use crate::engine::read::Slot;
use crate::rules::Presence;
use crate::rules::Rule;
use crate::rules::Unmatched;

/// Tells of rules that did nothing in a message that is here as a whole, and refuses it where the rules
/// say so and values become tokens.
pub(super) fn check<'a>(
    leg: &Leg<'a>,
    parts: &[Part<'a>],
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    let protects = leg.treatment == Treatment::Protect;
    if protects && let Some(missing) = missing(parts) {
        return Err(missing);
    }
    if is_matched(leg, parts) {
        return Ok(());
    }
    observer.unmatched(leg);
    match leg.route().unmatched {
        Unmatched::Refuse if protects => Err(Error::Unmatched),
        Unmatched::Refuse | Unmatched::Report => Ok(()),
    }
}

/// The places of a message that rules read: URLs in its head are those of other messages.
fn places<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p Document<'a>> {
    parts.iter().filter_map(|part| match (&part.content, &part.slot) {
        (_, Slot::Url(..)) | (Content::Page(_) | Content::Tokens(_) | Content::Unread, _) => None,
        (Content::Document(document), _) => Some(document),
    })
}

/// Finds a rule that must select something, in a place that is there, and did not. A rule for documents in
/// texts must have selected something in one of them, and there is none when nothing selects a text.
fn missing(parts: &[Part<'_>]) -> Option<Error> {
    let selected = parts.iter().flat_map(|part| &part.selection.selected);
    let met = |rule: &Rule| selected.clone().any(|each| std::ptr::eq(each.rule, rule));
    places(parts).find_map(|document| {
        let mut rules = document.rules.rules();
        let missing = |rule: &&Rule| rule.presence == Presence::Required && !met(rule);
        rules.find(missing).map(|_| Error::RequiredField { place: document.place })
    })
}

/// Whether some rule selected something, `null` included, or there was nothing to select from.
fn is_matched(leg: &Leg<'_>, parts: &[Part<'_>]) -> bool {
    let method = &leg.exchange.method;
    let selects = parts.iter().any(|part| !part.selection.selected.is_empty());
    if *method == Method::HEAD || *method == Method::OPTIONS || selects {
        return true;
    }
    let documents: Vec<&Document<'_>> =
        places(parts).filter(|each| !each.source.is_empty()).collect();
    let nothing = |_: &str| false;
    let has_null = |document: &&Document<'_>| {
        let style = Style { shows: &nothing, most: 0 };
        !document.outline(&leg.engine.bounds, style).blanks.is_empty()
    };
    documents.is_empty() || documents.iter().any(has_null)
}
