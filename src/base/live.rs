//! Settings that change while requests run.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// A setting that is replaced whole. An exchange takes one [`Live::snapshot`] and keeps it to its end.
pub struct Live<T>(ArcSwap<T>);

impl<T> Live<T> {
    /// Starts with this value.
    pub fn new(value: T) -> Self {
        Self(ArcSwap::from_pointee(value))
    }

    /// Gives the value as it is now; later replacements do not touch it.
    pub fn snapshot(&self) -> Arc<T> {
        self.0.load_full()
    }

    /// Replaces the value for all who ask from now on.
    pub fn replace(&self, value: T) {
        self.0.store(Arc::new(value));
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Live(…)")
    }
}
