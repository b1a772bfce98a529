//! The proof that a message went through the engine.

/// A message that may go on the wire: the engine inspected it, or saw that no rule concerns it.
///
/// Upstream and client writers take nothing else, and nobody else can make one:
///
/// ```compile_fail
/// let around = cloakroom::engine::Cleared { message: Vec::<u8>::new() };
/// ```
#[derive(Debug)]
#[must_use = "a cleared message that is not sent was inspected for nothing"]
pub struct Cleared<M> {
    message: M,
}

impl<M> Cleared<M> {
    /// Clears a message. Reserved to the engine.
    pub(super) fn by_engine(message: M) -> Self {
        Self { message }
    }

    /// Gives the message to the wire.
    pub fn into_message(self) -> M {
        self.message
    }

    /// Looks at the message.
    pub fn message(&self) -> &M {
        &self.message
    }
}
