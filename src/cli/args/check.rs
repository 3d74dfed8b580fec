//! `vtlens check` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use jiff::Timestamp;

use super::{ApiArgs, CheckFormat, Colour, time};

/// `vtlens check`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: is anything of this API open that should not be, or wrong?
  vtlens check --api amplify/backend/api/blog

Exit status:
  0  nothing found, or notes only
  1  a warning or an error was found
  2  unusable input or usage")]
pub struct Check {
    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// An identity with a Lambda authorizer's answer, to hold its `deniedFields` against the schema; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Facts")]
    pub identity: Vec<PathBuf>,

    /// Suites whose identities hold such answers; default: those beside the API
    #[arg(long, value_name = "PATH", help_heading = "Facts")]
    pub suites: Vec<PathBuf>,

    /// The clock that ends of API keys are held against; default: the system's
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Checks")]
    pub now: Option<Timestamp>,

    /// Warn of API keys that end within so many days
    #[arg(long, value_name = "N", default_value_t = 30, help_heading = "Checks")]
    pub days: u32,

    /// Also check templates that Amplify generated, which nobody can change by hand
    #[arg(long, help_heading = "Checks")]
    pub all: bool,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: CheckFormat,

    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, help_heading = "Output")]
    pub color: Colour,

    /// Fold nothing
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}
