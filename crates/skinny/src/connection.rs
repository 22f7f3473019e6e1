//! One connection, without the socket: bytes in, frames out, a bounded write queue.
//!
//! Server, phone, load generator and simulator all read and write through this, so a simulated network
//! meets the same splits, merges and backpressure as a real one.

use crate::frame::{Frame, FrameError, HEADER_LEN, Header, Split, split};
use crate::message::{Body, Message, Numbered};
use crate::packet::{BufferFull, compose, compose_any};

/// Bytes that may wait for a slow reader before the queue is full, unless the owner sets another limit. A
/// sleeping wireless phone stalls for tens of seconds; a registration needs about 4 KiB, a call about 3.
pub const WRITE_QUEUE_MAX: usize = 64 * 1024;

/// A buffer of an idle connection that is larger than this is given back.
const BUFFER_KEPT: usize = 1024;

/// The write queue is full: the peer does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} bytes wait for the peer to read and {more} more are refused: the limit is {limit}")]
pub struct QueueFull {
    /// Bytes that wait.
    pub waiting: usize,
    /// Bytes that found no room.
    pub more: usize,
    /// The limit.
    pub limit: usize,
}

/// Sans-I/O state of a connection.
#[derive(Debug)]
pub struct Connection {
    /// The start of a frame whose end has not come.
    partial: Vec<u8>,
    /// Bytes of the stream that were taken as frames.
    consumed: u64,
    queue: Vec<u8>,
    /// Whether the queue's buffer is the owner's.
    is_lent: bool,
    /// How much of the queue the peer has.
    written: usize,
    queue_max: usize,
}

impl Default for Connection {
    fn default() -> Self {
        Connection::new(WRITE_QUEUE_MAX)
    }
}

impl Connection {
    /// A new connection that lets at most `queue_max` bytes wait.
    pub fn new(queue_max: usize) -> Self {
        let (partial, queue) = (Vec::new(), Vec::new());
        Connection { partial, consumed: 0, queue, is_lent: false, written: 0, queue_max }
    }

    /// Takes what the socket gave, and yields the frames that are complete with it. Frames that lie whole
    /// in `input` are borrowed from it; one that began earlier is put together once. What is left when the
    /// result is dropped is kept for the next call.
    pub fn receive<'b>(&'b mut self, input: &'b [u8]) -> Frames<'b> {
        Frames { connection: self, input, joined: false }
    }

    /// Bytes of a frame that has begun and not ended.
    pub fn unfinished(&self) -> usize {
        self.partial.len()
    }

    /// Puts the full form of a message at the end of the queue.
    pub fn send<'a, M: Body<'a> + Numbered>(
        &mut self,
        message: &M,
        version: u8,
        header_version: u32,
    ) -> Result<(), QueueFull> {
        self.push(|buffer| compose(message, version, header_version, buffer))
    }

    /// [`Connection::send`] for a message whose type is only known at run time.
    pub fn send_any(
        &mut self,
        message: &Message<'_>,
        version: u8,
        header_version: u32,
    ) -> Result<(), QueueFull> {
        self.push(|buffer| compose_any(message, version, header_version, buffer))
    }

    /// Puts bytes at the end of the queue as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), QueueFull> {
        let waiting = self.queue.len() - self.written;
        if waiting + bytes.len() > self.queue_max {
            return Err(QueueFull { waiting, more: bytes.len(), limit: self.queue_max });
        }
        self.queue.extend_from_slice(bytes);
        Ok(())
    }

    fn push(
        &mut self,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, BufferFull>,
    ) -> Result<(), QueueFull> {
        const USUAL: usize = 256;
        let start = self.queue.len();
        self.queue.resize(start + USUAL, 0);
        let len = match write(&mut self.queue[start..]) {
            Ok(len) => len,
            Err(full) => {
                self.queue.resize(start + full.needed, 0);
                write(&mut self.queue[start..]).unwrap_or(0)
            }
        };
        let waiting = start - self.written;
        let fits = waiting + len <= self.queue_max;
        self.queue.truncate(if fits { start + len } else { start });
        if fits { Ok(()) } else { Err(QueueFull { waiting, more: len, limit: self.queue_max }) }
    }

    /// Lends an empty buffer to a queue that has none, so that the few connections that write at a time share
    /// buffers, and the many that are idle need none.
    pub fn lend(&mut self, buffer: impl FnOnce() -> Vec<u8>) {
        if self.queue.capacity() == 0 {
            self.queue = buffer();
            self.queue.clear();
            self.is_lent = true;
        }
    }

    /// Gives back the buffer that was lent, once all of it is written.
    pub fn give_back(&mut self) -> Option<Vec<u8>> {
        let is_free = self.is_lent && self.pending().is_empty();
        is_free.then(|| {
            self.is_lent = false;
            self.written = 0;
            let mut buffer = std::mem::take(&mut self.queue);
            buffer.clear();
            buffer
        })
    }

    /// What the socket should write next.
    pub fn pending(&self) -> &[u8] {
        &self.queue[self.written..]
    }

    /// The socket wrote `len` bytes of [`Connection::pending`].
    pub fn wrote(&mut self, len: usize) {
        self.written = (self.written + len).min(self.queue.len());
        if self.written == self.queue.len() {
            self.written = 0;
            self.queue.clear();
            if self.queue.capacity() > BUFFER_KEPT && !self.is_lent {
                self.queue = Vec::new();
            }
        } else if self.written > self.queue_max / 2 {
            self.queue.drain(..self.written);
            self.written = 0;
        }
    }
}

/// The frames that one input completes. Not an `Iterator`, since each frame is borrowed until the next.
#[derive(Debug)]
pub struct Frames<'b> {
    connection: &'b mut Connection,
    input: &'b [u8],
    /// Whether the partial frame was completed and handed out: it goes away before the next one.
    joined: bool,
}

impl Frames<'_> {
    /// The next frame; `None` when more input is needed. After an error the stream can't be read further:
    /// the same error comes again.
    #[allow(clippy::should_implement_trait, reason = "lends from itself")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        if std::mem::take(&mut self.joined) {
            self.connection.forget_partial();
        }
        if !self.connection.partial.is_empty() {
            return self.join();
        }
        match split(self.input) {
            Split::Frame(frame, rest) => {
                self.input = rest;
                self.connection.consumed += frame.header.frame_len() as u64;
                Some(Ok(frame))
            }
            Split::Incomplete(_) => None,
            Split::Invalid(header) => Some(Err(self.connection.error(header, self.input))),
        }
    }

    /// Completes the frame that an earlier input began.
    fn join(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        loop {
            let needed = match split(&self.connection.partial) {
                Split::Incomplete(needed) => needed,
                Split::Frame(frame, _) => {
                    self.joined = true;
                    self.connection.consumed += frame.header.frame_len() as u64;
                    break;
                }
                Split::Invalid(header) => {
                    return Some(Err(self.connection.error(header, &self.connection.partial)));
                }
            };
            let missing = (needed - self.connection.partial.len()).min(self.input.len());
            if missing == 0 {
                return None;
            }
            let (taken, rest) = self.input.split_at(missing);
            self.connection.partial.extend_from_slice(taken);
            self.input = rest;
        }
        match split(&self.connection.partial) {
            Split::Frame(frame, _) => Some(Ok(frame)),
            _ => None,
        }
    }
}

/// What was not taken is kept, so that nothing is lost when the owner stops early.
impl Drop for Frames<'_> {
    fn drop(&mut self) {
        if self.joined {
            self.connection.forget_partial();
        }
        self.connection.partial.extend_from_slice(self.input);
    }
}

impl Connection {
    fn forget_partial(&mut self) {
        self.partial.clear();
        if self.partial.capacity() > BUFFER_KEPT {
            self.partial = Vec::new();
        }
    }

    fn error(&self, header: Header, bytes: &[u8]) -> FrameError {
        let mut found = [0; HEADER_LEN];
        let len = bytes.len().min(HEADER_LEN);
        found[..len].copy_from_slice(&bytes[..len]);
        FrameError { length: header.length, at: self.consumed, found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{KeepAliveAck, StartTone};

    fn ids(connection: &mut Connection, input: &[u8]) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut frames = connection.receive(input);
        while let Some(frame) = frames.next() {
            ids.push(frame.expect("valid").header.id);
        }
        ids
    }

    fn two_frames() -> Vec<u8> {
        let mut from = Connection::default();
        from.send(&StartTone::default(), 20, 20).unwrap();
        from.send(&KeepAliveAck {}, 20, 0).unwrap();
        from.pending().to_vec()
    }

    #[test]
    fn frames_come_out_whole_however_the_bytes_arrive() {
        let bytes = two_frames();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let mut connection = Connection::default();
                let mut found = ids(&mut connection, &bytes[..first]);
                found.extend(ids(&mut connection, &bytes[first..second]));
                found.extend(ids(&mut connection, &bytes[second..]));
                assert_eq!(found, [0x82, 0x100], "split at {first} and {second}");
                assert_eq!(connection.unfinished(), 0);
            }
        }
    }

    #[test]
    fn an_owner_who_stops_early_loses_nothing() {
        let bytes = two_frames();
        let mut connection = Connection::default();
        assert!(connection.receive(&bytes).next().is_some());
        assert_eq!(ids(&mut connection, &[]), [0x100]);
    }

    #[test]
    fn a_bad_length_says_where_and_what() {
        let mut bytes = two_frames();
        bytes.extend([0xff; 12]);
        let mut connection = Connection::default();
        let mut frames = connection.receive(&bytes);
        assert!(frames.next().unwrap().is_ok());
        assert!(frames.next().unwrap().is_ok());
        let error = frames.next().unwrap().unwrap_err();
        assert_eq!((error.length, error.at), (u32::MAX, 40));
        assert_eq!(frames.next().unwrap().unwrap_err(), error);
    }

    #[test]
    fn a_lent_buffer_comes_back_when_all_of_it_is_written() {
        let mut connection = Connection::default();
        connection.lend(|| Vec::with_capacity(4096));
        connection.send_bytes(&[7; 3000]).unwrap();
        assert_eq!(connection.give_back(), None);
        connection.wrote(2999);
        assert_eq!(connection.give_back(), None, "a byte waits");
        connection.wrote(1);
        let buffer = connection.give_back().expect("all is written");
        assert!(buffer.is_empty() && buffer.capacity() >= 4096);
        assert_eq!(connection.give_back(), None, "only once");
        connection.send_bytes(&[1, 2]).unwrap();
        connection.lend(|| panic!("it has one of its own"));
        assert_eq!(connection.pending(), [1, 2]);
    }

    #[test]
    fn the_write_queue_is_bounded_and_shrinks() {
        let mut connection = Connection::new(100);
        let tone = StartTone::default();
        for _ in 0..3 {
            connection.send(&tone, 20, 20).unwrap();
        }
        let full = connection.send(&tone, 20, 20).unwrap_err();
        assert_eq!(full, QueueFull { waiting: 84, more: 28, limit: 100 });
        connection.wrote(28);
        connection.send(&tone, 20, 20).unwrap();
        assert_eq!(connection.pending().len(), 84);
        connection.wrote(84);
        assert!(connection.pending().is_empty());
    }
}
