//! The script that stores a record, and the round trip that a batch of puts is.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ::redis::Pipeline;
use ::redis::Script;
use ::redis::ServerErrorKind;
use ::redis::Value;

use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::vault::Entry;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;

use super::KEYS_PER_COMMAND;
use super::fault;
use super::keyspace;

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

/// The commands of a batch: the script if asked for, the indexes, then the records.
pub(super) fn puts(batch: &[Put], loading: Loading) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(batch.len() + 2);
    if loading == Loading::Load {
        pipeline.cmd("SCRIPT").arg("LOAD").arg(PUT);
    }
    for (handle, keys) in by_subject(batch) {
        for part in keys.chunks(KEYS_PER_COMMAND) {
            let command = pipeline.cmd("SADD").arg(&keyspace::subject(handle));
            for key in part {
                command.arg(&key.0);
            }
        }
    }
    for put in batch {
        let entry = Entry::first(put).encode();
        let key = keyspace::record(put.key);
        pipeline.cmd("EVALSHA").arg(SCRIPT.get_hash()).arg(1).arg(&key).arg(entry);
    }
    pipeline
}

/// Whether this reply says that the server does not know the script.
pub(super) fn is_unknown(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}

/// Reads the replies to [`puts`]: all must be good, the last ones are the records'.
pub(super) fn stored(batch: &[Put], replies: &[Value]) -> Result<Vec<Stored>, Error> {
    replies.iter().try_for_each(fault::refused)?;
    let before = replies.len().checked_sub(batch.len()).ok_or_else(fault::unexpected)?;
    let records = batch.iter().zip(replies.iter().skip(before));
    records
        .map(|(put, reply)| match reply {
            Value::Int(1) => Ok(Stored { entry: Entry::first(put), created: true }),
            Value::Nil => Ok(Stored { entry: Entry::first(put), created: false }),
            Value::BulkString(bytes) => Ok(Stored { entry: Entry::decode(bytes)?, created: false }),
            _ => Err(fault::unexpected()),
        })
        .collect()
}

fn by_subject(batch: &[Put]) -> BTreeMap<SubjectHandle, Vec<StoreKey>> {
    let mut subjects: BTreeMap<SubjectHandle, Vec<StoreKey>> = BTreeMap::new();
    for put in batch {
        if let Some(handle) = put.subject.handle {
            subjects.entry(handle).or_default().push(put.key);
        }
    }
    subjects
}
