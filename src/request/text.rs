//! The text of a file that people hand in: gzip is unpacked, UTF-16 decoded, a byte order mark taken off.

use std::borrow::Cow;
use std::io::Read as _;

use crate::error::{Error, ErrorKind, Result};

/// What a gzip file may unpack to. More is no capture that anybody reads whole.
pub(crate) const UNPACKED: u64 = 512 * 1024 * 1024;

/// The text of a capture.
///
/// # Errors
/// [`ErrorKind::Capture`] for bytes that are no text, and for gzip that is cut off or unpacks to too much.
pub(crate) fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    match bytes {
        [0x1f, 0x8b, ..] => {
            let unpacked = unpack(file, bytes, UNPACKED)?;
            Ok(Cow::Owned(plain(file, &unpacked)?.into_owned()))
        }
        bytes => plain(file, bytes),
    }
}

fn unpack(file: &str, bytes: &[u8], most: u64) -> Result<Vec<u8>> {
    let error = |message: &str| Error::new(ErrorKind::Capture, message).in_file(file);
    let mut unpacked = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut unpacked);
    read.map_err(|cause| damaged(file, cause))?;
    if unpacked.len() as u64 > most {
        return Err(too_much(file, most));
    }
    if unpacked.starts_with(&[0x1f, 0x8b]) {
        return Err(error("gzip inside of gzip").help("unpack it once: `gunzip FILE`"));
    }
    Ok(unpacked)
}

/// Gzip that is cut off or broken.
pub(crate) fn damaged(file: &str, cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Capture, "the gzip data cannot be unpacked")
        .in_file(file)
        .help("copy the file again, or unpack it")
        .caused_by(cause)
}

/// Gzip that unpacks to more than is read whole.
pub(crate) fn too_much(file: &str, most: u64) -> Error {
    Error::new(ErrorKind::Capture, format!("the gzip data unpacks to more than {} MB", most >> 20)).in_file(file)
}

fn plain<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    let error = |message: String| Error::new(ErrorKind::Capture, message).in_file(file);
    let units = |to: fn([u8; 2]) -> u16, bytes: &[u8]| -> Result<String> {
        let pairs = bytes.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(error("UTF-16 text with half a character at its end".to_owned()));
        }
        let units = pairs.filter_map(|pair| pair.try_into().ok().map(to));
        // A lone surrogate is somebody's cut emoji: it becomes U+FFFD.
        Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(u16::from_le_bytes, rest).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => units(u16::from_be_bytes, rest).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(file, rest, 3).map(Cow::Borrowed),
        bytes => utf8(file, bytes, 0).map(Cow::Borrowed),
    }
}

fn utf8<'a>(file: &str, bytes: &'a [u8], skipped: usize) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|cause| {
        let message = format!("not text: byte {} is not UTF-8", cause.valid_up_to() + skipped);
        Error::new(ErrorKind::Capture, message).in_file(file).caused_by(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn text_in_every_wrapping() {
        let utf16 = |to: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain("{é😀}".encode_utf16().flat_map(to)).collect()
        };
        let (little, big) = (utf16(u16::to_le_bytes, [0xff, 0xfe]), utf16(u16::to_be_bytes, [0xfe, 0xff]));
        for bytes in ["{é😀}".into(), "\u{feff}{é😀}".into(), gzip(&little), little, big, gzip("{é😀}".as_bytes())]
        {
            assert_eq!(decode("f", &bytes).unwrap(), "{é😀}");
        }
    }

    #[test]
    fn bytes_that_are_no_text() {
        let mut cut = gzip(&[b'x'; 1000]);
        cut.truncate(20);
        let cases = [
            (b"{\"a\":\"\xff\"}".to_vec(), "not text: byte 6 is not UTF-8"),
            (b"\xff\xfe{\x00x".to_vec(), "UTF-16 text with half a character at its end"),
            (cut, "the gzip data cannot be unpacked"),
            (gzip(&gzip(b"{}")), "gzip inside of gzip"),
        ];
        for (bytes, message) in cases {
            assert_eq!(decode("f", &bytes).unwrap_err().message(), message);
        }
        let error = unpack("f", &gzip(&vec![b' '; 3 << 20]), 2 << 20).unwrap_err();
        assert_eq!(error.message(), "the gzip data unpacks to more than 2 MB");
    }
}
