//! The public keys of an issuer: fetched and kept.
//!
//! Keys from a URL are fetched again every [`REFRESH`] by whoever calls [`Keys::refresh`], and at once
//! when a token names a key that is not there, but no more often than every [`ON_DEMAND`]. While the
//! issuer does not answer, the last keys serve for [`STALE`]; then tokens are refused, because a key
//! that the issuer took back meanwhile must not live for ever.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::HeaderMap;
use http::StatusCode;
use jsonwebtoken::Algorithm;
use jsonwebtoken::DecodingKey;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Fetch;
use super::KeySetError;
use super::Refused;
use super::fetch::FetchRequest;
use super::key_set::KeySet;
use crate::base::Live;
use crate::base::Timestamp;

/// Age at which keys from a URL are fetched again.
pub const REFRESH: Duration = Duration::from_mins(5);
/// Least time between two fetches because of an unknown key.
pub const ON_DEMAND: Duration = Duration::from_secs(10);
/// Age at which keys from a URL are no longer used, when no newer ones can be had.
pub const STALE: Duration = Duration::from_hours(24);
/// Largest key set that is read, in bytes.
pub const BYTES: usize = 1024 * 1024;

/// Why something could not be fetched. Holds no text of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("no answer")]
    Unreachable,
    /// Not before the deadline.
    #[error("no answer in time")]
    Timeout,
    /// An answer that is not 200.
    #[error("status {0}")]
    Status(u16),
    /// An answer that is too large.
    #[error("answer too large")]
    TooLarge,
    /// The answer is not a set of public keys that we can use.
    #[error("answer is not a usable key set: {0}")]
    Content(#[from] KeySetError),
}

/// What a refresh did, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// URL of the key set.
    pub url: String,
    /// Whether there are new keys; why not otherwise.
    pub result: Result<(), FetchError>,
}

/// Where keys come from.
pub(super) enum Source {
    File(PathBuf),
    Url(String, Fetch),
}

/// Keys as they were at one moment.
pub(super) struct State {
    /// Counts replacements; a token checked with other keys is checked again.
    pub(super) generation: u64,
    keys: KeySet,
    /// When they were fetched; `None` for a file, and before the first fetch.
    fetched: Option<Timestamp>,
}

/// The keys of one issuer.
pub(super) struct Keys {
    pub(super) source: Source,
    deadline: Duration,
    state: Live<State>,
    flight: Semaphore,
    /// Microseconds of the last attempt.
    attempted: AtomicU64,
}

impl Keys {
    pub(super) fn new(source: Source, deadline: Duration, keys: KeySet) -> Self {
        let state = State { generation: 0, keys, fetched: None };
        let (state, flight) = (Live::new(state), Semaphore::new(1));
        Self { source, deadline, state, flight, attempted: AtomicU64::new(0) }
    }

    /// Puts other keys in place of these.
    pub(super) fn replace(&self, keys: KeySet, fetched: Option<Timestamp>) {
        let generation = self.state.snapshot().generation + 1;
        self.state.replace(State { generation, keys, fetched });
    }

    /// The number of these keys; `None` when they must not be used any more.
    pub(super) fn generation(&self, now: Timestamp) -> Option<u64> {
        let state = self.state.snapshot();
        self.usable(&state, now).then_some(state.generation)
    }

    /// Gives the key a token names, with the number of the set; fetches the set when the key is not
    /// there.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<(DecodingKey, u64), Refused> {
        let state = self.state.snapshot();
        if self.usable(&state, now)
            && let Some(key) = state.keys.choose(id, algorithm)
        {
            return Ok((key, state.generation));
        }
        self.fetch(state.generation, ON_DEMAND, now).await;
        let state = self.state.snapshot();
        if !self.usable(&state, now) {
            return Err(Refused::KeysUnavailable);
        }
        let key = state.keys.choose(id, algorithm).ok_or(Refused::TokenKeyUnknown)?;
        Ok((key, state.generation))
    }

    /// Fetches the set when it is [`REFRESH`] old; `None` when there was nothing to do.
    pub(super) async fn refresh(&self, now: Timestamp) -> Option<Refreshed> {
        let Source::Url(url, _) = &self.source else { return None };
        let state = self.state.snapshot();
        if state.fetched.is_some_and(|fetched| age(fetched, now) < REFRESH) {
            return None;
        }
        let result = self.fetch(state.generation, Duration::ZERO, now).await?;
        Some(Refreshed { url: url.clone(), result })
    }

    fn usable(&self, state: &State, now: Timestamp) -> bool {
        match self.source {
            Source::File(_) => true,
            Source::Url(..) => state.fetched.is_some_and(|fetched| age(fetched, now) <= STALE),
        }
    }

    /// Fetches once, whoever asks meanwhile: they wait for the same answer. Does nothing when the keys
    /// are others already than the asker saw, or when the last attempt is not `pause` ago.
    async fn fetch(
        &self,
        seen: u64,
        pause: Duration,
        now: Timestamp,
    ) -> Option<Result<(), FetchError>> {
        let Source::Url(url, fetch) = &self.source else { return None };
        let Ok(Ok(_turn)) = timeout(2 * self.deadline, self.flight.acquire()).await else {
            return Some(Err(FetchError::Timeout));
        };
        let last = Timestamp(self.attempted.load(Ordering::Relaxed));
        if self.state.snapshot().generation != seen || age(last, now) < pause {
            return None;
        }
        self.attempted.store(now.0, Ordering::Relaxed);
        let request =
            FetchRequest { url: url.clone(), headers: HeaderMap::new(), ca: None, limit: BYTES };
        let answer = timeout(self.deadline, fetch(request)).await;
        Some(answer.unwrap_or(Err(FetchError::Timeout)).and_then(|answer| {
            if answer.status() != StatusCode::OK {
                return Err(FetchError::Status(answer.status().as_u16()));
            }
            let body = answer.into_body();
            if body.len() > BYTES {
                return Err(FetchError::TooLarge);
            }
            self.replace(KeySet::parse(&body)?, Some(now));
            Ok(())
        }))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.snapshot();
        write!(formatter, "Keys(generation {}, {} keys)", state.generation, state.keys.len())
    }
}

/// How long ago; nothing when it is to come.
fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::from_micros(now.0.saturating_sub(then.0))
}
