//! What several tests share.

pub mod authorization;
