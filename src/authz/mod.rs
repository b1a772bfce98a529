//! Who may do what with which class of data, and with what is kept about people.
//!
//! Policies are written in Cedar. The schema they are checked against is generated from the rule
//! files, so a policy that names an unknown class, route or action does not load. One question is
//! asked per principal, class, route and `own`, never one per field, and answers are remembered for
//! as long as the policies stay.
//!
//! It does not find out who is calling (`authn` does) and does not know whose a record is (`engine`
//! does, from the record's tags, and asks with `own`).
//!
//! Read [`PolicySet::authorize`] first, then [`schema`] for what a policy can say.
//!
//! # Invariants
//!
//! - What no policy permits is denied (`authz::denies_by_default`), a `forbid` wins
//!   (`authz::a_forbid_wins_over_every_permit`), and a policy that fails while it is evaluated
//!   denies (`authz::a_policy_that_fails_denies`).
//! - A remembered answer is the answer that the policies would give now
//!   (`authz::a_remembered_answer_is_the_answer`): the key holds all that a loaded policy reads, and
//!   what the key lacks is not shown to the policies at all.
//! - Only [`PolicySet::authorize`] makes a [`Permit`], only [`PolicySet::authorize_holding`] a
//!   [`HoldingPermit`] (`compile_fail` tests there).

use std::net::IpAddr;

use crate::base::DataClass;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::RouteId;
use crate::base::Timestamp;

mod policy_set;
mod permit;
mod holding;
mod asked;
mod schema;
mod bundle;
mod place;
mod reads;
mod entities;
mod cache;
mod reach;
mod widened;

pub use holding::{Holding, HoldingAction, HoldingPermit, HoldingQuestion};
pub use permit::{Denial, Denied, Permit};
pub use policy_set::PolicySet;
pub use schema::Vocabulary;

/// What a caller wants to do with a class of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See the original value.
    Reveal,
    /// See the masked form of it.
    Mask,
    /// Send a token back in a request as it is.
    Submit,
}

impl Action {
    /// Every action that is asked for.
    pub const ALL: [Self; 3] = [Self::Reveal, Self::Mask, Self::Submit];

    /// The name in policies and audit events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Mask => "mask",
            Self::Submit => "submit",
        }
    }
}

/// May this principal do this with this class of data on this route?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The caller who asks.
    pub principal: &'a Principal,
    /// What the caller wants to do.
    pub action: Action,
    /// With which class of data.
    pub class: &'a DataClass,
    /// The route on which it happens.
    pub route: &'a RouteId,
    /// Whether the data is the principal's own: `resource.subject_is_principal`.
    pub own: bool,
    /// For which purpose, when one was given.
    pub purpose: Option<&'a Purpose>,
    /// The request's method, as it was sent.
    pub method: &'a str,
    /// Where the request came from. An IPv4 address inside IPv6 counts as IPv4.
    pub source: IpAddr,
    /// The time of the question.
    pub now: Timestamp,
}
