//! `cloakroom demo`.

use crate::cli::Output;
use crate::cli::Verdict;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Do one exchange, show the three views as text, and end.
    #[arg(long)]
    once: bool,
}

pub(super) fn run(_arguments: &Arguments, _output: &Output) -> anyhow::Result<Verdict> {
    anyhow::bail!("x")
}
