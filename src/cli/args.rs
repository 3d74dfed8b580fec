//! The command line as typed. One definition gives parsing, `--help` and completions.

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
    /// Find what is wrong with an API without a request: open fields, misspelt helpers, swallowed errors
    Check(Check),
    /// Explain a code that a report or a check names; all of them without one
    Why(Why),
    /// Print the completion script of a shell
    Completions(Completions),
}

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

/// `vtlens explain`
#[derive(Debug, ClapArgs)]
#[command(
    group = clap::ArgGroup::new("what").required(true).args(["field", "query"]),
    after_help = "\
Example: may bob, as bob.json describes him, update the post?
  vtlens explain --field Mutation.updatePost --args '{\"input\": {\"id\": \"1\"}}' --identity bob.json

Example: who may update a post at all?
  vtlens explain --field Mutation.updatePost --who-can"
)]
pub struct Explain {
    /// The field, with its type
    #[arg(long, value_name = "TYPE.FIELD")]
    pub field: Option<String>,

    /// Every way into the field, without a request: who may call it, with which record and arguments; each way is run
    #[arg(long, requires = "field", conflicts_with_all = ["query", "args", "source", "deliver", "identity", "data"])]
    pub who_can: bool,

    /// Its arguments
    #[arg(long, value_name = "JSON", conflicts_with = "query")]
    pub args: Option<String>,

    /// The object it is a field of: what the parent's resolver returned
    #[arg(long, value_name = "JSON", conflicts_with = "query")]
    pub source: Option<String>,

    /// Of a subscription: would the subscriber receive this? What the mutation answered, as JSON; `-` is stdin
    #[arg(long, value_name = "FILE", requires = "field")]
    pub deliver: Option<PathBuf>,

    /// A GraphQL document instead of a field; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub query: Option<PathBuf>,

    /// The document's variables, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "field")]
    pub variables: Option<PathBuf>,

    /// Which operation of the document, if it has several
    #[arg(long, value_name = "NAME", conflicts_with = "field")]
    pub operation: Option<String>,

    /// Of what is allowed: which rule lets the caller in, and why; what is denied is explained as ever
    #[arg(long)]
    pub allowed: bool,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// Who asks, and what the data sources hold.
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

/// `vtlens eval`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: what does this template make of this context?
  vtlens eval --template file://resolvers/Query.getPost.req.vtl --context file://context.json")]
pub struct Eval {
    /// The template: its text, or `file://PATH`
    #[arg(long, value_name = "TEXT", required_unless_present = "ndjson")]
    pub template: Option<String>,

    /// The AppSync context as JSON text, or `file://PATH`; empty when absent
    #[arg(long, value_name = "JSON")]
    pub context: Option<String>,

    /// Further top-level references, as a JSON object; they may shadow `$ctx` and `$util`
    #[arg(long, value_name = "FILE")]
    pub vars: Option<PathBuf>,

    /// Also show which branches were taken, and why
    #[arg(long)]
    pub trace: bool,

    /// One evaluation a line: JSON objects with `template` or `templateFile`, `context`, `vars` on stdin, results
    /// in the same order on stdout
    #[arg(long, conflicts_with_all = ["template", "context", "vars", "trace"])]
    pub ndjson: bool,

    /// The clock that `$util.time` reads; default: the system's
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Timestamp>,

    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show tokens, keys and signatures of the context in full
    #[arg(long)]
    pub show_secrets: bool,
}

/// `vtlens token`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: would the API take the token on the clipboard, and whom does it make me?
  pbpaste | vtlens token --api amplify/backend/api/blog --jwks jwks.json")]
pub struct Token {
    /// The token, or a file that holds it; absent or `-`: read from stdin, which keeps it out of the shell's history
    #[arg(value_name = "JWT|FILE")]
    pub token: Option<String>,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,

    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
}

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

/// `vtlens why`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: what does a report mean by `group-missing`, and what helps?
  vtlens why group-missing")]
pub struct Why {
    /// The code, as reports and checks print it; absent: all of them, a line each
    #[arg(value_name = "CODE")]
    pub code: Option<String>,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Colour,
}

/// `vtlens completions`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: completions for bash, from the next login on
  vtlens completions bash > ~/.local/share/bash-completion/completions/vtlens")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
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
