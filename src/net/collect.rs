//! Reading a body to its end, within size, time and the memory of all.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use hyper::body::Body as _;
use hyper::body::Frame;

use crate::net::Body;
use crate::net::BodyError;
use crate::net::Budget;
use crate::net::Held;
use crate::net::Streamed;

/// A body that arrived whole. Its memory counts against the [`Budget`] until this is dropped.
#[derive(Debug)]
pub struct Collected {
    bytes: Bytes,
    _held: Held,
}

impl Collected {
    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Reads a body to its end; trailer fields are passed over. One that is longer than `limit` (also one
/// that says so itself) is given back as if nothing had been read, to go on as a stream.
///
/// Fails with one that is not there after `total`, and any for which the budget has no room.
pub async fn collect_or_give_back(
    body: Body,
    limit: usize,
    total: Duration,
    budget: &Budget,
) -> Result<Result<Collected, Body>, BodyError> {
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut stream = match body {
        Body::Stream(stream) => stream,
        Body::Empty | Body::Claimed(_) => return whole(Bytes::new(), budget).map(Ok),
        Body::Full(bytes) if bytes.len() > limit => return Ok(Err(Body::Full(bytes))),
        Body::Full(bytes) => return whole(bytes, budget).map(Ok),
    };
    if stated > limit {
        return Ok(Err(Body::Stream(stream)));
    }
    let mut held = budget.hold(stated)?;
    let mut read = VecDeque::new();
    let reading = read_up_to(&mut stream, limit, (&mut held, &mut read));
    let ended = tokio::time::timeout(total, reading).await.map_err(|_| BodyError::Slow)??;
    if !ended {
        read.append(&mut stream.early);
        stream.early = read;
        return Ok(Err(Body::Stream(stream)));
    }
    let bytes = joined(read, held.bytes());
    stream.bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Ok(Collected { bytes, _held: held }))
}

fn whole(bytes: Bytes, budget: &Budget) -> Result<Collected, BodyError> {
    Ok(Collected { _held: budget.hold(bytes.len())?, bytes })
}

/// Reads frames until the body ends, or is longer than the limit; says whether it ended.
async fn read_up_to(
    stream: &mut Streamed,
    limit: usize,
    (held, read): (&mut Held, &mut VecDeque<Frame<Bytes>>),
) -> Result<bool, BodyError> {
    let mut length = 0;
    loop {
        let next = match stream.early.pop_front() {
            Some(frame) => Some(Ok(frame)),
            None => std::future::poll_fn(|context| stream.poll_source(context)).await,
        };
        let Some(frame) = next else { return Ok(true) };
        let frame = frame?;
        length += frame.data_ref().map_or(0, Bytes::len);
        read.push_back(frame);
        if length > limit {
            return Ok(false);
        }
        if length > held.bytes() {
            held.resize(length)?;
        }
    }
}

/// The data of frames; without a copy when there is one only.
fn joined(frames: VecDeque<Frame<Bytes>>, length: usize) -> Bytes {
    let mut pieces = frames.into_iter().filter_map(|frame| frame.into_data().ok()).peekable();
    let first = pieces.next().unwrap_or_default();
    if pieces.peek().is_none() {
        return first;
    }
    let mut all = BytesMut::with_capacity(length);
    all.extend_from_slice(&first);
    pieces.for_each(|piece| all.extend_from_slice(&piece));
    all.freeze()
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn pieces(count: usize) -> Body {
        Body::made(stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"01234")))))
    }

    #[tokio::test]
    async fn collects_within_the_limit_and_gives_the_memory_back() {
        let budget = Budget::new(100);
        for body in [Body::Full(Bytes::from_static(b"0123401234")), pieces(2)] {
            let collected = collect_or_give_back(body, 10, MINUTE, &budget).await.unwrap().unwrap();
            assert_eq!(collected.bytes().as_ref(), b"0123401234");
            assert_eq!(budget.free(), 90);
            drop(collected);
            assert_eq!(budget.free(), 100);
        }
    }

    #[tokio::test]
    async fn gives_back_what_is_too_large_and_refuses_what_finds_no_memory() {
        let budget = Budget::new(10);
        let mut back =
            collect_or_give_back(pieces(3), 9, MINUTE, &budget).await.unwrap().unwrap_err();
        assert_eq!(budget.free(), 10);
        let mut all = Vec::new();
        while let Some(piece) = back.next_piece().await {
            all.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(all, b"012340123401234");
        let refused = collect_or_give_back(pieces(3), 20, MINUTE, &budget).await;
        assert_eq!(refused.unwrap_err(), BodyError::Exhausted);
        assert_eq!(budget.free(), 10);
    }
}
