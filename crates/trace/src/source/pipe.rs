//! A stream that another program writes, slowly perhaps: read by a thread of its own, so that nobody waits for it longer than a moment.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// How long one look for bytes lasts.
const WAIT: Duration = Duration::from_millis(20);
/// Pieces read ahead, and bytes of each at most.
const PIECES_AHEAD: usize = 16;
const PIECE_BYTES: usize = 64 * 1024;

/// The reader's end. It yields no bytes when there are none for now; whether more may come, the count of open pipes tells.
#[derive(Debug)]
pub(super) struct Pipe {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Cursor<Vec<u8>>,
    /// Pipes that have not ended; this one is counted until it has.
    open: Arc<AtomicUsize>,
    ended: bool,
}

impl Pipe {
    /// Reads `front` and then `stream`.
    ///
    /// # Errors
    /// When no thread can be had.
    pub(super) fn start(
        front: Vec<u8>,
        mut stream: impl Read + Send + 'static,
        open: Arc<AtomicUsize>,
    ) -> io::Result<Self> {
        let (send, pieces) = sync_channel(PIECES_AHEAD);
        std::thread::Builder::new().name("trace pipe".into()).spawn(move || {
            let mut buffer = vec![0; PIECE_BYTES];
            loop {
                let piece = match stream.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(count) => Ok(buffer[..count.min(PIECE_BYTES)].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_over = piece.is_err();
                // Nobody listens any more, or nothing more comes.
                if send.send(piece).is_err() || is_over {
                    return;
                }
            }
        })?;
        open.fetch_add(1, Ordering::Relaxed);
        Ok(Self { pieces, piece: Cursor::new(front), open, ended: false })
    }

    fn end(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.piece.read(out)?;
        if count > 0 || out.is_empty() || self.ended {
            return Ok(count);
        }
        match self.pieces.recv_timeout(WAIT) {
            Ok(Ok(piece)) => {
                self.piece = Cursor::new(piece);
                self.piece.read(out)
            }
            Ok(Err(error)) => {
                self.end();
                Err(error)
            }
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => {
                self.end();
                Ok(0)
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::ops::ControlFlow;

    use super::*;
    use crate::reader::{FrameSink, RawFrame};
    use crate::source::{Inputs, Mixed, Step};

    #[derive(Default)]
    struct Counting {
        frames: usize,
        idle: usize,
    }

    impl FrameSink for Counting {
        fn frame(&mut self, _: RawFrame<'_>) -> ControlFlow<()> {
            self.frames += 1;
            ControlFlow::Continue(())
        }
        fn idle(&mut self) {
            self.idle += 1;
        }
    }

    /// A capture of which a part was written, and nothing more for now: what is there is told.
    #[test]
    fn what_came_is_told_before_the_writer_goes_on_or_ends() {
        let capture = crate::example::capture();
        let (begin, rest) = capture.split_at(capture.len() / 2);
        let (read, mut write) = io::pipe().unwrap();
        write.write_all(begin).unwrap();
        let mut inputs = Inputs::default();
        inputs.pipe("a pipe", read).unwrap();
        let progress = inputs.progress.clone();
        let mut mixed = Mixed::new(inputs);
        let mut counting = Counting::default();
        while counting.frames == 0 || mixed.step(&mut counting) == Step::Read {
            assert!(progress.may_go_on());
            mixed.step(&mut counting);
        }
        let before = counting.frames;
        assert!(before > 0 && before < crate::example::messages());
        write.write_all(rest).unwrap();
        drop(write);
        let outcomes = mixed.run(&mut counting);
        assert_eq!(counting.frames, crate::example::messages());
        assert!(outcomes[0].capture.as_ref().unwrap().is_whole() && !progress.may_go_on());
    }

    #[test]
    fn archives_and_gzip_come_through_a_pipe_too() {
        let capture = crate::example::capture();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&capture).unwrap();
        let packed = packer.finish().unwrap();
        let mut archive =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(packed.len() as u64);
        archive.append_data(&mut header, "deep/a.pcapng.gz", &packed[..]).unwrap();
        for bytes in [packed, archive.into_inner().unwrap().finish().unwrap(), capture] {
            let mut inputs = Inputs::default();
            inputs.pipe("a pipe", Cursor::new(bytes)).unwrap();
            let mut counting = Counting::default();
            Mixed::new(inputs).run(&mut counting);
            assert_eq!(counting.frames, crate::example::messages());
        }
        let mut inputs = Inputs::default();
        assert!(inputs.pipe("a pipe", Cursor::new(b"hello".to_vec())).is_err());
        assert!(inputs.pipe("a pipe", Cursor::new(Vec::new())).is_err());
    }
}
