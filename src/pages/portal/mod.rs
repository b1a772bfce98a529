//! Pages of people: what is held about them, who looked, and what they can do about it.
//!
//! | path | page |
//! |---|---|
//! | `/`, `/code` | [`SignIn`], [`Code`] |
//! | `/me`, `/me/data` | [`Overview`], [`Data`] |
//! | `/me/seen`, `/me/requests` | [`Seen`], [`Requests`] |
//! | `/me/consents`, `/me/shares` | [`Consents`], [`Shares`] |
//! | `/me/download`, `/me/erase`, `/bye` | [`Download`], [`Erase`], [`Bye`] |

mod sign_in;
mod overview;
mod data;
mod seen;
mod requests;
mod consents;
mod shares;
mod leaving;

pub use consents::{Consent, ConsentEvent, ConsentState, Consents};
pub use data::{Change, Data, DataField, FieldGroup, Refused, Source, ValueFault};
pub use leaving::{Bye, Download, Ending, Erase, EraseStep, Goes, GoesKind, Receipt, Stays};
pub use overview::{Held, Looks, Overview, Removal};
pub use requests::{OwnRequest, RequestKind, RequestState, Requests};
pub use seen::{Look, LookFilter, Seen};
pub use shares::{Share, Shares};
pub use sign_in::{AddressFault, Code, CodeFault, CodePurpose, SignIn};
