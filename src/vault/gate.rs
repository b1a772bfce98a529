//! A gate in front of a vault, which closes when the vault turns out to be another one's.

use std::sync::Arc;

use crate::base::ClassCode;
use crate::base::Live;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::net::Caller;

use super::Entry;
use super::Error;
use super::Health;
use super::Put;
use super::Stored;
use super::Vault;
use super::Waiting;
use super::subjects::Changes;
use super::subjects::Claim;
use super::subjects::Due;
use super::subjects::Erasure;
use super::subjects::Holder;
use super::subjects::Item;
use super::subjects::JournalPlace;
use super::subjects::Member;
use super::subjects::Pass;
use super::subjects::Person;
use super::subjects::Placed;
use super::subjects::ScanPlace;
use super::subjects::Scanned;
use super::subjects::SubjectEntry;
use super::subjects::Subjects;
use super::subjects::Tombstone;
use super::subjects::Wanted;
use super::subjects::Work;

/// Lets calls through while it is open, and answers with one error while it is closed. Clones are one
/// gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Live<Option<Error>>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Live::new(None)))
    }
}

impl Gate {
    /// Puts the gate in front of a vault.
    pub fn before(&self, vault: Arc<dyn Vault>) -> Arc<dyn Vault> {
        Arc::new(Gated { gate: self.clone(), vault })
    }

    /// Answers every call with this error from now on.
    pub fn close(&self, error: Error) {
        self.0.replace(Some(error));
    }

    /// Lets calls through again.
    pub fn open(&self) {
        self.0.replace(None);
    }

    fn pass(&self) -> Result<(), Error> {
        self.0.snapshot().as_ref().clone().map_or(Ok(()), Err)
    }
}

struct Gated {
    gate: Gate,
    vault: Arc<dyn Vault>,
}

impl Gated {
    /// Asks the vault, and looks at the gate both before and after: what a vault answered that was
    /// found to be another's meanwhile is not relied upon.
    fn ask<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a dyn Vault) -> Waiting<'a, T> + Send + 'a,
    ) -> Waiting<'a, T> {
        Box::pin(async move {
            self.gate.pass()?;
            let answer = call(self.vault.as_ref()).await?;
            self.gate.pass()?;
            Ok(answer)
        })
    }
}

impl Vault for Gated {
    fn put(&self, caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>> {
        self.ask(move |vault| vault.put(caller, batch))
    }

    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>> {
        self.ask(move |vault| vault.fetch(keys))
    }

    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>> {
        self.ask(move |vault| vault.claim(name, value))
    }

    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>> {
        self.ask(move |vault| vault.claimed(name))
    }

    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()> {
        self.ask(move |vault| vault.replace(name, value))
    }

    fn check(&self) -> Waiting<'_, Health> {
        self.ask(move |vault| vault.check())
    }
}

impl Subjects for Gated {
    fn bind(
        &self,
        handle: SubjectHandle,
        entry: SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.bind(handle, entry, items, since))
    }

    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<(StoreKey, ClassCode)>> {
        self.ask(move |vault| vault.of_subject(handle))
    }

    fn read(
        &self,
        handle: SubjectHandle,
        wanted: Wanted,
        now: Timestamp,
    ) -> Waiting<'_, Option<Person>> {
        self.ask(move |vault| vault.read(handle, wanted, now))
    }

    fn write(&self, handle: SubjectHandle, revision: u64, changes: Changes) -> Waiting<'_, u64> {
        self.ask(move |vault| vault.write(handle, revision, changes))
    }

    fn claim_value(&self, value: StoreKey, member: Member, now: Timestamp) -> Waiting<'_, Claim> {
        self.ask(move |vault| vault.claim_value(value, member, now))
    }

    fn values(&self, value: StoreKey) -> Waiting<'_, Vec<Holder>> {
        self.ask(move |vault| vault.values(value))
    }

    fn release_value(&self, value: StoreKey, member: Member, until: Timestamp) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.release_value(value, member, until))
    }

    fn place(&self, id: OpaqueId, placed: Placed, now: Timestamp) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.place(id, placed, now))
    }

    fn locate(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<Placed>> {
        self.ask(move |vault| vault.locate(id, now))
    }

    fn take(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<SubjectHandle>> {
        self.ask(move |vault| vault.take(id, now))
    }

    fn withdraw(&self, id: OpaqueId, handle: SubjectHandle) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.withdraw(id, handle))
    }

    fn plan(&self, handle: SubjectHandle, work: Vec<Work>) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.plan(handle, work))
    }

    fn worklist(&self, handle: SubjectHandle) -> Waiting<'_, Vec<Work>> {
        self.ask(move |vault| vault.worklist(handle))
    }

    fn kill(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: Tombstone,
    ) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.kill(handle, revision, index_size, tombstone))
    }

    fn unbind(&self, handle: SubjectHandle, work: Vec<Work>, pass: Pass) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.unbind(handle, work, pass))
    }

    fn set_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.set_due(handle, at))
    }

    fn clear_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.clear_due(handle, at))
    }

    fn due(&self, shard: u8, now: Timestamp, lease: Timestamp) -> Waiting<'_, Vec<Due>> {
        self.ask(move |vault| vault.due(shard, now, lease))
    }

    fn scan(&self, from: Option<ScanPlace>) -> Waiting<'_, Scanned> {
        self.ask(move |vault| vault.scan(from))
    }

    fn erasure_append(&self, erasure: Erasure) -> Waiting<'_, ()> {
        self.ask(move |vault| vault.erasure_append(erasure))
    }

    fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Waiting<'_, Vec<(JournalPlace, Erasure)>> {
        self.ask(move |vault| vault.erasures_since(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SubjectTag;
    use crate::vault::Binding;
    use crate::vault::memory::MemoryVault;

    #[tokio::test]
    async fn nothing_passes_a_closed_gate_and_all_does_when_it_opens() {
        let (gate, store) = (Gate::default(), Arc::<MemoryVault>::default());
        let vault = gate.before(Arc::<MemoryVault>::clone(&store));
        let put = Put {
            key: StoreKey([1; 16]),
            record: vec![1],
            subject: Binding { owner: None, tag: SubjectTag([1; 16]) },
        };
        vault.put(Caller::GATEWAY, vec![put.clone()]).await.unwrap();
        gate.close(Error::Timeout);
        let other = Put { key: StoreKey([2; 16]), ..put };
        assert_eq!(vault.put(Caller::GATEWAY, vec![other]).await, Err(Error::Timeout));
        assert_eq!(vault.fetch(vec![StoreKey([1; 16])]).await, Err(Error::Timeout));
        assert_eq!(vault.claim("name", b"x").await, Err(Error::Timeout));
        assert_eq!(vault.check().await.map(drop), Err(Error::Timeout));
        gate.open();
        let keys = vec![StoreKey([1; 16]), StoreKey([2; 16])];
        let found: Vec<bool> =
            vault.fetch(keys).await.unwrap().iter().map(Option::is_some).collect();
        assert_eq!(found, [true, false]);
        assert_eq!(vault.claimed("name").await, Ok(None));
    }
}
