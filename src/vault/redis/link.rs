//! One connection to the server, replaced when it breaks.
//!
//! The crate's `ConnectionManager` keeps a connection that has stopped answering, and tries a dead
//! server again on its own schedule. Here a call that got no answer in time gives its connection
//! up, and who needs one dials at once, one at a time.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use ::redis::AsyncConnectionConfig;
use ::redis::Pipeline;
use ::redis::RedisError;
use ::redis::ServerErrorKind;
use ::redis::Value;
use ::redis::aio::MultiplexedConnection;
use tokio::sync::Mutex as Turn;
use tokio::time::Instant;
use tokio::time::timeout_at;

use crate::vault::Error;

use super::fault;
use super::settings::Settings;

/// The way to one server.
pub(super) struct Link {
    settings: Settings,
    state: Mutex<State>,
    dialling: Turn<()>,
}

#[derive(Default)]
struct State {
    current: Option<Numbered>,
    /// Connections made so far: the number of the next one.
    made: u64,
    /// Dials that failed so far, and how the last one did.
    failed: u64,
    failure: Option<Error>,
}

#[derive(Clone)]
struct Numbered {
    number: u64,
    connection: MultiplexedConnection,
}

impl Link {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, state: Mutex::default(), dialling: Turn::new(()) }
    }

    /// Sends commands in one go and answers one reply for each, errors of the server among them.
    ///
    /// When the connection breaks, sends them once more on a new one: all our commands may be
    /// repeated. What the first try did is not known, and need not be.
    pub(super) async fn run(&self, commands: &Pipeline) -> Result<Vec<Value>, Error> {
        let deadline = Instant::now() + self.settings.call;
        match self.attempt(commands, deadline).await? {
            Ok(replies) => Ok(replies),
            Err(_) => self.attempt(commands, deadline).await?.map_err(|e| fault::of_client(&e)),
        }
    }

    /// One try. The inner error is a connection that broke under us.
    async fn attempt(
        &self,
        commands: &Pipeline,
        deadline: Instant,
    ) -> Result<Result<Vec<Value>, RedisError>, Error> {
        let mut link =
            timeout_at(deadline, self.connection()).await.map_err(|_| Error::Timeout)??;
        let sent = link.connection.send_packed_commands(commands, 0, commands.len());
        match timeout_at(deadline, sent).await {
            Err(_) => {
                self.give_up(link.number);
                Err(Error::Timeout)
            }
            Ok(Ok(replies)) => {
                if replies.iter().any(moved_away) {
                    self.give_up(link.number);
                }
                Ok(Ok(replies))
            }
            Ok(Err(error)) => {
                self.give_up(link.number);
                if error.is_io_error() { Ok(Err(error)) } else { Err(fault::of_client(&error)) }
            }
        }
    }

    async fn connection(&self) -> Result<Numbered, Error> {
        let failed_before = {
            let state = self.state();
            if let Some(current) = &state.current {
                return Ok(current.clone());
            }
            state.failed
        };
        let _turn = self.dialling.lock().await;
        {
            let state = self.state();
            if let Some(current) = &state.current {
                return Ok(current.clone());
            }
            // Somebody dialled in vain while we waited for our turn: that answer is ours too.
            if let (true, Some(failure)) = (state.failed > failed_before, &state.failure) {
                return Err(failure.clone());
            }
        }
        let dialled = self.dial().await;
        let mut state = self.state();
        match dialled {
            Ok(connection) => {
                state.made += 1;
                let current = Numbered { number: state.made, connection };
                state.current = Some(current.clone());
                Ok(current)
            }
            Err(error) => {
                state.failed += 1;
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn dial(&self) -> Result<MultiplexedConnection, Error> {
        let client = self.settings.client()?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.settings.connect))
            // `attempt` bounds the wait, and gives the connection up after it.
            .set_response_timeout(None);
        let dialled = client.get_multiplexed_async_connection_with_config(&config).await;
        dialled.map_err(|error| {
            let error = fault::of_client(&error);
            if let Error::Unavailable { what } = error {
                return Error::unavailable(format!("{}: {what}", self.settings.address()));
            }
            error
        })
    }

    /// Stops using a connection, unless another has taken its place already. Calls that still
    /// wait on it keep it until they are done.
    fn give_up(&self, number: u64) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| current.number == number) {
            state.current = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server says that it is no longer the primary: a new connection may lead to the one
/// that is.
fn moved_away(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::ReadOnly))
}
