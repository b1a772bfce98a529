//! The names of our keys. All start with `ck:`, which is what the access rules of the server
//! grant; none holds a tenant, a class or a token.

use ::redis::Cmd;
use ::redis::Value;
use ::redis::cmd;

use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::vault::Error;

use super::fault;

/// `ck:r:` and 16 bytes: an entry, a string in the layout of `vault/entry.rs`.
pub(super) fn record(key: StoreKey) -> [u8; 21] {
    name(*b"ck:r:", key.0)
}

/// `ck:s:` and 16 bytes: the store keys of a subject, a set.
pub(super) fn subject(handle: SubjectHandle) -> [u8; 21] {
    name(*b"ck:s:", handle.0)
}

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

/// Reads a member of a subject's set.
pub(super) fn store_key(value: &Value) -> Result<StoreKey, Error> {
    let Value::BulkString(bytes) = value else { return Err(fault::unexpected()) };
    let key = <[u8; 16]>::try_from(bytes.as_slice());
    key.map(StoreKey).map_err(|_| Error::corrupt("a member of a subject's set is not 16 bytes"))
}

fn name(prefix: [u8; 5], id: [u8; 16]) -> [u8; 21] {
    let mut name = [0; 21];
    let (front, back) = name.split_at_mut(5);
    front.copy_from_slice(&prefix);
    back.copy_from_slice(&id);
    name
}
