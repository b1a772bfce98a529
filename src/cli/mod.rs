//! One file or folder per subcommand.
//!
//! A command does its work with the modules below, and says what came of it: text for people, or
//! one JSON document for programs with `--json`. Exit codes: 0 fine, 1 findings, 2 usage, 3 could
//! not run.

mod output;
mod serve;
mod demo;
mod check;
mod test;
mod explain;
mod keys;
mod audit;
mod subject;
mod receipt;

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::Subcommand;

use crate::base::Diagnostic;
use crate::config::Config;

pub use output::Output;

/// A reverse proxy that swaps personal data for tokens on the way in, and back for authorised
/// callers on the way out.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version, propagate_version = true)]
pub struct Arguments {
    /// The configuration file, YAML.
    #[arg(long, global = true, value_name = "FILE", default_value = "cloakroom.yaml")]
    config: PathBuf,
    /// Prints one JSON document instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the gateway until SIGTERM or SIGINT.
    Serve,
    /// Runs the main job on this machine: an application, the gateway before it, and a page.
    Demo(demo::Arguments),
    /// Checks configuration, rules, policies and cases, and whether everything can be reached.
    Check(check::Arguments),
    /// Runs the `*.case` files of the rules folder, or the given ones; exit code 1 when one fails.
    Test(test::Arguments),
    /// Says what rules and policies do to a message, offline, and shows none of its values.
    Explain(explain::Arguments),
    /// Makes, shows and removes keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Checks the audit journal.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Finds, exports, holds and erases people, in a running gateway.
    Subject(subject::Arguments),
    /// Checks receipts of erasures.
    #[command(subcommand)]
    Receipt(receipt::Command),
}

/// How a command ended when it could run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to say against it: exit code 0.
    Fine,
    /// It ran and found something: exit code 1.
    Findings,
}

/// Parses the arguments of the process, runs the command, and gives its exit code.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let config = arguments.config.as_path();
    let verdict = match arguments.command {
        Command::Serve => serve::run(config, output),
        Command::Demo(arguments) => demo::run(&arguments, output),
        Command::Check(arguments) => Ok(check::run(config, &arguments, output)),
        Command::Test(arguments) => test::run(config, &arguments, output),
        Command::Explain(arguments) => explain::run(config, &arguments, output),
        Command::Keys(command) => keys::run(config, &command, output),
        Command::Audit(command) => audit::run(config, &command, output),
        Command::Subject(arguments) => subject::run(config, &arguments, output),
        Command::Receipt(command) => receipt::run(&command, output),
    };
    match verdict {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        Err(error) => {
            output.could_not_run(&error);
            ExitCode::from(3)
        }
    }
}

/// Loads the configuration; its mistakes go to the output, all at once. Warnings are for `check`
/// and `serve`, which load it themselves or say them later.
fn load_config(path: &Path, output: Output) -> anyhow::Result<Config> {
    match Config::load(path) {
        Ok((config, _warnings)) => Ok(config),
        Err(mistakes) => Err(refused(path, &mistakes, output)),
    }
}

/// Returns a number with the thing it counts: `1 error`, `2 errors`.
fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Says that files have mistakes, after listing them.
fn refused(path: &Path, mistakes: &[Diagnostic], output: Output) -> anyhow::Error {
    output.diagnostics(mistakes);
    let count = mistakes.iter().filter(|each| each.is_error()).count();
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let more = if output.is_json() { format!(":\n{}", lines.join("\n")) } else { String::new() };
    anyhow::anyhow!("{}: {}{more}", path.display(), counted(count, "mistake"))
}
