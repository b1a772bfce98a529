//! Open loop: requests start when their time has come, not when the last answer did.
//!
//! A request that has to wait for its connection is counted from the time at which it should have
//! started, so a stall shows in every latency behind it (no coordinated omission). A request whose
//! connection was idle is counted from when it was sent: the timer's own millisecond is not the
//! proxy's.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::args::Args;
use crate::http::Connection;
use crate::scenario::Work;
use crate::setup::Target;

/// What one round gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Microseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) requests: u64,
    pub(crate) wrong: u64,
    /// From the first request's time to the last answer.
    pub(crate) took: Duration,
    /// Requests per second that were asked for.
    pub(crate) rate: u32,
    pub(crate) proxy_cpu: Duration,
    pub(crate) store_cpu: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} requests, p50 {} us, p99 {} us, {} wrong",
            self.requests,
            self.latency.value_at_quantile(0.5),
            self.latency.value_at_quantile(0.99),
            self.wrong
        )
    }
}

/// Microseconds up to a minute, three digits.
pub(crate) fn histogram() -> anyhow::Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, 60_000_000, 3).context("histogram")
}

/// Drives one kind of work for one round.
pub(crate) async fn drive(args: &Args, target: &Target, work: Work) -> anyhow::Result<Outcome> {
    let mut connections = Vec::new();
    for _ in 0..args.connections {
        connections.push(Connection::open(&target.address).await?);
    }
    let start = Instant::now() + Duration::from_millis(20);
    let lanes = (0..args.connections).zip(connections).map(|(lane, connection)| {
        let plan = Plan { start, lane, lanes: args.connections, rate: args.rate() };
        run_lane(plan, args.duration(), connection, target, work)
    });
    let lanes = try_join_all(lanes).await?;
    let took = start.elapsed();

    let mut latency = histogram()?;
    let mut wrong = 0;
    for lane in lanes {
        latency.add(lane.latency)?;
        wrong += lane.wrong;
    }
    let requests = latency.len();
    let (proxy_cpu, store_cpu) = (Duration::ZERO, Duration::ZERO);
    Ok(Outcome { latency, requests, wrong, took, rate: args.rate(), proxy_cpu, store_cpu })
}

/// When the requests of one connection start: every `lanes`th of the whole load.
#[derive(Debug, Clone, Copy)]
struct Plan {
    start: Instant,
    lane: u32,
    lanes: u32,
    rate: u32,
}

impl Plan {
    fn offset(&self, number: u32) -> Duration {
        let place = u64::from(number) * u64::from(self.lanes) + u64::from(self.lane);
        Duration::from_nanos(place * 1_000_000_000 / u64::from(self.rate))
    }
}

struct Lane {
    latency: Histogram<u64>,
    wrong: u64,
}

async fn run_lane(
    plan: Plan,
    duration: Duration,
    mut connection: Connection,
    target: &Target,
    work: Work,
) -> anyhow::Result<Lane> {
    let mut lane = Lane { latency: histogram()?, wrong: 0 };
    let mut request = Vec::with_capacity(4 * 1024);
    let offsets = (0..).map(|number| plan.offset(number)).take_while(|&offset| offset < duration);
    for offset in offsets {
        let number = target.numbers.fetch_add(1, Ordering::Relaxed);
        work.request(number, target.name, &target.key, &mut request);
        let due = plan.start + offset;
        let counted_from = if Instant::now() < due {
            tokio::time::sleep_until(due).await;
            Instant::now()
        } else {
            due
        };
        let right = match connection.exchange(&request).await {
            Ok(answer) => work.is_right(number, &answer),
            Err(_broken) => {
                connection = Connection::open(&target.address).await?;
                false
            }
        };
        let micros = u64::try_from(counted_from.elapsed().as_micros()).unwrap_or(u64::MAX);
        lane.latency.saturating_record(micros.max(1));
        lane.wrong += u64::from(!right);
    }
    Ok(lane)
}
