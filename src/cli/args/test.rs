//! `vtlens test` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{ApiArgs, CheckArgs, Colour, Format};

/// `vtlens test`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: do the suites of this project still hold for the build?
  vtlens test amplify/tests --api amplify/backend/api/blog

Exit status:
  0  every expectation held
  1  one did not
  2  a suite, or what it names, cannot be used
  3  what did not hold is undecided: a fact is missing, and the output names it")]
pub struct Test {
    /// Suites, and folders that hold some: `*.vtlens.yaml`, `*.vtlens.json`
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Only tests whose name, or whose suite's path, holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// Count which branches and conditions of the templates ran
    #[arg(long)]
    pub coverage: bool,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,

    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, help_heading = "Output")]
    pub color: Colour,

    /// Show tokens, keys and signatures in full instead of their last 6 characters
    #[arg(long, help_heading = "Output")]
    pub show_secrets: bool,

    /// Fold nothing; a table of every suite, however large
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}
