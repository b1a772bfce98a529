//! Questions about what is kept about people beside proxied records, and the proof of a permit.

use std::net::IpAddr;
use std::sync::Arc;

use crate::base::HoldingKind;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::Timestamp;

/// What a caller wants to do with what is kept about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HoldingAction {
    /// See it; values with a class need `reveal` or `mask` on `Data::"people/<class>"` as well.
    Read,
    /// Make or change it.
    Write,
    /// Take everything that is kept about a person away.
    Export,
    /// Have it removed, or announce its removal.
    Erase,
    /// Decide requests and holds, keep activities and lawful bases, read the journal.
    Administer,
}

impl HoldingAction {
    /// Every action that is asked for.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Write, Self::Export, Self::Erase, Self::Administer];

    /// The name in policies and audit events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Export => "export",
            Self::Erase => "erase",
            Self::Administer => "administer",
        }
    }
}

/// What is kept about a person, as far as policies may ask.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// Its kind: `resource in Kind::"…"`.
    pub kind: HoldingKind,
    /// The name of an application, a lawful basis, a partner; empty where there is none: `resource.name`.
    pub name: &'a str,
    /// Whether it is about the principal: `resource.subject_is_principal`.
    pub own: bool,
    /// Whether a hold keeps the person's data from removal: `resource.on_hold`.
    pub on_hold: bool,
    /// The lawful bases that the person has said yes to: `resource.consents`.
    pub consents: &'a [Arc<str>],
}

/// May this principal do this with what is kept about a person?
#[derive(Debug, Clone, Copy)]
pub struct HoldingQuestion<'a> {
    /// The caller who asks.
    pub principal: &'a Principal,
    /// What the caller wants to do.
    pub action: HoldingAction,
    /// The holding with which it happens.
    pub holding: Holding<'a>,
    /// For which purpose, when one was given.
    pub purpose: Option<&'a Purpose>,
    /// The request's method, as it was sent.
    pub method: &'a str,
    /// Where the request came from. An IPv4 address inside IPv6 counts as IPv4.
    pub source: IpAddr,
    /// The time of the question.
    pub now: Timestamp,
}

/// Proof that one action on one kind of holding was allowed. Only
/// [`PolicySet::authorize_holding`](super::PolicySet::authorize_holding) makes one.
///
/// ```compile_fail
/// use cloakroom::authz::{HoldingAction, HoldingPermit};
/// use cloakroom::base::HoldingKind;
///
/// let (kind, action) = (HoldingKind::Profile, HoldingAction::Read);
/// let permit = HoldingPermit { kind, action, policies: [].into(), remembered: false };
/// ```
#[derive(Debug)]
#[must_use = "a permit that is not used means a decision that was not needed"]
pub struct HoldingPermit {
    kind: HoldingKind,
    action: HoldingAction,
    policies: Arc<[Arc<str>]>,
    remembered: bool,
}

impl HoldingPermit {
    pub(super) fn new(
        question: &HoldingQuestion<'_>,
        policies: Arc<[Arc<str>]>,
        remembered: bool,
    ) -> Self {
        Self { kind: question.holding.kind, action: question.action, policies, remembered }
    }

    /// The kind it holds for.
    pub fn kind(&self) -> HoldingKind {
        self.kind
    }

    /// The action it holds for.
    pub fn action(&self) -> HoldingAction {
        self.action
    }

    /// The ids of the policies that permitted, sorted.
    pub fn policies(&self) -> &[Arc<str>] {
        &self.policies
    }

    /// Whether the answer was remembered from an earlier question.
    pub fn remembered(&self) -> bool {
        self.remembered
    }
}
