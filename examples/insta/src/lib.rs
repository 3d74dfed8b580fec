//! Here a project's own code would be. The point of this crate is `tests/access.rs`.
