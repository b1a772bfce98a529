//! Paths and anchors: all that may stand in a URL of a page.

use std::fmt;

use uuid::Uuid;

/// A person token: a random name of a person, which says nothing about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonToken(pub Uuid);

/// The unguessable part of a link that was sent to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkToken(pub Uuid);

impl fmt::Display for PersonToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

/// A path of portal or console. It holds random names alone, never an identifier of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Where a person signs in.
    SignIn,
    /// Where a person types the code that was sent.
    Code,
    /// The overview of a person's data.
    Me,
    /// Fields and records of a person.
    Data,
    /// The list of who looked at a person's data.
    Seen,
    /// A person's own requests.
    MyRequests,
    /// A person's consents.
    Consents,
    /// What is shared with partners.
    Shares,
    /// Where a person takes a copy.
    Download,
    /// Where a person has everything removed.
    Erase,
    /// The end of a visit.
    Bye,
    /// The link by which data stays.
    Retain(LinkToken),
    /// The link by which data is removed.
    Delete(LinkToken),
    /// The link by which a person signs in once.
    Portal(LinkToken),
    /// What was shared with a partner.
    Shared(LinkToken),
    /// The console's first page.
    Console,
    /// The search for a person.
    Find,
    /// One person, for staff.
    Person(PersonToken),
    /// Requests of all people.
    Requests,
    /// Removals that were announced.
    Expirations,
    /// Holds that a law asks for.
    Holds,
    /// The record of processing activities.
    Activities,
    /// The map of where data went.
    Flows,
    /// Events of the journal, by person, purpose and time.
    Journal,
    /// Proofs of erasure.
    Receipts,
}

impl Path {
    /// Returns the page of a person, for staff.
    pub(super) fn person(person: &PersonToken) -> Self {
        Self::Person(*person)
    }

    /// Returns the path itself. Templates write it in every URL, so that nothing else can stand there.
    pub(super) fn to(&self) -> Self {
        *self
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self {
            Self::SignIn => "/",
            Self::Code => "/code",
            Self::Me => "/me",
            Self::Data => "/me/data",
            Self::Seen => "/me/seen",
            Self::MyRequests => "/me/requests",
            Self::Consents => "/me/consents",
            Self::Shares => "/me/shares",
            Self::Download => "/me/download",
            Self::Erase => "/me/erase",
            Self::Bye => "/bye",
            Self::Retain(token) => return write!(formatter, "/v1/exp/retain/{}", token.0),
            Self::Delete(token) => return write!(formatter, "/v1/exp/delete/{}", token.0),
            Self::Portal(token) => return write!(formatter, "/in/{}", token.0),
            Self::Shared(token) => return write!(formatter, "/v1/get/{}", token.0),
            Self::Console => "/console",
            Self::Find => "/console/find",
            Self::Person(token) => return write!(formatter, "/console/person/{token}"),
            Self::Requests => "/console/requests",
            Self::Expirations => "/console/expirations",
            Self::Holds => "/console/holds",
            Self::Activities => "/console/activities",
            Self::Flows => "/console/flows",
            Self::Journal => "/console/journal",
            Self::Receipts => "/console/receipts",
        };
        formatter.write_str(path)
    }
}

/// An element of the same page, by its place: the n-th of a list, or of a list within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The outer list's place, from 0.
    pub group: usize,
    /// The place within it, from 0.
    pub item: usize,
}

impl Anchor {
    /// Returns the anchor of a place.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    pub(super) fn at(group: &usize, item: &usize) -> Self {
        Self { group: *group, item: *item }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "f{}-{}", self.group, self.item)
    }
}
