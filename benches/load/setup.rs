//! The proxies under load: how each is started, and how it shows that it does its work.

use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context as _;

use crate::args::Args;
use crate::args::Only;
use crate::cpu;
use crate::files;
use crate::files::Settings;
use crate::files::Vault;
use crate::http::Connection;
use crate::process;
use crate::process::Process;
use crate::scenario;
use crate::scenario::Work;
use crate::upstream::Upstream;

/// A proxy, and what it may be asked.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// API key of a caller who may see originals; empty for a proxy that has none.
    pub(crate) key: String,
    works: &'static [Work],
    /// Numbers of requests, never used twice.
    pub(crate) numbers: AtomicU64,
    proxy: Process,
    store: Option<Process>,
}

/// CPU times so far.
#[derive(Debug)]
pub(crate) struct Cpu {
    pub(crate) proxy: Duration,
    /// Of the Redis that belongs to it.
    pub(crate) store: Duration,
}

const PASS: &[Work] = &[Work::PassGet, Work::PassPost];

/// Starts what is wanted and there; says what is not.
pub(crate) fn start(
    args: &Args,
    folder: &Path,
    upstream: SocketAddr,
) -> anyhow::Result<Vec<Target>> {
    let (ours, mut targets) = (binary(), Vec::new());
    if args.wants(Only::Nginx) {
        if process::is_there("nginx", "-v") {
            targets.push(nginx(&folder.join("nginx"), upstream)?);
        } else {
            eprintln!("load: no nginx in PATH: no comparison with it");
        }
    }
    let other = args.against.as_deref();
    if args.wants(Only::Embedded) {
        targets.push(gateway(&ours, "embedded", folder, upstream, None)?);
        if let Some(other) = other {
            targets.push(gateway(other, "embedded, other", folder, upstream, None)?);
        }
    }
    if args.wants(Only::Redis) {
        if process::is_there("redis-server", "--version") {
            let store = redis(args, &folder.join("redis-server"))?;
            targets.push(gateway(&ours, "redis", folder, upstream, Some(store))?);
            if let Some(other) = other {
                let store = redis(args, &folder.join("redis-server-other"))?;
                targets.push(gateway(other, "redis, other", folder, upstream, Some(store))?);
            }
        } else {
            eprintln!("load: no redis-server in PATH: the Redis vault is not measured");
        }
    }
    Ok(targets)
}

fn nginx(folder: &Path, upstream: SocketAddr) -> anyhow::Result<Target> {
    let address = process::free_address()?;
    files::write_nginx(folder, &address, upstream)?;
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    command.stderr(Stdio::null());
    let proxy = Process::start("nginx", &mut command, &address)?;
    let numbers = AtomicU64::new(0);
    Ok(Target {
        name: "nginx",
        address,
        key: String::new(),
        works: PASS,
        numbers,
        proxy,
        store: None,
    })
}

fn redis(args: &Args, folder: &Path) -> anyhow::Result<(Process, String)> {
    std::fs::create_dir_all(folder)?;
    let address = process::free_address()?;
    let (_, port) = address.rsplit_once(':').context("port")?;
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "yes"]);
    command.args(["--appendfsync", &args.appendfsync, "--maxmemory-policy", "noeviction"]);
    command.arg("--dir").arg(folder);
    Ok((Process::start("redis-server", &mut command, &address)?, address))
}

fn gateway(
    program: &Path,
    name: &'static str,
    folder: &Path,
    upstream: SocketAddr,
    store: Option<(Process, String)>,
) -> anyhow::Result<Target> {
    let (store, vault) = match store {
        Some((process, address)) => (Some(process), Vault::Redis(address)),
        None => (None, Vault::Embedded),
    };
    let folder = &folder.join(name.replace(", ", "-"));
    let address = process::free_address()?;
    let admin = process::free_address()?;
    let settings = Settings { listen: &address, admin: &admin, upstream, vault };
    files::write_gateway(folder, &settings)?;

    let config = folder.join("cloakroom.yaml");
    cloakroom(program, &["keys", "init"], &config)?;
    let key = cloakroom(program, &["keys", "api", "add", "bench", "--group", "support"], &config)?;
    let mut command = Command::new(program);
    command.arg("serve").arg("--config").arg(&config);
    command.stderr(std::fs::File::create(folder.join("log"))?);
    let proxy = Process::start("cloakroom", &mut command, &address).with_context(|| {
        let said = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        format!("gateway {name} does not start; it said: {said:?}")
    })?;
    let numbers = AtomicU64::new(0);
    Ok(Target { name, address, key, works: &Work::ALL, numbers, proxy, store })
}

/// The gateway: `CLOAKROOM_BIN`, or the one that Cargo built with this program.
#[expect(clippy::disallowed_methods, reason = "no Config here; the one setting of this program")]
fn binary() -> PathBuf {
    std::env::var_os("CLOAKROOM_BIN")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_cloakroom")), PathBuf::from)
}

/// Runs a command of the gateway to its end; gives what it printed.
fn cloakroom(program: &Path, words: &[&str], config: &Path) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(words)
        .arg("--config")
        .arg(config)
        .output()
        .context("cloakroom")?;
    let words = words.join(" ");
    anyhow::ensure!(
        output.status.success(),
        "cloakroom {words}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Target {
    pub(crate) fn does(&self, work: Work) -> bool {
        self.works.contains(&work)
    }

    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        let proxy = cpu::of_tree(self.proxy.id())?;
        let store = self.store.as_ref().map_or(Ok(Duration::ZERO), |s| cpu::of_tree(s.id()))?;
        Ok(Cpu { proxy, store })
    }

    /// Sends each kind of work once and looks at both ends; stores the known users.
    pub(crate) async fn prepare(&self, upstream: &Upstream) -> anyhow::Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        let mut request = Vec::new();
        for &work in self.works {
            let numbers = if work == Work::TokenizeKnown { scenario::KNOWN } else { 1 };
            for number in 0..numbers {
                work.request(number, self.name, &self.key, &mut request);
                let answer = connection.exchange(&request).await.context(work.name())?;
                let right = work.is_right(number, &answer);
                anyhow::ensure!(
                    right,
                    "{}: status {:?}, {} bytes: {}",
                    work.name(),
                    answer.status(),
                    answer.body.len(),
                    String::from_utf8_lossy(&answer.body)
                );
            }
            if work == Work::TokenizeKnown {
                self.look_behind(upstream)?;
            }
        }
        self.numbers.store(scenario::KNOWN, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    /// The upstream has something else in place of each original, and the rest unchanged.
    fn look_behind(&self, upstream: &Upstream) -> anyhow::Result<()> {
        for slot in 0..scenario::KNOWN {
            let stored =
                upstream.stored(&scenario::known(self.name, slot)).context("not stored")?;
            let stored = String::from_utf8(stored)?;
            for original in scenario::originals(slot) {
                anyhow::ensure!(!stored.contains(&original), "the upstream has a clear value");
            }
            let same = ["{\"zip\": 12345, \"name\":\"", "\",\n \"email\" :\"", "\"balance\":1.50,"];
            for part in same {
                anyhow::ensure!(stored.contains(part), "the upstream has other bytes: {part}");
            }
        }
        Ok(())
    }
}
