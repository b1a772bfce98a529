//! Values become records of the vault, and only then tokens.
//!
//! A value whose store key is taken by another value (a collision of 100 bits, or a record that was
//! tampered with) is derived again with the next number; a record that does not open refuses the
//! message.

use std::collections::HashMap;
use std::sync::Arc;

use crate::audit::Mode;
use crate::base::Kind;
use crate::base::StoreKey;
use crate::engine::decide::Decision;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::record::Pauses;
use crate::engine::record::Tallies;
use crate::engine::record::ask::settle_new;
use crate::engine::record::people;
use crate::engine::select::Found;
use crate::engine::select::Replacement;
use crate::engine::select::treated;
use crate::engine::select::treated_mut;
use crate::token::Class;
use crate::token::Derived;
use crate::token::Subject;
use crate::token::Token;
use crate::vault::Binding;
use crate::vault::Entry;
use crate::vault::Owner;
use crate::vault::Put;
use crate::vault::subjects::SubjectEntry;

/// How often a taken store key is answered with another token before the message is refused.
const REGENERATIONS: u8 = 4;

/// Values that are sealed and on their way at once: what is sealed is not counted as memory.
const AT_ONCE: usize = 4096;

/// Stores the values of a message, and says what takes the places of its occurrences.
pub(super) async fn store<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    subject: Subject<'_>,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    check_subjects(leg, parts, subject).await?;
    if parts.iter().any(Part::is_refused) {
        return Ok(());
    }
    let mut tokens = put_all(leg, parts, subject).await?.into_iter();
    let mut tallies = Tallies::default();
    for occurrence in treated_mut(parts) {
        let token = match &occurrence.decision {
            Some(Decision::Keep(_) | Decision::Refuse(_) | Decision::Reveal) => continue,
            Some(Decision::Write(text)) => {
                occurrence.replacement = Some(Replacement::Spelled(text.clone()));
                continue;
            }
            Some(Decision::Token(token)) => *token,
            Some(Decision::Lookup(token)) => {
                tallies.add(occurrence.class, Mode::Tokenize, None);
                *token
            }
            Some(Decision::Store) => {
                tallies.add(occurrence.class, Mode::Tokenize, None);
                tokens.next().ok_or(Error::Assembly)?
            }
            None => return Err(Error::Assembly),
        };
        let mut spelled = String::new();
        leg.exchange.tokenizer.spell(occurrence.class, &token, &mut spelled);
        occurrence.replacement = Some(Replacement::Spelled(spelled));
    }
    observer.stored(leg, &tallies.finish());
    Ok(())
}

/// Asks the vault whose the tokens are that may pass only into a record of the same person. Whoever was
/// shown a stranger's token must not plant it in their own record and read it there.
async fn check_subjects<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    subject: Subject<'_>,
) -> Result<(), Error> {
    let tokenizer = &leg.exchange.tokenizer;
    let planted = treated(parts).flat_map(|occurrence| &occurrence.planted);
    let keys: Vec<StoreKey> = planted.map(|token| tokenizer.key(token)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let entries = match subject {
        Subject::Unbound => HashMap::new(),
        Subject::Person(_) => leg.engine.entries(keys).await?,
    };
    let is_theirs = |token: &Token| {
        let key = tokenizer.key(token);
        let entry = entries.get(&key).and_then(Option::as_ref);
        entry.is_some_and(|entry| entry.tags.contains(&tokenizer.tag(&key, subject)))
    };
    for part in parts.iter_mut().filter(|part| part.is_treated()) {
        let mut occurrences = part.selection.occurrences.iter();
        if let Some(strange) = occurrences.find(|each| !each.planted.iter().all(is_theirs)) {
            let class = strange.class.name.clone();
            part.outcome = leg.outcome_of(Error::TokenSubmitted { class });
        }
    }
    Ok(())
}

/// Puts the different values that are to be stored into the vault, in one round trip unless there are very
/// many or a store key was taken. Returns a token for each occurrence that has one of them.
async fn put_all<'a>(
    leg: &Leg<'a>,
    parts: &[Part<'a>],
    subject: Subject<'_>,
) -> Result<Vec<Token>, Error> {
    let mut pauses = Pauses::default();
    let mut records: Vec<NewRecord<'_>> = Vec::new();
    let mut known: HashMap<StoreKey, usize> = HashMap::new();
    let mut numbers = Vec::new();
    for occurrence in treated(parts) {
        let (Some(Decision::Store), Found::Value(value)) =
            (&occurrence.decision, &occurrence.value)
        else {
            continue;
        };
        pauses.next().await;
        let (class, value, kind) = (occurrence.class, value.expose(), occurrence.kind());
        let Derived { token, key } = leg.exchange.tokenizer.derive(class, value, kind, 0);
        numbers.push(*known.entry(key).or_insert_with(|| {
            records.push(NewRecord { class, value, kind, token, key, regen: 0 });
            records.len() - 1
        }));
    }
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<_> = records.iter().map(|record| (record.class, record.key)).collect();
    let set_aside = leg.engine.reserve(leg.exchange, &new).await?;
    let mut created = Vec::new();
    let entry = people::entry(leg, subject)?.map(Arc::new);
    let mut open: Vec<&mut NewRecord<'_>> = records.iter_mut().collect();
    while !open.is_empty() {
        let mut taken = open.split_off(open.len().min(AT_ONCE));
        let mut batch = Vec::with_capacity(open.len());
        for record in &open {
            pauses.next().await;
            batch.push(record.sealed(leg, subject, entry.as_ref()));
        }
        let stored = leg.engine.put(leg.exchange, batch.clone()).await?;
        for ((record, put), stored) in open.into_iter().zip(&batch).zip(&stored) {
            created.extend(stored.created.then_some(record.class.code));
            if !record.is_held(leg, put, &stored.entry)? {
                record.regenerate(leg)?;
                taken.push(record);
            }
        }
        open = taken;
    }
    settle_new(leg.exchange, set_aside, &created);
    people::note(leg, subject, records.iter().map(|record| (record.class.code, record.key)))
        .await?;
    let token =
        |number: usize| records.get(number).map(|record| record.token).ok_or(Error::Assembly);
    numbers.into_iter().map(token).collect()
}

/// A value on its way into the vault; one for all occurrences of it.
struct NewRecord<'s> {
    class: &'s Class,
    value: &'s str,
    kind: Kind,
    token: Token,
    key: StoreKey,
    regen: u8,
}

impl NewRecord<'_> {
    fn sealed(
        &self,
        leg: &Leg<'_>,
        subject: Subject<'_>,
        entry: Option<&Arc<SubjectEntry>>,
    ) -> Put {
        let (tokenizer, key) = (&leg.exchange.tokenizer, self.key);
        let spelling = tokenizer.stored(self.class, self.value, self.kind);
        Put {
            key,
            record: tokenizer.seal(self.class.code, &key, spelling, self.kind),
            subject: Binding {
                owner: match subject {
                    Subject::Unbound => None,
                    Subject::Person(_) => Some(Owner {
                        handle: tokenizer.handle(subject),
                        class: self.class.code,
                        since: leg.exchange.request_id.made_at(),
                        entry: entry.cloned(),
                    }),
                },
                tag: tokenizer.tag(&key, subject),
            },
        }
    }

    /// Whether the vault now holds this value, in this or an equal spelling.
    fn is_held(&self, leg: &Leg<'_>, put: &Put, entry: &Entry) -> Result<bool, Error> {
        if entry.record == put.record {
            return Ok(true);
        }
        let tokenizer = &leg.exchange.tokenizer;
        let opened = tokenizer.open_record(self.class.code, &self.key, &entry.record);
        let (value, kind) = opened.map_err(|_| Error::Record)?;
        Ok(tokenizer.same(self.class, self.value, self.kind, (value.expose(), kind)))
    }

    fn regenerate(&mut self, leg: &Leg<'_>) -> Result<(), Error> {
        self.regen += 1;
        if self.regen > REGENERATIONS {
            return Err(Error::Record);
        }
        let tokenizer = &leg.exchange.tokenizer;
        let Derived { token, key } =
            tokenizer.derive(self.class, self.value, self.kind, self.regen);
        (self.token, self.key) = (token, key);
        Ok(())
    }
}
