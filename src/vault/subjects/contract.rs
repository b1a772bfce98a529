//! The operations on people.

use crate::base::ClassCode;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Waiting;

use super::Changes;
use super::Claim;
use super::Due;
use super::Erasure;
use super::Holder;
use super::Item;
use super::JournalPlace;
use super::Member;
use super::Pass;
use super::Person;
use super::Placed;
use super::ScanPlace;
use super::Scanned;
use super::SubjectEntry;
use super::Tombstone;
use super::Wanted;
use super::Work;

/// People in a store of sealed records. Every [`super::super::Vault`] has these operations.
///
/// Each is atomic within one person and may be made again after an error: at worst it then answers
/// [`crate::vault::Error::Conflict`], or takes one use more of an id. When it answers, what it did is as
/// durable as a record. Times come from the caller's clock; a store may also let what has an end expire
/// by its own. What is over a bound of [`super`] is refused with [`crate::vault::Error::Limit`].
pub trait Subjects: Send + Sync {
    /// Enters a person unless there is one, and notes records in the person's index.
    ///
    /// `since` is when the exchange began that the records come from. Answers
    /// [`crate::vault::Error::Erased`] when the person was erased then or later: the records are on the
    /// worklist of the erasure, except those that were bound again after it. An erased person is entered
    /// anew by what began after the erasure. Answers [`crate::vault::Error::Busy`] when an erasure is just
    /// taking one of the records.
    fn bind(
        &self,
        handle: SubjectHandle,
        entry: SubjectEntry,
        items: Vec<Item>,
        since: Timestamp,
    ) -> Waiting<'_, ()>;

    /// Answers the records in the index of a person, ascending by key, each once. One may be listed that
    /// was never stored: the index is written first.
    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<(StoreKey, ClassCode)>>;

    /// Answers a person, or the tombstone of one, with the documents that are asked for and have not
    /// expired; `None` for nobody. All of it is of one moment.
    fn read(
        &self,
        handle: SubjectHandle,
        wanted: Wanted,
        now: Timestamp,
    ) -> Waiting<'_, Option<Person>>;

    /// Changes a person whose revision is still this one, and answers the next. Revision 0 enters a person
    /// who is not there. Answers [`crate::vault::Error::Conflict`] for another revision, and
    /// [`crate::vault::Error::Erased`] for an erased person.
    fn write(&self, handle: SubjectHandle, revision: u64, changes: Changes) -> Waiting<'_, u64>;

    /// Notes that somebody has a value. Only one person has it as [`Member::Unique`]: who comes later is
    /// told who that is.
    fn claim_value(&self, value: StoreKey, member: Member, now: Timestamp) -> Waiting<'_, Claim>;

    /// Answers who has a value, in the order they came.
    fn values(&self, value: StoreKey) -> Waiting<'_, Vec<Holder>>;

    /// Notes that somebody has a value no longer, unless it was claimed again after this time. By the
    /// time of a [`Holder`], whoever found that its person knows nothing of it releases it for them.
    fn release_value(&self, value: StoreKey, member: Member, until: Timestamp) -> Waiting<'_, ()>;

    /// Lets an id lead to a person, in the place of where it led. Uses that were taken are not given back
    /// by placing it again for the same person until the same time.
    fn place(&self, id: OpaqueId, placed: Placed, now: Timestamp) -> Waiting<'_, ()>;

    /// Answers where an id leads, and takes no use of it; `None` when it leads nowhere.
    fn locate(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<Placed>>;

    /// Takes one use of an id, and answers where it leads; `None` when it expired or is used up. An answer
    /// that gets lost may cost uses, and never gives one.
    fn take(&self, id: OpaqueId, now: Timestamp) -> Waiting<'_, Option<SubjectHandle>>;

    /// Lets an id lead nowhere, if it leads to this person.
    fn withdraw(&self, id: OpaqueId, handle: SubjectHandle) -> Waiting<'_, ()>;

    /// Puts work onto the worklist of an erasure that is about to begin.
    fn plan(&self, handle: SubjectHandle, work: Vec<Work>) -> Waiting<'_, ()>;

    /// Answers what is on the worklist of a person, at most [`super::ITEMS`] pieces, in no order.
    fn worklist(&self, handle: SubjectHandle) -> Waiting<'_, Vec<Work>>;

    /// Puts a tombstone in the place of an entry, and removes the documents and the index with it.
    ///
    /// Only if revision and size of the index are as given, so that the worklist that was made of them is
    /// whole; else answers [`crate::vault::Error::Conflict`]. A person who is not there has revision 0.
    fn kill(
        &self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: Tombstone,
    ) -> Waiting<'_, ()>;

    /// Does work that is still on the worklist of a person, and leaves the rest: what was bound again
    /// after the erasure is not on it any more. Never touches another person's tag, value or id.
    fn unbind(&self, handle: SubjectHandle, work: Vec<Work>, pass: Pass) -> Waiting<'_, ()>;

    /// Notes when something is due for a person, in the place of what was noted.
    fn set_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()>;

    /// Notes that nothing is due for a person, if it is noted for this time: a lease that is done.
    fn clear_due(&self, handle: SubjectHandle, at: Timestamp) -> Waiting<'_, ()>;

    /// Answers people of a shard for whom something is due by now, the earliest first, at most
    /// [`super::DUE_AT_ONCE`], and leases them: until the lease ends nobody else is told of them, and then
    /// they are due again unless they were cleared or set to another time.
    fn due(&self, shard: u8, now: Timestamp, lease: Timestamp) -> Waiting<'_, Vec<Due>>;

    /// Answers some of all people from a place on, `None` being the start. Who is there from the start to
    /// the end of a walk is answered at least once.
    fn scan(&self, from: Option<ScanPlace>) -> Waiting<'_, Scanned>;

    /// Adds a line to the erasure journal. Adding a line again may list it twice.
    fn erasure_append(&self, erasure: Erasure) -> Waiting<'_, ()>;

    /// Answers lines of the erasure journal behind a place, `None` being the start, in the order they
    /// came, with the place of each. An empty answer is the end.
    fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Waiting<'_, Vec<(JournalPlace, Erasure)>>;
}
