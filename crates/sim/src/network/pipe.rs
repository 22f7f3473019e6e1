//! One direction of a TCP connection: bytes in order, a bounded buffer, an end.

/// Bytes that a pipe holds: the socket buffers of both ends.
pub const PIPE_MAX: usize = 8 * 1024;

/// How a direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// FIN, behind the last byte.
    Fin,
    /// RST: what was under way is lost.
    Reset,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Pipe {
    bytes: Vec<u8>,
    taken: usize,
    end: Option<End>,
    /// Whether an arrival is planned already.
    pub is_planned: bool,
    /// The reader does not read before this moment.
    pub stalled_until: u64,
}

impl Pipe {
    /// Bytes under way.
    pub fn waiting(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// Whether nothing is under way, no end either.
    pub fn is_done(&self) -> bool {
        self.waiting() == 0 && self.end.is_none()
    }

    /// Takes as many bytes as there is room for; returns how many.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        if self.end.is_some() {
            // Into the void: the writer has closed, or will learn of the reset.
            return bytes.len();
        }
        let len = bytes.len().min(PIPE_MAX.saturating_sub(self.waiting()));
        if self.taken > 0 && self.bytes.len() + len > PIPE_MAX {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(&bytes[..len]);
        len
    }

    /// The writer is done, or breaks off.
    pub fn finish(&mut self, end: End) {
        if end == End::Reset {
            self.bytes.clear();
            self.taken = 0;
            self.end = Some(End::Reset);
        } else if self.end.is_none() {
            self.end = Some(End::Fin);
        }
    }

    /// Hands over the first `len` bytes.
    pub fn read(&mut self, len: usize, into: &mut Vec<u8>) {
        let len = len.min(self.waiting());
        into.extend_from_slice(&self.bytes[self.taken..self.taken + len]);
        self.taken += len;
        if self.taken == self.bytes.len() {
            self.bytes.clear();
            self.taken = 0;
        }
    }

    /// The end, once all bytes are read.
    pub fn end(&self) -> Option<End> {
        self.end.filter(|_| self.waiting() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_bounded_keeps_order_and_ends_behind_its_bytes() {
        let mut pipe = Pipe::default();
        assert_eq!(pipe.write(&[1; PIPE_MAX - 1]), PIPE_MAX - 1);
        assert_eq!(pipe.write(&[2, 3]), 1);
        pipe.finish(End::Fin);
        assert_eq!(pipe.end(), None);
        let mut read = Vec::new();
        pipe.read(PIPE_MAX - 1, &mut read);
        pipe.read(9, &mut read);
        assert_eq!((read.len(), read.last()), (PIPE_MAX, Some(&2)));
        assert_eq!(pipe.end(), Some(End::Fin));
    }

    #[test]
    fn a_reset_loses_what_was_under_way() {
        let mut pipe = Pipe::default();
        pipe.write(b"lost");
        pipe.finish(End::Fin);
        pipe.finish(End::Reset);
        assert_eq!((pipe.waiting(), pipe.end()), (0, Some(End::Reset)));
    }
}
