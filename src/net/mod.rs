//! Sockets and HTTP, with no idea of tokens.
//!
//! For everything that speaks on a socket: the listener's connections, upstreams, the answers that
//! strangers see, and the small client other modules fetch keys with. Not for decisions: what is
//! routed, inspected or revealed is decided above.
//!
//! # Invariants
//!
//! - Every wait has a deadline and every buffer a bound, all from `base::Limits`
//!   (`tests/it/proxy/timeouts.rs`, `tests/it/proxy/limits.rs`).
//! - The memory that bodies take is what a [`Budget`] counts, whatever their senders declare and however
//!   they cut them (`tests/it/proxy/memory.rs`).
//! - A [`Problem`] holds nothing but static texts: no answer of ours repeats what a client sent.
//! - A forwarding header of a client that is not a trusted proxy is never believed
//!   (`tests/it/proxy/forwarding.rs`).

pub mod config;
mod problem;
mod body;
mod budget;
mod collect;
mod growing;
pub mod unpack;
mod pace;
mod headers;
pub mod validators;
pub mod changed;
mod field_names;
mod head_writer;
mod forwarded;
mod via;
mod stream;
mod deadline;
mod deferred;
mod listener;
mod admission;
mod caller;
mod turns;
mod thread_pool;
pub mod tls;
mod validity;
mod drain;
mod server;
mod client;
pub mod message;
mod secret_file;
mod file_identity;

pub use admission::{Admission, Admitted, client_of};
pub use body::{Body, BodyError, Ended, Incoming, Streamed};
pub use budget::{Budget, Held};
pub use caller::Caller;
pub use client::{Fetch, FetchError};
pub use collect::{Collected, Collecting, collect};
pub use deadline::WriteDeadline;
pub use deferred::ReadFirst;
pub use drain::{Drain, Stop, Stopping};
pub use field_names::FieldNames;
pub use file_identity::FileIdentity;
pub use forwarded::{Peer, client_address};
pub use head_writer::HeadWriter;
pub use headers::{BodyIs, Hop, forward_request, forward_response, lists, take_off};
pub use listener::{Listener, bind};
pub use problem::{At, PROBLEM_JSON, Problem, problem};
pub use secret_file::{Others, others_may};
pub use server::{Answers, BoundServer};
pub use stream::Stream;
pub(crate) use stream::tune;
pub use thread_pool::{Jobs, ThreadPool, Undone};
pub use turns::{NoTurn, Room, Turn, Turns};
pub use via::{VIA, passes_through_us};
