//! The `vtlens` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    vtlens::cli::main()
}
