//! One recording while it is written: a WAV file whose header is brought up to date every few seconds, so that it can be
//! read whatever happens next.

use std::io::{self, Seek, Write};

use media::wav::{Recorder as Wav, WriteError};

/// What a full disk is called, here and in records.
pub(super) const DISK_FULL: &str = "disk full";
/// Seconds of sound after which the header follows.
const SETTLE_SECS: u64 = 5;

/// See the module.
pub(super) struct Take<W: Write + Seek> {
    file: Option<Wav<W>>,
    rate_hz: u32,
    /// Samples of each channel that were written, and how many of them the header knows.
    frames: u64,
    settled: u64,
    left_out: u64,
    cut: Option<String>,
}

impl<W: Write + Seek> std::fmt::Debug for Take<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Take({} frames, cut: {:?})", self.frames, self.cut)
    }
}

impl<W: Write + Seek> Take<W> {
    /// Begins a file of two channels.
    pub fn begin(writer: W, rate_hz: u32) -> Result<Self, String> {
        let mut file = Wav::new(writer, rate_hz, 2).map_err(|error| why_not(&error))?;
        file.flush().map_err(|error| why_not(&error))?;
        Ok(Take { file: Some(file), rate_hz, frames: 0, settled: 0, left_out: 0, cut: None })
    }

    /// Adds sound behind so many frames that were left out, which become silence.
    pub fn push(&mut self, left_out: u64, pcm: &[i16]) {
        const SILENCE: [i16; 640] = [0; 640];
        self.left_out += left_out;
        let mut silence = left_out * 2;
        while silence > 0 {
            let some = silence.min(SILENCE.len() as u64) as usize;
            self.write(&SILENCE[..some]);
            silence -= some as u64;
        }
        self.write(pcm);
    }

    fn write(&mut self, pcm: &[i16]) {
        let Some(file) = &mut self.file else { return };
        match file.push(pcm) {
            Ok(()) => self.frames += pcm.len() as u64 / 2,
            Err(error) => self.cut(&why_not(&error)),
        }
    }

    /// Whether the header should follow.
    pub fn is_due(&self) -> bool {
        self.frames - self.settled >= SETTLE_SECS * u64::from(self.rate_hz)
    }

    /// The header follows, if it is time.
    pub fn settle(&mut self) {
        let Some(file) = self
            .file
            .as_mut()
            .filter(|_| self.frames - self.settled >= SETTLE_SECS * u64::from(self.rate_hz))
        else {
            return;
        };
        match file.flush() {
            Ok(()) => self.settled = self.frames,
            Err(error) => self.cut(&why_not(&error)),
        }
    }

    /// Nothing more is written.
    pub fn cut(&mut self, why: &str) {
        if self.cut.is_none() {
            self.cut = Some(why.to_owned());
            // What the disk still takes is on it; the header as it was last is a whole file in any case.
            if let Some(mut file) = self.file.take()
                && file.flush().is_ok()
            {
                self.settled = self.frames;
            }
        }
    }

    /// Whether it ended already.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Why it ended before it should.
    pub fn why_cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// Ends it; how many milliseconds the file holds, and what is missing.
    pub fn end(mut self) -> (u64, Option<String>) {
        if let Some(file) = self.file.take() {
            match file.finish() {
                Ok(()) => self.settled = self.frames,
                Err(error) => self.cut = Some(why_not(&error)),
            }
        }
        let ms = |frames: u64| frames * 1000 / u64::from(self.rate_hz.max(1));
        let slow = (self.left_out > 0)
            .then(|| format!("the disk was too slow: {} ms are silence", ms(self.left_out)));
        (ms(self.settled), self.cut.or(slow))
    }
}

/// Why a file can't be written, in words.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DISK_FULL.into(),
        _ => error.to_string(),
    }
}

fn why_not(error: &WriteError) -> String {
    error.io().map_or_else(|| error.to_string(), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::io::{Cursor, SeekFrom};
    use std::rc::Rc;

    /// A disk with so many bytes.
    #[derive(Clone)]
    struct Disk {
        bytes: Rc<RefCell<Cursor<Vec<u8>>>>,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, some: &[u8]) -> io::Result<usize> {
            let mut bytes = self.bytes.borrow_mut();
            if bytes.position() as usize + some.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            bytes.write(some)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.bytes.borrow_mut().seek(to)
        }
    }

    fn take(room: usize) -> (Take<Disk>, Disk) {
        let disk = Disk { bytes: Rc::default(), room };
        (Take::begin(disk.clone(), 8000).unwrap(), disk)
    }

    fn read(disk: &Disk) -> media::wav::Audio {
        media::wav::read(Cursor::new(disk.bytes.borrow().get_ref().clone())).unwrap()
    }

    #[test]
    fn both_channels_are_there_and_what_was_left_out_is_silence() {
        let (mut take, disk) = take(usize::MAX);
        take.push(0, &[1, 2, 3, 4]);
        take.push(800, &[5, 6]);
        assert!(!take.is_due() && !take.is_cut());
        let (length_ms, cut) = take.end();
        assert_eq!((length_ms, cut.as_deref()), (100, Some("the disk was too slow: 100 ms are silence")));
        let audio = read(&disk);
        assert_eq!((audio.rate_hz, audio.channels, audio.samples.len()), (8000, 2, 2 * 803));
        assert_eq!((&audio.samples[..4], &audio.samples[1604..]), (&[1, 2, 3, 4][..], &[5, 6][..]));
        assert!(audio.samples[4..1604].iter().all(|sample| *sample == 0));
    }

    /// The disk is full in the middle of a call: the file holds what was written before, and says why it ends.
    #[test]
    fn a_full_disk_ends_the_recording_and_leaves_a_file_that_can_be_read() {
        let second = [7; 16_000];
        let (mut take, disk) = take(44 + 4 * 8000 * 7);
        for _ in 0..9 {
            take.push(0, &second);
            take.settle();
        }
        assert_eq!(take.why_cut(), Some(DISK_FULL));
        let (length_ms, cut) = take.end();
        assert_eq!(cut.as_deref(), Some(DISK_FULL));
        let audio = read(&disk);
        assert_eq!(audio.duration_ms(), length_ms);
        assert!(length_ms >= 5000 && audio.samples.iter().all(|sample| *sample == 7), "{length_ms}");
    }

    #[test]
    fn a_disk_without_room_for_a_header_is_said_to_be_full() {
        let disk = Disk { bytes: Rc::default(), room: 20 };
        assert_eq!(Take::begin(disk, 8000).unwrap_err(), DISK_FULL);
    }
}
