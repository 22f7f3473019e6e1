//! A sliding window over a byte source: the one buffer that every reader of this module works in.

use std::io::{self, Read};

/// How many bytes are asked of the source at once, and the buffer's first size: large enough that the
/// system call does not count, small enough for a core's second-level cache.
const READ_CHUNK: usize = 256 * 1024;

/// A growing window over `R`. It grows only to what [`Window::require`] is asked for.
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Stream offset of `start`.
    offset: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; READ_CHUNK], start: 0, end: 0, offset: 0 }
    }

    /// The bytes at hand.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Where in the stream [`Window::bytes`] begins.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Makes `wanted` bytes available; false when the source ends before.
    #[inline]
    pub(super) fn require(&mut self, wanted: usize) -> io::Result<bool> {
        if self.end - self.start >= wanted { Ok(true) } else { self.fill(wanted) }
    }

    #[cold]
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        while self.end < wanted {
            let room = &mut self.buffer[self.end..];
            let size = room.len();
            match self.source.read(room) {
                Ok(0) => return Ok(false),
                // A source that claims more than it was given room for is wrong, not us.
                Ok(count) => self.end += count.min(size),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Lets go of the first `count` bytes, which must be at hand.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Consumes `count` bytes and gives them out.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        self.consume(count);
        &self.buffer[from..self.start]
    }

    /// Lets go of up to `count` bytes, reading on as needed; says how many are still to go at the end of
    /// the source.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<u64> {
        loop {
            let at_hand = (self.end - self.start) as u64;
            let now = count.min(at_hand);
            self.consume(now as usize);
            count -= now;
            if count == 0 || !self.require(1)? {
                return Ok(count);
            }
        }
    }
}
