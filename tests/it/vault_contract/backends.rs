//! The vaults under test.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cloakroom::base::Timeouts;
use cloakroom::vault::Vault;
use cloakroom::vault::embedded;
use cloakroom::vault::embedded::EmbeddedVault;
use cloakroom::vault::memory::MemoryVault;
use cloakroom::vault::redis as redis_vault;
use tempfile::TempDir;

use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// A vault, and what it stands on.
pub(super) trait Backend: Sync {
    /// As one core of one gateway sees it.
    fn vault(&self) -> Arc<dyn Vault>;
    /// Ends the store and starts it again on the same files.
    fn reopen(&mut self);
}

struct Memory(Arc<MemoryVault>);

impl Backend for Memory {
    fn vault(&self) -> Arc<dyn Vault> {
        Arc::<MemoryVault>::clone(&self.0)
    }

    fn reopen(&mut self) {
        self.0 = Arc::default();
    }
}

struct Embedded {
    vault: Option<Arc<EmbeddedVault>>,
    folder: TempDir,
}

impl Backend for Embedded {
    fn vault(&self) -> Arc<dyn Vault> {
        Arc::<EmbeddedVault>::clone(self.vault.as_ref().unwrap())
    }

    fn reopen(&mut self) {
        drop(self.vault.take());
        self.vault = Some(Arc::new(open(self.folder.path())));
    }
}

impl Backend for Redis {
    fn vault(&self) -> Arc<dyn Vault> {
        Arc::new(redis_vault::connect(&self.config(), &patient()).unwrap())
    }

    fn reopen(&mut self) {
        self.kill();
        self.start_again();
    }
}

/// Long enough for a busy machine: the laws are not about time.
fn patient() -> Timeouts {
    let long = Duration::from_secs(30);
    Timeouts { vault: long, connect: long, ..Timeouts::default() }
}

/// Opens the embedded vault of a folder.
pub(super) fn open(folder: &Path) -> EmbeddedVault {
    embedded::open(&folder.join("vault"), patient().vault).unwrap()
}

pub(super) fn memory() -> Box<dyn Backend> {
    Box::new(Memory(Arc::default()))
}

pub(super) fn embedded() -> Box<dyn Backend> {
    let folder = TempDir::new().unwrap();
    Box::new(Embedded { vault: Some(Arc::new(open(folder.path()))), folder })
}

pub(super) fn redis() -> Box<dyn Backend> {
    Box::new(Redis::start(Kind::Plain))
}

pub(super) fn redis_least_privilege() -> Box<dyn Backend> {
    Box::new(Redis::start(Kind::LeastPrivilege))
}

pub(super) fn redis_tls() -> Box<dyn Backend> {
    Box::new(Redis::start(Kind::Tls))
}
