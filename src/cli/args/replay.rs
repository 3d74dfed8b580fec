//! `vtlens replay` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{ApiArgs, CheckArgs, FactArgs, OutputArgs, ReportFormat, WatchArgs};

/// `vtlens replay`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: why was entry 14 of this capture denied?
  vtlens replay failure.har --entry 14 --api amplify/backend/api/blog")]
pub struct Replay {
    /// HAR, curl, fetch or PowerShell command, raw HTTP, CloudWatch export or request JSON; `-` is stdin. The kind is
    /// detected
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Only the request at this index of the capture, from 0, as the summary shows it
    #[arg(long, value_name = "N")]
    pub entry: Option<usize>,

    /// Only requests whose recorded answer is a refusal or holds errors
    #[arg(long)]
    pub failed_only: bool,

    /// Again and again.
    #[command(flatten)]
    pub again: WatchArgs,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// What requests do not carry.
    #[command(flatten)]
    pub facts: FactArgs,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: ReportFormat,

    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
}
