//! The bytes of a delivery: a bounded stream, unpacked where it is gzip.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;

use crate::source::SourceError;

/// The most bytes of one delivery, unpacked: above that, reading ends with [`SourceError::TooLarge`]-like input/output error.
pub const LARGEST: u64 = 16 << 30;

/// A delivery that is being read.
pub struct Input<'a> {
    /// File name, URL or caller; its ending may tell a form (`.xlsx`).
    pub name: &'a str,
    /// When it was delivered: the time of what carries none.
    pub at: Timestamp,
    bytes: Box<dyn BufRead + 'a>,
}

impl<'a> Input<'a> {
    /// A delivery whose bytes come from `bytes`; gzip is unpacked.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub fn new(name: &'a str, at: Timestamp, bytes: impl Read + 'a) -> Result<Self, SourceError> {
        let mut packed = BufReader::with_capacity(1 << 16, bytes);
        let start = packed.fill_buf().map_err(|source| SourceError::Io { name: name.into(), source })?;
        let bytes: Box<dyn BufRead + 'a> = if start.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(packed).take(LARGEST)))
        } else {
            Box::new(packed.take(LARGEST))
        };
        Ok(Self { name, at, bytes })
    }

    /// The stream.
    pub fn stream(&mut self) -> &mut (dyn BufRead + 'a) {
        &mut *self.bytes
    }

    /// All bytes, for forms that are not read as a stream.
    ///
    /// # Errors
    /// When there are more than `limit`, or they cannot be read.
    pub fn whole(&mut self, limit: u64) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        let read = (&mut self.bytes).take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|source| self.io(source))?;
        if bytes.len() as u64 > limit {
            return Err(SourceError::TooLarge { name: self.name.into(), what: "its size in bytes, unpacked,", limit });
        }
        Ok(bytes)
    }

    /// An input/output error of this delivery.
    pub fn io(&self, source: io::Error) -> SourceError {
        SourceError::Io { name: self.name.into(), source }
    }
}
