//! Erasing one person.

use ::redis::Cmd;

use crate::base::SubjectHandle;
use crate::vault::Error;
use crate::vault::redis::KEYS_PER_COMMAND;
use crate::vault::redis::RedisVault;
use crate::vault::redis::keyspace;
use crate::vault::redis::keyspace::PersonKeys;
use crate::vault::redis::scripts::Owned;
use crate::vault::subjects::ITEMS;
use crate::vault::subjects::Pass;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::Work;

use super::answer;
use super::scripts::BIND;
use super::scripts::KILL;
use super::scripts::UNBIND;

/// Pieces of work of one script call: others are served in between.
const WORK_PER_CALL: usize = 128;

impl RedisVault {
    pub(super) async fn put_on_worklist(
        &self,
        handle: SubjectHandle,
        work: &[Work],
    ) -> Result<(), Error> {
        let worklist = PersonKeys::of(handle).worklist();
        let commands = work.chunks(KEYS_PER_COMMAND).map(|part| {
            let mut add = ::redis::cmd("SADD");
            add.arg(&worklist);
            for work in part {
                add.arg(work.encode());
            }
            add
        });
        self.run_all(&[], commands.collect()).await.map(drop)
    }

    pub(super) async fn work_of(&self, handle: SubjectHandle) -> Result<Vec<Work>, Error> {
        let mut some = ::redis::cmd("SRANDMEMBER");
        some.arg(PersonKeys::of(handle).worklist()).arg(ITEMS);
        let work = answer::array(self.command(some).await?)?;
        work.iter().map(|work| Work::decode(answer::bytes(work)?)).collect()
    }

    pub(super) async fn entomb(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: &Tombstone,
    ) -> Result<(), Error> {
        let keys = PersonKeys::of(handle);
        let mut kill = KILL.call(&[
            keys.entry(),
            keys.documents(),
            keys.expiring(),
            keys.expiring_front(),
            keys.index(),
        ]);
        kill.arg(revision).arg(index_size).arg(tombstone.at.0).arg(tombstone.entry().encode());
        let replies = self.run_all(&[&KILL], vec![keyspace::enlist(handle), kill]).await?;
        replies.last().map_or(Ok(()), answer::well)
    }

    pub(super) async fn work_off(
        &self,
        handle: SubjectHandle,
        work: &[Work],
        pass: Pass,
    ) -> Result<(), Error> {
        let replies = self.run_all(&[&UNBIND], unbinding(handle, work, pass)).await?;
        replies.iter().try_for_each(answer::well)
    }

    /// Undoes what was put for a subject who was erased meanwhile: onto the worklist, and off it.
    pub(in crate::vault::redis) async fn take_back(&self, owner: &Owned<'_>) -> Result<(), Error> {
        let work: Vec<Work> = owner.items.iter().copied().map(Work::Record).collect();
        let mut commands = owner.bind();
        commands.extend(unbinding(owner.handle, &work, Pass::Last));
        self.run_all(&[&BIND, &UNBIND], commands).await.map(drop)
    }
}

fn unbinding(handle: SubjectHandle, work: &[Work], pass: Pass) -> Vec<Cmd> {
    let keys = PersonKeys::of(handle);
    let calls = work.chunks(WORK_PER_CALL).map(|part| {
        let mut names = vec![
            keys.entry().into_bytes(),
            keys.index().into_bytes(),
            keys.worklist().into_bytes(),
        ];
        names.extend(part.iter().map(|work| match work {
            Work::Record(item) => keyspace::record(item.key).to_vec(),
            Work::Value(value) => keyspace::value(*value).to_vec(),
            Work::Id(id) => keyspace::id(*id).to_vec(),
        }));
        let mut unbind = UNBIND.call(&names);
        unbind.arg(if pass == Pass::Last { "1" } else { "0" }).arg(&handle.0);
        for work in part {
            unbind.arg(work.encode());
        }
        unbind
    });
    calls.collect()
}
