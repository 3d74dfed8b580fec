//! The `vtlens` command.
fn main() {}
