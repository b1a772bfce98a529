//! `cloakroom serve`.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use anyhow::Context;
use serde_json::json;

use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::cli::refused;
use crate::gateway;
use crate::gateway::Signals;
use crate::telemetry;

pub(super) fn run(path: &Path, output: Output) -> anyhow::Result<Verdict> {
    let config = load_config(path, output)?;
    telemetry::init::log(&config.log.to_telemetry())?;
    gateway::keep_memory_private();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("no runtime for signals")?;
    let mut signals = runtime.block_on(async { Signals::listen() })?;
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (running, warnings) = match gateway::start(config, cores) {
        Ok(started) => started,
        Err(gateway::Error::Mistakes(mistakes)) => return Err(refused(path, &mistakes, output)),
        Err(error) => return Err(error.into()),
    };
    running.watch_panics();
    output.diagnostics(&warnings);
    let listen: Vec<String> = running.listen.iter().map(ToString::to_string).collect();
    let admin = running.admin.map(|address| address.to_string());
    let told = admin.as_deref().map_or_else(String::new, |admin| format!(", admin on {admin}"));
    let people: Vec<String> = running.people().iter().map(ToString::to_string).collect();
    let also = if people.is_empty() {
        String::new()
    } else {
        format!(", people on {}", people.join(", "))
    };
    let line = format!("cloakroom is ready on {}{told}{also}", listen.join(", "));
    output
        .line(&line, &json!({ "ready": true, "listen": listen, "admin": admin, "people": people }));

    let cut = runtime.block_on(async {
        signals.told().await;
        signals.drain(running).await
    });
    match cut.context("stopping failed")? {
        None | Some(0) => {}
        Some(cut) => tracing::warn!(cut, "connections were cut at the end of the drain time"),
    }
    Ok(Verdict::Fine)
}
