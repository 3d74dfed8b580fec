//! The `vtlens` command: arguments in, output and an exit status out. One file a command; only here is anything
//! printed. Results go to stdout, talk to stderr.

pub mod args;
mod capture;
mod check;
mod completions;
mod diff;
mod eval;
mod exit;
mod explain;
mod git;
mod init;
mod inputs;
mod kept;
mod matrix;
mod output;
mod places;
mod progress;
mod replay;
mod secrets;
mod test;
mod token;
mod why;

pub use exit::Exit;
pub use output::Output;

use std::process::ExitCode;

use clap::Parser as _;

use crate::Result;
use args::{Args, Command};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(usage) => return output::usage(&usage),
    };
    match run(&args.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::complain(&error);
            Exit::Unusable.into()
        }
    }
}

fn run(command: &Command) -> Result<Exit> {
    match command {
        Command::Replay(args) => replay::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Token(args) => token::run(args),
        Command::Test(args) => test::run(args),
        Command::Matrix(args) => matrix::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Init(args) => init::run(args),
        Command::Check(args) => check::run(args),
        Command::Why(args) => why::run(args),
        Command::Completions(args) => completions::run(args),
    }
}
