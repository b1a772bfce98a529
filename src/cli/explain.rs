//! `cloakroom explain`: what the rules do to a message, without showing any of its values.

use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::cli::refused;
use crate::gateway;
use crate::gateway::Caller;
use crate::gateway::explain::Query;

/// A file that is standard input.
const STDIN: &str = "-";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A request as a case has it: request line, fields, empty line, body. `-` is standard input.
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// What the application answers to it: status line, fields, empty line, body.
    #[arg(long, value_name = "RESPONSE")]
    answer: Option<PathBuf>,
    /// Who calls: `anonymous`, or `service NAME groups=a,b purpose=p`.
    #[arg(long = "as", value_name = "CALLER", default_value = "anonymous", value_parser = caller)]
    caller: Caller,
    /// How many scalars are listed of each place; the others are counted.
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    most: usize,
}

fn caller(text: &str) -> Result<Caller, String> {
    let hint = "write `anonymous`, or `service NAME groups=a,b purpose=p`";
    Caller::parse(text).ok_or_else(|| String::from(hint))
}

pub(super) fn run(path: &Path, arguments: &Arguments, output: Output) -> anyhow::Result<Verdict> {
    let is_stdin = |path: &Path| path == Path::new(STDIN);
    if is_stdin(&arguments.request) && arguments.answer.as_deref().is_some_and(is_stdin) {
        let message = "request and answer cannot both be standard input";
        super::Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let config = load_config(path, output)?;
    let query = Query {
        request: begun(&arguments.request)?,
        answer: arguments.answer.as_deref().map(read).transpose()?,
        caller: arguments.caller.clone(),
        most: arguments.most,
    };
    let report = match gateway::explain::explain(&config, &query) {
        Ok(report) => report,
        Err(gateway::Error::Mistakes(mistakes)) => return Err(refused(path, &mistakes, output)),
        Err(error) => return Err(error.into()),
    };
    output.result(report.lines().trim_end(), &report);
    Ok(if report.clean { Verdict::Fine } else { Verdict::Findings })
}

/// Reads a request; refuses one of which there is nothing.
fn begun(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read(path)?;
    let form = "there is nothing in it; a request begins with a line such as `GET /users HTTP/1.1`";
    anyhow::ensure!(!bytes.trim_ascii().is_empty(), "{}: {form}", path.display());
    Ok(bytes)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new(STDIN) {
        io::stdin().lock().read_to_end(&mut bytes).context("standard input")?;
        return Ok(bytes);
    }
    bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}
