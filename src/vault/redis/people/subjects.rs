//! The operations on people, as the contract has them.

use std::future::Future;

use ::redis::Value;
use ::redis::cmd;

use crate::base::ClassCode;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::Waiting;
use crate::vault::redis::RedisVault;
use crate::vault::redis::fault;
use crate::vault::redis::keyspace;
use crate::vault::redis::keyspace::PersonKeys;
use crate::vault::redis::scripts::Owned;
use crate::vault::subjects::Changes;
use crate::vault::subjects::Claim;
use crate::vault::subjects::Due;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::Item;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::MEMBERS;
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
use crate::vault::subjects::shard_of;

use super::answer;
use super::holdings::milliseconds;
use super::lookup_scripts::CLAIM;
use super::lookup_scripts::CLEAR_DUE;
use super::lookup_scripts::PLACE;
use super::lookup_scripts::RELEASE;
use super::lookup_scripts::TAKE;
use super::lookup_scripts::WITHDRAW;
use super::scripts::BIND;

/// Waits for an answer, unless the call was refused already.
fn after<'a, T: 'a>(
    checked: Result<(), Error>,
    answer: impl Future<Output = Result<T, Error>> + Send + 'a,
) -> Waiting<'a, T> {
    Box::pin(async move {
        checked?;
        answer.await
    })
}

impl Subjects for RedisVault {
    fn bind(
        &self,
        handle: SubjectHandle,
        entry: SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Waiting<'_, ()> {
        let checked = checked_entry(&entry).and(checked_items(&items)).and(checked_time(since));
        after(checked, async move {
            let commands = Owned::new(handle, &entry, items, since).bind();
            let replies = self.run_all(&[&BIND], commands).await?;
            answer::well(replies.last().ok_or_else(fault::unexpected)?)
        })
    }

    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<(StoreKey, ClassCode)>> {
        Box::pin(async move {
            let mut members = cmd("SMEMBERS");
            members.arg(PersonKeys::of(handle).index());
            let members = answer::array(self.command(members).await?)?;
            let broken = || Error::corrupt("a member of a subject's set is no key and class");
            let member = |member: &Value| {
                let member = answer::bytes(member)?.try_into().ok();
                member.and_then(Item::indexed).ok_or_else(broken)
            };
            let mut index = members.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            index.sort_unstable();
            Ok(index)
        })
    }

    fn read(
        &self,
        handle: SubjectHandle,
        wanted: Wanted,
        now: Timestamp,
    ) -> Waiting<'_, Option<Person>> {
        let checked = checked_wanted(&wanted);
        after(checked, async move { self.person(handle, &wanted, now).await })
    }

    fn write(&self, handle: SubjectHandle, revision: u64, changes: Changes) -> Waiting<'_, u64> {
        let checked = checked_changes(&changes);
        after(checked, async move { self.change(handle, revision, &changes).await })
    }

    fn claim_value(&self, value: StoreKey, member: Member, now: Timestamp) -> Waiting<'_, Claim> {
        after(checked_time(now), async move {
            let mut claim = CLAIM.call(&[&keyspace::value(value)[..]]);
            claim.arg(&member.packed()).arg(&now.0.to_be_bytes()).arg(MEMBERS);
            let reply = self.call(&CLAIM, claim).await?;
            let Some(holder) = answer::holder(&reply)? else { return Ok(Claim::Granted) };
            let holder = Holder::unpack(holder)?.into_iter().next();
            holder.map(Claim::Held).ok_or_else(fault::unexpected)
        })
    }

    fn values(&self, value: StoreKey) -> Waiting<'_, Vec<Holder>> {
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(&keyspace::value(value));
            let members = self.command(get).await?;
            answer::maybe(&members)?.map_or(Ok(Vec::new()), Holder::unpack)
        })
    }

    fn release_value(&self, value: StoreKey, member: Member, until: Timestamp) -> Waiting<'_, ()> {
        after(checked_time(until), async move {
            let mut release = RELEASE.call(&[&keyspace::value(value)[..]]);
            release.arg(&member.packed()).arg(until.0);
            answer::well(&self.call(&RELEASE, release).await?)
        })
    }

    fn place(&self, id: OpaqueId, placed: Placed, now: Timestamp) -> Waiting<'_, ()> {
        after(checked_placed(&placed, now), async move {
            let mut place = PLACE.call(&[&keyspace::id(id)[..]]);
            place.arg(placed.encode()).arg(milliseconds(placed.until.0));
            answer::well(&self.call(&PLACE, place).await?)
        })
    }

    fn locate(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<Placed>> {
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(&keyspace::id(id));
            let placed = self.command(get).await?;
            let placed = answer::maybe(&placed)?.map(Placed::decode).transpose()?;
            Ok(placed.filter(|placed| now < placed.until))
        })
    }

    fn take(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<SubjectHandle>> {
        Box::pin(async move {
            let mut take = TAKE.call(&[&keyspace::id(id)[..]]);
            take.arg(now.0);
            match self.call(&TAKE, take).await? {
                Value::Nil => Ok(None),
                Value::Int(code) => answer::well(&Value::Int(code)).map(|()| None),
                handle => Ok(Some(SubjectHandle(answer::sixteen(&handle)?))),
            }
        })
    }

    fn withdraw(&self, id: OpaqueId, handle: SubjectHandle) -> Waiting<'_, ()> {
        Box::pin(async move {
            let mut withdraw = WITHDRAW.call(&[&keyspace::id(id)[..]]);
            withdraw.arg(&handle.0);
            answer::well(&self.call(&WITHDRAW, withdraw).await?)
        })
    }

    fn plan(&self, handle: SubjectHandle, work: Vec<Work>) -> Waiting<'_, ()> {
        let checked = checked_work(&work);
        after(checked, async move { self.put_on_worklist(handle, &work).await })
    }

    fn worklist(&self, handle: SubjectHandle) -> Waiting<'_, Vec<Work>> {
        Box::pin(self.work_of(handle))
    }

    fn kill(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: Tombstone,
    ) -> Waiting<'_, ()> {
        after(checked_time(tombstone.at), async move {
            self.entomb(handle, revision, index_size, &tombstone).await
        })
    }

    fn unbind(&self, handle: SubjectHandle, work: Vec<Work>, pass: Pass) -> Waiting<'_, ()> {
        let checked = checked_work(&work);
        after(checked, async move { self.work_off(handle, &work, pass).await })
    }

    fn set_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        after(checked_time(at), async move {
            let mut set = cmd("ZADD");
            set.arg(keyspace::due(shard_of(handle))).arg(at.0).arg(&handle.0);
            self.command(set).await.map(drop)
        })
    }

    fn clear_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()> {
        Box::pin(async move {
            let mut clear = CLEAR_DUE.call(&[keyspace::due(shard_of(handle))]);
            clear.arg(&handle.0).arg(at.0);
            answer::well(&self.call(&CLEAR_DUE, clear).await?)
        })
    }

    fn due(&self, shard: u8, now: Timestamp, lease: Timestamp) -> Waiting<'_, Vec<Due>> {
        let checked = checked_time(now).and(checked_time(lease));
        after(checked, self.lease(shard, now, lease))
    }

    fn scan(&self, from: Option<ScanPlace>) -> Waiting<'_, Scanned> {
        Box::pin(self.walk(from))
    }

    fn erasure_append(&self, erasure: Erasure) -> Waiting<'_, ()> {
        after(checked_erasure(&erasure), async move {
            let mut add = cmd("XADD");
            add.arg(keyspace::ERASURES).arg("*").arg("e").arg(erasure.encode());
            self.command(add).await.map(drop)
        })
    }

    fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Waiting<'_, Vec<(JournalPlace, Erasure)>> {
        Box::pin(self.lines(from))
    }
}
