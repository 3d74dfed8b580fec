//! `vtlens diff` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{CheckArgs, Colour};

/// `vtlens diff`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: who gains or loses access by what this branch changes?
  vtlens diff --git main..HEAD -- amplify/backend/api/blog

Exit status:
  0  no decision changed, or only such that --allow-list accepts
  1  one did
  2  a build, a suite or the allow-list cannot be used")]
pub struct Diff {
    /// The old build and the new one, as --api takes them; with --git one path, at both revisions: default is the API
    /// around the current folder
    #[arg(value_name = "OLD NEW", num_args = 0..=2, required_unless_present = "git")]
    pub builds: Vec<PathBuf>,

    /// Two revisions of the path: `main..HEAD`, `main...HEAD` from where they parted, `main..` up to the working tree
    #[arg(long, value_name = "OLD..NEW")]
    pub git: Option<String>,

    /// Suites, and folders that hold some, to ask both builds; repeatable. Without: callers, data and requests made
    /// from either build
    #[arg(long, value_name = "PATH")]
    pub suite: Vec<PathBuf>,

    /// Changes that are fine: YAML or JSON, as --format allow-list prints it
    #[arg(long, value_name = "FILE")]
    pub allow_list: Option<PathBuf>,

    /// A CloudFormation parameter both builds leave open, or `AWS::AccountId`, `AWS::Region`, `ApiId`; repeatable
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::parameter, help_heading = "API")]
    pub param: Vec<(String, String)>,

    /// The same from a JSON file; `--param` wins
    #[arg(long, value_name = "FILE", help_heading = "API")]
    pub params: Option<PathBuf>,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: DiffFormat,

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

/// An output format of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum DiffFormat {
    /// For people: who gained access, who lost it, by which branch
    #[default]
    Text,
    /// For programs: schema vtlens.diff/1
    Json,
    /// A comment for a pull request
    Markdown,
    /// What --allow-list takes to accept everything that changed
    AllowList,
}
