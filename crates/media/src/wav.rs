//! WAV files over any reader or writer, through crate `hound` (Apache-2.0).
//!
//! Read: PCM of 8 to 32 bits, float, and (here, since `hound` does not know them) G.711 µ-law and A-law.
//! Written: 16-bit PCM. The format chunk is checked before `hound` sees the file, so that no header can make it
//! count wrongly.

use crate::codec::g711;
use crate::level::to_sample;
use crate::resample::resample;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Lowest and highest sample rate, in Hz.
pub const RATE_HZ: std::ops::RangeInclusive<u32> = 4000..=192_000;
/// Most channels.
pub const CHANNELS_MAX: u16 = 2;
/// Longest file that is read into memory, in samples of all channels: 30 minutes of stereo at 48 kHz.
pub const SAMPLES_MAX: usize = 30 * 60 * 48_000 * 2;
/// Longest file that is written, in samples of all channels: its length in bytes has 32 bits.
pub const WRITE_SAMPLES_MAX: u32 = u32::MAX / 2 - 1000;
/// Chunks that are passed over in search of the format.
const CHUNKS_MAX: usize = 1000;

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_ALAW: u16 = 6;
const TAG_MULAW: u16 = 7;
const TAG_EXTENSIBLE: u16 = 0xFFFE;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The reader failed, or the file ends early.
    #[error("reading the WAV file")]
    Io(#[from] io::Error),
    /// No RIFF/WAVE file, or one without format or samples.
    #[error("not a WAV file: {0} is missing")]
    Missing(&'static str),
    /// A WAV file of another kind.
    #[error("WAV format {tag:#06x} with {channels} channels of {bits} bits at {rate_hz} Hz is not supported")]
    Unsupported {
        /// Format tag.
        tag: u16,
        /// Channels.
        channels: u16,
        /// Bits of a sample.
        bits: u16,
        /// Samples a second.
        rate_hz: u32,
    },
    /// More than [`SAMPLES_MAX`].
    #[error("WAV file of more than {SAMPLES_MAX} samples")]
    Long,
    /// The format is known, the samples are not as it says.
    #[error("WAV samples")]
    Samples(#[source] hound::Error),
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Outside of [`RATE_HZ`] or [`CHANNELS_MAX`].
    #[error("no WAV file with {channels} channels at {rate_hz} Hz")]
    Format {
        /// Channels.
        channels: u16,
        /// Samples a second.
        rate_hz: u32,
    },
    /// More than [`WRITE_SAMPLES_MAX`].
    #[error("WAV file of more than {WRITE_SAMPLES_MAX} samples")]
    Long,
    /// The writer failed.
    #[error("writing the WAV file")]
    Write(#[source] hound::Error),
}

impl WriteError {
    /// What the writer says, where it was the writer.
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            WriteError::Write(hound::Error::IoError(error)) => Some(error),
            _ => None,
        }
    }
}

/// Sound in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Samples a second of each channel.
    pub rate_hz: u32,
    /// 1 or 2.
    pub channels: u16,
    /// Channels interleaved.
    pub samples: Vec<i16>,
}

impl Audio {
    /// One channel.
    pub fn mono(rate_hz: u32, samples: Vec<i16>) -> Self {
        Self { rate_hz, channels: 1, samples }
    }

    /// One channel at `rate_hz`, channels averaged.
    pub fn to_mono(&self, rate_hz: u32) -> Vec<i16> {
        let channels = usize::from(self.channels.max(1));
        let mean =
            |frame: &[i16]| (frame.iter().map(|&s| i32::from(s)).sum::<i32>() / frame.len() as i32) as i16;
        let mono: Vec<i16> = self.samples.chunks_exact(channels).map(mean).collect();
        resample(&mono, self.rate_hz, rate_hz)
    }

    /// Length in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        let frames = self.samples.len() as u64 / u64::from(self.channels.max(1));
        (frames * 1000).checked_div(u64::from(self.rate_hz)).unwrap_or(0)
    }
}

/// Reads a whole file.
pub fn read<R: Read + Seek>(mut reader: R) -> Result<Audio, ReadError> {
    let start = reader.stream_position()?;
    let format = Format::find(&mut reader)?;
    format.check()?;
    let samples = match format.tag {
        TAG_ALAW | TAG_MULAW => read_g711(&mut reader, format.tag)?,
        _ => {
            reader.seek(SeekFrom::Start(start))?;
            read_linear(reader)?
        }
    };
    Ok(Audio { rate_hz: format.rate_hz, channels: format.channels, samples })
}

/// Writes a whole file.
pub fn write<W: Write + Seek>(writer: W, audio: &Audio) -> Result<(), WriteError> {
    let mut recorder = Recorder::new(writer, audio.rate_hz, audio.channels)?;
    recorder.push(&audio.samples)?;
    recorder.finish()
}

/// Writes a file as it comes. Without [`Recorder::finish`] its header may be behind its samples.
pub struct Recorder<W: Write + Seek> {
    writer: hound::WavWriter<W>,
    samples: u32,
}

impl<W: Write + Seek> Recorder<W> {
    /// Begins a file.
    pub fn new(writer: W, rate_hz: u32, channels: u16) -> Result<Self, WriteError> {
        if !RATE_HZ.contains(&rate_hz) || !(1..=CHANNELS_MAX).contains(&channels) {
            return Err(WriteError::Format { channels, rate_hz });
        }
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate_hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        Ok(Self { writer: hound::WavWriter::new(writer, spec).map_err(WriteError::Write)?, samples: 0 })
    }

    /// Adds samples, channels interleaved.
    pub fn push(&mut self, pcm: &[i16]) -> Result<(), WriteError> {
        let left = (WRITE_SAMPLES_MAX - self.samples.min(WRITE_SAMPLES_MAX)) as usize;
        if pcm.len() > left {
            return Err(WriteError::Long);
        }
        self.samples += pcm.len() as u32;
        pcm.iter().try_for_each(|&sample| self.writer.write_sample(sample)).map_err(WriteError::Write)
    }

    /// Brings the header up to what was written, so that the file is whole should nothing follow.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.writer.flush().map_err(WriteError::Write)
    }

    /// Ends the file; a half frame at the end is filled up.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let channels = u32::from(self.writer.spec().channels);
        if !self.writer.len().is_multiple_of(channels) {
            self.push(&[0])?;
        }
        self.writer.finalize().map_err(WriteError::Write)
    }
}

/// The format chunk.
#[derive(Debug, Clone, Copy)]
struct Format {
    tag: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
    frame_bytes: u16,
}

impl Format {
    /// Reads up to the end of the format chunk.
    fn find<R: Read + Seek>(reader: &mut R) -> Result<Self, ReadError> {
        let riff: [u8; 12] = take(reader).map_err(|_| ReadError::Missing("RIFF"))?;
        if riff[..4] != *b"RIFF" || riff[8..] != *b"WAVE" {
            return Err(ReadError::Missing("RIFF"));
        }
        let len = seek_chunk(reader, b"fmt ", "the format")?;
        let f: [u8; 16] = take(reader)?;
        let two = |at: usize| u16::from_le_bytes([f[at], f[at + 1]]);
        reader.seek(SeekFrom::Current(padded(len) - 16))?;
        Ok(Self {
            tag: two(0),
            channels: two(2),
            rate_hz: u32::from_le_bytes([f[4], f[5], f[6], f[7]]),
            frame_bytes: two(12),
            bits: two(14),
        })
    }

    fn check(&self) -> Result<(), ReadError> {
        let bits_fit = match self.tag {
            TAG_PCM | TAG_EXTENSIBLE => matches!(self.bits, 8 | 16 | 24 | 32),
            TAG_FLOAT => self.bits == 32,
            TAG_ALAW | TAG_MULAW => self.bits == 8,
            _ => false,
        };
        let fits = bits_fit
            && (1..=CHANNELS_MAX).contains(&self.channels)
            && RATE_HZ.contains(&self.rate_hz)
            && self.frame_bytes == self.channels * (self.bits / 8);
        let Self { tag, channels, rate_hz, bits, .. } = *self;
        if fits { Ok(()) } else { Err(ReadError::Unsupported { tag, channels, bits, rate_hz }) }
    }
}

fn read_linear<R: Read>(reader: R) -> Result<Vec<i16>, ReadError> {
    let mut wav = hound::WavReader::new(reader).map_err(ReadError::Samples)?;
    if wav.len() as usize > SAMPLES_MAX {
        return Err(ReadError::Long);
    }
    let spec = wav.spec();
    let read: Result<Vec<i16>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => {
            wav.samples::<f32>().map(|s| s.map(|s| to_sample(f64::from(s) * 32_767.0))).collect()
        }
        hound::SampleFormat::Int => {
            let shift = i32::from(spec.bits_per_sample) - 16;
            let scale = |s: i32| if shift >= 0 { s >> shift } else { s << -shift };
            wav.samples::<i32>().map(|s| s.map(|s| scale(s) as i16)).collect()
        }
    };
    read.map_err(ReadError::Samples)
}

fn read_g711<R: Read + Seek>(reader: &mut R, tag: u16) -> Result<Vec<i16>, ReadError> {
    let len = seek_chunk(reader, b"data", "the sound")?;
    if len as usize > SAMPLES_MAX {
        return Err(ReadError::Long);
    }
    let mut codes = Vec::new();
    reader.take(u64::from(len)).read_to_end(&mut codes)?;
    let decode = if tag == TAG_ALAW { g711::alaw_decode } else { g711::mulaw_decode };
    Ok(codes.into_iter().map(decode).collect())
}

/// Passes over chunks up to the one with this name; yields its length.
fn seek_chunk<R: Read + Seek>(reader: &mut R, name: &[u8; 4], what: &'static str) -> Result<u32, ReadError> {
    for _ in 0..CHUNKS_MAX {
        let head: [u8; 8] = take(reader).map_err(|_| ReadError::Missing(what))?;
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        if head[..4] == *name {
            return Ok(len);
        }
        reader.seek(SeekFrom::Current(padded(len)))?;
    }
    Err(ReadError::Missing(what))
}

/// Chunks begin at even places.
fn padded(len: u32) -> i64 {
    i64::from(len) + i64::from(len % 2)
}

fn take<R: Read, const N: usize>(reader: &mut R) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn file(audio: &Audio) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        write(&mut bytes, audio).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_was_written_is_read() {
        for (rate_hz, channels) in [(8000, 1), (16_000, 1), (8000, 2)] {
            let audio = Audio { rate_hz, channels, samples: (0..2000).map(|n| n * 16 - 16_000).collect() };
            assert_eq!(read(Cursor::new(file(&audio))).unwrap(), audio);
        }
    }

    #[test]
    fn a_half_frame_is_filled_up_and_a_flushed_file_is_whole() {
        let mut bytes = Cursor::new(Vec::new());
        let mut recorder = Recorder::new(&mut bytes, 8000, 2).unwrap();
        recorder.push(&[1, 2]).unwrap();
        recorder.flush().unwrap();
        recorder.push(&[3]).unwrap();
        recorder.finish().unwrap();
        assert_eq!(read(Cursor::new(bytes.into_inner())).unwrap().samples, [1, 2, 3, 0]);
        assert!(Recorder::new(Cursor::new(Vec::new()), 8000, 0).is_err());
    }

    #[test]
    fn mulaw_files_are_read() {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x12\0\0\0".to_vec();
        bytes.extend([7, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 0, 0]);
        bytes.extend(b"data\x03\0\0\0\xFF\x80\x00");
        let audio = read(Cursor::new(bytes)).unwrap();
        assert_eq!(audio, Audio::mono(8000, vec![0, 32_124, -32_124]));
    }

    #[test]
    fn stereo_becomes_mono_at_another_rate() {
        let stereo = Audio { rate_hz: 16_000, channels: 2, samples: [1000, 3000].repeat(1600) };
        let mono = stereo.to_mono(8000);
        assert_eq!((mono.len(), stereo.duration_ms()), (800, 100));
        assert!((mono[400] - 2000).abs() < 3);
    }

    #[test]
    fn what_is_no_wav_is_named() {
        let missing = |bytes: &[u8]| matches!(read(Cursor::new(bytes)), Err(ReadError::Missing(_)));
        assert!(missing(b"") && missing(b"RIFF1234AVI ") && missing(b"RIFF1234WAVE"));
        let mut odd = file(&Audio::mono(8000, vec![1; 10]));
        odd[22] = 3;
        assert!(matches!(read(Cursor::new(odd)), Err(ReadError::Unsupported { channels: 3, .. })));
    }
}
