//! A vault in Redis or Valkey 7.0 or newer: any number of gateways share it.
//!
//! A chunk of 128 puts is one round trip: the subject indexes first, then one script call for each
//! record, then a look whether a subject was erased meanwhile. Chunks take turns with those of other
//! callers (`net/turns.rs`). The index is first so that a crash between the two leaves an index entry
//! without a record, which harms nothing, and never a record that an erasure would not find. A fetch
//! is one round trip as well. Every command names one key or those of one person, save MGET and the
//! script of `unbind`, which have keys of one server.
//!
//! Each [`connect`] makes one connection of its own, dialled at the first use on the runtime of
//! that use: each core has its own. What operators need to know is in docs/operations/redis.md.
//!
//! # Invariants
//!
//! - A wait ends at the deadline, and the connection is not used again: a late reply can not be
//!   taken for another's (`vault_contract::faults::a_stopped_server_times_out_and_heals`).
//! - A broken connection is replaced by the next call (`vault_contract::faults`).
//! - Server texts, the URL and the password show up in no error
//!   (`vault_contract::access::no_error_shows_the_password`).

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

mod settings;
mod link;
mod keyspace;
mod scripts;
mod people;
mod fault;
mod checks;
mod rights;

pub use settings::check_url;

use ::redis::Pipeline;
use ::redis::Value;
use ::redis::cmd;

use crate::base::StoreKey;
use crate::base::Timeouts;
use crate::net::Caller;
use crate::net::Turns;

use self::link::Link;
use self::settings::Settings;
use super::CHUNK;
use super::Entry;
use super::Error;
use super::Health;
use super::Put;
use super::ROOM;
use super::Stored;
use super::Vault;
use super::Waiting;
use super::config::RedisConfig;
use super::entry::FORMAT;

/// Keys of one MGET, members of one SADD; longer lists travel as several in the same round trip, so that the
/// server can serve others in between.
const KEYS_PER_COMMAND: usize = 1024;

/// A vault in Redis, over one connection.
pub struct RedisVault {
    link: Link,
    turns: Turns,
}

/// Gives a vault on this server. Refuses settings that cannot work; does not dial yet, so that a
/// gateway can start, unready, before its Redis does: ask [`Vault::check`].
///
/// Of the time-outs, `connect` bounds dialling and `vault` each call as a whole.
pub fn connect(config: &RedisConfig, timeouts: &Timeouts) -> Result<RedisVault, Error> {
    let settings = Settings::new(config, timeouts)?;
    Ok(RedisVault { link: Link::new(settings), turns: Turns::new(ROOM, timeouts.vault) })
}

impl RedisVault {
    async fn store(&self, batch: &[Put]) -> Result<Vec<Stored>, Error> {
        let owners = scripts::by_owner(batch);
        let mut replies =
            self.link.run(&scripts::puts(batch, &owners, scripts::Loading::Known)).await?;
        if replies.iter().any(scripts::is_unknown) {
            // A new server, or SCRIPT FLUSH. Running all of it again is harmless.
            replies = self.link.run(&scripts::puts(batch, &owners, scripts::Loading::Load)).await?;
        }
        let (stored, erased) = scripts::stored(batch, &owners, &replies)?;
        if erased.is_empty() {
            return Ok(stored);
        }
        for owner in erased {
            self.take_back(owner).await?;
        }
        Err(Error::Erased)
    }

    async fn load(&self, keys: &[StoreKey]) -> Result<Vec<Option<Entry>>, Error> {
        let mut pipeline = Pipeline::new();
        for part in keys.chunks(KEYS_PER_COMMAND) {
            let command = pipeline.cmd("MGET");
            for key in part {
                command.arg(&keyspace::record(*key));
            }
        }
        let mut entries = Vec::with_capacity(keys.len());
        for reply in self.link.run(&pipeline).await? {
            let Value::Array(values) = fault::accepted(reply)? else {
                return Err(fault::unexpected());
            };
            for value in values {
                entries.push(match value {
                    Value::Nil => None,
                    Value::BulkString(bytes) => Some(Entry::decode(&bytes)?),
                    _ => return Err(fault::unexpected()),
                });
            }
        }
        if entries.len() == keys.len() { Ok(entries) } else { Err(fault::unexpected()) }
    }

    async fn set_if_absent(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut pipeline = Pipeline::new();
        pipeline.add_command(keyspace::claim(name, value));
        match self.one(&pipeline).await? {
            Value::Nil => Ok(value.to_vec()),
            Value::BulkString(stored) => Ok(stored),
            _ => Err(fault::unexpected()),
        }
    }

    async fn registered(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let mut pipeline = Pipeline::new();
        let mut get = cmd("GET");
        get.arg(keyspace::registry(name));
        pipeline.add_command(get);
        match self.one(&pipeline).await? {
            Value::Nil => Ok(None),
            Value::BulkString(stored) => Ok(Some(stored)),
            _ => Err(fault::unexpected()),
        }
    }

    async fn overwrite(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let mut pipeline = Pipeline::new();
        let mut set = cmd("SET");
        set.arg(keyspace::registry(name)).arg(value);
        pipeline.add_command(set);
        self.one(&pipeline).await.map(drop)
    }

    async fn one(&self, pipeline: &Pipeline) -> Result<Value, Error> {
        let reply = self.link.run(pipeline).await?.into_iter().next();
        fault::accepted(reply.ok_or_else(fault::unexpected)?)
    }

    async fn look(&self) -> Result<Health, Error> {
        let replies = self.link.run(&checks::questions()).await?;
        let health = checks::judge(&replies)?;
        let format = self.set_if_absent(".format", FORMAT).await?;
        if format != FORMAT {
            return Err(Error::misconfigured(
                "the server holds records in another layout",
                "they were written by another version of cloakroom; use that one",
            ));
        }
        Ok(health)
    }
}

impl Vault for RedisVault {
    fn put(&self, caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>> {
        Box::pin(async move {
            let mut stored = Vec::with_capacity(batch.len());
            for chunk in batch.chunks(CHUNK) {
                let _turn = self.turns.take(caller, chunk.len()).await?;
                stored.extend(self.store(chunk).await?);
            }
            Ok(stored)
        })
    }

    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>> {
        Box::pin(
            async move { if keys.is_empty() { Ok(Vec::new()) } else { self.load(&keys).await } },
        )
    }

    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>> {
        Box::pin(self.set_if_absent(name, value))
    }

    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>> {
        Box::pin(self.registered(name))
    }

    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()> {
        Box::pin(self.overwrite(name, value))
    }

    fn check(&self) -> Waiting<'_, Health> {
        Box::pin(self.look())
    }
}
