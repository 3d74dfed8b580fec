//! `vtlens completions` as typed.

use clap::Args as ClapArgs;

/// `vtlens completions`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: completions for bash, from the next login on
  vtlens completions bash > ~/.local/share/bash-completion/completions/vtlens")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
