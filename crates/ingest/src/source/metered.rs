//! A stream that ends in an error when too much of it is read at a time.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// What may still be read; set anew by whoever has finished with what was read.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    left: Rc<Cell<u64>>,
    most: u64,
}

impl Allowance {
    /// Allows the most again.
    pub fn renew(&self) {
        self.left.set(self.most);
    }

    /// True when it was used up, which is why reading failed.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

/// A stream with an allowance.
pub(crate) struct Metered<'r, R: ?Sized> {
    stream: &'r mut R,
    allowance: Allowance,
}

impl<'r, R: BufRead + ?Sized> Metered<'r, R> {
    /// The stream, of which at most `most` bytes may be read at a time.
    pub fn new(stream: &'r mut R, most: u64) -> (Self, Allowance) {
        let allowance = Allowance { left: Rc::new(Cell::new(most)), most };
        (Self { stream, allowance: allowance.clone() }, allowance)
    }

    fn spend(&self, count: usize) {
        self.allowance.left.set(self.allowance.left.get().saturating_sub(count as u64));
    }
}

impl<R: BufRead + ?Sized> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead + ?Sized> BufRead for Metered<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowance.is_spent() {
            return Err(io::Error::other("too much in one piece"));
        }
        self.stream.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.spend(count);
        self.stream.consume(count);
    }
}
