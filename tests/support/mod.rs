//! What several tests share.

pub mod authorization;
pub mod case_edits;
