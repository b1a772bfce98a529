//! Asking vault and journal, each within its time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Item;
use crate::audit::Name;
use crate::audit::Policy;
use crate::audit::Receipt;
use crate::audit::Verb;
use crate::authz::Permit;
use crate::base::StoreKey;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::error::Error;
use crate::vault;
use crate::vault::Entry;
use crate::vault::Put;
use crate::vault::Waiting;

/// What one more record of a batch adds to the time that a vault call may take.
const PER_RECORD: Duration = Duration::from_micros(100);

impl Engine {
    /// Stores a batch; answers what is stored now, one entry per put.
    pub(super) async fn put(&self, batch: Vec<Put>) -> Result<Vec<Entry>, Error> {
        let count = batch.len();
        let entries = self.ask(count, self.vault.put(batch)).await?;
        if entries.len() == count { Ok(entries) } else { Err(Error::Vault(vault::Error::Corrupt)) }
    }

    /// Fetches records; one answer per key.
    pub(super) async fn fetch(&self, keys: Vec<StoreKey>) -> Result<Vec<Option<Entry>>, Error> {
        let count = keys.len();
        let entries = self.ask(count, self.vault.fetch(keys)).await?;
        if entries.len() == count { Ok(entries) } else { Err(Error::Vault(vault::Error::Corrupt)) }
    }

    async fn ask<T>(&self, records: usize, call: Waiting<'_, T>) -> Result<T, Error> {
        let more = PER_RECORD.saturating_mul(u32::try_from(records).unwrap_or(u32::MAX));
        let wait = self.vault_wait.saturating_add(more);
        let begun = tokio::time::Instant::now();
        let answer = match tokio::time::timeout(wait, call).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(vault::Error::Timeout),
        };
        self.vault_up.store(answer.is_ok(), Ordering::Relaxed);
        self.metrics.vault_answered(begun.elapsed(), answer.as_ref().err());
        Ok(answer?)
    }

    /// Puts on record what is about to be shown; the receipt says that it is durable.
    pub(super) async fn record(
        &self,
        exchange: &Exchange<'_>,
        items: Vec<Item>,
        permits: &[Permit],
    ) -> Result<Receipt, Error> {
        let mut ids: Vec<Name> =
            permits.iter().flat_map(Permit::policies).map(|id| Name::clean(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let policy = Policy { hash: exchange.generation.policies.hash(), ids };
        let event = Event::reveal_intent(&audited(exchange), items)
            .decided_by(policy)
            .under_rules(exchange.generation.rules.hash());
        let begun = tokio::time::Instant::now();
        let answer = match tokio::time::timeout(self.audit_wait, self.journal.append(event)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(crate::audit::Error::NotDurable(std::io::ErrorKind::TimedOut)),
        };
        self.metrics.journal_answered(begun.elapsed(), answer.is_ok());
        Ok(answer?)
    }

    /// Notes what stayed a token although a rule selected it.
    pub(super) fn note_kept(&self, exchange: &Exchange<'_>, items: Vec<Item>) {
        if !items.is_empty() {
            self.journal.note(Event::deny(&audited(exchange), items, Code("not_shown")));
        }
    }

    /// Notes what became tokens.
    pub(super) fn note_tokenized(&self, exchange: &Exchange<'_>, items: Vec<Item>) {
        if !items.is_empty() {
            self.journal.note(Event::tokenize(&audited(exchange), items));
        }
    }
}

/// An exchange in the journal's words.
fn audited(exchange: &Exchange<'_>) -> crate::audit::Exchange {
    crate::audit::Exchange {
        request_id: exchange.request_id,
        principal: exchange.principal.clone(),
        source: exchange.source,
        method: Verb::of(exchange.method.as_str()),
        route: Some(exchange.route.id.clone()),
        tenant: Some(exchange.route.tenant.clone()),
        upstream: exchange.route.upstream.clone(),
        purpose: exchange.purpose.cloned(),
    }
}
