//! People in Redis: one script for each operation, over the keys of one person.
//!
//! What lies under other keys, the members of values, ids and due times, is written by commands of its own:
//! before the entry, so that a crash in between leaves what the entry does not bear out.

mod answer;
mod erasing;
mod holdings;
mod lookup_scripts;
pub(super) mod scripts;
mod subjects;
mod walk;

use ::redis::Cmd;
use ::redis::Pipeline;
use ::redis::Value;

use crate::vault::Error;

use self::scripts::Operation;
use super::RedisVault;
use super::fault;
use super::scripts::is_unknown;

impl RedisVault {
    /// Runs commands in one round trip; when the server does not know a script of theirs, once more with
    /// all scripts they call. Answers one good reply for each command.
    async fn run_all(
        &self,
        operations: &[&Operation],
        commands: Vec<Cmd>,
    ) -> Result<Vec<Value>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let count = commands.len();
        let mut pipeline = Pipeline::with_capacity(count);
        for command in &commands {
            pipeline.add_command(command.clone());
        }
        let mut replies = self.link.run(&pipeline).await?;
        if replies.iter().any(is_unknown) {
            let mut loading = Pipeline::with_capacity(count + operations.len());
            for operation in operations {
                operation.load(&mut loading);
            }
            for command in commands {
                loading.add_command(command);
            }
            replies = self.link.run(&loading).await?;
        }
        replies.iter().try_for_each(fault::refused)?;
        let loaded = replies.len().checked_sub(count).ok_or_else(fault::unexpected)?;
        Ok(replies.split_off(loaded))
    }

    /// Runs one script, and answers its good reply.
    async fn call(&self, operation: &Operation, command: Cmd) -> Result<Value, Error> {
        let replies = self.run_all(&[operation], vec![command]).await?;
        replies.into_iter().next().ok_or_else(fault::unexpected)
    }

    /// Runs one command that calls no script.
    async fn command(&self, command: Cmd) -> Result<Value, Error> {
        let replies = self.run_all(&[], vec![command]).await?;
        replies.into_iter().next().ok_or_else(fault::unexpected)
    }
}
