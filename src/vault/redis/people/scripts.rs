//! The scripts that work on people, one for each operation that reads before it writes.
//!
//! All but one name keys of one person, or one key. [`UNBIND`] looks at a person and at records, so that
//! it cannot cross with a `bind` that takes a record off the worklist: on a cluster, which is refused, it
//! would need another way.
//!
//! They read the bytes of `subjects/row.rs`, `values.rs` and `ids.rs`, and answer the numbers of
//! [`super::answer`].

use std::sync::LazyLock;

use ::redis::Cmd;
use ::redis::Pipeline;
use ::redis::Script;
use ::redis::ToRedisArgs;
use ::redis::cmd;

use super::lookup_scripts::RELEASED;
use super::lookup_scripts::WITHDRAWN;

/// A script, and the name the server knows it by.
pub(in crate::vault::redis) struct Operation {
    text: String,
    script: Script,
}

impl Operation {
    pub(super) fn new(parts: &[&str]) -> Self {
        let text = parts.concat();
        Self { script: Script::new(&text), text }
    }

    /// Starts a call with these keys; arguments are added to it.
    pub(in crate::vault::redis) fn call(&self, keys: &[impl ToRedisArgs]) -> Cmd {
        let mut command = cmd("EVALSHA");
        command.arg(self.script.get_hash()).arg(keys.len()).arg(keys);
        command
    }

    /// Lets the server learn the script.
    pub(in crate::vault::redis) fn load(&self, pipeline: &mut Pipeline) {
        pipeline.cmd("SCRIPT").arg("LOAD").arg(&self.text);
    }
}

/// The row of `KEYS[1]`: when erased last, whether live, revision.
const ROW: &str = r"
local row = redis.call('GET', KEYS[1])
local erased, live, revision = 0, false, 0
if row then
  if #row < 30 then return 9 end
  erased, live = struct.unpack('>I8', row), string.byte(row, 14) == 1
  revision = struct.unpack('>I8', row, 15)
end
local function with(entry, next)
  return string.sub(entry, 1, 6) .. struct.pack('>I8', next) .. string.sub(entry, 15)
end
";

/// `KEYS`: entry, index, worklist. `ARGV`: since, entry or nothing, items.
pub(in crate::vault::redis) static BIND: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[
        ROW,
        r"
local since, entry, items = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local stale = erased > 0 and since <= erased
for at = 1, #items, 34 do
  local member, work = string.sub(items, at, at + 17), 'r' .. string.sub(items, at, at + 33)
  if redis.call('SISMEMBER', KEYS[2], member) == 0 then
    if stale then
      redis.call('SADD', KEYS[3], work)
    else
      redis.call('SREM', KEYS[3], work)
      redis.call('SADD', KEYS[2], member)
    end
  end
end
if stale then return 1 end
if entry ~= '' and not live then
  redis.call('SET', KEYS[1], struct.pack('>I8', erased) .. with(entry, revision + 1))
end
return 0
",
    ])
});

/// `KEYS`: entry, documents, expiring ids, front of expiring documents, index. `ARGV`: `e`, `a` or `n`
/// and names.
pub(in crate::vault::redis) static READ: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local row = redis.call('GET', KEYS[1])
if not row then return false end
local found = { row, redis.call('SCARD', KEYS[5]) }
local function add(name, document)
  if document and name ~= '' then
    found[#found + 1], found[#found + 2] = name, document
  end
end
if ARGV[1] == 'a' then
  local lasting = redis.call('HGETALL', KEYS[2])
  for at = 1, #lasting, 2 do add(lasting[at], lasting[at + 1]) end
  for _, name in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    add(name, redis.call('GET', KEYS[4] .. name))
  end
end
for at = 2, #ARGV do
  local name = ARGV[at]
  add(name, redis.call('HGET', KEYS[2], name) or redis.call('GET', KEYS[4] .. name))
end
return found
"])
});

/// `KEYS`: entry, documents, expiring ids, front of expiring documents. `ARGV`: revision, entry or nothing,
/// present, name of the call, most documents; then for each document name, `-`, `0` or its end in
/// microseconds, that in milliseconds, and the document.
pub(in crate::vault::redis) static WRITE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[
        ROW,
        r"
local documents, ends, front, entry, now = KEYS[2], KEYS[3], KEYS[4], ARGV[2], ARGV[3]
if row and not live then return 1 end
if revision ~= tonumber(ARGV[1]) then
  if row and redis.call('HGET', documents, '') == ARGV[4] then return { revision } end
  return 2
end
if entry == '' then
  if not row then return 2 end
  entry = string.sub(row, 9)
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now)) do
  redis.call('DEL', front .. name)
end
redis.call('ZREMRANGEBYSCORE', ends, '-inf', now)
local count = redis.call('HLEN', documents) - redis.call('HEXISTS', documents, '')
count = count + redis.call('ZCARD', ends)
for at = 6, #ARGV, 4 do
  local name = ARGV[at]
  count = count - redis.call('HEXISTS', documents, name)
  if redis.call('ZSCORE', ends, name) then count = count - 1 end
  if ARGV[at + 1] ~= '-' then count = count + 1 end
end
if count > tonumber(ARGV[5]) then return 4 end
for at = 6, #ARGV, 4 do
  local name, till = ARGV[at], ARGV[at + 1]
  if till == '0' then
    redis.call('HSET', documents, name, ARGV[at + 3])
  else
    redis.call('HDEL', documents, name)
  end
  if till == '0' or till == '-' then
    redis.call('DEL', front .. name)
    redis.call('ZREM', ends, name)
  else
    redis.call('SET', front .. name, ARGV[at + 3], 'PXAT', ARGV[at + 2])
    redis.call('ZADD', ends, till, name)
  end
end
redis.call('HSET', documents, '', ARGV[4])
redis.call('SET', KEYS[1], struct.pack('>I8', erased) .. with(entry, revision + 1))
return { revision + 1 }
",
    ])
});

/// `KEYS`: entry, documents, expiring ids, front of expiring documents, index. `ARGV`: revision, size of
/// the index, time, tombstone.
pub(in crate::vault::redis) static KILL: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[
        ROW,
        r"
local expected = tonumber(ARGV[1])
local last = struct.pack('>I8', math.max(erased, tonumber(ARGV[3])))
local tombstone = last .. with(ARGV[4], expected + 1)
if row == tombstone then return 0 end
if revision ~= expected or redis.call('SCARD', KEYS[5]) ~= tonumber(ARGV[2]) then return 2 end
for _, name in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  redis.call('DEL', KEYS[4] .. name)
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[5])
redis.call('SET', KEYS[1], tombstone)
return 0
",
    ])
});

/// Takes a tag from a record in the layout of `vault/entry.rs`, and the record with its last tag.
const UNTAGGED: &str = r"
local function untag(key, tag)
  local old = redis.call('GET', key)
  if not old or #old < 4 then return end
  local tags = 5 + struct.unpack('>I4', old)
  if tags > #old + 1 or (#old + 1 - tags) % 16 ~= 0 then return end
  local left = ''
  for at = tags, #old, 16 do
    local other = string.sub(old, at, at + 15)
    if other ~= tag then left = left .. other end
  end
  if left == '' then
    redis.call('DEL', key)
  elseif tags + #left <= #old then
    redis.call('SET', key, string.sub(old, 1, tags - 1) .. left)
  end
end
";

/// `KEYS`: entry, index, worklist, and for each work the key of record, value or id. `ARGV`: whether for
/// the last time, handle, and the work.
pub(in crate::vault::redis) static UNBIND: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[
        ROW,
        RELEASED,
        WITHDRAWN,
        UNTAGGED,
        r"
if erased == 0 then return 0 end
local handle = ARGV[2]
for at = 3, #ARGV do
  local work, key = ARGV[at], KEYS[at + 1]
  if redis.call('SISMEMBER', KEYS[3], work) == 1 then
    local kind = string.sub(work, 1, 1)
    if kind == 'v' then
      release(key, 'u' .. handle, erased)
      release(key, 'r' .. handle, erased)
    elseif kind == 'i' then
      withdraw(key, handle)
    elseif redis.call('SISMEMBER', KEYS[2], string.sub(work, 2, 19)) == 0 then
      untag(key, string.sub(work, 20))
    end
    if ARGV[1] == '1' then redis.call('SREM', KEYS[3], work) end
  end
end
return 0
",
    ])
});
