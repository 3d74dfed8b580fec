//! `vtlens why` as typed.

use clap::Args as ClapArgs;

use super::Colour;

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
