//! What several tests share.

pub mod authorization;
pub mod bench;
pub mod case_edits;
pub mod packed;
pub mod thing;
