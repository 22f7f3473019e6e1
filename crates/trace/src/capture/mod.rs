//! Streaming readers of capture files: pcap and pcapng, plain or in gzip, from anything that is `Read`.
//!
//! A [`CaptureReader`] finds out the format by its first bytes and lends out one [`Packet`] after the
//! other from one buffer. It does not look into packets: that is for [`crate::packet`].

mod error;
mod link;
mod pcap;
mod pcapng;
#[cfg(test)]
mod tests;
mod window;

use std::fmt;
use std::io::{self, Cursor, Read};
use std::net::IpAddr;

use flate2::read::MultiGzDecoder;

pub use error::CaptureError;
pub use link::LinkType;

use crate::Timestamp;
use pcap::Pcap;
use pcapng::Pcapng;
use window::Window;

/// The largest packet that is given out. Larger ones are skipped and counted: no phone sends any, and
/// libpcap itself captures at most this much.
pub const MAX_PACKET: usize = 256 * 1024;

/// The largest length that a pcap record may claim. Beyond it the file is taken as damaged, since pcap has
/// nothing by which one could find the next record.
pub const MAX_SKIPPED_PACKET: u32 = 64 * 1024 * 1024;

/// What a pcapng block may hold beside its packet (headers, options); larger blocks are skipped.
pub const MAX_BLOCK_OVERHEAD: usize = 64 * 1024;

/// Interfaces of one pcapng section.
pub const MAX_INTERFACES: usize = 4096;

/// First bytes of a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// One captured packet, lent by the reader until the next one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Position in the capture, from 1, as Wireshark's `frame.number`.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// What its first bytes are.
    pub link: LinkType,
    /// The bytes captured.
    pub captured: &'a [u8],
    /// How long it was on the wire.
    pub original_len: u32,
    /// Which interface of the section it came from (0 in a pcap).
    pub interface: u32,
}

/// What was passed over while reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaptureTally {
    /// Packets seen, those skipped included.
    pub packets: u64,
    /// Packets longer than [`MAX_PACKET`], skipped.
    pub oversized: u64,
    /// Packets of an interface that was never declared, skipped.
    pub without_interface: u64,
    /// Packets without a time of their own (simple packet blocks): they carry the time of the packet before.
    pub without_time: u64,
    /// Blocks with the secrets of TLS and the like.
    pub secrets: u64,
    /// Other blocks that hold no packets, skipped.
    pub other_blocks: u64,
    /// Packets that the capturing machine says it dropped, over all interfaces.
    pub dropped_by_capture: u64,
    /// Sections begun; 0 in a pcap.
    pub sections: u64,
}

/// Which format a capture has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Classic pcap.
    Pcap,
    /// pcapng.
    Pcapng,
}

/// Reads a capture packet by packet.
pub struct CaptureReader<R: Read> {
    window: Window<Source<R>>,
    cutter: Cutter,
    tally: CaptureTally,
    compressed: bool,
}

/// The two formats' own states.
enum Cutter {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl<R: Read> CaptureReader<R> {
    /// Reads as much of `input` as tells its format.
    ///
    /// # Errors
    /// When `input` fails, is empty, or is no capture that we read.
    pub fn new(input: R) -> Result<Self, CaptureError> {
        let source = Source::detect(input).map_err(|source| CaptureError::Io { offset: 0, source })?;
        let compressed = matches!(source, Source::Gzip(_));
        let mut window = Window::new(source);
        let cutter = detect(&mut window)?;
        Ok(Self { window, cutter, tally: CaptureTally::default(), compressed })
    }

    /// The next packet, or `None` at the end of the capture.
    ///
    /// A capture that is still being written may be asked again after `None` and after
    /// [`CaptureError::Truncated`]: reading goes on where it stopped.
    ///
    /// # Errors
    /// When the capture is damaged or cut off here; all packets before were given out.
    #[inline]
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, CaptureError> {
        match &mut self.cutter {
            Cutter::Pcap(pcap) => pcap.next_packet(&mut self.window, &mut self.tally),
            Cutter::Pcapng(pcapng) => pcapng.next_packet(&mut self.window, &mut self.tally),
        }
    }

    /// Secrets of TLS sessions (NSS key log format) that the capture carries and that were read since the last time.
    #[inline]
    pub fn take_secrets(&mut self) -> Option<Vec<u8>> {
        match &mut self.cutter {
            Cutter::Pcap(_) => None,
            Cutter::Pcapng(pcapng) => pcapng.secrets.take(),
        }
    }

    /// Whether [`CaptureReader::take_names`] has any.
    #[inline]
    pub fn has_names(&self) -> bool {
        matches!(&self.cutter, Cutter::Pcapng(pcapng) if !pcapng.names.is_empty())
    }

    /// Names of addresses that the capture tells and that were read since the last time.
    pub fn take_names(&mut self) -> Vec<(IpAddr, String)> {
        match &mut self.cutter {
            Cutter::Pcap(_) => Vec::new(),
            Cutter::Pcapng(pcapng) => std::mem::take(&mut pcapng.names),
        }
    }

    /// What was passed over so far.
    pub fn tally(&self) -> CaptureTally {
        self.tally
    }

    /// How many bytes were read, after decompression.
    pub fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// Which format it is.
    pub fn format(&self) -> Format {
        match self.cutter {
            Cutter::Pcap(_) => Format::Pcap,
            Cutter::Pcapng(_) => Format::Pcapng,
        }
    }

    /// Whether it is packed in gzip.
    pub fn is_compressed(&self) -> bool {
        self.compressed
    }
}

impl<R: Read> fmt::Debug for CaptureReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("format", &self.format())
            .field("offset", &self.window.offset())
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

/// Tells the format by the magic at the front of the window.
fn detect<R: Read>(window: &mut Window<R>) -> Result<Cutter, CaptureError> {
    let whole = require(window, 4)?;
    match window.bytes().first_chunk::<4>() {
        Some(&pcapng::SECTION_MAGIC) => Ok(Cutter::Pcapng(Pcapng::default())),
        Some(magic) if pcap::is_magic(*magic) => Pcap::open(window).map(Cutter::Pcap),
        _ if !whole && window.bytes().is_empty() => Err(CaptureError::Empty),
        _ => {
            let found = window.bytes().iter().copied().take(4).collect();
            Err(CaptureError::UnknownFormat { found })
        }
    }
}

/// [`Window::require`] with the place in the error; a gzip stream that breaks off is an end like any other.
#[inline]
fn require<R: Read>(window: &mut Window<R>, wanted: usize) -> Result<bool, CaptureError> {
    match window.require(wanted) {
        Ok(whole) => Ok(whole),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(source) => Err(CaptureError::Io { offset: window.offset(), source }),
    }
}

/// [`Window::skip`] in the same way: how many bytes are still to be skipped.
fn skip<R: Read>(window: &mut Window<R>, count: u64) -> Result<u64, CaptureError> {
    let before = window.offset();
    match window.skip(count) {
        Ok(left) => Ok(left),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Ok(count.saturating_sub(window.offset() - before))
        }
        Err(source) => Err(CaptureError::Io { offset: window.offset(), source }),
    }
}

/// The input, unpacked when it is gzip. The bytes read to find that out are put in front again.
enum Source<R: Read> {
    Plain(io::Chain<Cursor<Vec<u8>>, R>),
    Gzip(Box<MultiGzDecoder<io::Chain<Cursor<Vec<u8>>, R>>>),
}

impl<R: Read> Source<R> {
    fn detect(mut input: R) -> io::Result<Self> {
        let mut front = Vec::with_capacity(GZIP_MAGIC.len());
        input.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut front)?;
        let packed = front == GZIP_MAGIC;
        let whole = Cursor::new(front).chain(input);
        Ok(if packed { Self::Gzip(Box::new(MultiGzDecoder::new(whole))) } else { Self::Plain(whole) })
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(input) => input.read(buffer),
        }
    }
}
