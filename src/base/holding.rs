//! What is kept about a person beside proxied records.

/// A kind of holding: what is kept about a person beside proxied records, and how policies call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HoldingKind {
    /// The JSON profile of a person.
    Profile,
    /// A document of one application about a person.
    App,
    /// A session of a web application.
    Session,
    /// Fields shared with a partner for a time.
    Share,
    /// What a person allowed, and when.
    Consent,
    /// An announced removal.
    Expiration,
    /// A data subject's request that a human decides.
    Dsr,
    /// A reason that keeps data from removal.
    Hold,
    /// A processing activity with its lawful bases.
    Activity,
    /// Events about persons in the audit journal.
    Journal,
}

impl HoldingKind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Profile,
        Self::App,
        Self::Session,
        Self::Share,
        Self::Consent,
        Self::Expiration,
        Self::Dsr,
        Self::Hold,
        Self::Activity,
        Self::Journal,
    ];

    /// The name in policies and audit events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::App => "app",
            Self::Session => "session",
            Self::Share => "share",
            Self::Consent => "consent",
            Self::Expiration => "expiration",
            Self::Dsr => "dsr",
            Self::Hold => "hold",
            Self::Activity => "activity",
            Self::Journal => "journal",
        }
    }

    /// The byte in names of documents: part of what is sealed, so a code never changes.
    pub fn code(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::App => 2,
            Self::Session => 3,
            Self::Share => 4,
            Self::Consent => 5,
            Self::Expiration => 6,
            Self::Dsr => 7,
            Self::Hold => 8,
            Self::Activity => 9,
            Self::Journal => 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_and_a_code_of_its_own() {
        let all = HoldingKind::ALL;
        let names: HashSet<&str> = all.iter().map(|kind| kind.as_str()).collect();
        let codes: HashSet<u8> = all.iter().map(|kind| kind.code()).collect();
        assert_eq!((names.len(), codes.len()), (all.len(), all.len()));
    }
}
