//! The sound of a call as WAV files: both directions on one clock, branches beside them.
//!
//! A [`Recorder`] is a sink for a second reading of the source, when the call is known. It puts packets in order, leaves out
//! copies, opens SRTP with the keys that SCCP carried ([`srtp`]), decodes, and places what it decoded by timestamps: what is missing
//! is silence of the right length. Nothing of a call lies in memory; samples go through a file without a name.

pub mod srtp;
#[cfg(test)]
mod tests;
mod track;
mod voice;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use media::codec::CodecKind;
use media::wav::{Recorder as Wav, WriteError};

use crate::analysis::{Call, MediaOrder, MediaWay, Role, Stream, codec_of_order};
use crate::reader::{Datagram, FrameSink, RawFrame};
use track::Track;
use voice::Voice;

pub use track::TRACK_SECS_MAX;

/// Why sound can't be written.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// A spool or folder can't be written.
    #[error("{name} can't be written")]
    Io {
        /// Which.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A WAV file can't be written.
    #[error("{name} can't be written")]
    Wav {
        /// Which.
        name: String,
        /// Why.
        source: WriteError,
    },
}

/// Why a stream, or part of it, is not to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A codec that is passed through only.
    #[error("there is no decoder for {}", .0.name())]
    NoDecoder(CodecKind),
    /// A payload type that no order explains.
    #[error("its payload type {0} is explained by no order")]
    UnknownPayload(u8),
    /// SRTP, and SCCP carried a key that opens nothing.
    #[error(transparent)]
    Key(#[from] srtp::KeyError),
    /// SRTP whose tags don't fit the key.
    #[error("the key in SCCP does not open {packets} of its packets")]
    KeyDoesNotFit {
        /// How many.
        packets: u64,
    },
    /// Longer than [`TRACK_SECS_MAX`].
    #[error("it is longer than a day; the rest is left out")]
    Long,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Seconds of sound, silence included.
    pub seconds: f64,
    /// 1, or 2: what the caller says is left.
    pub channels: u16,
}

/// What came of a call's sound.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sound {
    /// Files.
    pub files: Vec<Written>,
    /// Streams that are not, or not wholly, to be heard.
    pub silent: Vec<(SocketAddr, SocketAddr, Why)>,
}

/// Who sends, to whom, and which source.
type Ends = (SocketAddr, SocketAddr, u32);

/// Takes down the sound of one call.
pub struct Recorder {
    number: u32,
    by_ends: HashMap<Ends, usize>,
    voices: Vec<Voice>,
    ends: Vec<Ends>,
    tracks: Vec<Track>,
    failure: Option<io::Error>,
}

/// Tracks of the conversation itself.
const FROM_CALLER: usize = 0;
const TO_CALLER: usize = 1;

impl Recorder {
    /// For a call that was analysed.
    ///
    /// # Errors
    /// When there is no room for its spools.
    pub fn new(call: &Call) -> Result<Self, AudioError> {
        Self::begin(call).map_err(|source| AudioError::Io { name: "a temporary file".into(), source })
    }

    fn begin(call: &Call) -> io::Result<Self> {
        let base = call.streams.iter().map(|stream| stream.first).min().unwrap_or_default();
        let kinds = call.streams.iter().filter_map(|stream| kind_of(call, stream));
        let rate_hz =
            kinds.map(CodecKind::sample_rate_hz).filter(|rate| *rate <= 16_000).max().unwrap_or(8000);
        let track = |name: String| Track::new(name, rate_hz, base);
        let mut tracks = vec![track(String::new())?, track(String::new())?];
        let (mut voices, mut by_ends, mut ends) = (Vec::new(), HashMap::new(), Vec::new());
        for (index, stream) in call.streams.iter().enumerate() {
            let at = match main_track(call, stream) {
                Some(main) => main,
                None => {
                    let name = match stream.branch.and_then(|branch| call.branches.get(usize::from(branch))) {
                        Some(branch) => branch.kind.text().replace([' ', '(', ')'], "-").replace("--", "-"),
                        None => "other-media".to_owned(),
                    };
                    let name = format!("{}-{}", index + 1, name.trim_end_matches('-'));
                    tracks.push(track(name)?);
                    tracks.len() - 1
                }
            };
            let mut voice = Voice::new(at);
            let order = order_of(call, stream);
            voice.ordered = order.and_then(|order| codec_of_order(order.codec));
            voice.event_payload_type = order.map_or(0, |order| order.event_payload_type as u8);
            match order.and_then(|order| order.key.as_deref()).map(srtp::Srtp::new) {
                Some(Ok(key)) => voice.key = Some(key),
                Some(Err(error)) => voice.why = Some(Why::Key(error)),
                None => {}
            }
            by_ends.insert((stream.src, stream.dst, stream.ssrc), index);
            ends.push((stream.src, stream.dst, stream.ssrc));
            voices.push(voice);
        }
        Ok(Self { number: call.number, by_ends, voices, ends, tracks, failure: None })
    }

    /// Whether the call has any streams.
    pub fn is_empty(&self) -> bool {
        self.voices.is_empty()
    }

    fn take(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        let Some(ssrc) = datagram.payload.get(8..12) else { return Ok(()) };
        let ssrc = u32::from_be_bytes([ssrc[0], ssrc[1], ssrc[2], ssrc[3]]);
        let Some(index) = self.by_ends.get(&(datagram.src, datagram.dst, ssrc)) else { return Ok(()) };
        let voice = &mut self.voices[*index];
        if matches!(voice.why, Some(Why::Key(_))) || media::rtp::is_rtcp(datagram.payload) {
            return Ok(());
        }
        let track = voice.track;
        voice.take(datagram.time, datagram.payload, &mut self.tracks[track])
    }

    /// Writes the files into a folder, which is made when it is not there.
    ///
    /// # Errors
    /// When that fails, or taking down the sound did.
    pub fn finish(mut self, folder: &Path) -> Result<Sound, AudioError> {
        let failed = |source| AudioError::Io { name: folder.display().to_string(), source };
        for voice in &mut self.voices {
            let done = voice.finish(&mut self.tracks[voice.track]);
            self.failure = self.failure.take().or(done.err());
        }
        if let Some(error) = self.failure.take() {
            return Err(failed(error));
        }
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut sound = Sound::default();
        for ((src, dst, _), voice) in self.ends.iter().zip(&self.voices) {
            let long = self.tracks[voice.track].cut.then_some(Why::Long);
            sound.silent.extend(voice.why.or(long).map(|why| (*src, *dst, why)));
        }
        let mut tracks = self.tracks.into_iter();
        let (Some(left), Some(right)) = (tracks.next(), tracks.next()) else { return Ok(sound) };
        if left.samples + right.samples > 0 {
            let path = folder.join(format!("call-{}.wav", self.number));
            sound.files.push(write(path, vec![left, right])?);
        }
        for track in tracks.filter(|track| track.samples > 0) {
            let path = folder.join(format!("call-{}-{}.wav", self.number, track.name));
            sound.files.push(write(path, vec![track])?);
        }
        Ok(sound)
    }
}

impl FrameSink for Recorder {
    fn frame(&mut self, _frame: RawFrame<'_>) -> ControlFlow<()> {
        if self.failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        if self.failure.is_none() {
            self.failure = self.take(&datagram).err();
        }
    }
}

/// Tracks as one file, interleaved.
fn write(path: PathBuf, tracks: Vec<Track>) -> Result<Written, AudioError> {
    let name = path.display().to_string();
    let io = |source| AudioError::Io { name: name.clone(), source };
    let wav = |source| AudioError::Wav { name: name.clone(), source };
    let (channels, rate_hz) = (tracks.len() as u16, tracks.first().map_or(8000, |track| track.rate_hz));
    let longest = tracks.iter().map(|track| track.samples).max().unwrap_or(0);
    let file = io::BufWriter::new(File::create(&path).map_err(io)?);
    let mut out = Wav::new(file, rate_hz, channels).map_err(wav)?;
    let mut readers =
        tracks.into_iter().map(Track::into_samples).collect::<io::Result<Vec<_>>>().map_err(io)?;
    loop {
        let pieces =
            readers.iter_mut().map(track::Samples::piece).collect::<io::Result<Vec<_>>>().map_err(io)?;
        let longest = pieces.iter().map(Vec::len).max().unwrap_or(0);
        if longest == 0 {
            break;
        }
        let frames =
            (0..longest).flat_map(|at| pieces.iter().map(move |piece| piece.get(at).copied().unwrap_or(0)));
        out.push(&frames.collect::<Vec<i16>>()).map_err(wav)?;
    }
    out.finish().map_err(wav)?;
    Ok(Written { path, seconds: longest as f64 / f64::from(rate_hz), channels })
}

/// The conversation's track of a stream; `None` for branches, and for what other parties say to each other.
fn main_track(call: &Call, stream: &Stream) -> Option<usize> {
    if stream.branch.is_some() {
        return None;
    }
    let caller = call.legs.iter().position(|leg| leg.role == Role::Caller).unwrap_or(0);
    let is_caller = |leg: Option<u16>| leg.map(|leg| usize::from(leg) == caller);
    match (is_caller(stream.from_leg), is_caller(stream.to_leg)) {
        (Some(true), _) => Some(FROM_CALLER),
        (_, Some(true)) => Some(TO_CALLER),
        (Some(false), None) => Some(TO_CALLER),
        (None, Some(false)) => Some(FROM_CALLER),
        _ => None,
    }
}

/// The order that a stream follows: the sender's, else the receiver's.
fn order_of<'c>(call: &'c Call, stream: &Stream) -> Option<&'c MediaOrder> {
    let find = |leg: Option<u16>, fits: &dyn Fn(&MediaOrder) -> bool| -> Option<&'c MediaOrder> {
        call.legs.get(usize::from(leg?))?.media.iter().rev().find(|order| fits(order))
    };
    let sends = |order: &MediaOrder| order.way == MediaWay::Transmit && order.remote == Some(stream.dst);
    let receives = |order: &MediaOrder| order.way == MediaWay::Receive && order.local == Some(stream.dst);
    let sender = find(stream.from_leg, &sends);
    let receiver = find(stream.to_leg, &receives);
    match (sender, receiver) {
        // Either may carry the key; the sender's counts.
        (Some(order), Some(other)) if order.key.is_none() && other.key.is_some() => Some(other),
        (one, other) => one.or(other),
    }
}

fn kind_of(call: &Call, stream: &Stream) -> Option<CodecKind> {
    CodecKind::of_payload_type(stream.payload_type)
        .or_else(|| order_of(call, stream).and_then(|order| codec_of_order(order.codec)))
}

/// A sequence number with the rollovers so far: the one nearest to what was heard. It begins one rollover late, so that there is
/// room for packets that come before the first one.
fn unwrap_sequence(heard: Option<u64>, sequence: u16) -> u64 {
    let Some(heard) = heard else { return (1 << 16) + u64::from(sequence) };
    let ahead = i64::from(sequence.wrapping_sub(heard as u16) as i16);
    heard.checked_add_signed(ahead).unwrap_or(heard)
}
