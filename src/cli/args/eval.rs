//! `vtlens eval` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use jiff::Timestamp;

use super::time;

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
