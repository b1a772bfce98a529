//! Load on the gateway, and what it costs: `cargo bench --bench load`.
//!
//! Starts an upstream, Redis, two gateways (embedded vault, Redis vault) and nginx, each when it is
//! there, and the same gateways of another build (`--against`); sends requests at a constant rate, whatever the answers do (open loop); and prints the CPU
//! time per request of each proxy, with latencies. Rounds are interleaved, so that a busy neighbour
//! meets everybody. Every answer is checked: a wrong one ends the run with exit code 1.
//!
//! What the figures mean is in `docs/performance.md`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the report is what this is for")]

mod args;
mod cpu;
mod driver;
mod files;
mod http;
mod process;
mod report;
mod scenario;
mod setup;
mod upstream;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use self::args::Args;
use self::driver::Outcome;
use self::report::Cell;
use self::report::Report;
use self::scenario::Work;
use self::setup::Target;
use self::upstream::Upstream;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn run(args: &Args) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir().context("temporary folder")?;
    let upstream = Upstream::start()?;
    let targets = setup::start(args, folder.path(), upstream.address())?;
    anyhow::ensure!(!targets.is_empty(), "nothing to measure: no gateway and no nginx here");

    for target in &targets {
        runtime
            .block_on(target.prepare(&upstream))
            .with_context(|| format!("{}: wrong answer before the load", target.name))?;
        eprintln!("load: {} answers rightly", target.name);
    }

    let mut report = Report::default();
    for round in 1..=args.rounds() {
        for work in Work::ALL {
            let mut turn: Vec<&Target> = targets.iter().filter(|each| each.does(work)).collect();
            // Who comes second meets warmer caches, and whatever the neighbours do by then.
            if round % 2 == 0 {
                turn.reverse();
            }
            for target in turn {
                let outcome = measure(args, &runtime, target, work, &upstream)?;
                eprintln!("load: round {round}: {} {}: {outcome}", target.name, work.name());
                report.add(target.name, work, outcome);
            }
        }
    }
    drop(targets);

    print!("{}{}", report.table(), report.comparison());
    let path = report.save(args)?;
    println!("\nsaved as {}", path.display());
    for cell in report.cells().filter(|cell| cell.wrong() > 0) {
        eprintln!("load: {} wrong answers: {} {}", cell.wrong(), cell.target, cell.work.name());
    }
    Ok(report.cells().map(Cell::wrong).sum::<u64>() == 0)
}

/// One round of one scenario on one proxy.
fn measure(
    args: &Args,
    runtime: &tokio::runtime::Runtime,
    target: &Target,
    work: Work,
    upstream: &Upstream,
) -> anyhow::Result<Outcome> {
    let clear_before = upstream.clear_seen();
    let before = target.cpu()?;
    let mut outcome = runtime.block_on(driver::drive(args, target, work))?;
    let after = target.cpu()?;
    outcome.proxy_cpu = after.proxy.saturating_sub(before.proxy);
    outcome.store_cpu = after.store.saturating_sub(before.store);
    outcome.wrong += upstream.clear_seen() - clear_before;
    Ok(outcome)
}
