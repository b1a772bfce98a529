//! The operations on people, as jobs of the writer and as views.

use crate::base::ClassCode;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::Waiting;
use crate::vault::subjects::Changes;
use crate::vault::subjects::Claim;
use crate::vault::subjects::Due;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::Item;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::Member;
use crate::vault::subjects::Pass;
use crate::vault::subjects::Person;
use crate::vault::subjects::Placed;
use crate::vault::subjects::ScanPlace;
use crate::vault::subjects::Scanned;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Subjects;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::Wanted;
use crate::vault::subjects::Work;
use crate::vault::subjects::checked_changes;
use crate::vault::subjects::checked_entry;
use crate::vault::subjects::checked_erasure;
use crate::vault::subjects::checked_items;
use crate::vault::subjects::checked_placed;
use crate::vault::subjects::checked_time;
use crate::vault::subjects::checked_wanted;
use crate::vault::subjects::checked_work;

use super::EmbeddedVault;
use super::fault::Outcome;
use super::people::People;
use super::store::Store;
use super::tables::Tables;
use super::writer::Job;

impl EmbeddedVault {
    /// Lets the writer do this, unless it was refused already.
    fn job<T: Send + 'static>(
        &self,
        checked: Result<(), Error>,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Waiting<'_, T> {
        Box::pin(async move {
            checked?;
            self.ask(|answer| Job::change(answer, work)).await
        })
    }

    fn change<T: Send + 'static>(
        &self,
        checked: Result<(), Error>,
        work: impl FnOnce(&mut People<'_>) -> Outcome<T> + Send + 'static,
    ) -> Waiting<'_, T> {
        self.job(checked, |tables| tables.change(work))
    }

    fn view<'a, T: Send + 'a>(
        &'a self,
        work: impl FnOnce(&Store) -> Result<T, Error> + Send + 'a,
    ) -> Waiting<'a, T> {
        Box::pin(async move { work(self.reopened_store().await?.as_ref()) })
    }
}

impl Subjects for EmbeddedVault {
    fn bind(
        &self,
        handle: SubjectHandle,
        entry: SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Waiting<'_, ()> {
        let checked = checked_entry(&entry).and(checked_items(&items)).and(checked_time(since));
        self.change(checked, move |people| people.bind(handle, Some(&entry), &items, since))
    }

    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<(StoreKey, ClassCode)>> {
        self.view(move |store| store.of_subject(handle))
    }

    fn read(
        &self,
        handle: SubjectHandle,
        wanted: Wanted,
        now: Timestamp,
    ) -> Waiting<'_, Option<Person>> {
        self.view(move |store| {
            checked_wanted(&wanted)?;
            store.person(handle, &wanted, now)
        })
    }

    fn write(&self, handle: SubjectHandle, revision: u64, changes: Changes) -> Waiting<'_, u64> {
        let checked = checked_changes(&changes);
        self.change(checked, move |people| people.write(handle, revision, &changes))
    }

    fn claim_value(&self, value: StoreKey, member: Member, now: Timestamp) -> Waiting<'_, Claim> {
        self.change(checked_time(now), move |people| people.claim_value(value, member, now))
    }

    fn values(&self, value: StoreKey) -> Waiting<'_, Vec<Holder>> {
        self.view(move |store| store.values(value))
    }

    fn release_value(&self, value: StoreKey, member: Member, until: Timestamp) -> Waiting<'_, ()> {
        self.change(checked_time(until), move |people| people.release_value(value, member, until))
    }

    fn place(&self, id: OpaqueId, placed: Placed, now: Timestamp) -> Waiting<'_, ()> {
        self.change(checked_placed(&placed, now), move |people| people.place(id, placed, now))
    }

    fn locate(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<Placed>> {
        self.view(move |store| store.locate(id, now))
    }

    fn take(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<SubjectHandle>> {
        self.change(Ok(()), move |people| people.take(id, now))
    }

    fn withdraw(&self, id: OpaqueId, handle: SubjectHandle) -> Waiting<'_, ()> {
        self.change(Ok(()), move |people| people.withdraw(id, handle))
    }

    fn plan(&self, handle: SubjectHandle, work: Vec<Work>) -> Waiting<'_, ()> {
        self.change(checked_work(&work), move |people| people.plan(handle, &work))
    }

    fn worklist(&self, handle: SubjectHandle) -> Waiting<'_, Vec<Work>> {
        self.view(move |store| store.worklist(handle))
    }

    fn kill(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: Tombstone,
    ) -> Waiting<'_, ()> {
        self.change(checked_time(tombstone.at), move |people| {
            people.kill(handle, revision, index_size, &tombstone)
        })
    }

    fn unbind(&self, handle: SubjectHandle, work: Vec<Work>, pass: Pass) -> Waiting<'_, ()> {
        self.job(checked_work(&work), move |tables| tables.unbind(handle, &work, pass))
    }

    fn set_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        self.change(checked_time(at), move |people| people.set_due(handle, at))
    }

    fn clear_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        self.change(Ok(()), move |people| people.clear_due(handle, at))
    }

    fn due(&self, shard: u8, now: Timestamp, lease: Timestamp) -> Waiting<'_, Vec<Due>> {
        let checked = checked_time(now).and(checked_time(lease));
        self.change(checked, move |people| people.due(shard, now, lease))
    }

    fn scan(&self, from: Option<ScanPlace>) -> Waiting<'_, Scanned> {
        self.view(move |store| store.scan(from))
    }

    fn erasure_append(&self, erasure: Erasure) -> Waiting<'_, ()> {
        self.change(checked_erasure(&erasure), move |people| people.erasure_append(&erasure))
    }

    fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Waiting<'_, Vec<(JournalPlace, Erasure)>> {
        self.view(move |store| store.erasures_since(from))
    }
}
