//! The operations on people, on maps.

use std::future;
use std::future::Ready;

use crate::base::ClassCode;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::Waiting;
use crate::vault::subjects::Changes;
use crate::vault::subjects::Claim;
use crate::vault::subjects::DUE_AT_ONCE;
use crate::vault::subjects::Due;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::ITEMS;
use crate::vault::subjects::Item;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::Member;
use crate::vault::subjects::Pass;
use crate::vault::subjects::Person;
use crate::vault::subjects::Placed;
use crate::vault::subjects::SCANNED_AT_ONCE;
use crate::vault::subjects::ScanPlace;
use crate::vault::subjects::Scanned;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Subjects;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::Wanted;
use crate::vault::subjects::Work;
use crate::vault::subjects::both;
use crate::vault::subjects::checked_changes;
use crate::vault::subjects::checked_entry;
use crate::vault::subjects::checked_erasure;
use crate::vault::subjects::checked_items;
use crate::vault::subjects::checked_placed;
use crate::vault::subjects::checked_time;
use crate::vault::subjects::checked_wanted;
use crate::vault::subjects::checked_work;
use crate::vault::subjects::release;
use crate::vault::subjects::shard_of;

use super::MemoryVault;
use super::State;

/// All but the last piece of a walk go on behind this person.
fn behind(handle: SubjectHandle) -> ScanPlace {
    ScanPlace(u128::from_be_bytes(handle.0))
}

impl State {
    fn unbind(&mut self, handle: SubjectHandle, work: &[Work], pass: Pass) {
        let Some(known) = self.people.known.get_mut(&handle) else { return };
        let Some(erased) = known.row.as_ref().and_then(|row| row.erased) else { return };
        for work in work.iter().filter(|work| known.work.contains(work)).collect::<Vec<_>>() {
            if pass == Pass::Last {
                known.work.remove(work);
            }
            match *work {
                Work::Record(Item { key, tag, .. }) => {
                    if !known.index.contains_key(&key)
                        && let Some(entry) = self.records.get_mut(&key)
                        && entry.release(tag)
                        && entry.tags.is_empty()
                    {
                        self.records.remove(&key);
                    }
                }
                Work::Value(value) => {
                    let Some(holders) = self.people.values.get_mut(&value) else { continue };
                    for member in both(handle) {
                        release(holders, member, erased);
                    }
                }
                Work::Id(id) => {
                    if self.people.ids.get(&id).is_some_and(|placed| placed.handle == handle) {
                        self.people.ids.remove(&id);
                    }
                }
            }
        }
    }

    fn due(&mut self, shard: u8, now: Timestamp, lease: Timestamp) -> Vec<Due> {
        let all = self.people.due.iter();
        let due = all.filter(|&(&handle, &at)| shard_of(handle) == shard && at <= now);
        let mut due: Vec<Due> = due.map(|(&handle, &at)| Due { handle, at }).collect();
        due.sort_unstable_by_key(|due| (due.at, due.handle));
        due.truncate(DUE_AT_ONCE);
        for leased in &due {
            self.people.due.insert(leased.handle, lease);
        }
        due
    }

    fn scan(&self, from: Option<ScanPlace>) -> Scanned {
        let known = self.people.known.iter();
        let known = known.filter(|&(&handle, _)| from.is_none_or(|from| behind(handle).0 > from.0));
        let rows = known.filter_map(|(handle, known)| Some((*handle, known.row.as_ref()?)));
        let people: Vec<_> =
            rows.map(|(handle, row)| (handle, row.entry.clone())).take(SCANNED_AT_ONCE).collect();
        let is_full = people.len() == SCANNED_AT_ONCE;
        let next = people.last().map(|(handle, _)| behind(*handle)).filter(|_| is_full);
        Scanned { people, next }
    }

    fn erasures_since(&self, from: Option<JournalPlace>) -> Vec<(JournalPlace, Erasure)> {
        let numbered = (1..).map(JournalPlace).zip(&self.people.erasures);
        let rest = numbered.filter(|(place, _)| Some(*place) > from);
        rest.map(|(place, erasure)| (place, erasure.clone())).take(SCANNED_AT_ONCE).collect()
    }
}

/// An answer that is there at once.
fn ready<'a, T: Send + 'a>(answer: Result<T, Error>) -> Waiting<'a, T> {
    let answer: Ready<Result<T, Error>> = future::ready(answer);
    Box::pin(answer)
}

impl Subjects for MemoryVault {
    fn bind(
        &self,
        handle: SubjectHandle,
        entry: SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Waiting<'_, ()> {
        let checked = checked_entry(&entry).and(checked_items(&items)).and(checked_time(since));
        ready(checked.and_then(|()| self.state().people.bind(handle, Some(&entry), &items, since)))
    }

    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<(StoreKey, ClassCode)>> {
        let state = self.state();
        let index = state.people.known.get(&handle).map(|known| &known.index);
        ready(Ok(index.into_iter().flatten().map(|(key, class)| (*key, *class)).collect()))
    }

    fn read(
        &self,
        handle: SubjectHandle,
        wanted: Wanted,
        now: Timestamp,
    ) -> Waiting<'_, Option<Person>> {
        ready(checked_wanted(&wanted).map(|()| self.state().people.read(handle, &wanted, now)))
    }

    fn write(&self, handle: SubjectHandle, revision: u64, changes: Changes) -> Waiting<'_, u64> {
        let checked = checked_changes(&changes);
        ready(checked.and_then(|()| self.state().people.write(handle, revision, changes)))
    }

    fn claim_value(&self, value: StoreKey, member: Member, now: Timestamp) -> Waiting<'_, Claim> {
        let checked = checked_time(now);
        ready(checked.and_then(|()| self.state().people.claim_value(value, member, now)))
    }

    fn values(&self, value: StoreKey) -> Waiting<'_, Vec<Holder>> {
        ready(Ok(self.state().people.values.get(&value).cloned().unwrap_or_default()))
    }

    fn release_value(&self, value: StoreKey, member: Member, until: Timestamp) -> Waiting<'_, ()> {
        let checked = checked_time(until);
        ready(checked.map(|()| self.state().people.release_value(value, member, until)))
    }

    fn place(&self, id: OpaqueId, placed: Placed, now: Timestamp) -> Waiting<'_, ()> {
        let checked = checked_placed(&placed, now);
        ready(checked.map(|()| self.state().people.place(id, placed, now)))
    }

    fn locate(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<Placed>> {
        ready(Ok(self.state().people.locate(id, now)))
    }

    fn take(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<SubjectHandle>> {
        ready(Ok(self.state().people.take(id, now)))
    }

    fn withdraw(&self, id: OpaqueId, handle: SubjectHandle) -> Waiting<'_, ()> {
        self.state().people.withdraw(id, handle);
        ready(Ok(()))
    }

    fn plan(&self, handle: SubjectHandle, work: Vec<Work>) -> Waiting<'_, ()> {
        ready(checked_work(&work).map(|()| {
            self.state().people.known.entry(handle).or_default().work.extend(work);
        }))
    }

    fn worklist(&self, handle: SubjectHandle) -> Waiting<'_, Vec<Work>> {
        let state = self.state();
        let work = state.people.known.get(&handle).map(|known| &known.work);
        ready(Ok(work.into_iter().flatten().take(ITEMS).copied().collect()))
    }

    fn kill(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: Tombstone,
    ) -> Waiting<'_, ()> {
        let checked = checked_time(tombstone.at);
        ready(
            checked
                .and_then(|()| self.state().people.kill(handle, revision, index_size, &tombstone)),
        )
    }

    fn unbind(&self, handle: SubjectHandle, work: Vec<Work>, pass: Pass) -> Waiting<'_, ()> {
        ready(checked_work(&work).map(|()| self.state().unbind(handle, &work, pass)))
    }

    fn set_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        ready(checked_time(at).map(|()| {
            self.state().people.due.insert(handle, at);
        }))
    }

    fn clear_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        let due = &mut self.state().people.due;
        if due.get(&handle) == Some(&at) {
            due.remove(&handle);
        }
        ready(Ok(()))
    }

    fn due(&self, shard: u8, now: Timestamp, lease: Timestamp) -> Waiting<'_, Vec<Due>> {
        let checked = checked_time(now).and(checked_time(lease));
        ready(checked.map(|()| self.state().due(shard, now, lease)))
    }

    fn scan(&self, from: Option<ScanPlace>) -> Waiting<'_, Scanned> {
        ready(Ok(self.state().scan(from)))
    }

    fn erasure_append(&self, erasure: Erasure) -> Waiting<'_, ()> {
        ready(checked_erasure(&erasure).map(|()| self.state().people.erasures.push(erasure)))
    }

    fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Waiting<'_, Vec<(JournalPlace, Erasure)>> {
        ready(Ok(self.state().erasures_since(from)))
    }
}
