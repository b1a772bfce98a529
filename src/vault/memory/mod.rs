//! A vault in this process, for tests and `cloakroom test`. Nothing of it outlives the process.

mod people;
mod subjects;

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::future;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::base::StoreKey;
use crate::net::Caller;

use self::people::People;
use super::Durability;
use super::Entry;
use super::Error;
use super::Health;
use super::Put;
use super::Stored;
use super::Vault;
use super::Waiting;

/// Keeps everything until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryVault(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    records: HashMap<StoreKey, Entry>,
    people: People,
    registry: HashMap<String, Vec<u8>>,
}

impl State {
    fn put(&mut self, put: &Put) -> Result<Stored, Error> {
        if let Some((owner, item)) = put.owned() {
            self.people.bind(owner.handle, owner.entry.as_deref(), &[item], owner.since)?;
        }
        Ok(match self.records.entry(put.key) {
            Slot::Occupied(mut known) => {
                known.get_mut().bind(put.subject.tag);
                Stored { entry: known.get().clone(), created: false }
            }
            Slot::Vacant(free) => {
                Stored { entry: free.insert(Entry::first(put)).clone(), created: true }
            }
        })
    }
}

impl MemoryVault {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one insertion, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn put(&self, _caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>> {
        let mut state = self.state();
        let stored = batch.iter().map(|put| state.put(put)).collect();
        Box::pin(future::ready(stored))
    }

    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>> {
        let state = self.state();
        let entries = keys.iter().map(|key| state.records.get(key).cloned()).collect();
        Box::pin(future::ready(Ok(entries)))
    }

    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>> {
        let mut state = self.state();
        let stored = state.registry.entry(name.to_owned()).or_insert_with(|| value.to_vec());
        Box::pin(future::ready(Ok(stored.clone())))
    }

    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>> {
        let stored = self.state().registry.get(name).cloned();
        Box::pin(future::ready(Ok(stored)))
    }

    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()> {
        self.state().registry.insert(name.to_owned(), value.to_vec());
        Box::pin(future::ready(Ok(())))
    }

    fn check(&self) -> Waiting<'_, Health> {
        Box::pin(future::ready(Ok(Health {
            store: "memory".to_owned(),
            durability: Durability::Process,
            warnings: vec!["everything is lost when the process ends".to_owned()],
        })))
    }
}
