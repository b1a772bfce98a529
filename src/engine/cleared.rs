//! The proof that a message went through the engine.
//!
//! Both exits ask for it: the client of an upstream takes [`Cleared`] requests, and the connection of a
//! client takes answers with an [`AnswerBody`], which only a cleared response or a problem gives.

use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
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

    /// Puts a cleared message into another form. Reserved to the engine.
    pub(super) fn map<N>(self, change: impl FnOnce(M) -> N) -> Cleared<N> {
        Cleared { message: change(self.message) }
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

impl Cleared<Response<Body>> {
    /// Gives the response to the connection of the client; `held` counts until its bytes are written.
    pub fn into_answer(self, held: Option<Held>) -> Response<AnswerBody> {
        self.message.map(|body| AnswerBody(body.counted(held)))
    }
}

/// The body of an answer to a client. A cleared response has one, and a problem, whose texts are ours;
/// nobody else can make one:
///
/// ```compile_fail
/// let around = cloakroom::engine::AnswerBody(cloakroom::net::Body::Empty);
/// ```
#[derive(Debug)]
pub struct AnswerBody(Body);

impl AnswerBody {
    /// Makes the answer to a request that is refused.
    pub fn of_problem(problem: &Problem, id: RequestId) -> Response<Self> {
        problem.answer(id).map(|bytes| Self(Body::Full(bytes)))
    }

    /// Calls the function when the body has ended, broken, or was dropped. At once if there is none.
    pub fn on_end(&mut self, told: impl FnOnce(Ended) + 'static) {
        self.0.on_end(told);
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
