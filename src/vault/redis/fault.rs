//! What Redis and the way to it report, as vault errors.
//!
//! Server texts are not passed on: some repeat the arguments of the command. The code in front of
//! them (`OOM`, `READONLY`) says enough.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use ::redis::ErrorKind;
use ::redis::RedisError;
use ::redis::ServerError;
use ::redis::Value;

use crate::vault::Error;

/// A reply that no command of ours has.
pub(super) fn unexpected() -> Error {
    Error::corrupt("redis answered with something else than was asked for")
}

/// The reply, unless it is an error.
pub(super) fn accepted(reply: Value) -> Result<Value, Error> {
    refused(&reply)?;
    Ok(reply)
}

/// The error that a reply is, if it is one.
pub(super) fn refused(reply: &Value) -> Result<(), Error> {
    match reply {
        Value::ServerError(error) => Err(of_server(error)),
        _ => Ok(()),
    }
}

/// An error that the server answered with.
pub(super) fn of_server(error: &ServerError) -> Error {
    // Inside a script Redis 7.0 reports a missing right with the code of any other mistake.
    let forbidden = "The user executing the script";
    if error.details().is_some_and(|details| details.contains(forbidden)) {
        return of_code("NOPERM");
    }
    of_code(error.code())
}

fn of_code(code: &str) -> Error {
    match code {
        "OOM" => Error::Full { what: "redis is at its maxmemory (OOM)".to_owned() },
        "READONLY" => Error::ReadOnly { what: "redis is a replica (READONLY)".to_owned() },
        "MISCONF" => {
            Error::ReadOnly { what: "redis cannot write to its disk (MISCONF)".to_owned() }
        }
        "NOAUTH" | "WRONGPASS" => Error::misconfigured(
            format!("redis does not accept our name and password ({code})"),
            "see `url` and `password_file` of the vault, and the user on the server",
        ),
        "NOPERM" => Error::misconfigured(
            "redis does not let this user do what the vault needs (NOPERM)",
            "give the user the rights listed in docs/operations/redis.md",
        ),
        "MOVED" | "ASK" | "CROSSSLOT" => Error::misconfigured(
            format!("the server is a node of a cluster ({code})"),
            "name a standalone server or its primary",
        ),
        "WRONGTYPE" => Error::corrupt("a key of ours holds a value of another type (WRONGTYPE)"),
        code => Error::unavailable(format!("redis answered {code}")),
    }
}

/// An error on the way to the server, or while the connection was set up.
pub(super) fn of_client(error: &RedisError) -> Error {
    match error.kind() {
        ErrorKind::AuthenticationFailed => of_code("WRONGPASS"),
        ErrorKind::Server(_) | ErrorKind::Extension => of_code(error.code().unwrap_or("an error")),
        ErrorKind::InvalidClientConfig => invalid(error),
        ErrorKind::Io if error.is_timeout() => Error::Timeout,
        // The text of an I/O or TLS error: `Connection refused`, `invalid peer certificate`.
        ErrorKind::Io => Error::unavailable(format!("redis: {error}")),
        _ => Error::unavailable(format!("redis: {}", error.category())),
    }
}

fn invalid(error: &RedisError) -> Error {
    Error::misconfigured(
        format!("redis: {}", error.category()),
        "the URL is redis://[user[:password]@]host[:port][/database], or rediss:// for TLS",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_passes_from_what_a_person_must_change() {
        assert!(matches!(of_code("OOM"), Error::Full { .. }));
        assert!(matches!(of_code("READONLY"), Error::ReadOnly { .. }));
        assert!(matches!(of_code("MISCONF"), Error::ReadOnly { .. }));
        for code in ["NOAUTH", "WRONGPASS", "NOPERM", "MOVED"] {
            assert!(matches!(of_code(code), Error::Misconfigured { .. }), "{code}");
        }
        for code in ["LOADING", "BUSY", "MASTERDOWN", "NOREPLICAS", "ERR"] {
            assert!(matches!(of_code(code), Error::Unavailable { .. }), "{code}");
        }
    }
}
