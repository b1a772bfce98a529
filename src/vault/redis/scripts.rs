//! The script that stores a record, and the round trip that a batch of puts is.
//!
//! A put is bound to its subject before the record is written, and looks once more after it: a subject
//! erased in between may have had its worklist done before the record came.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ::redis::Cmd;
use ::redis::Pipeline;
use ::redis::Script;
use ::redis::ServerErrorKind;
use ::redis::Value;

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Entry;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;
use crate::vault::subjects::Item;
use crate::vault::subjects::SubjectEntry;

use super::fault;
use super::keyspace;
use super::keyspace::PersonKeys;
use super::people::scripts::BIND;

/// Stores an entry with one tag (`ARGV[1]`) under `KEYS[1]`, or adds its tag to the entry that is
/// there. Answers 1 when there was none, nil when exactly `ARGV[1]` is there, which saves most replies;
/// else what is stored now.
///
/// It works on the layout of `vault/entry.rs` and leaves alone what is not in it: our side then
/// finds it broken. One key only, so that it runs on any node of a cluster.
const PUT: &str = r"
local new, old = ARGV[1], redis.call('GET', KEYS[1])
if not old then
  redis.call('SET', KEYS[1], new)
  return 1
end
if old == new then return false end
if #old < 4 then return old end
local tags = 5 + struct.unpack('>I4', old)
if tags > #old + 1 or (#old + 1 - tags) % 16 ~= 0 then return old end
local tag = string.sub(new, -16)
for at = tags, #old, 16 do
  if string.sub(old, at, at + 15) == tag then return old end
end
redis.call('APPEND', KEYS[1], tag)
return old .. tag
";

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(PUT));

/// Whether the server is expected to know the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loading {
    Known,
    Load,
}

/// The commands of a batch: the script if asked for, what binds to subjects, the records, and what shows
/// whether a subject was erased meanwhile.
pub(super) fn puts(batch: &[Put], owners: &[Owned<'_>], loading: Loading) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(batch.len() + 2 * owners.len() + 2);
    if loading == Loading::Load {
        pipeline.cmd("SCRIPT").arg("LOAD").arg(PUT);
        BIND.load(&mut pipeline);
    }
    for owner in owners {
        for command in owner.bind() {
            pipeline.add_command(command);
        }
    }
    for put in batch {
        let entry = Entry::first(put).encode();
        let key = keyspace::record(put.key);
        pipeline.cmd("EVALSHA").arg(SCRIPT.get_hash()).arg(1).arg(&key).arg(entry);
    }
    for owner in owners {
        pipeline.cmd("GETRANGE").arg(PersonKeys::of(owner.handle).entry()).arg(0).arg(7);
    }
    pipeline
}

/// Whether this reply says that the server does not know the script.
pub(super) fn is_unknown(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}

/// Reads the replies to [`puts`]: all must be good. What stands at its end says which owners were erased.
pub(super) fn stored<'b>(
    batch: &[Put],
    owners: &'b [Owned<'b>],
    replies: &[Value],
) -> Result<(Vec<Stored>, Vec<&'b Owned<'b>>), Error> {
    replies.iter().try_for_each(fault::refused)?;
    if replies.contains(&Value::Int(9)) {
        return Err(Error::corrupt("a key of people holds what is not in its layout"));
    }
    let answers = replies.iter().rev();
    let mut erased = Vec::new();
    for (owner, reply) in owners.iter().rev().zip(answers.clone()) {
        let Value::BulkString(last) = reply else { return Err(fault::unexpected()) };
        if owner.is_stale(last)? {
            erased.push(owner);
        }
    }
    let mut stored = Vec::with_capacity(batch.len());
    for (put, reply) in batch.iter().rev().zip(answers.skip(owners.len())) {
        let entry = Entry::first(put);
        stored.push(match reply {
            Value::Int(1) => Stored { entry, created: true },
            Value::Nil => Stored { entry, created: false },
            Value::BulkString(bytes) => Stored { entry: Entry::decode(bytes)?, created: false },
            _ => return Err(fault::unexpected()),
        });
    }
    if stored.len() < batch.len() {
        return Err(fault::unexpected());
    }
    stored.reverse();
    Ok((stored, erased))
}

/// What a batch has of one subject.
pub(super) struct Owned<'b> {
    pub(super) handle: SubjectHandle,
    entry: Option<&'b SubjectEntry>,
    pub(super) items: Vec<Item>,
    since: Timestamp,
}

/// The subjects of a batch, each with its records and the earliest of its times.
pub(super) fn by_owner(batch: &[Put]) -> Vec<Owned<'_>> {
    let mut owners: BTreeMap<SubjectHandle, Owned<'_>> = BTreeMap::new();
    for (owner, item) in batch.iter().filter_map(Put::owned) {
        let owned = owners.entry(owner.handle).or_insert_with(|| Owned {
            handle: owner.handle,
            entry: None,
            items: Vec::new(),
            since: owner.since,
        });
        owned.entry = owned.entry.or(owner.entry.as_deref());
        owned.since = owned.since.min(owner.since);
        owned.items.push(item);
    }
    owners.into_values().collect()
}

impl<'b> Owned<'b> {
    pub(super) fn new(
        handle: SubjectHandle,
        entry: &'b SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Self {
        Self { handle, entry: Some(entry), items, since }
    }

    /// Gives the commands that bind: who may be new is in the walk over all before they are there.
    pub(super) fn bind(&self) -> Vec<Cmd> {
        let keys = PersonKeys::of(self.handle);
        let items: Vec<u8> = self.items.iter().flat_map(Item::encode).collect();
        let entry = self.entry.map(SubjectEntry::encode).unwrap_or_default();
        let mut bind = BIND.call(&[keys.entry(), keys.index(), keys.worklist()]);
        bind.arg(self.since.0).arg(entry).arg(items);
        let enlist = self.entry.map(|_| keyspace::enlist(self.handle));
        enlist.into_iter().chain([bind]).collect()
    }

    /// Whether a subject with this time of erasure was erased since this began.
    fn is_stale(&self, erased: &[u8]) -> Result<bool, Error> {
        let Ok(erased) = <[u8; 8]>::try_from(erased) else {
            return if erased.is_empty() { Ok(false) } else { Err(fault::unexpected()) };
        };
        let erased = u64::from_be_bytes(erased);
        Ok(erased > 0 && self.since.0 <= erased)
    }
}
