//! The proof that a message went through the engine.
//!
//! Both exits ask for it: a connection to an upstream takes requests with a [`ForwardBody`], which only a
//! cleared request gives, and the connection of a client takes answers with an [`AnswerBody`], which only a
//! cleared response or a problem gives.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use http::Request;
use http::Response;
use hyper::body::Body as HttpBody;
use hyper::body::Frame;
use hyper::body::SizeHint;

use crate::base::RequestId;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Ended;
use crate::net::Held;
use crate::net::Problem;

/// A message, or a piece of one, that may go in the direction `To`: the engine inspected it, or saw that no
/// rule concerns it.
///
/// Upstream and client writers take nothing else, and nobody else can make one:
///
/// ```compile_fail
/// let to = std::marker::PhantomData::<cloakroom::engine::ToUpstream>;
/// let around = cloakroom::engine::Cleared { message: Vec::<u8>::new(), to };
/// ```
///
/// What was revealed for a client does not go to an upstream:
///
/// ```compile_fail
/// use cloakroom::engine::{Cleared, ToClient, ToUpstream};
/// fn around(piece: Cleared<ToClient, Vec<u8>>) -> Cleared<ToUpstream, Vec<u8>> {
///     piece
/// }
/// ```
#[derive(Debug)]
#[must_use = "a cleared message that is not sent was inspected for nothing"]
pub struct Cleared<To, M> {
    message: M,
    to: PhantomData<To>,
}

impl<To, M> Cleared<To, M> {
    /// Clears a message. Reserved to the engine.
    pub(super) fn by_engine(message: M) -> Self {
        Self { message, to: PhantomData }
    }

    /// Puts a cleared message into another form. Reserved to the engine.
    pub(super) fn map<N>(self, change: impl FnOnce(M) -> N) -> Cleared<To, N> {
        Cleared::by_engine(change(self.message))
    }

    /// Takes the message out of its proof. Reserved to the engine; others have an exit.
    pub(super) fn into_message(self) -> M {
        self.message
    }

    /// Looks at the message.
    pub fn message(&self) -> &M {
        &self.message
    }
}

impl Cleared<ToUpstream, Request<Body>> {
    /// Gives the request to the connection to an upstream.
    pub fn into_forward(self) -> Request<ForwardBody> {
        self.message.map(ClearedBody::new)
    }
}

impl Cleared<ToClient, Response<Body>> {
    /// Gives the response to the connection of the client; `held` counts until its bytes are written.
    pub fn into_answer(self, held: Option<Held>) -> Response<AnswerBody> {
        self.message.map(|body| ClearedBody::new(body.counted(held)))
    }
}

/// The body of a cleared message on its way in the direction `To`. Nobody else can make one:
///
/// ```compile_fail
/// let around = cloakroom::engine::AnswerBody::new(cloakroom::net::Body::Empty);
/// ```
#[derive(Debug)]
pub struct ClearedBody<To> {
    body: Body,
    to: PhantomData<To>,
}

/// The direction of requests that go on.
#[derive(Debug)]
pub enum ToUpstream {}

/// The direction of answers.
#[derive(Debug)]
pub enum ToClient {}

/// The body of a request to an upstream.
pub type ForwardBody = ClearedBody<ToUpstream>;

/// The body of an answer to a client: of a cleared response, or of a problem, whose texts are ours.
pub type AnswerBody = ClearedBody<ToClient>;

impl<To> ClearedBody<To> {
    fn new(body: Body) -> Self {
        Self { body, to: PhantomData }
    }

    /// Calls the function when the body has ended, broken, or was dropped. At once if there is none.
    pub fn on_end(&mut self, told: impl FnOnce(Ended) + 'static) {
        self.body.on_end(told);
    }
}

impl ForwardBody {
    /// Returns a second copy, for a request that may be sent twice; none of a streamed body.
    pub fn replay(&self) -> Option<Self> {
        self.body.replay().map(Self::new)
    }
}

impl AnswerBody {
    /// Makes the answer to a request that is refused.
    pub fn of_problem(problem: &Problem, id: RequestId) -> Response<Self> {
        problem.answer(id).map(|bytes| Self::new(Body::Full(bytes)))
    }
}

impl<To: Unpin> HttpBody for ClearedBody<To> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
