//! CPU time of other processes, from `/proc/<pid>/stat` (see proc(5)).

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

/// CPU time, user and system, of a process with all its threads and its living children.
pub(crate) fn of_tree(pid: u32) -> anyhow::Result<Duration> {
    let mut ticks = stat(pid)?.ticks;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(other) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // Processes come and go while we look.
        if let Ok(found) = stat(other)
            && found.parent == pid
        {
            ticks += found.ticks;
        }
    }
    Ok(Duration::from_micros(ticks * 1_000_000 / ticks_per_second()))
}

struct Stat {
    parent: u32,
    ticks: u64,
}

fn stat(pid: u32) -> anyhow::Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces; the fields after it do not. The third field is next.
    let (_, fields) = text.rsplit_once(')').context("stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied().context("stat");
    let user: u64 = field(14)?.parse()?;
    let system: u64 = field(15)?.parse()?;
    Ok(Stat { parent: field(4)?.parse()?, ticks: user + system })
}

fn ticks_per_second() -> u64 {
    let output = Command::new("getconf").arg("CLK_TCK").output().ok();
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(100)
}
