//! The two answers.

use std::sync::Arc;

use super::Action;
use crate::base::DataClass;

/// Proof that one action on one class of data was allowed. Only
/// [`PolicySet::authorize`](super::PolicySet::authorize) makes one.
///
/// ```compile_fail
/// use cloakroom::authz::{Action, Permit};
/// use cloakroom::base::DataClass;
///
/// let class = DataClass::new("email").unwrap();
/// let permit = Permit { class, action: Action::Reveal, policies: [].into(), remembered: false };
/// ```
#[derive(Debug)]
#[must_use = "a permit that is not used means a decision that was not needed"]
pub struct Permit {
    class: DataClass,
    action: Action,
    policies: Arc<[Arc<str>]>,
    remembered: bool,
}

impl Permit {
    pub(super) fn new(
        class: &DataClass,
        action: Action,
        policies: Arc<[Arc<str>]>,
        remembered: bool,
    ) -> Self {
        Self { class: class.clone(), action, policies, remembered }
    }

    /// The class it holds for.
    pub fn class(&self) -> &DataClass {
        &self.class
    }

    /// The action it holds for.
    pub fn action(&self) -> Action {
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

/// That an action was not allowed, and which policies decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    pub(super) denial: Denial,
    pub(super) policies: Arc<[Arc<str>]>,
    pub(super) remembered: bool,
}

impl Denied {
    /// Returns why it was denied.
    pub fn denial(&self) -> Denial {
        self.denial
    }

    /// The ids of the policies that forbade or failed, sorted; none when nothing permitted.
    pub fn policies(&self) -> &[Arc<str>] {
        &self.policies
    }

    /// Whether the answer was remembered from an earlier question.
    pub fn remembered(&self) -> bool {
        self.remembered
    }
}

/// Why an action was not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// No policy permits it.
    NotPermitted,
    /// A policy forbids it.
    Forbidden,
    /// A policy could not be evaluated, so nothing it might have forbidden is allowed.
    PolicyFailed,
}

impl Denial {
    /// The name in audit events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPermitted => "not-permitted",
            Self::Forbidden => "forbidden",
            Self::PolicyFailed => "policy-failed",
        }
    }
}
