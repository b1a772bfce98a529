//! Journals for tests.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use cloakroom::audit::Event;
use cloakroom::audit::Exchange;
use cloakroom::audit::Fault;
use cloakroom::audit::Item;
use cloakroom::audit::Journal;
use cloakroom::audit::Mode;
use cloakroom::audit::Reference;
use cloakroom::audit::Verb;
use cloakroom::audit::Verified;
use cloakroom::audit::config::Config;
use cloakroom::audit::verify;
use cloakroom::base::DataClass;
use cloakroom::base::FixedClock;
use cloakroom::base::Principal;
use cloakroom::base::RequestId;
use cloakroom::base::RouteId;
use cloakroom::base::Sensitive;
use cloakroom::base::TenantId;
use cloakroom::base::Timestamp;
use cloakroom::crypto::note::Signer;
use tempfile::TempDir;

pub(super) const ORIGIN: &str = "cloakroom/test/one";
pub(super) const START: u64 = 1_790_000_000_000_000;

pub(super) fn seed() -> Sensitive<[u8; 32]> {
    Sensitive::new([7; 32])
}

pub(super) fn public_key() -> String {
    Signer::new(ORIGIN, &seed()).unwrap().verifier().to_string()
}

pub(super) fn config(path: &Path, segment_events: u64) -> Config {
    Config { path: path.to_owned(), origin: ORIGIN.to_owned(), segment_events }
}

pub(super) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(Timestamp(START)))
}

pub(super) fn open(path: &Path, segment_events: u64, clock: &Arc<FixedClock>) -> Journal {
    let clock: Arc<FixedClock> = Arc::clone(clock);
    Journal::open(&config(path, segment_events), &seed(), clock).unwrap()
}

pub(super) fn check(path: &Path) -> Result<Verified, Fault> {
    verify(path, &public_key(), &[])
}

pub(super) fn exchange(route: &str) -> Exchange {
    Exchange {
        request_id: RequestId::new(),
        principal: Principal::anonymous(),
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        method: Verb::of("GET"),
        route: RouteId::new(route),
        tenant: Some(TenantId::default_tenant()),
        upstream: None,
        purpose: None,
        alias: None,
    }
}

pub(super) fn reveal(route: &str) -> Event {
    let class = DataClass::new("email").unwrap();
    let references = vec![Reference([1; 16]), Reference([2; 16])];
    Event::reveal_intent(&exchange(route), vec![Item::new(class, Mode::Reveal, 2, references)])
}

/// Writes this many events, one after the other; a checkpoint after each, because a second passes.
pub(super) async fn write(path: &Path, segment_events: u64, events: u64) {
    let clock = clock();
    let journal = open(path, segment_events, &clock);
    for number in 0..events {
        clock.set(Timestamp(START + number * 1_000_000));
        let receipt = journal.append(reveal(&format!("r{number}"))).await.unwrap();
        assert_eq!(receipt.seq(), number);
    }
    journal.close();
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of a journal that is being written, as a kill at this moment would leave it: files that
/// were not copied at one moment are copied again.
pub(super) fn as_killed(from: &Path) -> TempDir {
    fn copied(from: &Path, to: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry?.file_name()));
            if path.is_dir() {
                copied(&path, &target)?;
            } else {
                std::fs::copy(path, target)?;
            }
        }
        Ok(())
    }
    let mut tries = 0;
    loop {
        let to = tempfile::tempdir().unwrap();
        let copied = copied(from, to.path());
        let found = check(to.path());
        if copied.is_ok() && found.is_ok() {
            return to;
        }
        tries += 1;
        assert!(tries < 1_000, "{copied:?} {found:?}");
    }
}

/// All files below a folder, relative to it, in order.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    collect(folder, &mut found);
    let mut found: Vec<_> =
        found.into_iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect();
    found.sort();
    found
}
