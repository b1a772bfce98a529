//! Names of metrics and log fields, and their set-up.
//!
//! What is measured is told by route, class and reason, all of which come from files or from closed
//! lists. A value, a token, a key, a caller's name or address, a path or a query is never a label and
//! never a log field here.
//!
//! # Invariants
//!
//! - Every name is in [`metrics::TABLE`], and the table is what the registry encodes
//!   (`metrics::tests::the_table_is_what_is_encoded`).
//! - Libraries log no more than warnings, whatever level is set: their finer levels print headers and
//!   bytes (`init::tests::libraries_stay_quiet_at_every_level`).
//! - A panic's message is shown only when it is a literal of the program
//!   (`init::tests::a_panic_with_data_shows_only_its_place`).

pub mod metrics;
pub mod fields;
pub mod init;

pub use init::{LogConfig, LogFormat, LogLevel};
pub use metrics::Metrics;
