//! Who is calling.
pub mod mask;
