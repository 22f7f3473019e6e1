//! One direction's samples on a common clock, spooled to a file without a name.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::Timestamp;

/// Longest track: a day. What comes later is left out, and said.
pub const TRACK_SECS_MAX: i64 = 86_400;

/// Samples that are read or written at once.
const PIECE: usize = 4096;

/// One direction.
pub(super) struct Track {
    pub name: String,
    pub rate_hz: u32,
    base: Timestamp,
    spool: BufWriter<File>,
    pub samples: i64,
    /// Whether something lay beyond [`TRACK_SECS_MAX`].
    pub cut: bool,
}

impl Track {
    pub(super) fn new(name: String, rate_hz: u32, base: Timestamp) -> io::Result<Self> {
        let spool = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
        Ok(Self { name, rate_hz, base, spool, samples: 0, cut: false })
    }

    /// The sample that is due at a time.
    pub(super) fn place_of(&self, time: Timestamp) -> i64 {
        (i128::from(time.since(self.base)) * i128::from(self.rate_hz) / 1_000_000_000) as i64
    }

    /// Puts samples where they belong: silence before them, and nothing twice.
    pub(super) fn put(&mut self, place: i64, samples: &[i16]) -> io::Result<()> {
        let end = place.saturating_add(samples.len() as i64);
        if end > TRACK_SECS_MAX * i64::from(self.rate_hz) {
            self.cut = true;
            return Ok(());
        }
        let skip = usize::try_from(self.samples - place).unwrap_or(0).min(samples.len());
        for _ in self.samples..place {
            self.spool.write_all(&[0, 0])?;
            self.samples += 1;
        }
        for sample in &samples[skip..] {
            self.spool.write_all(&sample.to_le_bytes())?;
        }
        self.samples += (samples.len() - skip) as i64;
        Ok(())
    }

    /// Its samples from the beginning.
    pub(super) fn into_samples(self) -> io::Result<Samples> {
        let mut file = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Samples { reader: BufReader::with_capacity(1 << 16, file), left: self.samples })
    }
}

/// Reads a track back.
pub(super) struct Samples {
    reader: BufReader<File>,
    left: i64,
}

impl Samples {
    /// The next piece; empty at the end.
    pub(super) fn piece(&mut self) -> io::Result<Vec<i16>> {
        let count = usize::try_from(self.left).unwrap_or(0).min(PIECE);
        let mut bytes = vec![0; 2 * count];
        self.reader.read_exact(&mut bytes)?;
        self.left -= count as i64;
        Ok(bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect())
    }
}
