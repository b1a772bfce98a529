//! Values become records of the vault, and only then tokens.
//!
//! A value whose store key is taken by another value (a collision of 100 bits, or a record that was
//! tampered with) is derived again with the next number; a record that does not open refuses the
//! message.

use std::collections::HashMap;

use crate::audit::Mode;
use crate::base::Kind;
use crate::base::StoreKey;
use crate::engine::decide::Decision;
use crate::engine::decide::Decisions;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::record::Recorded;
use crate::engine::record::Turns;
use crate::engine::record::ask::settle_new;
use crate::engine::record::tally::Tallies;
use crate::engine::select::Found;
use crate::engine::select::Selection;
use crate::token::Class;
use crate::token::Subject;
use crate::token::Token;
use crate::vault::Binding;
use crate::vault::Entry;
use crate::vault::Put;

/// How often a taken store key is answered with another token before the message is refused.
const REGENERATIONS: u8 = 4;

/// Stores the values of a message, and says what takes their places.
pub(super) async fn store<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    selection: &Selection<'a>,
    decisions: &Decisions,
    observer: &mut dyn Observer,
) -> Result<Recorded, Error> {
    check_subjects(leg, parts, selection, decisions).await?;
    if parts.iter().any(Part::is_refused) {
        return Ok(Recorded::Nothing);
    }
    let Derived { mut pending, numbers } = derive(leg, parts, selection, decisions).await;
    put_all(leg, selection, &mut pending).await?;
    let mut tallies = Tallies::default();
    let mut texts = Vec::with_capacity(decisions.each.len());
    let all = selection.occurrences.iter().zip(&decisions.each).zip(numbers);
    for ((occurrence, decision), number) in all {
        let spelled = |token| {
            let mut text = String::new();
            leg.exchange.tokenizer.spell(occurrence.class, token, &mut text);
            text
        };
        let goes_on = parts.get(occurrence.part).is_some_and(Part::is_treated);
        texts.push(match decision {
            _ if !goes_on => None,
            Decision::Keep(_) | Decision::Refuse(_) | Decision::Reveal => None,
            Decision::Write(text) => Some(text.clone()),
            Decision::Token(token) => Some(spelled(token)),
            Decision::Lookup(token) => {
                tallies.add(occurrence.class, Mode::Tokenize, None);
                Some(spelled(token))
            }
            Decision::Store => {
                let pending = number.and_then(|number| pending.get(number));
                let pending = pending.ok_or(Error::Assembly)?;
                tallies.add(occurrence.class, Mode::Tokenize, None);
                Some(spelled(&pending.token))
            }
        });
    }
    observer.stored(leg, &tallies.finish());
    Ok(Recorded::Tokens(texts))
}

/// A value on its way into the vault.
struct Pending {
    /// The first of the occurrences that it is the value of.
    occurrence: usize,
    kind: Kind,
    token: Token,
    key: StoreKey,
    regen: u8,
}

/// The different values of a message that are to be stored.
#[derive(Default)]
struct Derived {
    pending: Vec<Pending>,
    /// For each occurrence the place of its value in `pending`.
    numbers: Vec<Option<usize>>,
}

/// Derives the tokens of the values that are to be stored, each different value once. Those of a part
/// that does not go on are not.
async fn derive<'a>(
    leg: &Leg<'a>,
    parts: &[Part<'a>],
    selection: &Selection<'a>,
    decisions: &Decisions,
) -> Derived {
    let mut turns = Turns::default();
    let mut known: HashMap<StoreKey, usize> = HashMap::new();
    let Derived { mut pending, mut numbers } = Derived::default();
    for (occurrence, (content, decision)) in
        selection.occurrences.iter().zip(&decisions.each).enumerate()
    {
        let goes_on = parts.get(content.part).is_some_and(Part::is_treated);
        let (true, Decision::Store, Found::Value(value)) = (goes_on, decision, &content.content)
        else {
            numbers.push(None);
            continue;
        };
        turns.next().await;
        let kind = content.site.kind();
        let derived = leg.exchange.tokenizer.derive(content.class, value.expose(), kind, 0);
        let (token, key) = (derived.token, derived.key);
        let number = *known.entry(key).or_insert_with(|| {
            pending.push(Pending { occurrence, kind, token, key, regen: 0 });
            pending.len() - 1
        });
        numbers.push(Some(number));
    }
    Derived { pending, numbers }
}

/// Asks the vault whose the tokens are that may pass only into a record of the same person. Whoever was
/// shown a stranger's token must not plant it in their own record and read it there.
async fn check_subjects<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    selection: &Selection<'a>,
    decisions: &Decisions,
) -> Result<(), Error> {
    if decisions.planted.is_empty() {
        return Ok(());
    }
    let (tokenizer, subject) = (leg.exchange.tokenizer, selection.subject());
    let keys = decisions.planted.iter().map(|planted| tokenizer.key(&planted.token));
    let entries = match subject {
        Subject::Unbound => HashMap::new(),
        Subject::Person(_) => leg.engine.entries(keys.collect()).await?,
    };
    for planted in &decisions.planted {
        let Some(occurrence) = selection.occurrences.get(planted.occurrence) else { continue };
        let key = tokenizer.key(&planted.token);
        let entry = entries.get(&key).and_then(Option::as_ref);
        let is_theirs =
            entry.is_some_and(|entry| entry.tags.contains(&tokenizer.tag(&key, subject)));
        if let Some(part) = parts.get_mut(occurrence.part)
            && !is_theirs
            && part.is_treated()
        {
            let class = occurrence.class.name.clone();
            part.outcome = leg.outcome_of(Error::TokenSubmitted { class });
        }
    }
    Ok(())
}

/// Puts all values into the vault, in one round trip unless a store key was taken.
async fn put_all<'a>(
    leg: &Leg<'a>,
    selection: &Selection<'a>,
    pending: &mut [Pending],
) -> Result<(), Error> {
    if pending.is_empty() {
        return Ok(());
    }
    let subject = selection.subject();
    let values = pending.iter().filter_map(|pending| {
        let occurrence = selection.occurrences.get(pending.occurrence)?;
        Some((occurrence.class, pending.key))
    });
    let set_aside = leg.engine.reserve(leg.exchange, &values.collect::<Vec<_>>()).await?;
    let mut created = Vec::new();
    let mut open: Vec<usize> = (0..pending.len()).collect();
    while !open.is_empty() {
        let mut values = Vec::with_capacity(open.len());
        let mut batch = Vec::with_capacity(open.len());
        let mut turns = Turns::default();
        for pending in open.iter().filter_map(|&number| pending.get(number)) {
            turns.next().await;
            let value = Value::of(selection, pending).ok_or(Error::Assembly)?;
            batch.push(value.sealed(leg, subject, pending));
            values.push(value);
        }
        let stored = leg.engine.put(leg.exchange, batch.clone()).await?;
        let mut taken = Vec::new();
        for (((number, value), put), stored) in
            open.into_iter().zip(values).zip(&batch).zip(&stored)
        {
            let Some(pending) = pending.get_mut(number) else { continue };
            created.extend(stored.created.then_some(value.class.code));
            if !value.is_held(leg, pending, put, &stored.entry)? {
                value.regenerate(leg, pending)?;
                taken.push(number);
            }
        }
        open = taken;
    }
    settle_new(leg.exchange, set_aside, &created);
    Ok(())
}

/// A value that is to be stored.
struct Value<'s, 'a> {
    class: &'a Class,
    text: &'s str,
}

impl<'s, 'a> Value<'s, 'a> {
    fn of(selection: &'s Selection<'a>, pending: &Pending) -> Option<Self> {
        let occurrence = selection.occurrences.get(pending.occurrence)?;
        match &occurrence.content {
            Found::Value(text) => Some(Self { class: occurrence.class, text: text.expose() }),
            Found::Token(_) => None,
        }
    }

    fn sealed(&self, leg: &Leg<'_>, subject: Subject<'_>, pending: &Pending) -> Put {
        let tokenizer = leg.exchange.tokenizer;
        let key = pending.key;
        let text = tokenizer.stored(self.class, self.text, pending.kind);
        Put {
            key,
            record: tokenizer.seal(self.class.code, &key, text, pending.kind),
            subject: Binding {
                handle: match subject {
                    Subject::Unbound => None,
                    Subject::Person(_) => Some(tokenizer.handle(subject)),
                },
                tag: tokenizer.tag(&key, subject),
            },
        }
    }

    /// Whether the vault now holds this value, in this or an equal spelling.
    fn is_held(
        &self,
        leg: &Leg<'_>,
        pending: &Pending,
        put: &Put,
        entry: &Entry,
    ) -> Result<bool, Error> {
        if entry.record == put.record {
            return Ok(true);
        }
        let tokenizer = leg.exchange.tokenizer;
        let opened = tokenizer.open(self.class.code, &pending.key, &entry.record);
        let (value, kind) = opened.map_err(|_| Error::Record)?;
        Ok(tokenizer.same(self.class, self.text, pending.kind, (value.expose(), kind)))
    }

    fn regenerate(&self, leg: &Leg<'_>, pending: &mut Pending) -> Result<(), Error> {
        pending.regen += 1;
        if pending.regen > REGENERATIONS {
            return Err(Error::Record);
        }
        let tokenizer = leg.exchange.tokenizer;
        let derived = tokenizer.derive(self.class, self.text, pending.kind, pending.regen);
        pending.token = derived.token;
        pending.key = derived.key;
        Ok(())
    }
}
