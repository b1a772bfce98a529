//! Tokens become values for those who may see them.
//!
//! The vault is asked once for all tokens, the journal takes one event for the whole message, and only
//! its receipt opens what was fetched.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::audit::Mode;
use crate::audit::Receipt;
use crate::audit::Reference;
use crate::authz::Action;
use crate::authz::Permit;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::document::html;
use crate::engine::decide::ClassDecision;
use crate::engine::decide::Classes;
use crate::engine::decide::Visibility;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Content;
use crate::engine::read::Part;
use crate::engine::record::Pauses;
use crate::engine::record::tally::Tallies;
use crate::engine::seen::REMEMBERED;
use crate::engine::select::Occurrence;
use crate::engine::select::Position;
use crate::engine::select::Replacement;
use crate::engine::select::treated_mut;
use crate::rules::Direction;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;
use crate::vault::Entry;

/// An occurrence of a token that a rule reveals.
struct Wanted<'s, 'a> {
    part: &'s Part<'a>,
    occurrence: &'s Occurrence<'a>,
    token: Token,
    key: StoreKey,
    /// Whether what was opened of the record can be written in its place.
    is_visible: bool,
}

/// What a caller will see of one token, decided and fetched, but not yet on record.
struct Opened {
    value: Sensitive<String>,
    kind: Kind,
    mode: Mode,
}

impl Opened {
    /// Opens a record as far as the permit goes: the value, or its mask. Fails for a permit on another
    /// class, and when the record does not open.
    fn against(
        permit: &Permit,
        class: &Class,
        tokenizer: &Tokenizer,
        key: &StoreKey,
        entry: &Entry,
    ) -> Result<Self, Error> {
        if *permit.class() != class.name {
            return Err(Error::Assembly);
        }
        let opened = tokenizer.open_record(class.code, key, &entry.record);
        let (value, kind) = opened.map_err(|_| Error::Record)?;
        match permit.action() {
            Action::Reveal => Ok(Self { value, kind, mode: Mode::Reveal }),
            Action::Mask => {
                let value = Sensitive::new(class.mask.apply(value.expose()));
                Ok(Self { value, kind: Kind::Text, mode: Mode::Mask })
            }
            Action::Submit => Err(Error::Assembly),
        }
    }
}

/// Everything that one message will show. [`Withheld::release`] is the only way to the values.
struct Withheld<'d> {
    values: HashMap<StoreKey, Opened>,
    permits: Vec<&'d Permit>,
    /// Tokens whose values the caller may not see at all.
    hidden: HashSet<StoreKey>,
}

/// Values that are on record and may be shown.
pub(in crate::engine) struct Released {
    values: HashMap<StoreKey, Opened>,
    receipt: Receipt,
}

impl Withheld<'_> {
    /// Gives the values out, against the receipt of the event that covers them.
    fn release(self, receipt: Receipt) -> Released {
        Released { values: self.values, receipt }
    }

    fn shown(&self, wanted: &Wanted<'_, '_>) -> Option<&Opened> {
        self.values.get(&wanted.key).filter(|_| wanted.is_visible)
    }
}

impl Released {
    /// Returns what is shown of the record that lies there, and whether it is a text or a number.
    pub(in crate::engine) fn shown(&self, key: &StoreKey) -> Option<(&str, Kind)> {
        let opened = self.values.get(key)?;
        Some((opened.value.expose(), opened.kind))
    }

    /// Returns the announcement whose outcome the journal waits for.
    pub(in crate::engine) fn into_intent(self, leg: &Leg<'_>) -> Intent {
        Intent::new(leg.engine, leg.exchange, self.receipt)
    }
}

/// Fetches what the caller may see of the tokens of a message, and puts it on record.
pub(super) async fn reveal<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    classes: &Classes,
    observer: &mut dyn Observer,
) -> Result<Option<Released>, Error> {
    let mut wanted = wanted(leg, parts);
    if wanted.is_empty() {
        return Ok(None);
    }
    let may_show = |each: &&Wanted<'_, '_>| {
        let class = classes.get(&each.occurrence.class.code);
        class.is_some_and(ClassDecision::may_show_anything)
    };
    let keys = wanted.iter().filter(may_show).map(|each| each.key).collect();
    let entries = leg.engine.entries(keys).await?;
    let withheld = open(leg, &wanted, classes, &entries).await?;
    for each in &mut wanted {
        let opened = withheld.values.get(&each.key);
        each.is_visible = opened.is_some_and(|opened| each.holds(opened.value.expose()));
    }
    let (mut shown, mut hidden, mut lost) =
        (Tallies::default(), Tallies::default(), Tallies::default());
    for each in &wanted {
        let class: &'a Class = each.occurrence.class;
        let reference = || Some(Reference(leg.exchange.tokenizer.reference(&each.token)));
        match withheld.shown(each) {
            Some(opened) => shown.add(class, opened.mode, reference()),
            // The vault should have a record of a token that is ours.
            None if entries.get(&each.key).is_some_and(Option::is_none) => {
                lost.add(class, Mode::Keep, reference());
            }
            None => hidden.add(class, Mode::Keep, None),
        }
    }
    observer.withheld(leg, &hidden.finish(), &lost.finish());
    let shown = shown.finish();
    if shown.is_empty() {
        remember(leg, &wanted, &withheld);
        return Ok(None);
    }
    let items = shown.iter().map(super::Tally::item).collect();
    let receipt = leg.engine.announce(leg.exchange, items, &withheld.permits).await?;
    // Not before: what is not on record is not shown.
    observer.revealed(leg, &shown);
    remember(leg, &wanted, &withheld);
    let keys: Vec<Option<StoreKey>> =
        wanted.iter().map(|each| each.is_visible.then_some(each.key)).collect();
    let revealed = treated_mut(parts).filter(|occurrence| occurrence.revealed().is_some());
    for (occurrence, key) in revealed.zip(keys) {
        occurrence.replacement = key.map(Replacement::Shown);
    }
    Ok(Some(withheld.release(receipt)))
}

fn wanted<'s, 'a>(leg: &Leg<'a>, parts: &'s [Part<'a>]) -> Vec<Wanted<'s, 'a>> {
    let mut all = Vec::new();
    for part in parts.iter().filter(|part| part.is_treated()) {
        all.extend(part.selection.occurrences.iter().filter_map(|occurrence| {
            let token = occurrence.revealed()?;
            let key = leg.exchange.tokenizer.key(&token);
            Some(Wanted { part, occurrence, token, key, is_visible: false })
        }));
    }
    all
}

/// Opens what the decisions allow; a record that does not open is an error, not a missing value.
async fn open<'d>(
    leg: &Leg<'_>,
    wanted: &[Wanted<'_, '_>],
    classes: &'d Classes,
    entries: &HashMap<StoreKey, Option<Entry>>,
) -> Result<Withheld<'d>, Error> {
    let (tokenizer, caller) = (leg.exchange.tokenizer, leg.exchange.principal);
    let mut values: HashMap<StoreKey, Opened> = HashMap::new();
    let (mut permits, mut hidden) = (Vec::new(), HashSet::new());
    let mut pauses = Pauses::default();
    for Wanted { occurrence, key, .. } in wanted {
        let class = occurrence.class;
        let Some(decision) = classes.get(&class.code) else { continue };
        if !decision.may_show_anything() {
            hidden.insert(*key);
        }
        let Some(Some(entry)) = entries.get(key) else { continue };
        if values.contains_key(key) {
            continue;
        }
        let own =
            decision.depends_on_owner() && entry.tags.contains(&tokenizer.tag(key, caller.id()));
        let permit = match decision.visibility(own) {
            Visibility::Nothing => {
                hidden.insert(*key);
                continue;
            }
            Visibility::Mask(permit) | Visibility::Reveal(permit) => permit,
        };
        pauses.next().await;
        values.insert(*key, Opened::against(permit, class, tokenizer, key, entry)?);
        permits.push(permit);
    }
    Ok(Withheld { values, permits, hidden })
}

impl Wanted<'_, '_> {
    /// Whether a value can be written in its place so that it stays a value.
    fn holds(&self, value: &str) -> bool {
        let document = match &self.part.content {
            Content::Document(document) => Some(document),
            Content::Page(_) | Content::Tokens(_) | Content::Unread => None,
        };
        match self.occurrence.position {
            Position::Field(field) => {
                document.is_some_and(|document| document.can_say(value, field.codec))
            }
            Position::Inside { text, site, options, .. } => {
                let mut written = zeroize::Zeroizing::new(Vec::new());
                let texts = &self.part.selection.texts;
                let text = texts
                    .get(text)
                    .filter(|_| html::write(site, value, options, &mut written).is_ok());
                let written = std::str::from_utf8(&written).unwrap_or_default();
                text.zip(document).is_some_and(|(text, it)| it.can_say(written, text.field.codec))
            }
            Position::Somewhere => false,
            Position::Page { site, options, .. } => {
                let mut written = zeroize::Zeroizing::new(Vec::new());
                html::write(site, value, options, &mut written).is_ok()
            }
        }
    }
}

/// Remembers tokens and masks that go out, so that the caller may post them back. Only people and
/// programs that ask for data can do that, not those whom the application calls.
fn remember(leg: &Leg<'_>, wanted: &[Wanted<'_, '_>], withheld: &Withheld<'_>) {
    if leg.route().direction == Direction::Egress {
        return;
    }
    let now = leg.engine.clock.now();
    for each in wanted.iter().take(REMEMBERED) {
        let text = match withheld.shown(each) {
            Some(opened) if opened.mode == Mode::Mask => opened.value.expose().as_str(),
            None if withheld.hidden.contains(&each.key) => each.token.as_str(),
            Some(_) | None => continue,
        };
        leg.engine.seen.add(leg.exchange, text, each.token, now);
    }
}
