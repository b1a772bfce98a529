//! The memory of all bodies that are held at once.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

use crate::net::BodyError;

/// The memory of all bodies that are held at once, shared by all cores.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// Sets aside this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Bytes that are free now.
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    /// Counts so many bytes. Fails with [`BodyError::Exhausted`] when they are not free.
    pub fn hold(&self, bytes: usize) -> Result<Held, BodyError> {
        Ok(Held { permit: self.take(bytes)?, budget: self.clone() })
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let bytes = u32::try_from(bytes).map_err(|_| BodyError::Exhausted)?;
        Arc::clone(&self.0).try_acquire_many_owned(bytes).map_err(|_| BodyError::Exhausted)
    }
}

/// Memory that counts against a [`Budget`] until this is dropped.
pub struct Held {
    permit: OwnedSemaphorePermit,
    budget: Budget,
}

impl Held {
    /// How many bytes count.
    pub fn bytes(&self) -> usize {
        self.permit.num_permits()
    }

    /// Counts so many bytes from now on. Fails with [`BodyError::Exhausted`] when there are not so many;
    /// then nothing changes.
    pub fn resize(&mut self, bytes: usize) -> Result<(), BodyError> {
        match self.bytes().checked_sub(bytes) {
            Some(0) => {}
            Some(spare) => drop(self.permit.split(spare)),
            None => self.permit.merge(self.budget.take(bytes - self.bytes())?),
        }
        Ok(())
    }

    /// Gives so many of the bytes that count into other hands.
    /// None when there are fewer.
    pub fn split_off(&mut self, bytes: usize) -> Option<Self> {
        let permit = self.permit.split(bytes)?;
        Some(Self { permit, budget: self.budget.clone() })
    }

    /// Joins two holdings of one budget.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        if Arc::ptr_eq(&self.budget.0, &other.budget.0) {
            self.permit.merge(other.permit);
        }
        self
    }

    /// Ties the memory to bytes: it counts until nobody has them any more.
    pub fn with(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Owned { bytes, _held: self })
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Held({})", self.bytes())
    }
}

struct Owned {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let budget = Budget::new(100);
        let mut held = budget.hold(40).unwrap();
        assert_eq!((held.bytes(), budget.free()), (40, 60));
        held.resize(70).unwrap();
        assert_eq!(held.resize(101), Err(BodyError::Exhausted));
        assert_eq!((held.bytes(), budget.free()), (70, 30));
        held.resize(10).unwrap();
        assert_eq!((held.bytes(), budget.free()), (10, 90));
        let bytes = held.with(Bytes::from_static(b"abc"));
        let part = bytes.slice(1..2);
        drop(bytes);
        assert_eq!((part.as_ref(), budget.free()), (b"b".as_slice(), 90));
        drop(part);
        assert_eq!(budget.free(), 100);
        assert_eq!(budget.hold(101).unwrap_err(), BodyError::Exhausted);
    }
}
