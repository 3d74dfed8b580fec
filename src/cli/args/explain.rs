//! `vtlens explain` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{ApiArgs, CheckArgs, FactArgs, OutputArgs, ReportFormat};

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
