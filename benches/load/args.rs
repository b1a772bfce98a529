//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::ValueEnum;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    Nginx,
    Embedded,
    Redis,
}

/// Load on the gateway, beside nginx: CPU per request and latencies at a constant rate.
#[derive(Debug, Parser)]
#[command(name = "load")]
pub(crate) struct Args {
    /// One short round at a low rate: checks the answers, the figures mean little
    #[arg(long)]
    pub(crate) quick: bool,
    /// Measure these alone
    #[arg(long, value_enum)]
    pub(crate) only: Vec<Only>,
    /// Measure this gateway beside ours, round by round, and print the ratios of CPU time
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Requests per second [default: 2000; with --quick 500]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    rate: Option<u32>,
    /// Connections, kept open
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..10_000))]
    pub(crate) connections: u32,
    /// Seconds of each round [default: 3; with --quick 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..600))]
    seconds: Option<u32>,
    /// Rounds [default: 3; with --quick 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..1000))]
    rounds: Option<u32>,
    /// Redis: when a write is on disk; `always` is what "stored before sent" asks for
    #[arg(long, default_value = "always")]
    pub(crate) appendfsync: String,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

impl Args {
    pub(crate) fn rate(&self) -> u32 {
        self.rate.unwrap_or(if self.quick { 500 } else { 2000 })
    }

    pub(crate) fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    pub(crate) fn duration(&self) -> Duration {
        let seconds = self.seconds.unwrap_or(if self.quick { 1 } else { 3 });
        Duration::from_secs(u64::from(seconds))
    }

    pub(crate) fn wants(&self, one: Only) -> bool {
        self.only.is_empty() || self.only.contains(&one)
    }
}
