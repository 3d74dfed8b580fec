//! The `vtlens` command.

use std::process::ExitCode;

/// Evaluation makes and drops many small values; with the C library's allocator that is a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vtlens::cli::main()
}
