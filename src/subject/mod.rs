//! What is kept about people, and what they may ask of it.
//!
//! A person is a subject that has an entry in the vault: who was bound by a rule with `subject`, or was
//! made by the API. Beside the records of proxied traffic, the vault keeps holdings of a person: a JSON
//! profile, documents of applications, sessions, shares, consents. This module decides what may be done
//! with them, and does it; `people` speaks HTTP.
//!
//! Everything takes one way, [`People::perform`]: policies allow it, the intent is on disk, then the vault is
//! touched, and the outcome is told. An answer that shows something is given after that only.
//!
//! # Invariants
//!
//! - Nothing is read or changed without a permit and a durable intent: what touches the vault takes an
//!   [`Announced`](crate::audit::Announced), which the journal alone makes
//!   (`it::people::frame::no_journal_no_answer`).
//! - No subject key is kept from one call to the next, so an erasure holds at once.
//! - Of two people who claim one value for themselves, the store refuses the second
//!   (`it::people::values::one_of_many_wins`).
//! - A new identifier is claimed before the profile has it, the old one released after
//!   (`it::people::values::a_value_moves_when_its_person_lets_it_go`).
//! - What was erased is forgotten again before anybody is served from a restored vault
//!   (`it::people::erase::a_restored_backup_forgets`).

mod application;
mod change;
mod erase;
mod erasure_file;
mod expiration;
mod export;
mod error;
mod fields;
mod frame;
mod hold;
mod identify;
mod limits;
mod loaded;
mod profile;
mod session;
mod sweep;
mod values;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::Journal;
use crate::base::Clock;
use crate::base::Live;
use crate::base::TenantId;
use crate::crypto::HoldingKeys;
use crate::crypto::Keyring;
use crate::engine::Generation;
use crate::subject::erasure_file::ErasureFile;
use crate::vault::Vault;

pub use application::AppDocument;
pub use change::Change;
pub use change::Edit;
pub use erase::Erased;
pub use error::Error;
pub use error::Unacceptable;
pub use expiration::Announcement;
pub use expiration::State as ExpirationState;
pub use expiration::Status as ExpirationStatus;
pub use frame::Asker;
pub use hold::Hold;
pub use identify::Identifier;
pub use profile::Created;
pub use profile::Profile;
pub use session::Session;
pub use sweep::Sweeper;
pub use sweep::Swept;

/// Everything that is kept about the people of one tenant.
pub struct People {
    tenant: TenantId,
    vault: Arc<dyn Vault>,
    journal: Journal,
    live: Arc<Live<Generation>>,
    holdings: HoldingKeys,
    clock: Arc<dyn Clock>,
    erasures: ErasureFile,
    vault_wait: Duration,
    audit_wait: Duration,
}

/// What [`People`] is made of.
pub struct PeopleParts<'a> {
    /// The tenant whose people they are.
    pub tenant: TenantId,
    /// Where entries, documents and records lie.
    pub vault: Arc<dyn Vault>,
    /// Where everything is put on record.
    pub journal: Journal,
    /// Rules and policies as they are now.
    pub live: Arc<Live<Generation>>,
    /// The keys of the deployment.
    pub keyring: &'a Keyring,
    /// What says the time.
    pub clock: Arc<dyn Clock>,
    /// The erasure journal on this gateway's own disk.
    pub erasure_journal: &'a Path,
    /// How long the vault may take for one answer.
    pub vault_wait: Duration,
    /// How long the journal may take for one event.
    pub audit_wait: Duration,
}

impl People {
    /// Gives the people of a tenant. Fails when the erasure journal cannot be opened.
    pub fn new(parts: PeopleParts<'_>) -> io::Result<Self> {
        Ok(Self {
            erasures: ErasureFile::open(parts.erasure_journal)?,
            holdings: HoldingKeys::new(parts.keyring, &parts.tenant),
            tenant: parts.tenant,
            vault: parts.vault,
            journal: parts.journal,
            live: parts.live,
            clock: parts.clock,
            vault_wait: parts.vault_wait,
            audit_wait: parts.audit_wait,
        })
    }
}

impl fmt::Debug for People {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "People({}, …)", self.tenant)
    }
}
