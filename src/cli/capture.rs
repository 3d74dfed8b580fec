//! Captures as files: what is small is read whole, a log is read as a stream.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use super::inputs;
use super::progress::Progress;
use super::secrets;
use crate::request::cloudwatch::{self, LogSummary, LoggedRequest, Peeked};
use crate::request::{self, text};
use crate::{Error, ErrorKind, Result};

/// Bytes of a capture that is read whole.
const WHOLE: u64 = 1024 * 1024 * 1024;

/// A capture, opened.
pub(super) enum Capture {
    /// Its requests.
    Requests(request::Capture),
    /// A log, to be read.
    Log(Log),
}

/// A log that waits to be read.
pub(super) struct Log {
    name: String,
    input: Box<dyn Read>,
    size: Option<u64>,
    read: Rc<Cell<u64>>,
}

impl Capture {
    /// Opens a file, which may be packed; `-` is stdin.
    pub(super) fn open(file: &Path) -> Result<Capture> {
        let name = inputs::shown(file);
        let (input, size) = inputs::open(file)?;
        let read = Rc::new(Cell::new(0));
        let mut input = BufReader::new(Counted { input, read: Rc::clone(&read) });
        let packed = input.fill_buf().is_ok_and(|start| start.starts_with(&[0x1f, 0x8b]));
        let broken = |cause: io::Error| match packed {
            true => text::damaged(&name, cause),
            false => Error::new(ErrorKind::Io, "cannot be read").in_file(&name).caused_by(cause),
        };
        let input = cloudwatch::unpacked(&name, input).and_then(|input| Peeked::new(&name, input));
        let input = match input {
            Err(_) if packed => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
            input => input?,
        };
        if cloudwatch::is_log(input.prefix()) {
            return Ok(Capture::Log(Log { name, input: Box::new(input), size, read }));
        }
        let mut bytes = Vec::new();
        let most = if packed { text::UNPACKED } else { WHOLE };
        input.take(most + 1).read_to_end(&mut bytes).map_err(broken)?;
        if packed && bytes.len() as u64 > most {
            return Err(text::too_much(&name, most));
        }
        secrets::learn(&String::from_utf8_lossy(&bytes));
        // PowerShell writes what a command prints as UTF-16, logs too.
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes.as_slice() {
            let text = text::decode(&name, &bytes)?.into_owned();
            secrets::learn(&text);
            if cloudwatch::is_log(text.as_bytes()) {
                let input = Box::new(io::Cursor::new(text.into_bytes()));
                return Ok(Capture::Log(Log { name, input, size: None, read }));
            }
        }
        Ok(Capture::Requests(request::read(&name, &bytes)?))
    }
}

impl Log {
    /// The file, as messages name it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads it, request by request, and shows how far it is.
    pub(super) fn read(self, on: &mut dyn FnMut(LoggedRequest) -> Result<()>) -> Result<LogSummary> {
        let megabytes = |bytes: u64| usize::try_from(bytes / 1_000_000).unwrap_or(usize::MAX);
        let mut progress = Progress::new("MB", self.size.map_or(0, megabytes));
        let read = self.read;
        cloudwatch::read(&self.name, Learned { input: self.input, pending: Vec::new() }, &mut |logged| {
            progress.reach(megabytes(read.get()));
            on(logged)
        })
    }
}

/// A reader that counts.
struct Counted {
    input: Box<dyn Read>,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read.set(self.read.get() + u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

/// Bytes that are learnt from at once.
const PIECE: usize = 256 * 1024;
/// Bytes kept from one piece to the next, so that a credential that is cut in two is learnt whole.
const OVERLAP: usize = 16 * 1024;

/// A reader whose text teaches what must not be printed. What is read of a log is printed when all of it was learnt.
struct Learned {
    input: Box<dyn Read>,
    pending: Vec<u8>,
}

impl Learned {
    fn learn(&mut self) {
        secrets::learn(&String::from_utf8_lossy(&self.pending));
        self.pending.drain(..self.pending.len().saturating_sub(OVERLAP));
    }
}

impl Read for Learned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.pending.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if self.pending.len() > PIECE {
            self.learn();
        }
        Ok(read)
    }
}

impl Drop for Learned {
    fn drop(&mut self) {
        self.learn();
    }
}
