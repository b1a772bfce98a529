//! The product: protect what goes in, reveal what may come out.
//!
//! The engine takes one leg of an exchange, finds what the rules select, asks vault, policies and
//! journal, and gives back the same message with nothing changed but the selected spans. It knows
//! message heads (`http` types) but no sockets: `proxy` reads and writes.
//!
//! One field of a request goes this way, and one of the answer the same way back:
//!
//! 1. `proxy::exchange` serves: it has the body read whole, and gives it to [`Engine::request`] or
//!    [`Engine::answer`].
//! 2. [`leg`] runs the five steps that follow. Its files are the sources: what yields parts, and takes them back.
//! 3. [`read`] makes the part of the message that the field stands in.
//! 4. [`select`] finds the field there, decodes its `value`, and makes an `Occurrence` of it.
//! 5. [`decide`] asks policies and what the caller was shown, and adds the decision.
//! 6. [`record`] stores the `value` in the vault, or fetches it and puts that on record in the journal; it adds
//!    what takes the place of the occurrence.
//! 7. [`mod@write`] puts that there: the token of the `value`, or the `value` of the token.
//! 8. `proxy::upstream` sends what is [`Cleared`]; an answer goes back to the first.
//!
//! Whatever else is called stands beside this way. Types of other names are other things: what a rule
//! `Selected` need not be an occurrence, and a `NewRecord` may be that of several.
//!
//! # Invariants
//!
//! - The wire takes [`Cleared`] only, of its own direction, and only this module makes one.
//! - An [`Exchange`] has the rules that the look-up found, and the caller that `authn` names.
//! - What no rule concerns passes once for each look-up: [`untouched`] uses its proof up.
//! - An answer on a leg that protects is never streamed
//!   (`it::engine::proofs::an_answer_that_is_protected_is_never_streamed`).
//! - The sealed original is stored before the token leaves; under rules with `lookup` nothing is stored
//!   (`it::engine::stored::stores_before_it_sends`).
//! - The audit event is durable before a value is spliced
//!   (`it::engine::recorded::reveals_nothing_when_the_journal_is_down`).
//! - A refusal names place and reason, never data, and forwards nothing.
//! - Others see a message under treatment through [`view`] alone, which gives no value, mask or token.

mod exchange;
mod leg;
mod read;
mod select;
mod unselected;
mod missed;
mod decide;
mod record;
mod write;
mod observe;
mod seen;
mod cleared;
mod intent;
mod generation;
mod error;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::HeaderName;
use http::HeaderValue;

use crate::audit::Journal;
use crate::base::Clock;
use crate::base::Limits;
use crate::coding;
use crate::document::Bounds;
use crate::net::Budget;
use crate::net::ThreadPool;
use crate::telemetry::Metrics;
use crate::vault::NewValues;
use crate::vault::Vault;

pub use cleared::AnswerBody;
pub use cleared::Cleared;
pub use cleared::ClearedBody;
pub use cleared::ForwardBody;
pub use cleared::ToClient;
pub use cleared::ToUpstream;
pub use error::Error;
pub use error::Place;
pub use exchange::Exchange;
pub use exchange::ExplainedExchange;
pub use exchange::RequestFacts;
pub use generation::Generation;
pub use intent::Intent;
pub use leg::Piece;
pub use leg::Side;
pub use leg::StreamReveal;
pub use leg::StreamStart;
pub use leg::Treated;
pub use leg::Treatment;
pub use leg::Untouched;
pub use leg::Upload;
pub use leg::streaming;
pub use leg::untouched;
pub use leg::uploading;
pub(crate) use observe::view;
pub use read::BodyHandling;
pub use read::Streaming;
pub use read::head::guard_referer;
pub use seen::SeenTokens;

/// Protects and reveals; one for each core and each thread of the pool.
pub struct Engine {
    vault: Arc<dyn Vault>,
    vault_up: AtomicBool,
    journal: Journal,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    bounds: Bounds,
    /// What a coded body of a request, and of an answer, may expand to.
    expansion: [coding::Budget; 2],
    memory: Budget,
    vault_wait: Duration,
    audit_wait: Duration,
    seen: Arc<SeenTokens>,
    new_values: NewValues,
    /// Where long messages are treated; here, without one.
    pool: Option<ThreadPool<Self>>,
    /// The fields by which callers are known, as a value of `Vary`.
    credentials: HeaderValue,
}

/// What an engine is made of. What cores share is here, too: none of it has a default, which would be a
/// budget or a memory of each core's own.
pub struct EngineParts<'a> {
    /// Where originals are kept.
    pub vault: Arc<dyn Vault>,
    /// Where reveals are put on record.
    pub journal: Journal,
    /// The counters of this process.
    pub metrics: Arc<Metrics>,
    /// What says the time.
    pub clock: Arc<dyn Clock>,
    /// The bounds of messages and waits.
    pub limits: &'a Limits,
    /// The memory for bodies: what codings expand to counts against it.
    pub memory: Budget,
    /// What was shown to whom.
    pub seen: Arc<SeenTokens>,
    /// How many new values callers may bring.
    pub new_values: NewValues,
    /// Where long messages are treated; on the thread of the engine, without one.
    pub pool: Option<ThreadPool<Engine>>,
    /// The fields by which callers are known, beside `Authorization` and `Cookie`.
    pub credentials: &'a [HeaderName],
}

impl Engine {
    /// Makes an engine of its parts.
    pub fn new(parts: EngineParts<'_>) -> Self {
        let limits = parts.limits;
        let names = parts.credentials.iter().map(HeaderName::as_str);
        let credentials: Vec<&str> = ["authorization", "cookie"].into_iter().chain(names).collect();
        Self {
            vault: parts.vault,
            vault_up: AtomicBool::new(true),
            journal: parts.journal,
            metrics: parts.metrics,
            clock: parts.clock,
            bounds: Bounds::from(limits),
            expansion: [coding::Budget::of_request(limits), coding::Budget::of_answer(limits)],
            memory: parts.memory,
            vault_wait: limits.timeouts.vault,
            audit_wait: limits.timeouts.audit,
            seen: parts.seen,
            new_values: parts.new_values,
            pool: parts.pool,
            credentials: HeaderValue::try_from(credentials.join(", "))
                .unwrap_or(HeaderValue::from_static("authorization, cookie")),
        }
    }

    /// The journal, for events that concern no leg.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Asks the vault whether it is there when its last call failed, so that nothing is forwarded
    /// on a route that will need it. Costs nothing while all is well.
    pub async fn vault_answers(&self) -> Result<(), Error> {
        if self.vault_up.load(Ordering::Relaxed) {
            return Ok(());
        }
        let answer = match tokio::time::timeout(self.vault_wait, self.vault.check()).await {
            Ok(answer) => answer.map(drop),
            Err(_elapsed) => Err(crate::vault::Error::Timeout),
        };
        self.vault_up.store(answer.is_ok(), Ordering::Relaxed);
        Ok(answer?)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Engine(…)")
    }
}
