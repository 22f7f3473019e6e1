//! Classic pcap: a 24-byte file header, then records of a 16-byte header and the packet.

use std::io::Read;

use super::window::Window;
use super::{CaptureError, CaptureTally, LinkType, MAX_PACKET, MAX_SKIPPED_PACKET, Packet, require, skip};
use crate::Timestamp;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

const MAGIC_MICROS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOS: u32 = 0xa1b2_3c4d;
/// Alexey Kuznetsov's patched libpcap, Navtel's, and Ixia's two: their records are laid out otherwise.
const MAGIC_VARIANTS: [u32; 4] = [0xa1b2_cd34, 0xa1e2_cb12, 0x1c00_01ac, 0x1c00_01ab];
/// The link type shares its word with the length of a frame check sequence.
const LINK_TYPE_MASK: u32 = 0xffff;

/// Whether a file that begins so is a pcap, be it one that we do not read.
pub(super) fn is_magic(magic: [u8; 4]) -> bool {
    [u32::from_be_bytes(magic), u32::from_le_bytes(magic)]
        .iter()
        .any(|magic| [MAGIC_MICROS, MAGIC_NANOS].contains(magic) || MAGIC_VARIANTS.contains(magic))
}

/// What the file header says, and where we are.
pub(super) struct Pcap {
    big_endian: bool,
    nanos_per_unit: u32,
    link: LinkType,
    /// What remains of a packet that is being skipped.
    skipping: u64,
}

impl Pcap {
    pub(super) fn open<R: Read>(window: &mut Window<R>) -> Result<Self, CaptureError> {
        if !require(window, FILE_HEADER)? {
            return Err(truncated(window, 0, FILE_HEADER as u64));
        }
        let header: [u8; FILE_HEADER] =
            window.take(FILE_HEADER).try_into().expect("require has made that many bytes available");
        let magic = u32_at::<0>(&header, false);
        let big_endian = ![MAGIC_MICROS, MAGIC_NANOS].contains(&magic);
        let magic = u32_at::<0>(&header, big_endian);
        if MAGIC_VARIANTS.contains(&magic) || MAGIC_VARIANTS.contains(&magic.swap_bytes()) {
            let magic = if MAGIC_VARIANTS.contains(&magic) { magic } else { magic.swap_bytes() };
            return Err(CaptureError::PcapVariant { magic });
        }
        let (major, minor) = (u16_at::<4>(&header, big_endian), u16_at::<6>(&header, big_endian));
        if major != 2 {
            return Err(CaptureError::PcapVersion { major, minor });
        }
        let link = u32_at::<20>(&header, big_endian) & LINK_TYPE_MASK;
        Ok(Self {
            big_endian,
            nanos_per_unit: if magic == MAGIC_NANOS { 1 } else { 1000 },
            link: LinkType(link as u16),
            skipping: 0,
        })
    }

    #[inline]
    pub(super) fn next_packet<'w, R: Read>(
        &mut self,
        window: &'w mut Window<R>,
        tally: &mut CaptureTally,
    ) -> Result<Option<Packet<'w>>, CaptureError> {
        loop {
            if self.skipping > 0 {
                self.skip_on(window, tally)?;
            }
            if !require(window, RECORD_HEADER)? {
                return at_end(window, tally);
            }
            let Some(header) = window.bytes().first_chunk::<RECORD_HEADER>() else { return Ok(None) };
            let secs = u32_at::<0>(header, self.big_endian);
            let fraction = u32_at::<4>(header, self.big_endian);
            let captured_len = u32_at::<8>(header, self.big_endian);
            let original_len = u32_at::<12>(header, self.big_endian);
            if captured_len as usize > MAX_PACKET {
                self.begin_skip(window, tally, captured_len)?;
                continue;
            }
            let whole = RECORD_HEADER + captured_len as usize;
            if !require(window, whole)? {
                return Err(truncated(window, tally.packets, whole as u64));
            }
            tally.packets += 1;
            return Ok(Some(Packet {
                number: tally.packets,
                time: Timestamp::from_secs_nanos(
                    i64::from(secs),
                    i64::from(fraction) * i64::from(self.nanos_per_unit),
                ),
                link: self.link,
                captured: window.take(whole).get(RECORD_HEADER..).unwrap_or_default(),
                original_len,
                interface: 0,
            }));
        }
    }

    #[cold]
    fn begin_skip<R: Read>(
        &mut self,
        window: &mut Window<R>,
        tally: &mut CaptureTally,
        found: u32,
    ) -> Result<(), CaptureError> {
        if found > MAX_SKIPPED_PACKET {
            let (packet, offset) = (tally.packets + 1, window.offset());
            return Err(CaptureError::PacketLength { packet, offset, found });
        }
        tally.packets += 1;
        tally.oversized += 1;
        self.skipping = RECORD_HEADER as u64 + u64::from(found);
        Ok(())
    }

    #[cold]
    fn skip_on<R: Read>(&mut self, window: &mut Window<R>, tally: &CaptureTally) -> Result<(), CaptureError> {
        self.skipping = skip(window, self.skipping)?;
        if self.skipping > 0 {
            return Err(truncated(window, tally.packets.saturating_sub(1), self.skipping));
        }
        Ok(())
    }
}

/// The source is at its end: cleanly between two records, or in the middle of one?
#[cold]
fn at_end<'w, R: Read>(window: &Window<R>, tally: &CaptureTally) -> Result<Option<Packet<'w>>, CaptureError> {
    if window.bytes().is_empty() {
        return Ok(None);
    }
    Err(truncated(window, tally.packets, RECORD_HEADER as u64))
}

pub(super) fn truncated<R: Read>(window: &Window<R>, packet: u64, wanted: u64) -> CaptureError {
    CaptureError::Truncated { offset: window.offset(), packet, wanted, found: window.bytes().len() as u64 }
}

/// A word of a fixed header at an offset known when compiling.
#[inline]
fn u32_at<const AT: usize>(header: &[u8], big_endian: bool) -> u32 {
    let bytes = [header[AT], header[AT + 1], header[AT + 2], header[AT + 3]];
    if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

#[inline]
fn u16_at<const AT: usize>(header: &[u8], big_endian: bool) -> u16 {
    let bytes = [header[AT], header[AT + 1]];
    if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}
