//! What data is asked for.

use std::fmt;
use std::sync::Arc;

/// The purpose of a request, such as `ticket`: 1 to 64 characters of `a-z`, `0-9`, `.`, `_`, `-`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Purpose(Arc<str>);

impl Purpose {
    /// Gives the purpose of this name; refuses one outside the form above.
    pub fn new(name: &str) -> Option<Self> {
        let well_formed = (1..=64).contains(&name.len())
            && name.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
            });
        well_formed.then(|| Self(Arc::from(name)))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
