//! Cuts bytes into lines within a fixed memory: what is longer than a line may be is cut.

use std::io::{self, Read};

/// Longest line that is kept; the rest of a longer one is dropped.
pub const MAX_LINE: usize = 64 * 1024;

/// Bytes asked for at once.
const CHUNK: usize = 64 * 1024;

/// The lines of a byte source, which need be no text.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    /// Up to where the buffer is known to hold no line end.
    searched: usize,
    /// The line at hand was cut: its end is still to come.
    dropping: bool,
    offset: u64,
}

impl<R: Read> Lines<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), start: 0, searched: 0, dropping: false, offset: 0 }
    }

    /// Bytes read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Appends the next line to `line`, without its end; false when the source has no whole line (it may be asked again: a
    /// file may grow). With `last`, what stands at the very end without a line end is a line too.
    ///
    /// # Errors
    /// When the source fails.
    pub fn next_into(&mut self, line: &mut Vec<u8>, last: bool) -> io::Result<bool> {
        loop {
            if let Some(found) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let end = self.searched + found;
                let was_dropping = std::mem::take(&mut self.dropping);
                let text = trim_return(&self.buffer[self.start..end]);
                if !was_dropping {
                    line.extend_from_slice(text);
                }
                self.start = end + 1;
                self.searched = self.start;
                if was_dropping {
                    continue;
                }
                return Ok(true);
            }
            self.searched = self.buffer.len();
            if self.searched - self.start > MAX_LINE {
                if self.cut(line) {
                    return Ok(true);
                }
                self.searched = self.start;
            }
            if !self.fill()? {
                return Ok(last && self.rest(line));
            }
        }
    }

    /// Gives out what is kept of an overlong line, once; the rest is dropped up to its end.
    fn cut(&mut self, line: &mut Vec<u8>) -> bool {
        let was_dropping = std::mem::replace(&mut self.dropping, true);
        if !was_dropping {
            line.extend_from_slice(&self.buffer[self.start..self.start + MAX_LINE]);
        }
        self.start = self.buffer.len();
        !was_dropping
    }

    fn rest(&mut self, line: &mut Vec<u8>) -> bool {
        let text = trim_return(&self.buffer[self.start..]);
        let found = !text.is_empty() && !self.dropping;
        if found {
            line.extend_from_slice(text);
        }
        self.start = self.buffer.len();
        self.searched = self.start;
        found
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = read.as_ref().map_or(0, |count| (*count).min(CHUNK));
        self.buffer.truncate(before + count);
        self.offset += count as u64;
        match read {
            // A gzip stream that breaks off ends like any other file.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
            Ok(_) => Ok(count > 0),
        }
    }
}

fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(input);
        let mut out = Vec::new();
        loop {
            let mut line = Vec::new();
            if !lines.next_into(&mut line, true).unwrap() {
                return out;
            }
            out.push(line);
        }
    }

    #[test]
    fn line_ends_of_both_worlds() {
        assert_eq!(all(b"a\r\nb\n\nc"), [&b"a"[..], b"b", b"", b"c"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let mut input = vec![b'x'; 5 * MAX_LINE];
        input.extend_from_slice(b"\nnext");
        let lines = all(&input);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
    }
}
