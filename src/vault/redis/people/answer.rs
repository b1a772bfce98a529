//! What the scripts answer.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use ::redis::Value;

use crate::vault::Error;
use crate::vault::redis::fault;
use crate::vault::subjects::too_many_documents;
use crate::vault::subjects::too_many_members;

/// Reads the number by which a script says how it ended; `limit` is what 4 means.
pub(super) fn done(reply: &Value, limit: impl Fn() -> Error) -> Result<(), Error> {
    match reply {
        Value::Int(0) => Ok(()),
        Value::Int(1) => Err(Error::Erased),
        Value::Int(2) => Err(Error::Conflict),
        Value::Int(4) => Err(limit()),
        Value::Int(9) => Err(Error::corrupt("a key of people holds what is not in its layout")),
        _ => Err(fault::unexpected()),
    }
}

/// Reads the answer of a script that meets no bound.
pub(super) fn well(reply: &Value) -> Result<(), Error> {
    done(reply, fault::unexpected)
}

/// Reads the revision after a write.
pub(super) fn revision(reply: &Value) -> Result<u64, Error> {
    match reply {
        Value::Array(values) => match values.as_slice() {
            [Value::Int(revision)] => u64::try_from(*revision).map_err(|_| fault::unexpected()),
            _ => Err(fault::unexpected()),
        },
        other => done(other, too_many_documents).and(Err(fault::unexpected())),
    }
}

/// Reads what became of a claim: none when it was granted, else the holder.
pub(super) fn holder(reply: &Value) -> Result<Option<&[u8]>, Error> {
    match reply {
        Value::BulkString(holder) => Ok(Some(holder)),
        other => done(other, too_many_members).map(|()| None),
    }
}

pub(super) fn array(reply: Value) -> Result<Vec<Value>, Error> {
    match reply {
        Value::Array(values) => Ok(values),
        _ => Err(fault::unexpected()),
    }
}

pub(super) fn bytes(reply: &Value) -> Result<&[u8], Error> {
    match reply {
        Value::BulkString(bytes) => Ok(bytes),
        _ => Err(fault::unexpected()),
    }
}

/// Reads bytes where there may be none.
pub(super) fn maybe(reply: &Value) -> Result<Option<&[u8]>, Error> {
    if *reply == Value::Nil { Ok(None) } else { bytes(reply).map(Some) }
}

pub(super) fn sixteen(reply: &Value) -> Result<[u8; 16], Error> {
    bytes(reply)?.try_into().map_err(|_| Error::corrupt("a name of 16 bytes has another length"))
}

/// Reads a number that is written as a text.
pub(super) fn number(reply: &Value) -> Result<u64, Error> {
    let text = std::str::from_utf8(bytes(reply)?).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(fault::unexpected)
}
