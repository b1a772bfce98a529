//! The wrapper for clear values and keys.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A clear value or a key. It has no `Display`, its `Debug` says nothing, and it is wiped on drop.
///
/// [`Sensitive::expose`] is the only way in; keep its result inside one expression.
///
/// ```compile_fail
/// let value = cloakroom::base::Sensitive::new(String::from("alice@example.com"));
/// println!("{value}");
/// ```
#[derive(Clone, Default)]
pub struct Sensitive<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a value, which is wiped on drop.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// Returns the value: the only way in.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Shows the value to change it in place.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sensitive(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing() {
        let value = Sensitive::new(String::from("alice@example.com"));
        assert_eq!(format!("{value:?}"), "Sensitive(…)");
    }
}
