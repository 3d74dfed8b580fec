//! The answer: which branch denied, what it hung on, and what would have let the request in. Knows what an
//! execution recorded; nothing of files, captures or terminals.

pub mod condition;
pub mod grant;
pub mod origin;
pub mod run;
pub mod variable;
pub mod words;
