//! The scripts that work on what leads to people: members of values, ids, due times. Each has one key.

use std::sync::LazyLock;

use super::scripts::Operation;

/// Takes a member from the packed members of a value, unless it was claimed after this time.
pub(super) const RELEASED: &str = r"
local function release(key, member, till)
  local all, left = redis.call('GET', key), ''
  if not all then return end
  for at = 1, #all, 25 do
    local since = struct.unpack('>I8', all, at + 17)
    if string.sub(all, at, at + 16) ~= member or since > till then
      left = left .. string.sub(all, at, at + 24)
    end
  end
  if left == '' then
    redis.call('DEL', key)
  elseif #left < #all then
    redis.call('SET', key, left)
  end
end
";

/// Takes an id away that leads to this person.
pub(super) const WITHDRAWN: &str = r"
local function withdraw(key, handle)
  local placed = redis.call('GET', key)
  if placed and string.sub(placed, 1, 16) == handle then redis.call('DEL', key) end
end
";

/// `KEYS`: value. `ARGV`: member, time in 8 bytes, most members. Answers who holds it, when it is held.
pub(super) static CLAIM: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local all, member, time = redis.call('GET', KEYS[1]) or '', ARGV[1], ARGV[2]
if #all % 25 ~= 0 then return 9 end
local held
for at = 1, #all, 25 do
  local known = string.sub(all, at, at + 16)
  if known == member then
    if struct.unpack('>I8', all, at + 17) < struct.unpack('>I8', time) then
      redis.call('SETRANGE', KEYS[1], at + 16, time)
    end
    return 0
  end
  if string.sub(known, 1, 1) == 'u' then held = string.sub(all, at, at + 24) end
end
if held and string.sub(member, 1, 1) == 'u' then return held end
if #all >= 25 * tonumber(ARGV[3]) then return 4 end
redis.call('APPEND', KEYS[1], member .. time)
return 0
"])
});

/// `KEYS`: value. `ARGV`: member, time.
pub(super) static RELEASE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[RELEASED, "release(KEYS[1], ARGV[1], tonumber(ARGV[2]))\nreturn 0\n"])
});

/// `KEYS`: id. `ARGV`: where it leads, its end in milliseconds.
pub(super) static PLACE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local known = redis.call('GET', KEYS[1])
if not known or string.sub(known, 1, 24) ~= string.sub(ARGV[1], 1, 24) then
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
end
return 0
"])
});

/// `KEYS`: id. `ARGV`: present. Answers the handle, or nil.
pub(super) static TAKE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local placed = redis.call('GET', KEYS[1])
if not placed then return false end
if #placed ~= 32 then return 9 end
if tonumber(ARGV[1]) >= struct.unpack('>I8', placed, 17) then return false end
if string.sub(placed, 25) ~= string.rep('\255', 8) then
  local uses = struct.unpack('>I8', placed, 25)
  if uses == 0 then return false end
  redis.call('SETRANGE', KEYS[1], 24, struct.pack('>I8', uses - 1))
end
return string.sub(placed, 1, 16)
"])
});

/// `KEYS`: id. `ARGV`: handle.
pub(super) static WITHDRAW: LazyLock<Operation> =
    LazyLock::new(|| Operation::new(&[WITHDRAWN, "withdraw(KEYS[1], ARGV[1])\nreturn 0\n"]));

/// `KEYS`: due times of a shard. `ARGV`: present, end of the lease, most people. Answers handles and times.
pub(super) static DUE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for at = 1, #due, 2 do redis.call('ZADD', KEYS[1], ARGV[2], due[at]) end
return due
"])
});

/// `KEYS`: due times of a shard. `ARGV`: handle, time. Who is not due stays in the set, for the walk.
pub(super) static CLEAR_DUE: LazyLock<Operation> = LazyLock::new(|| {
    Operation::new(&[r"
local time = redis.call('ZSCORE', KEYS[1], ARGV[1])
if time and tonumber(time) == tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], '+inf', ARGV[1]) end
return 0
"])
});
