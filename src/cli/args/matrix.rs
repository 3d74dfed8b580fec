//! `vtlens matrix` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{ApiArgs, CheckArgs, Colour};

/// `vtlens matrix`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: who may do what, as a page whose cells open their explanations?
  vtlens matrix amplify/tests --format html -o access.html

Exit status: 0, whoever may do what; 2 for a suite or an API that cannot be used")]
pub struct Matrix {
    /// Suites, and folders that hold some: every caller on every test. Without: callers, data and requests made from
    /// the API, of each way in one who takes it and the nearest who fails
    #[arg(value_name = "SUITE")]
    pub paths: Vec<PathBuf>,

    /// The operations of this GraphQL file, in place of the tests
    #[arg(long, value_name = "FILE")]
    pub query: Option<PathBuf>,

    /// Their variables: a JSON file
    #[arg(long, value_name = "FILE", requires = "query")]
    pub variables: Option<PathBuf>,

    /// Only rows whose name or field, or whose suite's path, holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Only rows in which somebody meets this decision
    #[arg(long, value_name = "DECISION", value_enum)]
    pub only: Option<Only>,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: MatrixFormat,

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

/// A decision to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Reached the value
    Allowed,
    /// Reached it, with something withheld
    Filtered,
    /// Refused
    Denied,
    /// Failed for another reason than authorization
    Error,
    /// A fact is missing
    Undecided,
}

/// An output format of `matrix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum MatrixFormat {
    /// For people: callers across, requests down
    #[default]
    Text,
    /// For programs: schema vtlens.matrix/1
    Json,
    /// A table for a README or a pull request
    Markdown,
    /// One self-contained page whose cells open their explanations
    Html,
}
