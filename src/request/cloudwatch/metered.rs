//! A reader that refuses to read on when one entry of a log grows beyond reason: whoever parses an entry keeps it in
//! memory, and a packed file of a few kilobytes can unfold to gigabytes.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Bytes that one entry may have. CloudWatch takes events of 1 MB, which JSON may write with six bytes a character.
const ENTRY: usize = 16 * 1024 * 1024;

/// What the reader may still give before the next [`Meter::reset`].
#[derive(Debug, Clone)]
pub(super) struct Meter(Rc<Cell<usize>>);

impl Meter {
    /// A new entry begins.
    pub(super) fn reset(&self) {
        self.0.set(ENTRY);
    }

    /// Whether the reader stopped at an entry that is too large.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// The reader.
pub(super) struct Metered<R> {
    input: R,
    meter: Meter,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(input: R) -> (Self, Meter) {
        let meter = Meter(Rc::new(Cell::new(ENTRY)));
        (Metered { input, meter: meter.clone() }, meter)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.0.get();
        if left == 0 {
            return Err(io::Error::other("an entry is larger than 16 MB"));
        }
        let limit = buffer.len().min(left);
        let read = self.input.read(buffer.get_mut(..limit).unwrap_or_default())?;
        self.meter.0.set(left.saturating_sub(read));
        Ok(read)
    }
}
