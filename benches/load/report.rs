//! One table for people, one JSON file for comparisons.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use hdrhistogram::Histogram;
use serde_json::json;

use crate::args::Args;
use crate::driver::Outcome;
use crate::scenario::Work;

/// All rounds of one kind of work on one proxy.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) target: &'static str,
    pub(crate) work: Work,
    rounds: Vec<Outcome>,
}

impl Cell {
    pub(crate) fn wrong(&self) -> u64 {
        self.rounds.iter().map(|round| round.wrong).sum()
    }

    fn has_store(&self) -> bool {
        self.target.starts_with("redis")
    }

    /// CPU microseconds per request of the proxy, smallest first.
    fn cpu(&self) -> Vec<f64> {
        let mut costs: Vec<f64> = self
            .rounds
            .iter()
            .map(|round| round.proxy_cpu.as_secs_f64() * 1e6 / count(round.requests))
            .collect();
        costs.sort_by(f64::total_cmp);
        costs
    }

    fn cpu_min(&self) -> f64 {
        self.cpu().first().copied().unwrap_or_default()
    }

    fn cpu_median(&self) -> f64 {
        let costs = self.cpu();
        costs.get(costs.len() / 2).copied().unwrap_or_default()
    }

    fn store_cpu_min(&self) -> f64 {
        let costs = self.rounds.iter();
        costs
            .map(|round| round.store_cpu.as_secs_f64() * 1e6 / count(round.requests))
            .fold(f64::INFINITY, f64::min)
    }

    /// Latencies of all rounds together.
    fn latency(&self) -> Option<Histogram<u64>> {
        let mut rounds = self.rounds.iter();
        let mut all = rounds.next()?.latency.clone();
        for round in rounds {
            all.add(&round.latency).ok()?;
        }
        Some(all)
    }

    /// Answers per second, and what was asked for.
    fn rates(&self) -> (f64, f64) {
        let requests: u64 = self.rounds.iter().map(|round| round.requests).sum();
        let seconds: f64 = self.rounds.iter().map(|round| round.took.as_secs_f64()).sum();
        let asked = self.rounds.first().map_or(0.0, |round| f64::from(round.rate));
        (count(requests) / seconds.max(1e-9), asked)
    }
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX)).max(1.0)
}

/// All cells, in the order of the first round.
#[derive(Debug, Default)]
pub(crate) struct Report {
    cells: Vec<Cell>,
}

impl Report {
    pub(crate) fn add(&mut self, target: &'static str, work: Work, outcome: Outcome) {
        let same = |cell: &&mut Cell| cell.target == target && cell.work == work;
        match self.cells.iter_mut().find(same) {
            Some(cell) => cell.rounds.push(outcome),
            None => self.cells.push(Cell { target, work, rounds: vec![outcome] }),
        }
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter()
    }

    fn find(&self, target: &str, work: Work) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.target == target && cell.work == work)
    }

    /// The pass-through with the same method: what the work is compared with.
    fn base(work: Work) -> Work {
        match work {
            Work::PassGet | Work::Reveal => Work::PassGet,
            Work::PassPost | Work::TokenizeNew | Work::TokenizeKnown => Work::PassPost,
        }
    }

    /// CPU as a multiple of the same proxy's pass-through, and of nginx's; by minima.
    fn ratios(&self, cell: &Cell) -> (Option<f64>, Option<f64>) {
        let ratio = |other: Option<&Cell>| {
            let base = other.map(Cell::cpu_min).filter(|&base| base > 0.0)?;
            Some(cell.cpu_min() / base)
        };
        let base = Self::base(cell.work);
        (ratio(self.find(cell.target, base)), ratio(self.find("nginx", base)))
    }

    /// The table. CPU in microseconds per request of the proxy; latencies in milliseconds.
    pub(crate) fn table(&self) -> String {
        let mut out = String::from(
            "\n| proxy | work | req/s (of) | p50 ms | p99 ms | p99.9 ms | CPU us/req min | median \
             | x own pass | x nginx | Redis us/req |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for cell in &self.cells {
            let (achieved, asked) = cell.rates();
            let (own, nginx) = self.ratios(cell);
            let latency = cell.latency();
            let ms = |quantile: f64| {
                let micros = latency.as_ref().map_or(0, |all| all.value_at_quantile(quantile));
                count(micros) / 1000.0
            };
            let store = if cell.has_store() {
                format!("{:.1}", cell.store_cpu_min())
            } else {
                "-".to_owned()
            };
            let _infallible = writeln!(
                out,
                "| {} | {} | {achieved:.0} ({asked:.0}) | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {} | {} | {store} |",
                cell.target,
                cell.work.name(),
                ms(0.5),
                ms(0.99),
                ms(0.999),
                cell.cpu_min(),
                cell.cpu_median(),
                times(own),
                times(nginx),
            );
            if achieved < 0.95 * asked {
                let _infallible =
                    writeln!(out, "| | (could not keep the rate: latencies are of a queue) |");
            }
        }
        out
    }

    /// Returns the CPU time of this build as a multiple of the other's, by minima and by medians; nothing
    /// when no other was measured.
    pub(crate) fn comparison(&self) -> String {
        let mut out = String::new();
        for cell in &self.cells {
            let Some(other) = self.find(&format!("{}, other", cell.target), cell.work) else {
                continue;
            };
            if out.is_empty() {
                out.push_str(
                    "\n| vault | work | CPU us/req min | other | ratio of minima | of medians |\n\
                     |---|---|---|---|---|---|\n",
                );
            }
            let (own, others) = (cell.cpu_min(), other.cpu_min());
            let _infallible = writeln!(
                out,
                "| {} | {} | {own:.1} | {others:.1} | {:.3} | {:.3} |",
                cell.target,
                cell.work.name(),
                own / others.max(1e-9),
                cell.cpu_median() / other.cpu_median().max(1e-9),
            );
        }
        out
    }

    /// Writes `load.json` into the target folder.
    pub(crate) fn save(&self, args: &Args) -> anyhow::Result<PathBuf> {
        let cells: Vec<serde_json::Value> = self.cells.iter().map(|cell| self.json(cell)).collect();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let all = json!({
            "format": 1,
            "cores": cores,
            "quick": args.quick,
            "rate": args.rate(),
            "connections": args.connections,
            "seconds": args.duration().as_secs(),
            "rounds": args.rounds(),
            "appendfsync": args.appendfsync,
            "cells": cells,
        });
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = tmp.parent().unwrap_or(tmp).join("load.json");
        std::fs::write(&path, serde_json::to_string_pretty(&all)? + "\n")?;
        Ok(path)
    }

    fn json(&self, cell: &Cell) -> serde_json::Value {
        let (own, nginx) = self.ratios(cell);
        let latency = cell.latency();
        let at = |quantile: f64| latency.as_ref().map(|all| all.value_at_quantile(quantile));
        json!({
            "proxy": cell.target,
            "work": cell.work.name(),
            "achieved_per_second": cell.rates().0,
            "latency_us": { "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": at(1.0) },
            "cpu_us_per_request": cell.cpu(),
            "redis_cpu_us_per_request_min": cell.has_store().then(|| cell.store_cpu_min()),
            "times_own_pass_through": own,
            "times_nginx": nginx,
            "wrong": cell.wrong(),
        })
    }
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}
