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
use crate::engine::decide::Decision;
use crate::engine::decide::Decisions;
use crate::engine::decide::Visibility;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Content;
use crate::engine::read::Part;
use crate::engine::record::Recorded;
use crate::engine::record::Replacement;
use crate::engine::record::Turns;
use crate::engine::record::tally::Tallies;
use crate::engine::seen::REMEMBERED;
use crate::engine::select::Found;
use crate::engine::select::Occurrence;
use crate::engine::select::Selection;
use crate::engine::select::Site;
use crate::rules::Direction;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;
use crate::vault::Entry;

/// A token that a rule reveals.
struct Wanted<'s, 'a> {
    number: usize,
    occurrence: &'s Occurrence<'a>,
    token: Token,
    key: StoreKey,
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
        let opened = tokenizer.open(class.code, key, &entry.record);
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
    /// For each occurrence the token whose value will be seen in its place.
    visible: Vec<Option<StoreKey>>,
}

/// Values that are on record and may be shown.
pub(in crate::engine) struct Released {
    values: HashMap<StoreKey, Opened>,
    visible: Vec<Option<StoreKey>>,
    receipt: Receipt,
}

impl Withheld<'_> {
    /// Gives the values out, against the receipt of the event that covers them.
    fn release(self, receipt: Receipt) -> Released {
        Released { values: self.values, visible: self.visible, receipt }
    }

    fn shown(&self, wanted: &Wanted<'_, '_>) -> Option<&Opened> {
        let key = self.visible.get(wanted.number)?.as_ref()?;
        self.values.get(key)
    }
}

impl Released {
    /// Returns what is shown in the place of the occurrence with this number.
    pub(in crate::engine) fn replacement(&self, number: usize) -> Option<Replacement<'_>> {
        let opened = self.values.get(self.visible.get(number)?.as_ref()?)?;
        Some(Replacement { text: opened.value.expose(), kind: opened.kind })
    }

    pub(in crate::engine) fn into_receipt(self) -> Receipt {
        self.receipt
    }
}

/// Fetches what the caller may see of the tokens of a message, and puts it on record.
pub(super) async fn reveal<'a>(
    leg: &Leg<'a>,
    parts: &[Part<'a>],
    selection: &Selection<'a>,
    decisions: &Decisions,
    observer: &mut dyn Observer,
) -> Result<Recorded, Error> {
    let wanted = wanted(leg, parts, selection, decisions);
    if wanted.is_empty() {
        return Ok(Recorded::Nothing);
    }
    let keys = wanted
        .iter()
        .filter(|each| {
            let decision = decisions.classes.get(&each.occurrence.class.code);
            decision.is_some_and(ClassDecision::may_show_anything)
        })
        .map(|each| each.key);
    let entries = leg.engine.entries(keys.collect()).await?;
    let mut withheld = open(leg, &wanted, decisions, &entries).await?;
    withheld.place(&wanted, parts, selection);
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
        return Ok(Recorded::Nothing);
    }
    let items = shown.iter().map(super::Tally::item).collect();
    let receipt = leg.engine.announce(leg.exchange, items, &withheld.permits).await?;
    // Not before: what is not on record is not shown.
    observer.revealed(leg, &shown);
    remember(leg, &wanted, &withheld);
    Ok(Recorded::Values(withheld.release(receipt)))
}

fn wanted<'s, 'a>(
    leg: &Leg<'a>,
    parts: &[Part<'a>],
    selection: &'s Selection<'a>,
    decisions: &Decisions,
) -> Vec<Wanted<'s, 'a>> {
    let all = selection.occurrences.iter().zip(&decisions.each).enumerate();
    let goes_on =
        |occurrence: &Occurrence<'_>| parts.get(occurrence.part).is_some_and(Part::is_treated);
    let all = all.filter(|(_, (occurrence, _))| goes_on(occurrence));
    let wanted =
        all.filter_map(|(number, (occurrence, decision))| match (decision, &occurrence.content) {
            (Decision::Reveal, Found::Token(token)) => {
                let key = leg.exchange.tokenizer.key(token);
                Some(Wanted { number, occurrence, token: *token, key })
            }
            (_, Found::Token(_) | Found::Value(_)) => None,
        });
    wanted.collect()
}

/// Opens what the decisions allow; a record that does not open is an error, not a missing value.
async fn open<'d>(
    leg: &Leg<'_>,
    wanted: &[Wanted<'_, '_>],
    decisions: &'d Decisions,
    entries: &HashMap<StoreKey, Option<Entry>>,
) -> Result<Withheld<'d>, Error> {
    let (tokenizer, caller) = (leg.exchange.tokenizer, leg.exchange.principal);
    let mut values: HashMap<StoreKey, Opened> = HashMap::new();
    let (mut permits, mut hidden) = (Vec::new(), HashSet::new());
    let mut turns = Turns::default();
    for Wanted { occurrence, key, .. } in wanted {
        let class = occurrence.class;
        let Some(decision) = decisions.classes.get(&class.code) else { continue };
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
        turns.next().await;
        values.insert(*key, Opened::against(permit, class, tokenizer, key, entry)?);
        permits.push(permit);
    }
    Ok(Withheld { values, permits, hidden, visible: Vec::new() })
}

impl Withheld<'_> {
    /// Settles where a value can be written so that it stays a value.
    fn place(&mut self, wanted: &[Wanted<'_, '_>], parts: &[Part<'_>], selection: &Selection<'_>) {
        let mut visible = vec![None; selection.occurrences.len()];
        for each in wanted {
            let Some(opened) = self.values.get(&each.key) else { continue };
            if holds(each.occurrence, opened.value.expose(), parts, selection)
                && let Some(place) = visible.get_mut(each.number)
            {
                *place = Some(each.key);
            }
        }
        self.visible = visible;
    }
}

/// Whether a value can be written at a place so that it stays a value.
fn holds(
    occurrence: &Occurrence<'_>,
    value: &str,
    parts: &[Part<'_>],
    selection: &Selection<'_>,
) -> bool {
    let document = match parts.get(occurrence.part).map(|part| &part.content) {
        Some(Content::Document(document)) => Some(document),
        Some(Content::Page(_) | Content::Tokens(_) | Content::Unread) | None => None,
    };
    match occurrence.site {
        Site::Field { codec, .. } => document.is_some_and(|part| part.can_say(value, codec)),
        Site::Inside { text, site, options, .. } => {
            let mut written = zeroize::Zeroizing::new(Vec::new());
            let text = selection
                .texts
                .get(text)
                .filter(|_| html::write(site, value, options, &mut written).is_ok());
            let written = std::str::from_utf8(&written).unwrap_or_default();
            text.zip(document).is_some_and(|(text, part)| part.can_say(written, text.codec))
        }
        Site::Somewhere => false,
        Site::Page { site, options, .. } => {
            html::write(site, value, options, &mut Vec::new()).is_ok()
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
