//! The way out: tokens become values for those who may see them.
//!
//! Policies decide per class, the vault is asked once for all tokens, the journal takes one event
//! for the whole message, and only its receipt opens what was fetched. What is not a token of the
//! rule's class stays as it is: a token planted in another field reveals nothing.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use bytes::Bytes;

use crate::audit::Code;
use crate::audit::Item;
use crate::audit::Mode;
use crate::audit::Receipt;
use crate::audit::Reference;
use crate::authz::Permit;
use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::base::StoreKey;
use crate::document::html;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::decide::Decision;
use crate::engine::decide::Sight;
use crate::engine::error::Error;
use crate::engine::part::Part;
use crate::engine::plan::RunningText;
use crate::engine::plan::Selected;
use crate::engine::plan::select_all;
use crate::engine::running;
use crate::rules::Direction;
use crate::telemetry::metrics::Counter;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;
use crate::vault::Entry;

/// Of one message so many tokens and masks are remembered.
const REMEMBERED: usize = 4096;

/// A token of its rule's class, and the place it stands at.
pub(super) struct Shown<'a> {
    pub(super) class: &'a Class,
    pub(super) token: Token,
    pub(super) key: StoreKey,
    pub(super) spot: Spot<'a>,
}

/// A place that a value must fit.
#[derive(Clone, Copy)]
pub(super) enum Spot<'a> {
    /// A field of a document.
    Field(&'a Selected<'a>, &'a Part<'a>),
    /// A place inside a longer text of a document.
    Inside(&'a RunningText<'a>, &'a Part<'a>, Span),
    /// A place in a page or a text.
    Text(html::Context, html::Options),
}

impl Spot<'_> {
    /// The part of the message that it is in, and where its field begins there.
    fn place(&self) -> (usize, u32) {
        match self {
            Self::Field(field, _) => (field.part, field.span.start()),
            Self::Inside(text, ..) => (text.part, text.span.start()),
            Self::Text(..) => (0, 0),
        }
    }

    /// Whether a value can be written there so that it stays a value.
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Field(field, part) => part.can_say(value, field.codec),
            Self::Inside(text, part, _) => text.holds(value) && part.can_say(value, text.codec),
            Self::Text(context, options) => {
                html::write(*context, value, *options, &mut Vec::new()).is_ok()
            }
        }
    }
}

/// What a caller will see of one token, decided and fetched, but not yet on record.
pub(super) struct Sealed {
    pub(super) value: Sensitive<String>,
    pub(super) kind: Kind,
    mode: Mode,
}

/// Everything that one message will show. [`Withheld::release`] is the only way to the values.
struct Withheld<'a> {
    values: HashMap<StoreKey, Sealed>,
    permits: Vec<&'a Permit>,
    /// For each shown token whether its value will be seen.
    visible: Vec<bool>,
    /// Tokens whose values the caller may not see at all.
    hidden: HashSet<StoreKey>,
}

impl Withheld<'_> {
    /// Gives the values out, against the receipt of the event that covers them.
    fn release(self, receipt: Receipt) -> Released {
        Released { values: self.values, visible: self.visible, receipt }
    }

    fn visible<'s, 'x>(
        &'s self,
        shown: &'s [Shown<'x>],
    ) -> impl Iterator<Item = (&'s Shown<'x>, Option<&'s Sealed>)> {
        shown
            .iter()
            .zip(&self.visible)
            .map(|(each, visible)| (each, self.values.get(&each.key).filter(|_| *visible)))
    }
}

/// Values that are on record and may be shown.
pub(super) struct Released {
    values: HashMap<StoreKey, Sealed>,
    visible: Vec<bool>,
    pub(super) receipt: Receipt,
}

impl Released {
    /// What is shown in the place of the token with this number, and this key.
    pub(super) fn value(&self, number: usize, key: &StoreKey) -> Option<&Sealed> {
        let visible = self.visible.get(number).is_some_and(|visible| *visible);
        self.values.get(key).filter(|_| visible)
    }
}

/// A leg whose tokens were replaced.
pub(super) struct Revealed {
    /// The parts; `None` stands for one that stays as it is.
    pub(super) parts: Vec<Option<Bytes>>,
    /// Proof of the record, for the outcome.
    pub(super) receipt: Receipt,
}

/// Replaces the tokens that the caller may see. `None` when there is nothing to show.
pub(super) async fn reveal(
    engine: &Engine,
    exchange: &Exchange<'_>,
    parts: &[Part<'_>],
) -> Result<Option<Revealed>, Error> {
    let selection = select_all(parts, &engine.bounds)?;
    let mut shown = tokens(exchange.tokenizer, &selection.fields, parts);
    if !selection.texts.is_empty() {
        shown.extend(running::tokens(exchange.tokenizer, &selection.texts, parts));
        shown.sort_by_key(|each| each.spot.place());
    }
    let Some(released) = show(engine, exchange, &shown).await? else { return Ok(None) };
    let parts = splice(parts, &shown, &released)?;
    Ok(Some(Revealed { parts, receipt: released.receipt }))
}

/// Decides, fetches and puts on record what the caller may see of these tokens.
pub(super) async fn show(
    engine: &Engine,
    exchange: &Exchange<'_>,
    shown: &[Shown<'_>],
) -> Result<Option<Released>, Error> {
    if shown.is_empty() {
        return Ok(None);
    }
    let decisions = decide(engine, exchange, shown);
    let keys = wanted(shown, &decisions);
    let entries = if keys.is_empty() { Vec::new() } else { engine.fetch(keys.clone()).await? };
    let entries: HashMap<StoreKey, Option<Entry>> = keys.into_iter().zip(entries).collect();
    let withheld = open(exchange, shown, &decisions, &entries)?;
    let missing = |each: &Shown<'_>| entries.get(&each.key).is_some_and(Option::is_none);
    remember(engine, exchange, shown, &withheld);
    let (lost, kept) = kept(exchange, shown, &withheld, missing);
    engine.note_kept(exchange, kept, Code("not_shown"));
    engine.note_kept(exchange, lost, Code("record-missing"));
    if !withheld.visible.contains(&true) {
        return Ok(None);
    }
    let (items, counts) = items(exchange, shown, &withheld);
    let receipt = engine.record(exchange, items, &withheld.permits).await?;
    // Not before: what is not on record is not shown.
    for (counter, count) in counts {
        counter.inc_by(count);
    }
    Ok(Some(withheld.release(receipt)))
}

/// The fields that hold a token of their rule's class.
fn tokens<'a>(
    tokenizer: &Tokenizer,
    fields: &'a [Selected<'a>],
    parts: &'a [Part<'a>],
) -> Vec<Shown<'a>> {
    let shown = fields.iter().filter_map(|field| {
        let class = field.class;
        let token = tokenizer.recognise(field.value.expose())?;
        let part = parts.get(field.part).filter(|_| token.code() == class.code)?;
        let spot = Spot::Field(field, part);
        Some(Shown { class, token, key: tokenizer.key(&token), spot })
    });
    shown.collect()
}

/// One decision per class of the message.
fn decide(
    engine: &Engine,
    exchange: &Exchange<'_>,
    shown: &[Shown<'_>],
) -> BTreeMap<ClassCode, Decision> {
    let mut decisions = BTreeMap::new();
    for each in shown {
        decisions
            .entry(each.class.code)
            .or_insert_with(|| exchange.decide(engine, &each.class.name));
    }
    decisions
}

/// The store keys worth asking for, each once.
fn wanted(shown: &[Shown<'_>], decisions: &BTreeMap<ClassCode, Decision>) -> Vec<StoreKey> {
    let visible = |each: &&Shown<'_>| {
        decisions.get(&each.class.code).is_some_and(Decision::may_show_anything)
    };
    let mut keys: Vec<StoreKey> = shown.iter().filter(visible).map(|each| each.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Opens what the decisions allow; a record that does not open is an error, not a missing value.
fn open<'a>(
    exchange: &Exchange<'_>,
    shown: &[Shown<'_>],
    decisions: &'a BTreeMap<ClassCode, Decision>,
    entries: &HashMap<StoreKey, Option<Entry>>,
) -> Result<Withheld<'a>, Error> {
    let tokenizer = exchange.tokenizer;
    let mut values: HashMap<StoreKey, Sealed> = HashMap::new();
    let mut permits = Vec::new();
    let mut hidden = HashSet::new();
    for each in shown {
        let Some(decision) = decisions.get(&each.class.code) else { continue };
        if !decision.may_show_anything() {
            hidden.insert(each.key);
        }
        let Some(Some(entry)) = entries.get(&each.key) else { continue };
        if values.contains_key(&each.key) {
            continue;
        }
        let own = decision.depends_on_owner()
            && entry.tags.contains(&tokenizer.tag(&each.key, exchange.principal.id()));
        let (mode, permit) = match decision.sight(own) {
            Sight::Nothing => {
                hidden.insert(each.key);
                continue;
            }
            Sight::Mask(permit) => (Mode::Mask, permit),
            Sight::Reveal(permit) => (Mode::Reveal, permit),
        };
        let opened = tokenizer.open(each.class.code, &each.key, &entry.record);
        let (clear, kind) = opened.map_err(|_| Error::Record)?;
        let (value, kind) = if mode == Mode::Mask {
            (Sensitive::new(each.class.mask.apply(clear.expose())), Kind::Text)
        } else {
            (clear, kind)
        };
        permits.push(permit);
        values.insert(each.key, Sealed { value, kind, mode });
    }
    let visible = |each: &Shown<'_>| {
        values.get(&each.key).is_some_and(|sealed| each.spot.holds(sealed.value.expose()))
    };
    let visible = shown.iter().map(visible).collect();
    Ok(Withheld { values, permits, visible, hidden })
}

/// The fields of one class that are shown in one way: how many, and which tokens.
type Group<'a> = (&'a Class, Mode, u64, Vec<Reference>);

/// What the event says: per class and mode how many fields, and which tokens. And the metrics that
/// count them once the event is durable.
fn items<'a>(
    exchange: &Exchange<'a>,
    shown: &[Shown<'_>],
    withheld: &Withheld<'_>,
) -> (Vec<Item>, Vec<(&'a Counter, u64)>) {
    let mut groups: BTreeMap<(ClassCode, u8), Group<'_>> = BTreeMap::new();
    for (each, sealed) in withheld.visible(shown) {
        let Some(sealed) = sealed else { continue };
        let order = u8::from(sealed.mode == Mode::Mask);
        let group = groups
            .entry((each.class.code, order))
            .or_insert_with(|| (each.class, sealed.mode, 0, Vec::new()));
        group.2 += 1;
        group.3.push(Reference(exchange.tokenizer.reference(&each.token)));
    }
    let mut counts = Vec::with_capacity(groups.len());
    let item = |(class, mode, count, references): Group<'_>| {
        if let Some(counters) = exchange.generation.class(class.code) {
            let counter = if mode == Mode::Mask { &counters.masked } else { &counters.revealed };
            counts.push((counter, count));
        }
        Item::new(class.name.clone(), mode, count, references)
    };
    let items = groups.into_values().map(item).collect();
    (items, counts)
}

/// What stays a token although a rule selected it: first the tokens that are ours and that the vault
/// should have a record of, by their references, then those that the caller may not see.
fn kept(
    exchange: &Exchange<'_>,
    shown: &[Shown<'_>],
    withheld: &Withheld<'_>,
    missing: impl Fn(&Shown<'_>) -> bool,
) -> (Vec<Item>, Vec<Item>) {
    let mut groups: BTreeMap<(ClassCode, bool), Group<'_>> = BTreeMap::new();
    for (each, _) in withheld.visible(shown).filter(|(_, sealed)| sealed.is_none()) {
        let is_missing = missing(each);
        let group = groups
            .entry((each.class.code, is_missing))
            .or_insert_with(|| (each.class, Mode::Keep, 0, Vec::new()));
        group.2 += 1;
        if is_missing {
            group.3.push(Reference(exchange.tokenizer.reference(&each.token)));
        }
    }
    let (mut lost, mut kept) = (Vec::new(), Vec::new());
    for ((code, is_missing), (class, mode, count, references)) in groups {
        if let Some(counters) = exchange.generation.class(code) {
            let counter = if is_missing { &counters.missing } else { &counters.withheld };
            counter.inc_by(count);
        }
        let items = if is_missing { &mut lost } else { &mut kept };
        items.push(Item::new(class.name.clone(), mode, count, references));
    }
    (lost, kept)
}

/// Remembers tokens and masks that go out, so that the caller may post them back. Only people and
/// programs that ask for data can do that, not those whom the application calls.
fn remember(
    engine: &Engine,
    exchange: &Exchange<'_>,
    shown: &[Shown<'_>],
    withheld: &Withheld<'_>,
) {
    if exchange.route.direction == Direction::Egress {
        return;
    }
    let now = engine.clock.now();
    for each in shown.iter().take(REMEMBERED) {
        // By what the caller may see, not by what was written: a token that stays although the caller
        // may see its value (in a comment of a page, say) was not hidden from them.
        let text = match (withheld.values.get(&each.key), withheld.hidden.contains(&each.key)) {
            (Some(sealed), _) if sealed.mode == Mode::Mask => sealed.value.expose().as_str(),
            (None, true) => each.token.as_str(),
            (Some(_), _) | (None, false) => continue,
        };
        engine.seen.add(exchange, text, each.token, now);
    }
}

/// Writes the values into the parts.
fn splice(
    parts: &[Part<'_>],
    shown: &[Shown<'_>],
    released: &Released,
) -> Result<Vec<Option<Bytes>>, Error> {
    let mut rest = shown.iter().enumerate().peekable();
    let mut result = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let here = |each: &Shown<'_>| each.spot.place().0 == index;
        let written = part.edited(0, |pen| {
            while let Some((number, each)) = rest.next_if(|(_, each)| here(each)) {
                match each.spot {
                    Spot::Field(field, _) => {
                        let Some(sealed) = released.value(number, &each.key) else { continue };
                        pen.replace((field.span, field.codec), |out| {
                            field.codec.encode(sealed.value.expose(), sealed.kind, out);
                        })?;
                    }
                    Spot::Inside(text, part, at) => {
                        let more = std::iter::from_fn(|| {
                            let next =
                                rest.next_if(|(_, next)| next.spot.place() == each.spot.place());
                            next.and_then(|(number, next)| match next.spot {
                                Spot::Inside(_, _, at) => Some((number, next, at)),
                                Spot::Field(..) | Spot::Text(..) => None,
                            })
                        });
                        let all = std::iter::once((number, each, at)).chain(more);
                        running::write(pen, (text, part), all, released)?;
                    }
                    Spot::Text(..) => {}
                }
            }
            Ok(())
        })?;
        result.push(written);
    }
    Ok(result)
}
