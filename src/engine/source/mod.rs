//! Where the parts of a message come from, and where they go back to.

mod request;
mod response;
mod stream;
mod upload;

use crate::engine::Cleared;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;

pub use request::Untouched;
pub(super) use request::WholeRequest;
pub use request::untouched;
pub(super) use response::WholeResponse;
pub use stream::Piece;
pub use stream::StreamReveal;
pub(super) use stream::StreamSource;
pub use stream::StreamStart;
pub use stream::streaming;
pub use upload::Upload;
pub use upload::uploading;

/// A message, or a piece of one, that may go on, and the proof of what it shows.
#[derive(Debug)]
pub struct Treated<To, M> {
    /// What the other side gets.
    pub message: Cleared<To, M>,
    /// What the journal has announced; none when it shows nothing.
    pub intent: Option<Intent>,
}

impl<To, M> Treated<To, M> {
    /// Puts the message into another form.
    fn map<N>(self, change: impl FnOnce(M) -> N) -> Treated<To, N> {
        Treated { message: self.message.map(change), intent: self.intent }
    }
}

/// A message on its way: it yields its parts once, and takes them back.
pub(super) trait Source<'a> {
    /// What the message is after its steps.
    type Message;

    /// Yields the parts that rules look at. An error concerns the whole message.
    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error>;

    /// Whether all of the message is here, body included.
    fn is_whole(&self) -> bool;

    /// Whether the other side has some of the message already.
    fn has_begun(&self) -> bool;

    /// Takes the parts back, in the order in which they were read, and gives the message.
    fn write(
        self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error>;
}
