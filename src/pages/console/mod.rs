//! Pages of staff: what people ask for, what is to be removed, and the record of it.
//!
//! | path | page |
//! |---|---|
//! | `/console` | [`Overview`] |
//! | `/console/find`, `/console/person/{s}` | [`Find`], [`Person`] |
//! | `/console/requests` | [`Requests`] |
//! | `/console/expirations`, `/console/holds` | [`Expirations`], [`Holds`] |
//! | `/console/activities`, `/console/flows` | [`Activities`], [`Flows`] |
//! | `/console/journal`, `/console/receipts` | [`Journal`], [`Receipts`] |
//!
//! People are named by their person tokens. A value in clear stands on a page only where one field was
//! asked for.

mod overview;
mod find;
mod person;
mod requests;
mod retention;
mod activities;
mod flows;
mod journal;

pub use activities::{Activities, Activity, Recipient};
pub use find::{Find, FindFault, Found};
pub use flows::{Flow, Flows};
pub use journal::{Event, Journal, JournalFilter, ReceiptRow, Receipts, Verified};
pub use overview::{Check, Due, Health, Overview};
pub use person::{MaskedField, Person, Shown};
pub use requests::{Decision, DecisionFault, OpenRequest, Requests, Wish};
pub use retention::{Expiration, ExpirationState, Expirations, Hold, Holds};
