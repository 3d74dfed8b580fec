//! What several tests share.

pub mod authorization;
pub mod bench;
pub mod thing;
