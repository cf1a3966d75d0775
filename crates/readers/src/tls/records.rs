//! Puts the records of a server's first flight together into handshake messages and alerts, however they are cut.
//!
//! Invariant: no more than [`FLIGHT_LIMIT`] bytes are kept, and each byte is looked at a fixed number of times.

use super::cursor::Cursor;

/// Longest flight that is read, in bytes: the longest chains in use come to a third of it.
pub const FLIGHT_LIMIT: usize = 256 * 1024;
/// Longest record, in bytes (RFC 5246, 6.2.3).
const RECORD_LIMIT: usize = (1 << 14) + 2048;
/// Most messages in a flight; a handshake has fewer than ten.
const MESSAGE_LIMIT: usize = 32;

/// Something that the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A handshake message (RFC 5246, 7.4).
    Message {
        /// Its type.
        kind: u8,
        /// Its body.
        body: Vec<u8>,
    },
    /// An alert (RFC 5246, 7.2).
    Alert {
        /// Whether it ends the connection.
        fatal: bool,
        /// What it says.
        description: u8,
    },
    /// From here on, everything is encrypted.
    Encrypted,
}

/// Why bytes are no flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The first bytes begin no record.
    #[error("the answer is not TLS")]
    NotTls,
    /// A later record breaks the protocol.
    #[error("a record breaks the protocol")]
    Malformed,
    /// More bytes or messages than a flight may have.
    #[error("the answer is longer than {FLIGHT_LIMIT} bytes or {MESSAGE_LIMIT} messages")]
    TooLong,
}

/// A flight under way.
#[derive(Clone, Debug, Default)]
pub struct Flight {
    received: Vec<u8>,
    /// Where the next record begins in `received`.
    record: usize,
    handshake: Vec<u8>,
    /// Where the next message begins in `handshake`.
    message: usize,
    messages: usize,
    encrypted: bool,
}

impl Flight {
    /// Adds bytes as they come.
    ///
    /// # Errors
    /// When the flight becomes too long.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), RecordError> {
        if self.received.len() + bytes.len() > FLIGHT_LIMIT {
            return Err(RecordError::TooLong);
        }
        self.received.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether nothing has come yet.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    /// The next thing said, if it is complete.
    ///
    /// # Errors
    /// When the bytes are no records, or a message announces more than may come.
    pub fn next_said(&mut self) -> Result<Option<Said>, RecordError> {
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(Some(message));
            }
            let Some((kind, payload)) = self.next_record()? else { return Ok(None) };
            match kind {
                22 if !self.encrypted => self.handshake.extend_from_slice(&self.received[payload]),
                21 if !self.encrypted => {
                    let &[level, description] = &self.received[payload] else { return Err(RecordError::Malformed) };
                    return Ok(Some(Said::Alert { fatal: level != 1, description }));
                }
                // The middlebox compatibility of TLS 1.3 (RFC 8446, D.4).
                20 => {}
                _ => {
                    self.encrypted = true;
                    return Ok(Some(Said::Encrypted));
                }
            }
        }
    }

    fn next_message(&mut self) -> Result<Option<Said>, RecordError> {
        let mut cursor = Cursor(self.handshake.get(self.message..).unwrap_or_default());
        let (Some(kind), Some(length)) = (cursor.u8(), cursor.u24()) else { return Ok(None) };
        if length > FLIGHT_LIMIT || self.messages == MESSAGE_LIMIT {
            return Err(RecordError::TooLong);
        }
        let Some(body) = cursor.take(length) else { return Ok(None) };
        self.messages += 1;
        self.message += 4 + length;
        Ok(Some(Said::Message { kind, body: body.to_vec() }))
    }

    /// Type and place of the next record's payload.
    fn next_record(&mut self) -> Result<Option<(u8, std::ops::Range<usize>)>, RecordError> {
        let wrong = if self.record == 0 { RecordError::NotTls } else { RecordError::Malformed };
        let mut cursor = Cursor(self.received.get(self.record..).unwrap_or_default());
        // The first byte alone tells a banner from a record, so that nobody waits for more of it.
        let Some(kind) = cursor.u8() else { return Ok(None) };
        if !(20..=23).contains(&kind) {
            return Err(wrong);
        }
        let (Some(version), Some(length)) = (cursor.u16(), cursor.u16().map(usize::from)) else { return Ok(None) };
        if !matches!(version, 0x0300..=0x0304 | 0x0101) || length > RECORD_LIMIT {
            return Err(wrong);
        }
        if cursor.take(length).is_none() {
            return Ok(None);
        }
        let start = self.record + 5;
        self.record = start + length;
        Ok(Some((kind, start..self.record)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 3, 3];
        record.extend(u16::try_from(payload.len()).expect("short").to_be_bytes());
        record.extend(payload);
        record
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend(&u32::try_from(body.len()).expect("short").to_be_bytes()[1..]);
        message.extend(body);
        message
    }

    /// Reads `bytes`, fed in pieces of `step`.
    fn read(bytes: &[u8], step: usize) -> Result<Vec<Said>, RecordError> {
        let (mut flight, mut said) = (Flight::default(), Vec::new());
        for piece in bytes.chunks(step.max(1)) {
            flight.feed(piece)?;
            while let Some(next) = flight.next_said()? {
                said.push(next);
            }
        }
        Ok(said)
    }

    #[test]
    fn banners_and_endless_talk_are_told() {
        assert_eq!(read(b"HTTP/1.1 400 Bad Request", 99), Err(RecordError::NotTls));
        assert_eq!(read(b"S", 1), Err(RecordError::NotTls));
        assert_eq!(read(&[22, 3, 3, 0xFF, 0xFF], 9), Err(RecordError::NotTls));
        assert_eq!(read(&record(22, &[11, 0xFF, 0, 0]), 9), Err(RecordError::TooLong));
        assert_eq!(read(&record(22, &[]).repeat(60_000), 4096), Err(RecordError::TooLong));
        assert_eq!(read(&record(22, &message(0, &[])).repeat(60), 64), Err(RecordError::TooLong));
        assert_eq!(read(&record(21, &[2]), 9), Err(RecordError::Malformed));
    }

    #[test]
    fn alerts_and_the_end_of_clear_text_are_said() {
        let bytes = [record(21, &[1, 112]), record(22, &message(2, b"hello")), record(20, &[1]), record(23, b"x")].concat();
        let said = read(&bytes, 3).expect("a flight");
        assert_eq!(said[0], Said::Alert { fatal: false, description: 112 });
        assert_eq!(said[1..], [Said::Message { kind: 2, body: b"hello".to_vec() }, Said::Encrypted]);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..8),
            cut in 1_usize..200,
            step in 1_usize..200,
        ) {
            let stream: Vec<u8> = bodies.iter().zip(0_u8..).flat_map(|(body, kind)| message(kind, body)).collect();
            let records: Vec<u8> = stream.chunks(cut).flat_map(|piece| record(22, piece)).collect();
            let wanted: Vec<Said> = bodies.iter().zip(0..).map(|(body, kind)| Said::Message { kind, body: body.clone() }).collect();
            prop_assert_eq!(read(&records, step), Ok(wanted));
        }

        #[test]
        fn any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..600), step in 1_usize..50) {
            let _ = read(&bytes, step);
            let _ = read(&record(22, &bytes), step);
        }
    }
}
