//! The error every fallible function of the crate returns: unreadable input, never a template that failed
//! (that is data, see `eval::Outcome`).

use std::fmt;
use std::sync::Arc;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of input could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A command line that does not fit.
    Usage,
    /// A VTL template that does not parse.
    Template,
    /// An API on disk (build folder, CloudFormation, `vtlens.toml`) that cannot be used.
    Api,
    /// A GraphQL schema or document that cannot be used.
    GraphQl,
    /// A capture (HAR, curl, logs) or request that cannot be used.
    Capture,
    /// A token, key or JWKS that cannot be used.
    Token,
    /// Data-source items, fixtures or identity facts that cannot be used.
    Data,
    /// A test suite that cannot be used.
    Suite,
}

/// A place in a file: line and column are 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's path as the user named it.
    pub file: String,
    /// Line, from 1; 0 when only the file is known.
    pub line: u32,
    /// Column in characters, from 1; 0 when only the line is known.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Repr {
    kind: ErrorKind,
    message: String,
    place: Option<Place>,
    help: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Input that cannot be used: what, where, and what to do. `{}` prints the message with its place,
/// `{:#}` adds the help on a second line.
#[derive(Debug, Clone)]
pub struct Error {
    repr: Box<Repr>,
}

impl Error {
    /// A new error; the message is lower-case and has user input in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { repr: Box::new(Repr { kind, message: message.into(), place: None, help: None, source: None }) }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: u32, column: u32) -> Self {
        self.repr.place = Some(Place { file: file.into(), line, column });
        self
    }

    /// Adds the file alone.
    #[must_use]
    pub fn in_file(self, file: impl Into<String>) -> Self {
        self.at(file, 0, 0)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.repr.help = Some(help.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.repr.source = Some(Arc::from(source.into()));
        self
    }

    /// The kind of input that could not be used.
    pub fn kind(&self) -> ErrorKind {
        self.repr.kind
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.repr.message
    }

    /// Where, when known.
    pub fn place(&self) -> Option<&Place> {
        self.repr.place.as_ref()
    }

    /// What to do about it, when known.
    pub fn help_text(&self) -> Option<&str> {
        self.repr.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.repr.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.repr.message)?;
        if let (true, Some(help)) = (f.alternate(), &self.repr.help) {
            write!(f, "\n  {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.repr.source.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}
