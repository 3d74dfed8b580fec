//! The command line as typed. One definition gives parsing, `--help` and completions.

mod check;
mod completions;
mod diff;
mod eval;
mod explain;
mod matrix;
mod init;
mod replay;
mod test;
mod token;
mod why;

pub use check::Check;
pub use completions::Completions;
pub use diff::{Diff, DiffFormat};
pub use eval::Eval;
pub use explain::Explain;
pub use matrix::{Matrix, MatrixFormat, Only};
pub use init::Init;
pub use replay::Replay;
pub use test::Test;
pub use token::Token;
pub use why::Why;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

/// Explains offline why AWS AppSync answered "Unauthorized": runs an API's real resolver templates and names the
/// branch that denied the request.
#[derive(Debug, Parser)]
#[command(name = "vtlens", version, about, propagate_version = true, after_help = EXIT_STATUS)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  allowed
  1  denied
  2  unusable input or usage
  3  undecided: a fact is missing, and the output names it";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain captured requests: who called, what denied it, what would have allowed it
    Replay(Replay),
    /// Explain one field or query without a capture
    Explain(Explain),
    /// Evaluate one template against one context, as `aws appsync evaluate-mapping-template` does
    Eval(Eval),
    /// Show what is in a token, every check of it, and the identity it becomes
    Token(Token),
    /// Run test suites: who may do what, held against what the templates do
    Test(Test),
    /// Show who may do what: every caller on every request
    Matrix(Matrix),
    /// Show who gained and who lost access between two builds of an API
    Diff(Diff),
    /// Make a first suite from an API: callers, records, tests, each expectation measured
    Init(Init),
    /// Find what is wrong with an API without a request: open fields, misspelt helpers, swallowed errors
    Check(Check),
    /// Explain a code that a report or a check names; all of them without one
    Why(Why),
    /// Print the completion script of a shell
    Completions(Completions),
}

/// Where the API is, and what its build left open.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "API")]
pub struct ApiArgs {
    /// An Amplify Gen 1 project or its build, a `cdk.out`, a CloudFormation template (JSON or YAML; `FILE#ID` is one
    /// API of several), a packaged Serverless project or a folder with `vtlens.toml`; default: found by walking up
    /// from the current folder
    #[arg(long, value_name = "PATH")]
    pub api: Option<PathBuf>,

    /// A CloudFormation parameter the build leaves open, or `AWS::AccountId`, `AWS::Region`, `ApiId`; repeatable
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub param: Vec<(String, String)>,

    /// The same from a JSON file; `--param` wins
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,

    /// The author's schema with its `@auth` rules, to name the rule behind a branch; default: found beside an
    /// Amplify project
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
}

/// What requests do not carry.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Facts")]
pub struct FactArgs {
    /// What the data sources hold: a folder of `TABLE.json` item lists, or one file with tables and `responses`
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,

    /// Facts about the caller: claims, IAM ARN and policies, the Lambda authorizer's answer, API keys; for a log also
    /// callers by request id
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

/// What a credential is checked against.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Checks")]
pub struct CheckArgs {
    /// Keys to verify signatures with; without it a signature is "not checked", never "valid"
    #[arg(long, value_name = "FILE")]
    pub jwks: Option<PathBuf>,

    /// The clock, such as 2026-01-15T12:00:00Z; default: the time of the request or suite, else the system's
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Timestamp>,
}

/// What comes out.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show tokens, keys and signatures in full instead of their kind and last 6 characters
    #[arg(long)]
    pub show_secrets: bool,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Colour,

    /// Fold nothing; add every check, the identity and the notes
    #[arg(short, long)]
    pub verbose: bool,

    /// Under each condition every operand, its value, its origin and the line that set it; in JSON every template that
    /// ran, its branches and values
    #[arg(long)]
    pub trace: bool,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: of tests schema vtlens.tests/1
    Json,
}

/// An output format of `replay` and `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs: schema vtlens.report/1
    Json,
    /// One self-contained page: every template that ran, with its branches and values
    Html,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// An output format of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum CheckFormat {
    /// For people
    #[default]
    Text,
    /// For programs: schema vtlens.check/1
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Colour {
    /// When stdout is a terminal that takes colours and NO_COLOR is not set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("a parameter is given as `NAME=VALUE`".to_owned()),
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.trim().parse().map_err(|_| "a time is given with its zone, as in `2026-01-15T12:00:00Z`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Args::try_parse_from(line.split(' ')).map(|args| args.command)
    }

    #[test]
    fn the_definitions_are_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_shows_one_worked_example_that_parses() {
        for command in Args::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = help.lines().find_map(|line| line.trim().split_once("vtlens ")).map(|(_, rest)| rest);
            let example = example.unwrap_or_else(|| panic!("`{}` has no example", command.get_name()));
            // The shell's part of the example: quotes and redirections.
            let example = example.split(" > ").next().unwrap();
            let mut words = vec![String::from("vtlens")];
            for (at, part) in example.split('\'').enumerate() {
                match at % 2 {
                    0 => words.extend(part.split_whitespace().map(str::to_owned)),
                    _ => words.push(part.to_owned()),
                }
            }
            let parsed = Args::try_parse_from(&words);
            assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn shared_options_mean_the_same_everywhere() {
        let shared =
            "--api a --param env=dev --param x=a=b --now 2026-01-15T13:00:00+01:00 --format json --color never";
        for line in ["vtlens replay f.har", "vtlens explain --field Query.a", "vtlens token"] {
            let (api, checks, output, json) = match parse(&format!("{line} {shared}")).unwrap() {
                Command::Replay(args) => (args.api, args.checks, args.output, args.format == ReportFormat::Json),
                Command::Explain(args) => (args.api, args.checks, args.output, args.format == ReportFormat::Json),
                Command::Token(args) => (args.api, args.checks, args.output, args.format == Format::Json),
                other => panic!("{other:?}"),
            };
            assert_eq!(api.param, [("env".into(), "dev".into()), ("x".into(), "a=b".into())]);
            assert_eq!(checks.now.unwrap().to_string(), "2026-01-15T12:00:00Z");
            assert_eq!((json, output.color), (true, Colour::Never));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for line in [
            "vtlens",
            "vtlens replay",
            "vtlens replay f.har --param novalue",
            "vtlens replay f.har --param =x",
            "vtlens replay f.har --now yesterday",
            "vtlens replay f.har --format pdf",
            "vtlens explain",
            "vtlens explain --field Query.a --query q.graphql",
            "vtlens explain --query q.graphql --args {}",
            "vtlens eval",
            "vtlens eval --ndjson --template x",
            "vtlens completions tcl",
        ] {
            assert_eq!(parse(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }
}
