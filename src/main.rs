//! The program: the command line in, an exit code out.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let environment = cca::config::Environment::of_process();
    ExitCode::from(cca::cli::start(std::env::args_os(), environment))
}
