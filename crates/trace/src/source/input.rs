//! What the user names: files, folders, archives, standard input; and what each of them is.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use flate2::read::MultiGzDecoder;

use super::pipe::Pipe;
use super::text;
use crate::Timestamp;
use crate::capture::{CaptureError, CaptureReader};

/// Files that one view takes at most.
pub const MAX_INPUTS: usize = 60_000;

/// Folders within folders.
const MAX_DEPTH: usize = 16;

/// Bytes that an archive may unpack to.
pub const MAX_UNPACKED: u64 = 64 << 30;

/// Bytes looked at to tell what a file is.
const FRONT: usize = 64 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Before a capture has so many bytes, nothing is known of it: the shorter of the two heads, pcap's.
const CAPTURE_HEAD: usize = 24;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Why a source can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It can't be opened or read.
    #[error("{name} can't be read")]
    Io {
        /// Which.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Neither a capture nor a text trace.
    #[error(
        "{name} is neither a capture (pcap, pcapng) nor a call manager's text trace (SDI, SDL, calllogs), plain, in gzip or in tar"
    )]
    Unknown {
        /// Which.
        name: String,
    },
    /// A folder or archive that holds nothing of the kind.
    #[error("{name} holds no capture and no text trace")]
    Nothing {
        /// Which.
        name: String,
    },
    /// More than [`MAX_INPUTS`] files.
    #[error("more than {MAX_INPUTS} files; name fewer")]
    TooMany,
    /// A capture that can't be read.
    #[error("{name}")]
    Capture {
        /// Which.
        name: String,
        /// Why.
        source: CaptureError,
    },
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// pcap or pcapng.
    Capture,
    /// A call manager's text trace.
    Text,
}

/// Bytes read over all inputs, as they lie on disk, and how many there are: for progress.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
    dropped: Arc<AtomicU64>,
    pipes: Arc<AtomicUsize>,
}

impl Progress {
    /// Whether a pipe is open: what is at its end for now may go on.
    pub fn may_go_on(&self) -> bool {
        self.pipes.load(Ordering::Relaxed) > 0
    }

    /// Where packets are counted that the kernel dropped because nobody took them in time.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// The share that is read, 0 to 1; `None` where the size is not known (standard input).
    pub fn share(&self) -> Option<f64> {
        let total = self.total.load(Ordering::Relaxed);
        (total > 0).then(|| (self.read.load(Ordering::Relaxed) as f64 / total as f64).min(1.0))
    }
}

/// One file, stream or member of an archive, not yet opened.
#[derive(Debug)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The time of its first record; zero when it has none.
    pub first: Timestamp,
    /// What files of one rotation have in common.
    pub family: String,
    /// The day on which a text trace begins that does not say.
    pub(super) undated: i64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Path(PathBuf),
    /// A member of an archive, unpacked into a file that vanishes.
    Unpacked(File),
    /// What was read to tell its kind, and the rest.
    Stream(Box<dyn Peeked>),
}

/// A stream whose beginning was read.
trait Peeked: Read + Send + std::fmt::Debug {}
impl<T: Read + Send + std::fmt::Debug> Peeked for T {}

/// Bytes to read.
pub type Bytes = Box<dyn Read + Send>;

impl Input {
    /// Opens it, unpacked when it is gzip.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(self, progress: &Progress) -> Result<Bytes, SourceError> {
        let name = self.name;
        let failed = |source| SourceError::Io { name: name.clone(), source };
        let raw: Bytes = match self.place {
            Place::Path(path) => Box::new(File::open(path).map_err(failed)?),
            Place::Unpacked(mut file) => {
                io::Seek::rewind(&mut file).map_err(failed)?;
                Box::new(file)
            }
            // Unpacked already.
            Place::Stream(stream) => {
                return Ok(Box::new(Counted { inner: stream, read: Arc::clone(&progress.read) }));
            }
        };
        unpacked(Counted { inner: raw, read: Arc::clone(&progress.read) }).map_err(failed)
    }

    /// A stream whose kind is known.
    pub fn of_stream(name: &str, kind: Kind, stream: impl Read + Send + std::fmt::Debug + 'static) -> Self {
        let (name, family) = (name.to_owned(), name.to_owned());
        let place = Place::Stream(Box::new(stream));
        Self { name, kind, first: Timestamp::default(), family, undated: 0, place }
    }

    /// From bytes at hand, for tests and for what was received.
    ///
    /// # Errors
    /// When they are nothing that is read.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, SourceError> {
        stream(name, Box::new(Cursor::new(bytes)))
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Plain bytes of a file that may be gzip.
fn unpacked(mut raw: impl Read + Send + 'static) -> io::Result<Bytes> {
    let mut front = Vec::with_capacity(2);
    raw.by_ref().take(2).read_to_end(&mut front)?;
    let packed = front == GZIP_MAGIC;
    // Not `chain`: that never asks its second part again once it was empty, and a file may grow.
    let whole = Fronted { front: Cursor::new(front), rest: raw };
    Ok(if packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// Some bytes, then the rest of a stream.
#[derive(Debug)]
struct Fronted<R> {
    front: Cursor<Vec<u8>>,
    rest: R,
}

impl<R: Read> Read for Fronted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.front.read(buffer)? {
            0 => self.rest.read(buffer),
            count => Ok(count),
        }
    }
}

/// What the user named, opened far enough to tell what it is.
#[derive(Debug, Default)]
pub struct Inputs {
    /// In the order of their first records.
    pub inputs: Vec<Input>,
    /// Files within folders and archives that are nothing of ours.
    pub passed_over: Vec<String>,
    /// How far reading is.
    pub progress: Progress,
    /// Secrets with which TLS is opened (NSS key log format).
    pub tls_keys: Vec<u8>,
    /// By how much the clock of each source is moved, by their numbers: see [`super::clocks::shifts`].
    pub shifts: std::collections::BTreeMap<u16, i64>,
}

impl Inputs {
    /// Finds the sources behind `names`; `-` is standard input, folders are searched.
    ///
    /// # Errors
    /// When a file that was named itself can't be read, or is nothing of ours.
    pub fn find(names: &[PathBuf]) -> Result<Self, SourceError> {
        let mut found = Self::default();
        for path in names {
            let name = path.display().to_string();
            let before = found.inputs.len();
            if name == "-" {
                // Beside others it must be waited for: all are told in the order of time.
                match names.len() {
                    1 => found.pipe("standard input", io::stdin())?,
                    _ => found.inputs.push(stream("standard input", Box::new(io::stdin()))?),
                }
            } else if path.is_dir() {
                found.folder(path, 0)?;
                if found.inputs.len() == before {
                    return Err(SourceError::Nothing { name });
                }
            } else {
                found.file(path, true)?;
            }
        }
        found.inputs.sort_by_key(|input| input.first);
        Ok(found)
    }

    /// Adds what another program writes, as soon as its beginning tells what it is.
    ///
    /// # Errors
    /// When it is nothing of ours, or ends before that.
    pub fn pipe(&mut self, name: &str, mut raw: impl Read + Send + 'static) -> Result<(), SourceError> {
        let failed = |source| SourceError::Io { name: name.to_owned(), source };
        let unknown = || SourceError::Unknown { name: name.to_owned() };
        let begin = beginning(&mut raw).map_err(failed)?;
        if begin.starts_with(&GZIP_MAGIC) || is_tar(&begin) {
            // What is packed is read to its end: it comes from a file.
            let mut bytes = unpacked(Fronted { front: Cursor::new(begin), rest: raw }).map_err(failed)?;
            let front = front(&mut bytes).map_err(failed)?;
            if is_tar(&front) {
                let whole = Fronted { front: Cursor::new(front), rest: bytes };
                return self.archive(name, whole, 0);
            }
            kind_of(&front, 0).ok_or_else(unknown)?;
            let whole = Fronted { front: Cursor::new(front), rest: bytes };
            self.inputs.push(stream(name, Box::new(whole))?);
            return Ok(());
        }
        let (kind, first) = kind_of(&begin, 0).ok_or_else(unknown)?;
        let pipe = Pipe::start(begin, raw, Arc::clone(&self.progress.pipes)).map_err(failed)?;
        self.inputs.push(Input { first, ..Input::of_stream(name, kind, pipe) });
        Ok(())
    }

    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), SourceError> {
        let name = path.display().to_string();
        let entries = std::fs::read_dir(path).map_err(|source| SourceError::Io { name, source })?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() && depth < MAX_DEPTH {
                self.folder(&path, depth + 1)?;
            } else if path.is_file() {
                self.file(&path, false)?;
            }
        }
        Ok(())
    }

    /// Adds one file; one that was named must be of ours.
    pub(super) fn file(&mut self, path: &Path, named: bool) -> Result<(), SourceError> {
        let name = path.display().to_string();
        match self.classify(path, &name) {
            Ok(()) => Ok(()),
            Err(SourceError::TooMany) => Err(SourceError::TooMany),
            Err(error) if named => Err(error),
            Err(_) => {
                self.passed_over.push(name);
                Ok(())
            }
        }
    }

    fn classify(&mut self, path: &Path, name: &str) -> Result<(), SourceError> {
        let failed = |source| SourceError::Io { name: name.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let modified =
            metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |since| since.as_secs() as i64 / DAY);
        let mut bytes = unpacked(file).map_err(failed)?;
        let front = front(&mut bytes).map_err(failed)?;
        if is_tar(&front) {
            let whole = Fronted { front: Cursor::new(front), rest: bytes };
            return self.archive(name, whole, modified);
        }
        let (kind, first) = kind_of(&front, undated(name, modified))
            .ok_or_else(|| SourceError::Unknown { name: name.into() })?;
        self.progress.total.fetch_add(metadata.len(), Ordering::Relaxed);
        self.push(Input {
            name: name.to_owned(),
            kind,
            first,
            family: family(name),
            undated: undated(name, modified),
            place: Place::Path(path.to_owned()),
        })
    }

    /// Unpacks the members of an archive that are of ours.
    fn archive(&mut self, name: &str, bytes: impl Read, modified: i64) -> Result<(), SourceError> {
        let failed = |source| SourceError::Io { name: name.to_owned(), source };
        let before = self.inputs.len();
        let mut archive = tar::Archive::new(bytes);
        let mut left = MAX_UNPACKED;
        for entry in archive.entries().map_err(failed)? {
            // An archive that breaks off is read as far as it goes.
            let Ok(mut entry) = entry else { break };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let inner = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let changed = entry.header().mtime().map_or(modified, |secs| (secs / DAY as u64) as i64);
            let mut file = tempfile::tempfile().map_err(failed)?;
            let count = io::copy(&mut entry.by_ref().take(left), &mut file).map_err(failed)?;
            left -= count;
            self.member(&format!("{name}:{inner}"), file, changed, count).map_err(failed)?;
            if left == 0 || self.inputs.len() >= MAX_INPUTS {
                return Err(SourceError::TooMany);
            }
        }
        if self.inputs.len() == before { Err(SourceError::Nothing { name: name.into() }) } else { Ok(()) }
    }

    fn member(&mut self, name: &str, mut file: File, modified: i64, size: u64) -> io::Result<()> {
        io::Seek::rewind(&mut file)?;
        let front = front(&mut unpacked(file.try_clone()?)?)?;
        let undated = undated(name, modified);
        match kind_of(&front, undated) {
            None => self.passed_over.push(name.to_owned()),
            Some((kind, first)) => {
                self.progress.total.fetch_add(size, Ordering::Relaxed);
                let (name, family, place) = (name.to_owned(), family(name), Place::Unpacked(file));
                self.inputs.push(Input { name, kind, first, family, undated, place });
            }
        }
        Ok(())
    }

    fn push(&mut self, input: Input) -> Result<(), SourceError> {
        if self.inputs.len() >= MAX_INPUTS {
            return Err(SourceError::TooMany);
        }
        self.inputs.push(input);
        Ok(())
    }
}

/// A stream that can't be opened again.
fn stream(name: &str, raw: Bytes) -> Result<Input, SourceError> {
    let failed = |source| SourceError::Io { name: name.to_owned(), source };
    let mut bytes = unpacked(raw).map_err(failed)?;
    let front = front(&mut bytes).map_err(failed)?;
    let (kind, first) = kind_of(&front, 0).ok_or_else(|| SourceError::Unknown { name: name.into() })?;
    let rest = Fronted { front: Cursor::new(front), rest: Opaque(bytes) };
    let (name, family) = (name.to_owned(), name.to_owned());
    Ok(Input { name, kind, first, family, undated: 0, place: Place::Stream(Box::new(rest)) })
}

struct Opaque(Bytes);

impl std::fmt::Debug for Opaque {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stream")
    }
}

impl Read for Opaque {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

fn front(bytes: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut front = Vec::new();
    match bytes.by_ref().take(FRONT as u64).read_to_end(&mut front) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(front),
        Err(error)
            if error.kind() == io::ErrorKind::InvalidInput || error.kind() == io::ErrorKind::InvalidData =>
        {
            Ok(front)
        }
        other => other.map(|_| front),
    }
}

/// The beginning of a stream, no more of it than tells what it is: who writes may write nothing else for long.
fn beginning(raw: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut begin = vec![0; FRONT];
    let mut len = 0;
    loop {
        let is_told = begin[..len].starts_with(&GZIP_MAGIC)
            || (len >= CAPTURE_HEAD && (kind_of(&begin[..len], 0).is_some() || is_tar(&begin[..len])));
        if is_told || len == FRONT {
            break;
        }
        match raw.read(&mut begin[len..]) {
            Ok(0) => break,
            Ok(count) => len += count.min(FRONT - len),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    begin.truncate(len);
    Ok(begin)
}

/// What a file with this beginning is, and when it begins.
fn kind_of(front: &[u8], undated: i64) -> Option<(Kind, Timestamp)> {
    match CaptureReader::new(front) {
        Ok(mut capture) => {
            let first = capture.next_packet().ok().flatten().map(|packet| packet.time);
            Some((Kind::Capture, first.unwrap_or_default()))
        }
        // A capture of a kind that we don't read: to be told so when it is opened.
        Err(
            CaptureError::PcapVariant { .. }
            | CaptureError::PcapVersion { .. }
            | CaptureError::PcapngVersion { .. },
        ) => Some((Kind::Capture, Timestamp::default())),
        Err(_) => text::is_text_trace(front)
            .then(|| (Kind::Text, text::first_time(front, undated).unwrap_or_default())),
    }
}

fn is_tar(front: &[u8]) -> bool {
    front.get(257..262) == Some(b"ustar")
}

/// `YYYYMMDD` or `YYYY-MM-DD` in a file's name, else the day on which it was written last.
fn undated(name: &str, modified: i64) -> i64 {
    let plain: Vec<u8> =
        name.rsplit('/').next().unwrap_or(name).bytes().filter(|byte| !matches!(byte, b'-' | b'_')).collect();
    let dated = plain.windows(8).find_map(|digits| {
        if !digits.starts_with(b"20") || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut text = *b"0000-00-00";
        text[..4].copy_from_slice(&digits[..4]);
        text[5..7].copy_from_slice(&digits[4..6]);
        text[8..].copy_from_slice(&digits[6..]);
        text::day_number(&text)
    });
    dated.unwrap_or(modified)
}

/// A file's name without its numbers: what the files of one rotation have in common.
fn family(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let stem = file.rfind(|c: char| c.is_ascii_digit()).map_or(file, |at| &file[..=at]);
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    format!("{folder}/{stem}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_are_one_family() {
        assert_eq!(family("a/SDL001_100_000280.txt.gz"), family("a/SDL001_100_000281.txt"));
        assert_ne!(family("a/SDL001_100_000280.txt"), family("a/SDL002_100_000280.txt"));
        assert_ne!(family("a/x1.pcap"), family("b/x2.pcap"));
    }

    #[test]
    fn the_day_comes_from_the_name_or_the_file() {
        assert_eq!(undated("logs/ccm-2024-02-29_1.txt", 5), 19_782);
        assert_eq!(undated("20240229/ccm.txt", 5), 5);
    }

    #[test]
    fn folders_archives_and_gzip_are_searched() {
        let folder = tempfile::tempdir().unwrap();
        let trace = b"16:05:42.890 CCM|StationInit - InboundStim - OnHookMessageID tcpHandle=0x4fb\n";
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/ccm1.txt"), trace).unwrap();
        std::fs::write(folder.path().join("photo.jpg"), [0xff, 0xd8, 0xff]).unwrap();
        let mut builder =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let capture = crate::example::capture();
        for (name, data) in
            [("a/x.pcap", &capture[..]), ("a/ccm2.txt", &trace[..]), ("a/readme", &b"hello"[..])]
        {
            let mut header = tar::Header::new_gnu();
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, data).unwrap();
        }
        std::fs::write(folder.path().join("all.tar.gz"), builder.into_inner().unwrap().finish().unwrap())
            .unwrap();
        let found = Inputs::find(&[folder.path().to_owned()]).unwrap();
        let kinds: Vec<Kind> = found.inputs.iter().map(|input| input.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Text).count(), 2);
        assert_eq!((kinds.len(), found.passed_over.len()), (3, 2));
    }

    #[test]
    fn what_is_nothing_of_ours_says_so() {
        let error = Input::from_bytes("x", b"hello".to_vec()).unwrap_err();
        assert!(matches!(error, SourceError::Unknown { .. }), "{error:?}");
    }
}
