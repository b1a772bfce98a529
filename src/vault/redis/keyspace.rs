//! The names of our keys. All start with `ck:`, which is what the access rules of the server
//! grant; none holds a tenant, a class or a token.

use ::redis::Cmd;
use ::redis::cmd;

use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::vault::subjects::shard_of;

/// `ck:r:` and 16 bytes: an entry, a string in the layout of `vault/entry.rs`.
pub(super) fn record(key: StoreKey) -> [u8; 21] {
    name(*b"ck:r:", key.0)
}

/// The keys of one person: all have the handle as their hash tag, so that one server has them all.
pub(super) struct PersonKeys(String);

impl PersonKeys {
    /// `ck:{` and the handle in base 32: raw bytes may hold a brace.
    pub(super) fn of(handle: SubjectHandle) -> Self {
        Self(format!("ck:{{{}}}:", data_encoding::BASE32_NOPAD.encode(&handle.0)))
    }

    /// `k`: the row of `subjects/row.rs`, a string.
    pub(super) fn entry(&self) -> String {
        format!("{}k", self.0)
    }

    /// `d`: documents by name, and under no name the last call that wrote; a hash.
    pub(super) fn documents(&self) -> String {
        format!("{}d", self.0)
    }

    /// `x`: names of documents that expire, by their end; a sorted set.
    pub(super) fn expiring(&self) -> String {
        format!("{}x", self.0)
    }

    /// `e:`: what stands in front of the name of a document that expires; strings.
    pub(super) fn expiring_front(&self) -> String {
        format!("{}e:", self.0)
    }

    /// `r`: store key and class code of the person's records, a set.
    pub(super) fn index(&self) -> String {
        format!("{}r", self.0)
    }

    /// `w`: the work of an erasure, a set.
    pub(super) fn worklist(&self) -> String {
        format!("{}w", self.0)
    }
}

/// `ck:v:` and 16 bytes: the members of a value, a string in the layout of `subjects/values.rs`.
pub(super) fn value(value: StoreKey) -> [u8; 21] {
    name(*b"ck:v:", value.0)
}

/// `ck:i:` and 16 bytes: where an id leads, a string in the layout of `subjects/ids.rs`.
pub(super) fn id(id: OpaqueId) -> [u8; 21] {
    name(*b"ck:i:", id.0)
}

/// `ck:q:` and a number: everybody of a shard by what is due, a sorted set; endless when nothing is.
pub(super) fn due(shard: u8) -> String {
    format!("ck:q:{shard}")
}

/// Puts a person into the walk over all, with nothing due, unless they are in it.
pub(super) fn enlist(handle: SubjectHandle) -> Cmd {
    let mut command = cmd("ZADD");
    command.arg(due(shard_of(handle))).arg("NX").arg("+inf").arg(&handle.0);
    command
}

/// The erasure journal, a stream.
pub(super) const ERASURES: &str = "ck:j";

/// `ck:m:` and a name: a value of the registry, a string.
pub(super) fn registry(name: &str) -> String {
    format!("ck:m:{name}")
}

/// Stores a registry value unless there is one, and answers the older one, if any.
pub(super) fn claim(name: &str, value: &[u8]) -> Cmd {
    let mut command = cmd("SET");
    // NX together with GET is what asks for Redis 7.0.
    command.arg(registry(name)).arg(value).arg("NX").arg("GET");
    command
}

fn name(prefix: [u8; 5], id: [u8; 16]) -> [u8; 21] {
    let mut name = [0; 21];
    let (front, back) = name.split_at_mut(5);
    front.copy_from_slice(&prefix);
    back.copy_from_slice(&id);
    name
}
