//! Reading a body to its end, within size, time and the memory of all.

use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body as _;
use hyper::body::Frame;

use crate::net::Body;
use crate::net::BodyError;
use crate::net::Budget;
use crate::net::Held;
use crate::net::Streamed;
use crate::net::growing::GrowingBuffer;

/// A body that arrived whole, and the memory that counts for it.
#[derive(Debug)]
pub struct Collected {
    /// What was read, without trailer fields.
    pub bytes: Bytes,
    /// Keep it as long as the bytes, or what is made of them.
    pub held: Held,
}

/// What became of reading a body whole.
#[derive(Debug)]
pub enum Collecting {
    /// All of it was read.
    Whole(Collected),
    /// It is longer than allowed, and is given back as if nothing had been read.
    TooLong(Body),
    /// There was no memory for it; it is given back, too.
    NoRoom(Body, BodyError),
}

/// Reads a body to its end; trailer fields are passed over. Memory is taken as bytes arrive, whatever
/// length is declared, and all that is taken counts.
///
/// Fails with a body that breaks, or is not there after `total`.
pub async fn collect(
    body: Body,
    limit: usize,
    total: Duration,
    budget: &Budget,
) -> Result<Collecting, BodyError> {
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut stream = match body {
        Body::Stream(stream) => stream,
        Body::Full(bytes) if bytes.len() > limit => {
            return Ok(Collecting::TooLong(Body::Full(bytes)));
        }
        Body::Full(bytes) => return Ok(at_hand(bytes, budget)),
        Body::Empty | Body::Claimed(_) => return Ok(at_hand(Bytes::new(), budget)),
    };
    if stated > limit {
        return Ok(Collecting::TooLong(Body::Stream(stream)));
    }
    let mut gathered =
        Gathered { buffer: GrowingBuffer::Short(Vec::new()), held: budget.hold(0)?, stated };
    let reading = gathered.read(&mut stream, limit);
    let outcome = tokio::time::timeout(total, reading).await.map_err(|_| BodyError::Slow)??;
    Ok(match outcome {
        Outcome::Ended => {
            stream.bytes = u64::try_from(gathered.buffer.len()).unwrap_or(u64::MAX);
            Collecting::Whole(gathered.whole())
        }
        Outcome::TooLong(rest) => Collecting::TooLong(gathered.given_back(stream, rest)),
        Outcome::NoRoom(rest, error) => {
            Collecting::NoRoom(gathered.given_back(stream, rest), error)
        }
    })
}

fn at_hand(bytes: Bytes, budget: &Budget) -> Collecting {
    match budget.hold(bytes.len()) {
        Ok(held) => Collecting::Whole(Collected { bytes, held }),
        Err(error) => Collecting::NoRoom(Body::Full(bytes), error),
    }
}

enum Outcome {
    Ended,
    TooLong(Frame<Bytes>),
    NoRoom(Frame<Bytes>, BodyError),
}

/// What has been read, and the memory it takes.
struct Gathered {
    buffer: GrowingBuffer,
    held: Held,
    stated: usize,
}

impl Gathered {
    async fn read(&mut self, stream: &mut Streamed, limit: usize) -> Result<Outcome, BodyError> {
        loop {
            let next = match stream.early.pop_front() {
                Some(frame) => Some(Ok(frame)),
                None => std::future::poll_fn(|context| stream.poll_source(context)).await,
            };
            let Some(frame) = next else { return Ok(Outcome::Ended) };
            let frame = frame?;
            let Some(data) = frame.data_ref() else { continue };
            if self.buffer.len().saturating_add(data.len()) > limit {
                return Ok(Outcome::TooLong(frame));
            }
            if let Err(error) = self.add(data, limit) {
                return Ok(Outcome::NoRoom(frame, error));
            }
        }
    }

    /// Takes memory for these bytes, and some ahead where there is enough, and copies them into it.
    fn add(&mut self, data: &[u8], limit: usize) -> Result<(), BodyError> {
        let mut room = self.buffer.room_for(data.len(), self.stated);
        if self.held.resize(room).is_err() {
            room = self.buffer.len().saturating_add(data.len()).max(self.held.bytes());
            self.held.resize(room)?;
        }
        self.buffer.append(data, room, limit).map_err(|_no_memory| BodyError::Exhausted)
    }

    fn whole(self) -> Collected {
        Collected { bytes: self.buffer.into(), held: self.held }
    }

    fn given_back(self, mut stream: Box<Streamed>, rest: Frame<Bytes>) -> Body {
        stream.early.push_front(rest);
        if self.buffer.len() > 0 {
            stream.early.push_front(Frame::data(self.held.with(self.buffer.into())));
        }
        Body::Stream(stream)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn pieces(count: usize) -> Body {
        Body::made(stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"01234")))))
    }

    async fn all_of(mut body: Body) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(piece) = body.next_piece().await {
            all.extend_from_slice(&piece.unwrap());
        }
        all
    }

    #[tokio::test]
    async fn collects_within_the_limit_and_gives_the_memory_back() {
        let budget = Budget::new(100);
        for body in [Body::Full(Bytes::from_static(b"0123401234")), pieces(2)] {
            let Collecting::Whole(collected) = collect(body, 10, MINUTE, &budget).await.unwrap()
            else {
                panic!("not whole");
            };
            assert_eq!(collected.bytes.as_ref(), b"0123401234");
            assert_eq!(budget.free(), 90);
            drop(collected);
            assert_eq!(budget.free(), 100);
        }
    }

    #[tokio::test]
    async fn gives_back_what_is_too_large() {
        let budget = Budget::new(10);
        let Collecting::TooLong(back) = collect(pieces(3), 9, MINUTE, &budget).await.unwrap()
        else {
            panic!("not too long");
        };
        assert_eq!(budget.free(), 5, "what was read counts until it is taken");
        assert_eq!(all_of(back).await, b"012340123401234");
        assert_eq!(budget.free(), 10);
    }

    #[tokio::test]
    async fn gives_back_what_finds_no_memory_and_says_so() {
        let budget = Budget::new(12);
        let outcome = collect(pieces(4), 20, MINUTE, &budget).await.unwrap();
        let Collecting::NoRoom(back, BodyError::Exhausted) = outcome else { panic!("room") };
        assert_eq!(all_of(back).await, b"01234012340123401234");
        assert_eq!(budget.free(), 12);
    }

    #[tokio::test]
    async fn no_more_counts_than_twice_what_came_and_never_what_was_declared() {
        let budget = Budget::new(1 << 20);
        let (held, limit) = (budget.hold(0).unwrap(), 16 << 20);
        let buffer = GrowingBuffer::Short(Vec::new());
        let mut gathered = Gathered { buffer, held, stated: 900_000 };
        let mut all = Vec::new();
        for (piece, byte) in [1, 4095, 1, 10_000, 30_000, 84_000, 100_000, 1].into_iter().zip(0..) {
            let data = vec![byte; piece];
            gathered.add(&data, limit).unwrap();
            all.extend(data);
            assert!(gathered.held.bytes() >= all.len());
            let ahead = if all.len() <= 128 << 10 { all.len().max(4096) } else { 64 << 10 };
            assert!(gathered.held.bytes() <= all.len() + ahead, "{}", gathered.held.bytes());
        }
        let taken = gathered.held.bytes();
        assert!(gathered.add(&vec![0; 1 << 20], limit).is_err(), "the budget is at its end");
        assert_eq!(gathered.held.bytes(), taken, "what is not added takes nothing");
        assert_eq!(gathered.whole().bytes, all);
        assert_eq!(budget.free(), 1 << 20);
    }
}
