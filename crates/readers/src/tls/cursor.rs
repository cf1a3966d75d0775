//! A cursor over untrusted bytes: every step says `None` where the bytes end, none can panic.

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn u24(&mut self) -> Option<usize> {
        Some(self.take(3)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// A part that its length in one byte precedes.
    pub(super) fn short(&mut self) -> Option<Cursor<'a>> {
        let length = self.u8()?;
        self.take(length.into()).map(Cursor)
    }

    /// A part that its length in two bytes precedes.
    pub(super) fn part(&mut self) -> Option<Cursor<'a>> {
        let length = self.u16()?;
        self.take(length.into()).map(Cursor)
    }

    /// A part that its length in three bytes precedes.
    pub(super) fn long(&mut self) -> Option<Cursor<'a>> {
        let length = self.u24()?;
        self.take(length).map(Cursor)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
