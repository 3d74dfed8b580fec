//! Running a program. Knows programs, values and helpers; nothing of files, GraphQL or tokens.

mod context;
pub mod coverage;
mod expression;
mod foreach;
mod machine;
mod outcome;
pub mod recorder;
mod reference;
pub mod tracer;

pub use context::Context;
pub use coverage::{Counts, Coverage};
pub use machine::{Session, Variables};
pub use outcome::{End, Failure, FailureKind, Outcome};
pub use recorder::{Event, Recorder};
pub use tracer::{NoTrace, Tracer};
