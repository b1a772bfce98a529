//! The way in: values become tokens.
//!
//! One vault round trip for all fields of a message. A value whose store key is taken by another
//! value (a collision of 100 bits, or a record that was tampered with) is derived again with the
//! next number; a record that does not open refuses the message.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use bytes::Bytes;

use crate::audit::Item;
use crate::audit::Mode;
use crate::authz::Action;
use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::StoreKey;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::asking::settle_new;
use crate::engine::error::Error;
use crate::engine::part::Part;
use crate::engine::plan::Selected;
use crate::engine::plan::select_all;
use crate::engine::seen::Lookup;
use crate::engine::seen::Scope;
use crate::engine::sentinel::Original;
use crate::rules::Action as RuleAction;
use crate::rules::Direction;
use crate::rules::Route;
use crate::token::Class;
use crate::token::Mask;
use crate::token::Subject;
use crate::token::Token;
use crate::token::Tokenizer;
use crate::vault::Binding;
use crate::vault::Entry;
use crate::vault::Put;

/// How often a taken store key is answered with another token before the message is refused.
const REGENERATIONS: u8 = 4;

/// What stands in the place of a value that a rule redacts.
const REDACTED: &str = "[redacted]";

/// What stands in a field's place afterwards.
enum Outcome {
    /// The bytes as they came.
    Kept,
    /// The token of the pending value with this number.
    Pending(usize),
    /// This text.
    Text(String),
    /// This token: the value is the one that the caller was shown.
    Token(Token),
}

/// A value on its way into the vault.
struct Pending<'a> {
    class: &'a Class,
    value: &'a str,
    kind: Kind,
    token: Token,
    key: StoreKey,
    regen: u8,
}

/// A leg whose values were replaced.
pub(super) struct Protected<'a> {
    /// The parts; `None` stands for one that stays as it is.
    pub(super) parts: Vec<Option<Bytes>>,
    fields: Vec<Selected<'a>>,
    /// For each field whether its value was taken out.
    taken: Vec<bool>,
}

impl<'a> Protected<'a> {
    /// The values that were taken out, and shall stand nowhere else.
    pub(super) fn originals(&self) -> Vec<Original<'a, '_>> {
        let taken = self.fields.iter().zip(&self.taken).filter(|(_, taken)| **taken);
        taken
            .map(|(field, _)| Original { class: field.class, value: field.value.expose() })
            .collect()
    }
}

/// Replaces what the rules select.
pub(super) async fn protect<'a>(
    engine: &Engine,
    exchange: &Exchange<'_>,
    parts: &[Part<'a>],
) -> Result<Protected<'a>, Error> {
    let selection = select_all(parts, &engine.bounds)?;
    if selection.fields.is_empty() {
        let untouched = parts.iter().map(|_| None).collect();
        return Ok(Protected { parts: untouched, fields: Vec::new(), taken: Vec::new() });
    }
    let tokenizer = exchange.tokenizer;
    let (outcomes, mut pending) = plan(engine, exchange, tokenizer, &selection.fields)?;
    store(engine, exchange, selection.subject(), &mut pending).await?;
    engine.note_tokenized(exchange, items(exchange, &pending, &outcomes));
    let parts = splice(parts, &selection.fields, &outcomes, &pending, tokenizer)?;
    let value_goes = |outcome: &Outcome| match outcome {
        Outcome::Pending(_) | Outcome::Text(_) => true,
        Outcome::Kept | Outcome::Token(_) => false,
    };
    let taken = outcomes.iter().map(value_goes).collect();
    Ok(Protected { parts, taken, fields: selection.fields })
}

/// What the journal says: per class how many fields became tokens.
fn items(exchange: &Exchange<'_>, pending: &[Pending<'_>], outcomes: &[Outcome]) -> Vec<Item> {
    let mut counts: BTreeMap<ClassCode, (&Class, u64)> = BTreeMap::new();
    for outcome in outcomes {
        let Outcome::Pending(number) = outcome else { continue };
        let Some(each) = pending.get(*number) else { continue };
        counts.entry(each.class.code).or_insert((each.class, 0)).1 += 1;
    }
    let item = |(class, count): (&Class, u64)| {
        if let Some(counters) = exchange.generation.class(class.code) {
            counters.tokenized.inc_by(count);
        }
        Item::new(class.name.clone(), Mode::Tokenize, count, Vec::new())
    };
    counts.into_values().map(item).collect()
}

/// Decides for each field, asking nobody but the policies.
fn plan<'a>(
    engine: &Engine,
    exchange: &Exchange<'_>,
    tokenizer: &Tokenizer,
    fields: &'a [Selected<'a>],
) -> Result<(Vec<Outcome>, Vec<Pending<'a>>), Error> {
    let mut outcomes = Vec::with_capacity(fields.len());
    let mut pending: Vec<Pending<'a>> = Vec::new();
    let mut known: HashMap<StoreKey, usize> = HashMap::new();
    for field in fields {
        let done = match settle(engine, exchange, field)? {
            Settled::Empty | Settled::Token => Some(Outcome::Kept),
            Settled::ForGood(written) => Some(written.map_or(Outcome::Kept, Outcome::Text)),
            Settled::Shown(token) => Some(Outcome::Token(token)),
            Settled::Value => None,
        };
        if let Some(done) = done {
            outcomes.push(done);
            continue;
        }
        let (class, value) = (field.class, field.value.expose().as_str());
        let derived = tokenizer.derive(class, value, field.kind, 0);
        let next = pending.len();
        let number = match known.entry(derived.key) {
            Slot::Occupied(slot) => *slot.get(),
            Slot::Vacant(slot) => {
                let (token, key, kind) = (derived.token, derived.key, field.kind);
                pending.push(Pending { class, value, kind, token, key, regen: 0 });
                *slot.insert(next)
            }
        };
        outcomes.push(Outcome::Pending(number));
    }
    Ok((outcomes, pending))
}

/// What a selected value is, as far as it matters for what becomes of it.
pub(super) enum Settled {
    /// Nothing that could be replaced.
    Empty,
    /// The value of a field of which nothing is kept, and what is written; none when it stands there.
    ForGood(Option<String>),
    /// One token or several, which may pass.
    Token,
    /// The mask that the caller was shown in the place of this token's value.
    Shown(Token),
    /// A value that becomes a token.
    Value,
}

/// Decides about one field, asking nobody but the policies.
pub(super) fn settle(
    engine: &Engine,
    exchange: &Exchange<'_>,
    field: &Selected<'_>,
) -> Result<Settled, Error> {
    let (class, value) = (field.class, field.value.expose().as_str());
    if value.is_empty() {
        return Ok(Settled::Empty);
    }
    if let Some(done) = for_good(field, value) {
        return Ok(done);
    }
    if let Some(token) = exchange.tokenizer.recognise(value) {
        admit(engine, exchange, class, &token)?;
        return Ok(Settled::Token);
    }
    if holds_tokens(engine, exchange, class, value)? {
        return Ok(Settled::Token);
    }
    let shown = unmasked(engine, exchange, class, value)?;
    Ok(shown.map_or(Settled::Value, Settled::Shown))
}

/// What stands in a field of which nothing is kept: its mask, or that it was redacted. What was written
/// so before stays; a token is no better than a value here. None for fields that become tokens.
fn for_good(field: &Selected<'_>, value: &str) -> Option<Settled> {
    let written = match field.action {
        RuleAction::Tokenize | RuleAction::Reveal => return None,
        RuleAction::Mask if field.class.mask.gives(value) => return Some(Settled::ForGood(None)),
        RuleAction::Mask => field.class.mask.apply(value),
        RuleAction::Redact => String::from(REDACTED),
    };
    Some(Settled::ForGood((written != value).then_some(written)))
}

/// Whether a text is made of several tokens, as applications make one of first and last name. It may
/// pass as each of them may. With anything else between them it is refused: what is clear in it would
/// stay clear, and a token of it would hide the tokens from everybody.
fn holds_tokens(
    engine: &Engine,
    exchange: &Exchange<'_>,
    class: &Class,
    text: &str,
) -> Result<bool, Error> {
    let found = exchange.tokenizer.find(text.as_bytes());
    if found.is_empty() {
        return Ok(false);
    }
    let mut rest = text.to_owned().into_bytes();
    for (span, token) in &found {
        admit(engine, exchange, class, token)?;
        let range = usize::try_from(span.start()).ok().zip(usize::try_from(span.end()).ok());
        if let Some(piece) = range.and_then(|(start, end)| rest.get_mut(start..end)) {
            piece.fill(b' ');
        }
    }
    let separates = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_punctuation();
    if rest.iter().all(separates) {
        return Ok(true);
    }
    Err(Error::TokenSubmitted { class: class.name.clone() })
}

/// The token of the value that a mask stands for. None when the text is no mask.
fn unmasked(
    engine: &Engine,
    exchange: &Exchange<'_>,
    class: &Class,
    text: &str,
) -> Result<Option<Token>, Error> {
    if exchange.route.direction == Direction::Egress {
        // Whom the application calls was shown nothing.
        return Ok(None);
    }
    let is_mask = class.mask.gives(text);
    let may_be_mask = is_mask || (class.mask == Mask::Year && text.len() == 4);
    if !may_be_mask {
        return Ok(None);
    }
    let now = engine.clock.now();
    match engine.seen.find(exchange, (class.code, text), (Scope::Here, now)) {
        Some(Lookup::One(token)) => Ok(Some(token)),
        None if !is_mask => Ok(None),
        Some(Lookup::Several) | None => Err(Error::MaskSubmitted { class: class.name.clone() }),
    }
}

/// Whether a token that a client sent may pass: of the rule's class, and either it was shown to this
/// caller on this route, or on another one and it is only followed, or `submit` is permitted. It
/// passes as it is and gains nothing: no reference is added to its record.
pub(super) fn admit(
    engine: &Engine,
    exchange: &Exchange<'_>,
    class: &Class,
    token: &Token,
) -> Result<(), Error> {
    let refused = || Error::TokenSubmitted { class: class.name.clone() };
    let now = engine.clock.now();
    if token.code() != class.code {
        return Err(refused());
    }
    let what = (token.code(), token.as_str());
    let shown = engine.seen.find(exchange, what, (Scope::Here, now));
    if shown == Some(Lookup::One(*token)) {
        return Ok(());
    }
    let elsewhere = engine.seen.find(exchange, what, (Scope::Anywhere, now));
    if elsewhere == Some(Lookup::One(*token)) && only_follows(engine, exchange, class) {
        return Ok(());
    }
    exchange.authorize(engine, Action::Submit, &class.name, false).map(drop).map_err(|_| refused())
}

/// Whether a token that was shown on another route can only be looked up: the request changes nothing,
/// as one that follows a link or a redirect, and no route shows this caller more of the class than its
/// tokens. Then it cannot be planted where it would be read.
fn only_follows(engine: &Engine, exchange: &Exchange<'_>, class: &Class) -> bool {
    let shows = |route: &Route| {
        let there = Exchange { route, ..*exchange };
        [Action::Reveal, Action::Mask]
            .into_iter()
            .any(|action| there.authorize(engine, action, &class.name, false).is_ok())
    };
    exchange.method.is_safe()
        && !exchange.generation.rules.routes().iter().any(|route| shows(route))
}

/// Puts all pending values into the vault, in one round trip unless a store key was taken.
async fn store(
    engine: &Engine,
    exchange: &Exchange<'_>,
    subject: Subject<'_>,
    pending: &mut [Pending<'_>],
) -> Result<(), Error> {
    let tokenizer = exchange.tokenizer;
    let values: Vec<_> = pending.iter().map(|each| (each.class, each.key)).collect();
    let set_aside = engine.reserve(exchange, &values).await?;
    let mut created = Vec::new();
    let mut open: Vec<usize> = (0..pending.len()).collect();
    while !open.is_empty() {
        let batch: Vec<Put> = open
            .iter()
            .filter_map(|&number| pending.get(number))
            .map(|each| sealed(tokenizer, subject, each))
            .collect();
        let stored = engine.put(exchange, batch.clone()).await?;
        let mut taken = Vec::new();
        for ((number, put), stored) in open.into_iter().zip(&batch).zip(&stored) {
            let Some(each) = pending.get_mut(number) else { continue };
            created.extend(stored.created.then_some(each.class.code));
            if !holds(tokenizer, each, put, &stored.entry)? {
                regenerate(tokenizer, each)?;
                taken.push(number);
            }
        }
        open = taken;
    }
    settle_new(exchange, set_aside, &created);
    Ok(())
}

fn sealed(tokenizer: &Tokenizer, subject: Subject<'_>, each: &Pending<'_>) -> Put {
    Put {
        key: each.key,
        record: tokenizer.seal(each.class.code, &each.key, each.value, each.kind),
        subject: Binding {
            handle: match subject {
                Subject::Unbound => None,
                Subject::Person(_) => Some(tokenizer.handle(subject)),
            },
            tag: tokenizer.tag(&each.key, subject),
        },
    }
}

/// Whether the vault now holds this value, in this or an equal spelling.
fn holds(
    tokenizer: &Tokenizer,
    each: &Pending<'_>,
    put: &Put,
    entry: &Entry,
) -> Result<bool, Error> {
    if entry.record == put.record {
        return Ok(true);
    }
    let (value, kind) =
        tokenizer.open(each.class.code, &each.key, &entry.record).map_err(|_| Error::Record)?;
    Ok(tokenizer.same(each.class, each.value, each.kind, (value.expose(), kind)))
}

fn regenerate(tokenizer: &Tokenizer, each: &mut Pending<'_>) -> Result<(), Error> {
    each.regen += 1;
    if each.regen > REGENERATIONS {
        return Err(Error::Record);
    }
    let derived = tokenizer.derive(each.class, each.value, each.kind, each.regen);
    each.token = derived.token;
    each.key = derived.key;
    Ok(())
}

/// Writes the outcomes into the parts.
fn splice(
    parts: &[Part<'_>],
    fields: &[Selected<'_>],
    outcomes: &[Outcome],
    pending: &[Pending<'_>],
    tokenizer: &Tokenizer,
) -> Result<Vec<Option<Bytes>>, Error> {
    let mut text = String::new();
    let mut rest = fields.iter().zip(outcomes).peekable();
    let mut result = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let written = part.edited(part.source.len() / 4 + 64, |pen| {
            while let Some((field, outcome)) = rest.next_if(|(field, _)| field.part == index) {
                text.clear();
                match outcome {
                    Outcome::Kept => continue,
                    Outcome::Text(replacement) => text.push_str(replacement),
                    Outcome::Token(token) => tokenizer.spell(field.class, token, &mut text),
                    Outcome::Pending(number) => {
                        let each = pending.get(*number).ok_or(Error::Assembly)?;
                        tokenizer.spell(each.class, &each.token, &mut text);
                    }
                }
                let place = (field.span, field.codec);
                pen.replace(place, |out| field.codec.encode(&text, Kind::Text, out))?;
            }
            Ok(())
        })?;
        result.push(written);
    }
    Ok(result)
}
