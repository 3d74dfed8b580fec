//! `vtlens token` as typed.

use clap::Args as ClapArgs;

use super::{ApiArgs, CheckArgs, Format, OutputArgs};

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
