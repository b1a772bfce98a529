//! The program: parses arguments, runs the command, turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    cloakroom::cli::run()
}
