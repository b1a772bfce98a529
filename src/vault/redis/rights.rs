//! Whether our user may do all that the vault does, and whether the server reads again what it wrote down.
//!
//! A script that writes more than once stands as a transaction in the append-only file. Redis up to 8.4 and
//! Valkey up to 9 look, while they read the file at start, whether the user `default` may run what stands in
//! a transaction, and drop the transaction with no more than a line in the log if not
//! ([redis/redis#14541](https://github.com/redis/redis/issues/14541),
//! [valkey-io/valkey#3983](https://github.com/valkey-io/valkey/issues/3983)). A user who is `off` can have
//! all rights: nobody can log in as them.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use ::redis::Pipeline;
use ::redis::Value;
use ::redis::cmd;

use crate::vault::Error;

/// Commands on a key that holds a text: they do no harm to it, or are refused for its type.
const RIGHTS: [&str; 28] = [
    "MGET KEY",
    "APPEND KEY a",
    "GETRANGE KEY 0 0",
    "SETRANGE KEY 0 a",
    "SADD KEY a",
    "SREM KEY a",
    "SMEMBERS KEY",
    "SISMEMBER KEY a",
    "SCARD KEY",
    "SRANDMEMBER KEY 1",
    "HGET KEY a",
    "HGETALL KEY",
    "HSET KEY a a",
    "HDEL KEY a",
    "HEXISTS KEY a",
    "HLEN KEY",
    "ZADD KEY 1 a",
    "ZREM KEY a",
    "ZSCORE KEY a",
    "ZCARD KEY",
    "ZRANGE KEY 0 0",
    "ZRANGEBYSCORE KEY 0 0",
    "ZREMRANGEBYSCORE KEY 0 0",
    "ZSCAN KEY 0",
    "XADD KEY * a a",
    "XRANGE KEY - + COUNT 1",
    "EVALSHA 0000000000000000000000000000000000000000 1 KEY",
    "DEL KEY",
];

/// All that scripts write with, and so what may stand in a transaction.
const WRITTEN: [&str; 11] = [
    "SET ck:r: a",
    "DEL ck:r:",
    "APPEND ck:r: a",
    "SETRANGE ck:r: 0 a",
    "SADD ck:r: a",
    "SREM ck:r: a",
    "HSET ck:r: a a",
    "HDEL ck:r: a",
    "ZADD ck:r: 1 a",
    "ZREM ck:r: a",
    "ZREMRANGEBYSCORE ck:r: 0 0",
];

/// Adds the questions about rights. `key` holds a text that is not needed any more, and is gone after them.
pub(super) fn ask(pipeline: &mut Pipeline, key: &str) {
    for right in RIGHTS {
        add(pipeline, right, key);
    }
    for written in WRITTEN {
        add(pipeline, &format!("ACL DRYRUN default {written}"), key);
    }
}

fn add(pipeline: &mut Pipeline, text: &str, key: &str) {
    let mut words = text.split(' ');
    let mut command = cmd(words.next().unwrap_or_default());
    for word in words {
        command.arg(if word == "KEY" { key } else { word });
    }
    pipeline.add_command(command);
}

/// Judges the replies to [`ask`]. Answers a warning when the server does not tell.
pub(super) fn judge(replies: &[Value], is_written_down: bool) -> Result<Option<String>, Error> {
    let (rights, replayed) = replies.split_at_checked(RIGHTS.len()).unwrap_or((replies, &[]));
    for (right, reply) in RIGHTS.iter().zip(rights) {
        if is_denied(reply) {
            let command = right.split(' ').next().unwrap_or_default();
            return Err(Error::misconfigured(
                format!("redis does not let this user run {command} (NOPERM)"),
                "give the user the rights listed in docs/operations/redis.md",
            ));
        }
    }
    if !is_written_down {
        return Ok(None);
    }
    if replayed.iter().any(is_denied) {
        return Ok(Some(
            "redis does not let us see the rights of its user default: make sure that it has all, \
             also when it is off"
                .to_owned(),
        ));
    }
    if replayed.iter().all(is_allowed) {
        return Ok(None);
    }
    Err(Error::misconfigured(
        "the user default of redis has not all rights: at a restart redis drops what people's data \
         it wrote down",
        "ACL SETUSER default off +@all ~* &*; nobody can log in as a user who is off",
    ))
}

fn is_denied(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if error.code() == "NOPERM")
}

fn is_allowed(reply: &Value) -> bool {
    match reply {
        Value::Okay => true,
        Value::SimpleString(text) => text == "OK",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_that_reads_all_again_is_right() {
        let mut replies = vec![Value::Nil; RIGHTS.len()];
        replies.extend(vec![Value::Okay; WRITTEN.len()]);
        assert_eq!(judge(&replies, true), Ok(None));
        replies.pop();
        replies.push(Value::BulkString(b"User default has no permissions".to_vec()));
        assert_eq!(judge(&replies, false), Ok(None));
        assert!(matches!(judge(&replies, true), Err(Error::Misconfigured { .. })));
    }
}
