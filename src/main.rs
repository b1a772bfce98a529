//! The program: parses arguments, runs the command, turns the outcome into an exit code.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes every block of memory that is freed, whoever had it: buffers of bodies, strings that grew,
/// what libraries keep of a connection.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    cloakroom::cli::run()
}
