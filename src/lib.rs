//! Explains why AWS AppSync said "Unauthorized".
//!
//! Three layers, each usable without the one above: the language (`syntax`, `compile`, `value`, `eval`, `util`)
//! knows no files, no GraphQL and no tokens; the service (`identity`, `gate`, `iam`, `api`, `request`, `source`, `execute`)
//! knows AppSync; the answer (`explain`, `replay`, `suite`, `check`, `causes`, `report`, `render`, `cli`) knows people.
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[cfg(feature = "service")]
pub mod causes;
#[cfg(feature = "service")]
pub mod check;
pub mod compile;
pub mod error;
pub mod eval;
pub mod evaluate;
#[cfg(feature = "service")]
pub mod gate;
#[cfg(feature = "service")]
pub mod iam;
#[cfg(feature = "service")]
pub mod identity;
pub mod json_file;
pub mod limits;
pub mod source_file;
pub mod syntax;
pub mod util;
pub mod value;

#[cfg(feature = "service")]
pub mod api;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "service")]
pub mod dependencies;
#[cfg(feature = "service")]
pub mod execute;
#[cfg(feature = "service")]
pub mod explain;
#[cfg(feature = "cli")]
pub mod render;
#[cfg(feature = "service")]
pub mod replay;
#[cfg(feature = "service")]
pub mod report;
#[cfg(feature = "service")]
pub mod request;
#[cfg(feature = "service")]
pub mod secrets;
#[cfg(feature = "service")]
pub mod source;
#[cfg(feature = "service")]
pub mod suite;
#[cfg(feature = "service")]
pub mod token;
#[cfg(feature = "service")]
pub mod verdict;

pub use error::{Error, ErrorKind, Result};
