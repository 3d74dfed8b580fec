//! CloudWatch logs of an AppSync API, in every form that people export them: read as a stream, grouped by request,
//! and handed on request by request.
//!
//! Knows log events and what AppSync writes into them; knows neither schema nor templates. A log never holds the
//! caller's identity, and its credentials are masked: who reads one has to be told who called.
//!
//! ```
//! use vtlens::request::cloudwatch;
//!
//! let log = r#"2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d GraphQL Query: { a }, Operation: null, Variables: {}
//! {"logType":"RequestSummary","requestId":"2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d","statusCode":200,"latency":1}"#;
//! let mut requests = Vec::new();
//! cloudwatch::read("app.log", log.as_bytes(), &mut |logged| {
//!     requests.push(logged);
//!     Ok(())
//! })?;
//! assert_eq!(requests[0].request.body.query, "{ a }");
//! assert_eq!(requests[0].request.recorded.as_ref().map(|recorded| recorded.status), Some(200));
//! # Ok::<(), vtlens::Error>(())
//! ```

mod context;
mod documents;
mod group;
mod headers;
mod lines;
mod mapping;
mod message;
mod metered;
mod rebuild;
mod rows;
mod shape;
mod time;

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use serde_json::Value as Json;

pub use mapping::{LoggedContext, LoggedStep, LoggedTemplate};

use super::CapturedRequest;
use crate::error::{Error, ErrorKind, Result};
use group::Groups;
use shape::Shape;

/// The kind of capture that a log is, in [`crate::verdict::RequestSource::kind`].
pub const KIND: &str = "cloudwatch";

/// How much of an input is looked at to tell what it is.
pub const PREFIX: usize = 64 * 1024;

/// One event of a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LogEvent {
    /// When it was written, in milliseconds since 1970 (UTC).
    at_ms: Option<i64>,
    message: String,
}

/// Takes events one by one.
type Sink<'s> = dyn FnMut(LogEvent) -> Result<()> + 's;

/// One request as far as a log holds it.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    /// AppSync's id of it, in lower case.
    pub id: String,
    /// The request, as the query and header lines have it; its credentials are masked.
    pub request: CapturedRequest,
    /// The templates that ran, in the order of their events.
    pub templates: Vec<LoggedTemplate>,
    /// A whole `$ctx` that a template, or a Lambda function, printed into the log: it holds the identity.
    pub context: Option<Json>,
    /// What the log lacks, in words.
    pub gaps: Vec<String>,
}

impl LoggedRequest {
    /// Whether it was refused, or a field of it failed, or nobody knows.
    pub fn failed(&self) -> bool {
        let answered = self.request.recorded.as_ref().is_some_and(|recorded| recorded.status == 200);
        !answered || self.templates.iter().any(|template| template.in_error)
    }
}

/// What became of a whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSummary {
    /// Events read.
    pub events: usize,
    /// Requests handed on.
    pub requests: usize,
    /// What was left out, in words.
    pub skipped: Vec<String>,
}

/// Whether bytes are the beginning of a CloudWatch log, unpacked.
pub fn is_log(prefix: &[u8]) -> bool {
    shape::detect(&String::from_utf8_lossy(prefix)).is_some()
}

/// Whether a text is a request id of AppSync's.
pub fn is_request_id(text: &str) -> bool {
    message::is_uuid(text)
}

/// Unpacks what is gzip, and leaves anything else as it is.
///
/// # Errors
/// [`ErrorKind::Io`] when the input cannot be read.
pub fn unpacked<'r>(file: &str, mut input: impl BufRead + 'r) -> Result<Box<dyn BufRead + 'r>> {
    let start = input.fill_buf().map_err(|error| unreadable(file, error))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(PREFIX, MultiGzDecoder::new(input))));
    }
    Ok(Box::new(input))
}

/// Reads a log and hands its requests on, in the order in which they end. Memory is bounded, whatever the size.
///
/// # Errors
/// [`ErrorKind::Capture`] for an input that is no log, or that holds no request; whatever `on` returns. A log that
/// breaks off is read as far as it goes, and the summary says so.
pub fn read(file: &str, input: impl Read, on: &mut dyn FnMut(LoggedRequest) -> Result<()>) -> Result<LogSummary> {
    let input = Peeked::new(file, unpacked(file, BufReader::with_capacity(PREFIX, input))?)?;
    let shape = shape::detect(&String::from_utf8_lossy(input.prefix()));
    read_shape(file, shape, input, on)
}

/// An input whose beginning was looked at; it still gives all of it.
pub struct Peeked<R> {
    prefix: Vec<u8>,
    given: usize,
    /// What went wrong behind the prefix.
    broken: Option<std::io::Error>,
    input: R,
}

impl<R: Read> Peeked<R> {
    /// Looks at the first [`PREFIX`] bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when not one byte can be read. What can be is given before the failure.
    pub fn new(file: &str, mut input: R) -> Result<Self> {
        let mut prefix = Vec::new();
        let limit = u64::try_from(PREFIX).unwrap_or(u64::MAX);
        let broken = input.by_ref().take(limit).read_to_end(&mut prefix).err();
        match broken {
            Some(error) if prefix.is_empty() => Err(unreadable(file, error)),
            broken => Ok(Peeked { prefix, given: 0, broken, input }),
        }
    }

    /// The first bytes.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut left = self.prefix.get(self.given..).unwrap_or_default();
        if !left.is_empty() {
            let read = left.read(buffer)?;
            self.given += read;
            return Ok(read);
        }
        self.broken.take().map_or_else(|| self.input.read(buffer), Err)
    }
}

/// The requests of a log in memory, without what it holds of their resolvers.
///
/// # Errors
/// As [`read`].
pub(super) fn requests(file: &str, bytes: &[u8]) -> Result<Vec<CapturedRequest>> {
    let mut requests = Vec::new();
    read(file, bytes, &mut |logged| {
        requests.push(logged.request);
        Ok(())
    })?;
    Ok(requests)
}

fn read_shape(
    file: &str,
    shape: Option<Shape>,
    mut input: Peeked<impl Read>,
    on: &mut dyn FnMut(LoggedRequest) -> Result<()>,
) -> Result<LogSummary> {
    if input.prefix.starts_with(b"\xef\xbb\xbf") {
        input.given = 3;
    }
    let error = |message: &str| Error::new(ErrorKind::Capture, message).in_file(file);
    let Some(shape) = shape else {
        return Err(error("not a CloudWatch log").help("docs/logs.md lists the exports that are read"));
    };
    let mut groups = Groups::new(file, on);
    let mut skipped = match shape {
        Shape::Json => documents::read(input, &mut |event| groups.event(event))?,
        Shape::Table => rows::read_csv(input, &mut |event| groups.event(event))?,
        Shape::Text => lines::read(input, &mut |event| groups.event(event))?,
    };
    let mut summary = groups.finish()?;
    if summary.requests == 0 {
        let what = match summary.events {
            0 => "the log holds no events".to_owned(),
            events => format!("none of the log's {events} events is of an AppSync request"),
        };
        let help = skipped.into_iter().next().unwrap_or_else(|| {
            "the events wanted are those of the log group `/aws/appsync/apis/ID`, with their messages".to_owned()
        });
        return Err(error(&what).help(help));
    }
    skipped.append(&mut summary.skipped);
    summary.skipped = skipped;
    Ok(summary)
}

/// A number of things in words.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn unreadable(file: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot be read: {error}")).in_file(file).caused_by(error)
}
