//! A gate in front of a vault, which closes when the vault turns out to be another one's.

use std::sync::Arc;

use crate::base::Live;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::net::Caller;

use super::Entry;
use super::Error;
use super::Health;
use super::Put;
use super::Stored;
use super::Vault;
use super::Waiting;

/// Lets calls through while it is open, and answers with one error while it is closed. Clones are one
/// gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Live<Option<Error>>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Live::new(None)))
    }
}

impl Gate {
    /// Puts the gate in front of a vault.
    pub fn before(&self, vault: Arc<dyn Vault>) -> Arc<dyn Vault> {
        Arc::new(Gated { gate: self.clone(), vault })
    }

    /// Answers every call with this error from now on.
    pub fn close(&self, error: Error) {
        self.0.replace(Some(error));
    }

    /// Lets calls through again.
    pub fn open(&self) {
        self.0.replace(None);
    }

    fn pass(&self) -> Result<(), Error> {
        self.0.snapshot().as_ref().clone().map_or(Ok(()), Err)
    }
}

struct Gated {
    gate: Gate,
    vault: Arc<dyn Vault>,
}

impl Gated {
    /// Asks the vault, and looks at the gate both before and after: what a vault answered that was
    /// found to be another's meanwhile is not relied upon.
    fn ask<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a dyn Vault) -> Waiting<'a, T> + Send + 'a,
    ) -> Waiting<'a, T> {
        Box::pin(async move {
            self.gate.pass()?;
            let answer = call(self.vault.as_ref()).await?;
            self.gate.pass()?;
            Ok(answer)
        })
    }
}

impl Vault for Gated {
    fn put(&self, caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>> {
        self.ask(move |vault| vault.put(caller, batch))
    }

    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>> {
        self.ask(move |vault| vault.fetch(keys))
    }

    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>> {
        self.ask(move |vault| vault.claim(name, value))
    }

    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>> {
        self.ask(move |vault| vault.claimed(name))
    }

    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()> {
        self.ask(move |vault| vault.replace(name, value))
    }

    fn of_subject(&self, handle: SubjectHandle) -> Waiting<'_, Vec<StoreKey>> {
        self.ask(move |vault| vault.of_subject(handle))
    }

    fn check(&self) -> Waiting<'_, Health> {
        self.ask(move |vault| vault.check())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SubjectTag;
    use crate::vault::Binding;
    use crate::vault::memory::MemoryVault;

    #[tokio::test]
    async fn nothing_passes_a_closed_gate_and_all_does_when_it_opens() {
        let (gate, store) = (Gate::default(), Arc::<MemoryVault>::default());
        let vault = gate.before(Arc::<MemoryVault>::clone(&store));
        let put = Put {
            key: StoreKey([1; 16]),
            record: vec![1],
            subject: Binding { handle: None, tag: SubjectTag([1; 16]) },
        };
        vault.put(Caller::GATEWAY, vec![put.clone()]).await.unwrap();
        gate.close(Error::Timeout);
        let other = Put { key: StoreKey([2; 16]), ..put };
        assert_eq!(vault.put(Caller::GATEWAY, vec![other]).await, Err(Error::Timeout));
        assert_eq!(vault.fetch(vec![StoreKey([1; 16])]).await, Err(Error::Timeout));
        assert_eq!(vault.claim("name", b"x").await, Err(Error::Timeout));
        assert_eq!(vault.check().await.map(drop), Err(Error::Timeout));
        gate.open();
        let keys = vec![StoreKey([1; 16]), StoreKey([2; 16])];
        let found: Vec<bool> =
            vault.fetch(keys).await.unwrap().iter().map(Option::is_some).collect();
        assert_eq!(found, [true, false]);
        assert_eq!(vault.claimed("name").await, Ok(None));
    }
}
