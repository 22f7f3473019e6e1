//! WAV files: what the phone says, and what it hears.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::wav::{self, ReadError, Recorder, WriteError};
use phone::audio::{RATE_HZ, Say};

/// Why a sound file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// The file can't be opened.
    #[error("{path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no WAV file that can be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// It can't be written.
    #[error("{path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: WriteError,
    },
}

/// A WAV file as something to say.
pub fn read_wav(path: &Path, repeat: bool) -> Result<Say, SoundError> {
    let file = File::open(path).map_err(|source| SoundError::Open { path: path.to_owned(), source })?;
    let audio = wav::read(BufReader::new(file))
        .map_err(|source| SoundError::Read { path: path.to_owned(), source })?;
    let samples: Arc<[i16]> = audio.to_mono(RATE_HZ).into();
    Ok(Say::Samples { samples, repeat })
}

/// A WAV file that grows with what is heard.
pub(crate) struct Recording {
    path: PathBuf,
    recorder: Recorder<BufWriter<File>>,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Recording {
    pub fn begin(path: &Path) -> Result<Self, SoundError> {
        let path = path.to_owned();
        let file = match File::create(&path) {
            Ok(file) => file,
            Err(source) => return Err(SoundError::Open { path, source }),
        };
        match Recorder::new(BufWriter::new(file), RATE_HZ, 1) {
            Ok(recorder) => Ok(Recording { path, recorder }),
            Err(source) => Err(SoundError::Write { path, source }),
        }
    }

    pub fn push(&mut self, pcm: &[i16]) -> Result<(), SoundError> {
        self.recorder.push(pcm).map_err(|source| SoundError::Write { path: self.path.clone(), source })
    }

    pub fn finish(self) -> Result<(), SoundError> {
        let path = self.path;
        self.recorder.finish().map_err(|source| SoundError::Write { path, source })
    }
}
