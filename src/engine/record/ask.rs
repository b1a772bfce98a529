//! Asking vault and journal, each within its time.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::audit::Event;
use crate::audit::Item;
use crate::audit::Name;
use crate::audit::Policy;
use crate::audit::Receipt;
use crate::authz::Permit;
use crate::base::ClassCode;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::error::Error;
use crate::telemetry::metrics::Latency;
use crate::token::Class;
use crate::vault;
use crate::vault::Entry;
use crate::vault::Put;
use crate::vault::Reservation;
use crate::vault::Spender;
use crate::vault::Stored;
use crate::vault::Waiting;
use crate::vault::subjects::Member;

/// What one more record of a batch adds to the time that a vault call may take: ten times what it takes
/// alone, as long batches take turns with others. A vault that hangs is noticed at the first chunk.
const PER_RECORD: Duration = Duration::from_millis(1);

impl Engine {
    /// Stores a batch; answers what is stored now, one for each put.
    pub(super) async fn put(
        &self,
        exchange: &Exchange,
        batch: Vec<Put>,
    ) -> Result<Vec<Stored>, Error> {
        let count = batch.len();
        let call = self.vault.put(exchange.caller(), batch);
        whole(self.ask(count, call, &self.metrics.vault_put).await?, count)
    }

    /// Notes that a person has these values in records of theirs, all at once.
    pub(super) async fn note_values(
        &self,
        person: SubjectHandle,
        values: Vec<StoreKey>,
    ) -> Result<(), Error> {
        let (count, now) = (values.len(), self.clock.now());
        let member = Member::Record(person);
        let claim = async |value| match self.vault.claim_value(value, member, now).await {
            // Very many share the value: nobody is found by it, and nobody's message is refused for it.
            Err(vault::Error::Limit { .. }) => Ok(()),
            claimed => claimed.map(drop),
        };
        let all = Box::pin(try_join_all(values.into_iter().map(claim)));
        self.ask(count, all, &self.metrics.vault_put).await.map(drop)
    }

    /// Sets the values that are about to be stored aside in the caller's budget of new ones. Asks the
    /// vault which of them it knows only when the budget does not hold all of them.
    pub(super) async fn reserve(
        &self,
        exchange: &Exchange,
        values: &[(&Class, StoreKey)],
    ) -> Result<Reservation, Error> {
        let (caller, kind) = (exchange.caller(), exchange.principal.kind());
        let spender = Spender { tenant: &exchange.route.tenant, caller, kind };
        let all = count(values.iter().map(|(class, _)| class.code));
        if let Ok(reservation) = self.new_values.reserve(&spender, &all, self.clock.now()) {
            return Ok(reservation);
        }
        let known = self.fetch(values.iter().map(|(_, key)| *key).collect()).await?;
        let new = values.iter().zip(&known).filter(|(_, known)| known.is_none());
        let new = count(new.map(|((class, _), _)| class.code));
        self.new_values.reserve(&spender, &new, self.clock.now()).map_err(|exceeded| {
            let mut classes = values.iter().map(|(class, _)| class);
            match classes.find(|class| class.code == exceeded.class) {
                Some(class) => Error::NewValues { class: class.name.clone() },
                None => Error::Assembly,
            }
        })
    }

    /// Fetches what the vault has under each of these keys, each asked for once; without keys nobody is
    /// asked.
    pub(super) async fn entries(
        &self,
        mut keys: Vec<StoreKey>,
    ) -> Result<HashMap<StoreKey, Option<Entry>>, Error> {
        keys.sort_unstable();
        keys.dedup();
        let entries = if keys.is_empty() { Vec::new() } else { self.fetch(keys.clone()).await? };
        Ok(keys.into_iter().zip(entries).collect())
    }

    /// Fetches records; one answer per key.
    async fn fetch(&self, keys: Vec<StoreKey>) -> Result<Vec<Option<Entry>>, Error> {
        let count = keys.len();
        let entries = self.ask(count, self.vault.fetch(keys), &self.metrics.vault_fetch).await?;
        whole(entries, count)
    }

    async fn ask<T>(
        &self,
        records: usize,
        call: Waiting<'_, T>,
        latency: &Latency,
    ) -> Result<T, Error> {
        let more = PER_RECORD.saturating_mul(u32::try_from(records).unwrap_or(u32::MAX));
        let wait = self.vault_wait.saturating_add(more);
        let begun = tokio::time::Instant::now();
        let answer = match tokio::time::timeout(wait, call).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(vault::Error::Timeout),
        };
        // A caller who has too much waiting, or is of before an erasure, says nothing about the vault.
        let is_up = matches!(answer, Ok(_) | Err(vault::Error::Busy | vault::Error::Erased));
        self.vault_up.store(is_up, Ordering::Relaxed);
        latency.observe(begun.elapsed());
        if let Err(error) = &answer {
            self.metrics.vault_failed(reason(error));
        }
        Ok(answer?)
    }

    /// Puts on record what is about to be shown; the receipt says that it is durable. An event that is not
    /// durable in time is an error.
    pub(super) async fn announce(
        &self,
        exchange: &Exchange,
        items: Vec<Item>,
        permits: &[&Permit],
    ) -> Result<Receipt, Error> {
        let mut ids: Vec<Name> =
            permits.iter().flat_map(|permit| permit.policies()).map(|id| Name::clean(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let policy = Policy { hash: exchange.generation.policies.hash(), ids };
        let event = Event::reveal_intent(&exchange.audited(), items)
            .decided_by(policy)
            .under_rules(exchange.generation.rules.hash());
        let begun = tokio::time::Instant::now();
        let answer = match tokio::time::timeout(self.audit_wait, self.journal.append(event)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(crate::audit::Error::NotDurable(std::io::ErrorKind::TimedOut)),
        };
        self.metrics.audit.observe(begun.elapsed());
        if let Err(error) = &answer {
            self.metrics.audit_failed(error.code());
        }
        Ok(answer?)
    }
}

/// Gives back to the caller's budget what was not new, and counts what was.
pub(super) fn settle_new(exchange: &Exchange, set_aside: Reservation, created: &[ClassCode]) {
    let created = count(created.iter().copied());
    for (&class, &count) in &created {
        if let Some(counters) = exchange.generation.class(class) {
            counters.created.inc_by(count);
        }
    }
    set_aside.settle(&created);
}

/// How often each class occurs.
fn count(classes: impl Iterator<Item = ClassCode>) -> BTreeMap<ClassCode, u64> {
    let mut counts = BTreeMap::new();
    for class in classes {
        *counts.entry(class).or_default() += 1;
    }
    counts
}

/// The answers, when there is one for each question.
fn whole<T>(answers: Vec<T>, count: usize) -> Result<Vec<T>, Error> {
    if answers.len() == count {
        return Ok(answers);
    }
    let what = String::from("another number of answers than of questions");
    Err(Error::Vault(vault::Error::Corrupt { what }))
}

/// The word for an error in metrics.
fn reason(error: &vault::Error) -> &'static str {
    match error {
        vault::Error::Unavailable { .. } => "unavailable",
        vault::Error::Timeout => "timeout",
        vault::Error::Busy => "busy",
        vault::Error::Full { .. } => "full",
        vault::Error::ReadOnly { .. } => "read_only",
        vault::Error::Misconfigured { .. } => "misconfigured",
        vault::Error::Corrupt { .. } => "corrupt",
        vault::Error::Conflict => "conflict",
        vault::Error::Erased => "erased",
        vault::Error::Limit { .. } => "limit",
    }
}
