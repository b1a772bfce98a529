//! `cloakroom demo`.

use std::fs;
use std::fs::DirBuilder;
use std::num::NonZero;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::thread;

use anyhow::Context;
use serde_json::Value;
use serde_json::json;

use crate::cli::Output;
use crate::cli::Verdict;
use crate::demo::Demo;
use crate::demo::OnceReport;
use crate::demo::Ports;
use crate::gateway::Signals;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Does one exchange, shows the three views as text, and ends. Exit code 0 only if the application
    /// stored no clear value and the authorised reader saw all of them.
    #[arg(long)]
    once: bool,
    /// Where to put the demo's files: an empty or new folder, which stays. Default: a new one among the
    /// system's temporary files, which is removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// The folder of a demo that named none. It is removed with all that the demo wrote, however the
/// command ends: a keyring and a vault are in it.
struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder that nobody had before, open to its owner alone.
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("cloakroom-demo-{}", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("cannot make {}; name a folder by --data", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "the folder of the demo stays");
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: Output) -> anyhow::Result<Verdict> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.context("no runtime")?;
    // Before anything is made that has to be removed.
    let mut signals = runtime.block_on(async { Signals::listen() })?;
    let scratch = if arguments.data.is_none() { Some(Scratch::make()?) } else { None };
    let named = arguments.data.as_deref();
    let folder = named.or(scratch.as_ref().map(|made| made.0.as_path())).unwrap_or(Path::new(""));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    runtime.block_on(async {
        let ports = if arguments.once { Ports::Any } else { Ports::Usual };
        let mut demo = Demo::set_up(folder, cores, ports).await?;
        if !arguments.once {
            let page = demo.page().await?;
            print_addresses(&demo, page.local_addr()?, output);
            demo.run(page, signals).await?;
            return Ok(Verdict::Fine);
        }
        let done = tokio::select! {
            done = demo.run_once() => done.map_err(anyhow::Error::from),
            () = signals.told() => Err(anyhow::anyhow!("stopped by a signal")),
        };
        tokio::task::spawn_blocking(move || demo.stop()).await?;
        Ok(tell(&done?, output))
    })
}

fn tell(once: &OnceReport, output: Output) -> Verdict {
    let text = format!(
        "A customer was sent in:\n  {}\n\n\
         What the application stored:\n{}\n\n\
         What a caller of group `support` sees:\n  {}\n\n\
         What a caller without a key sees:\n  {}\n\n\
         What the journal says, newest first:\n{}\n\n\
         {} no clear value is in the application's store\n\
         {} the authorised reader saw every value, and nobody else any",
        once.sent,
        indented(&once.stored),
        once.seen,
        once.seen_by_nobody,
        once.audit.lines().map(event).collect::<String>().trim_end(),
        mark(once.store_is_clean),
        mark(once.reader_saw_all),
    );
    output.result(&text, once);
    if once.is_good() { Verdict::Fine } else { Verdict::Findings }
}

/// Returns what a line of the journal says, as people read it.
fn event(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let items = event.get("items").and_then(Value::as_array).into_iter().flatten();
    let items = items.filter_map(|item| item.get("class")?.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "  {:>2}  {:14}  {:7}  {:9}  {:4}  {items}\n",
        event.get("seq").and_then(Value::as_u64).unwrap_or_default(),
        text("/event"),
        text("/outcome"),
        text("/principal/id"),
        text("/method"),
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn mark(good: bool) -> &'static str {
    if good { "ok  " } else { "FAIL" }
}

fn print_addresses(demo: &Demo, page: std::net::SocketAddr, output: Output) {
    let (gateway, key) = (demo.gateway, demo.support.expose());
    let text = format!(
        "The demo runs. Open http://{page} to see all three views side by side.\n\n\
         \x20 application through the gateway  http://{gateway}/customers\n\
         \x20 application itself               http://{shop}/customers\n\
         \x20 files, rules, journal            {folder}\n\n\
         Try:\n\
         \x20 curl -s http://{gateway}/api/customers -H 'content-type: application/json' \\\n\
         \x20   -d '{{\"name\":\"Bob Brown\",\"email\":\"bob@example.com\",\"phone\":\"+44 20 7946 0000\"}}'\n\
         \x20 curl -s http://{gateway}/api/customers -H 'cloakroom-key: {key}'\n\
         \x20 curl -s 'http://{shop}/api/customers'\n\n\
         Ctrl-C ends it.",
        shop = demo.shop,
        folder = demo.folder.display(),
    );
    let document = json!({
        "page": page.to_string(),
        "gateway": gateway.to_string(),
        "application": demo.shop.to_string(),
        "folder": demo.folder,
        "key": key,
    });
    output.line(&text, &document);
}
