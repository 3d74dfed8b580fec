//! `vtlens why`.

use super::args::{OutputArgs, Why};
use super::{Exit, Output};
use crate::{Error, ErrorKind, Result, causes, render};

/// Prints the page of a code, or the list of all.
///
/// # Errors
/// A code that there is not.
pub(super) fn run(args: &Why) -> Result<Exit> {
    let output = Output::new(&OutputArgs { output: None, color: args.color, ..OutputArgs::default() });
    let text = match args.code.as_deref() {
        None => render::code_list(&output.options()),
        Some(code) => match causes::find(code) {
            Some(code) => render::code_page(code, &output.options()),
            None => {
                let error = Error::new(ErrorKind::Usage, format!("there is no code `{code}`"));
                return Err(match causes::nearest_code(code) {
                    Some(near) => error.help(format!("did you mean `{near}`? `vtlens why` lists all")),
                    None => error.help("`vtlens why` lists all"),
                });
            }
        },
    };
    output.write(&text)?;
    Ok(Exit::Allowed)
}
