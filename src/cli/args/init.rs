//! `vtlens init` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{ApiArgs, Colour, Format};

/// `vtlens init`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: start testing who may do what in this project
  vtlens init --api amplify/backend/api/blog

Exit status:
  0  the suite was written
  2  unusable input or usage")]
pub struct Init {
    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// The suite to write; `-` is stdout; default: NAME.vtlens.yaml in the current folder
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// The format of the summary
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, help_heading = "Output")]
    pub color: Colour,

    /// List every branch that no test takes
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}
