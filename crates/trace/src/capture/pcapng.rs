//! pcapng: sections of typed blocks, each with its length at both ends.

use std::io::Read;
use std::net::IpAddr;

use super::pcap::truncated;
use super::window::Window;
use super::{CaptureError, CaptureTally, LinkType, MAX_BLOCK_OVERHEAD, MAX_INTERFACES, MAX_PACKET, Packet};
use super::{require, skip};
use crate::Timestamp;
use clock::Clock;
use order::ByteOrder;

mod clock;
mod names;
mod order;

/// Type of a section header block; it reads the same in both byte orders.
pub(super) const SECTION_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;
/// Secrets type "TLSK".
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// Type and total length.
const BLOCK_HEADER: usize = 8;
/// The total length once more.
const BLOCK_TRAILER: usize = 4;
/// Type, length, byte-order magic and version: what is read of a section header.
const SECTION_FRONT: usize = 16;
/// The largest block that is held in memory.
const MAX_BLOCK: usize = MAX_PACKET + MAX_BLOCK_OVERHEAD;

const OPTION_INTERFACE_CLOCK: u16 = 9;
const OPTION_INTERFACE_OFFSET: u16 = 14;
const OPTION_STATISTICS_DROPPED: u16 = 5;

/// One interface of the current section.
struct Interface {
    link: LinkType,
    snap_len: u32,
    clock: Clock,
    /// Dropped packets as last reported; reports are running totals.
    dropped: u64,
}

/// State of the current section.
#[derive(Default)]
pub(super) struct Pcapng {
    order: ByteOrder,
    interfaces: Vec<Interface>,
    last_time: Timestamp,
    /// What remains of a block that is being skipped.
    skipping: u64,
    /// Key logs that were read and not yet asked for.
    pub(super) secrets: Option<Vec<u8>>,
    /// Names of addresses; likewise.
    pub(super) names: Vec<(IpAddr, String)>,
}

/// Where in its block a packet was found.
struct Found {
    interface: u32,
    link: LinkType,
    time: Option<Timestamp>,
    data_at: usize,
    captured_len: usize,
    original_len: u32,
}

impl Pcapng {
    #[inline]
    pub(super) fn next_packet<'w, R: Read>(
        &mut self,
        window: &'w mut Window<R>,
        tally: &mut CaptureTally,
    ) -> Result<Option<Packet<'w>>, CaptureError> {
        loop {
            let Some((kind, total)) = self.next_block(window, tally)? else { return Ok(None) };
            let Some(found) = self.block(window, kind, total, tally)? else { continue };
            let time = match found.time {
                Some(time) => time,
                None => {
                    tally.without_time += 1;
                    self.last_time
                }
            };
            self.last_time = time;
            let end = found.data_at + found.captured_len;
            return Ok(Some(Packet {
                number: tally.packets,
                time,
                link: found.link,
                captured: window.take(total).get(found.data_at..end).unwrap_or_default(),
                original_len: found.original_len,
                interface: found.interface,
            }));
        }
    }

    /// Makes the next whole block available that is worth looking at: its type and total length.
    #[inline]
    fn next_block<R: Read>(
        &mut self,
        window: &mut Window<R>,
        tally: &mut CaptureTally,
    ) -> Result<Option<(u32, usize)>, CaptureError> {
        loop {
            if self.skipping > 0 {
                self.skip_on(window, tally)?;
            }
            if !require(window, BLOCK_HEADER + BLOCK_TRAILER)? {
                return match window.bytes() {
                    [] => Ok(None),
                    _ => Err(truncated(window, tally.packets, (BLOCK_HEADER + BLOCK_TRAILER) as u64)),
                };
            }
            if window.bytes().starts_with(&SECTION_MAGIC) {
                self.begin_section(window, tally)?;
                continue;
            }
            let (kind, total) = (self.order.u32_at(window.bytes(), 0), self.order.u32_at(window.bytes(), 4));
            if !total.is_multiple_of(4) || (total as usize) < BLOCK_HEADER + BLOCK_TRAILER {
                return Err(CaptureError::BlockLength { offset: window.offset(), kind, found: total });
            }
            if self.is_skipped(kind, total, tally) {
                self.skipping = u64::from(total);
                continue;
            }
            let total = total as usize;
            if !require(window, total)? {
                return Err(truncated(window, tally.packets, total as u64));
            }
            self.check_trailer(window, kind, total)?;
            return Ok(Some((kind, total)));
        }
    }

    /// Whether a block is passed over unread, and counts it.
    #[inline]
    fn is_skipped(&self, kind: u32, total: u32, tally: &mut CaptureTally) -> bool {
        let large = total as usize > MAX_BLOCK;
        match kind {
            ENHANCED_PACKET | OBSOLETE_PACKET | SIMPLE_PACKET => {
                tally.packets += u64::from(large);
                tally.oversized += u64::from(large);
                large
            }
            INTERFACE | INTERFACE_STATISTICS | NAMES => large,
            SECRETS => {
                tally.secrets += 1;
                large
            }
            _ => {
                tally.other_blocks += 1;
                true
            }
        }
    }

    #[cold]
    fn skip_on<R: Read>(&mut self, window: &mut Window<R>, tally: &CaptureTally) -> Result<(), CaptureError> {
        self.skipping = skip(window, self.skipping)?;
        if self.skipping > 0 {
            return Err(truncated(window, tally.packets, self.skipping));
        }
        Ok(())
    }

    /// Keeps a TLS key log; secrets of other kinds are of no use here.
    #[cold]
    fn take_secrets(&mut self, block: &[u8]) {
        let kind = self.order.u32_at(block, BLOCK_HEADER);
        let len = self.order.u32_at(block, BLOCK_HEADER + 4) as usize;
        if kind == TLS_KEY_LOG
            && let Some(text) = block.get(BLOCK_HEADER + 8..).and_then(|rest| rest.get(..len))
        {
            self.secrets.get_or_insert_default().extend_from_slice(text);
        }
    }

    #[cold]
    fn begin_section<R: Read>(
        &mut self,
        window: &mut Window<R>,
        tally: &mut CaptureTally,
    ) -> Result<(), CaptureError> {
        if !require(window, SECTION_FRONT)? {
            return Err(truncated(window, tally.packets, SECTION_FRONT as u64));
        }
        let offset = window.offset();
        let front: [u8; SECTION_FRONT] =
            *window.bytes().first_chunk().expect("require has made that many bytes available");
        let found = [front[8], front[9], front[10], front[11]];
        let order = ByteOrder::of_section(found).ok_or(CaptureError::ByteOrder { offset, found })?;
        let (total, major) = (order.u32_at(&front, 4), order.u16_at(&front, 12));
        if major != 1 {
            return Err(CaptureError::PcapngVersion { offset, major });
        }
        if !total.is_multiple_of(4) || (total as usize) < SECTION_FRONT + 8 + BLOCK_TRAILER {
            return Err(CaptureError::BlockLength { offset, kind: SECTION, found: total });
        }
        self.order = order;
        self.interfaces.clear();
        self.skipping = u64::from(total);
        tally.sections += 1;
        Ok(())
    }

    #[inline]
    fn check_trailer<R: Read>(
        &self,
        window: &Window<R>,
        kind: u32,
        total: usize,
    ) -> Result<(), CaptureError> {
        let found = self.order.u32_at(window.bytes(), total - BLOCK_TRAILER);
        if found as usize == total {
            return Ok(());
        }
        Err(CaptureError::BlockLength { offset: window.offset(), kind, found })
    }

    /// Looks at one whole block; consumes it unless it holds a packet.
    #[inline]
    fn block<R: Read>(
        &mut self,
        window: &mut Window<R>,
        kind: u32,
        total: usize,
        tally: &mut CaptureTally,
    ) -> Result<Option<Found>, CaptureError> {
        let block = window.bytes().get(..total - BLOCK_TRAILER).unwrap_or_default();
        let offset = window.offset();
        let found = match kind {
            INTERFACE => self.declare_interface(block, offset).map(|()| None),
            INTERFACE_STATISTICS => {
                self.note_drops(block, tally);
                Ok(None)
            }
            SECRETS => {
                self.take_secrets(block);
                Ok(None)
            }
            NAMES => {
                names::take(self.order, block.get(BLOCK_HEADER..).unwrap_or_default(), &mut self.names);
                Ok(None)
            }
            ENHANCED_PACKET => {
                let interface = self.order.u32_at(block, BLOCK_HEADER);
                self.packet_block(block, offset, interface, tally)
            }
            OBSOLETE_PACKET => {
                // Its other half is a drop counter, which may or may not be there.
                let interface = u32::from(self.order.u16_at(block, BLOCK_HEADER));
                self.packet_block(block, offset, interface, tally)
            }
            _ => self.simple_packet(block, offset, tally),
        }?;
        if found.is_none() {
            window.consume(total);
        }
        Ok(found)
    }

    /// Enhanced and obsolete packet blocks are laid out alike but for the interface: time (high, low),
    /// captured and original length, packet.
    #[inline]
    fn packet_block(
        &mut self,
        block: &[u8],
        offset: u64,
        interface: u32,
        tally: &mut CaptureTally,
    ) -> Result<Option<Found>, CaptureError> {
        const DATA_AT: usize = BLOCK_HEADER + 20;
        tally.packets += 1;
        let word = |index: usize| self.order.u32_at(block, BLOCK_HEADER + 4 * index);
        let ticks = u64::from(word(1)) << 32 | u64::from(word(2));
        let (captured, original_len) = (word(3), word(4));
        let room = block.len().saturating_sub(DATA_AT);
        if captured as usize > room {
            let packet = tally.packets;
            return Err(CaptureError::PacketInBlock { packet, offset, found: captured, room });
        }
        if captured as usize > MAX_PACKET {
            tally.oversized += 1;
            return Ok(None);
        }
        let Some(declared) = self.interfaces.get(interface as usize) else {
            tally.without_interface += 1;
            return Ok(None);
        };
        Ok(Some(Found {
            interface,
            link: declared.link,
            time: Some(declared.clock.time(ticks)),
            data_at: DATA_AT,
            captured_len: captured as usize,
            original_len,
        }))
    }

    /// A simple packet block has neither interface nor time, and its captured length must be worked out.
    fn simple_packet(
        &mut self,
        block: &[u8],
        offset: u64,
        tally: &mut CaptureTally,
    ) -> Result<Option<Found>, CaptureError> {
        const DATA_AT: usize = BLOCK_HEADER + 4;
        tally.packets += 1;
        let packet = tally.packets;
        let room = block.len().saturating_sub(DATA_AT);
        if block.len() < DATA_AT {
            return Err(CaptureError::PacketInBlock { packet, offset, found: 0, room });
        }
        let original_len = self.order.u32_at(block, BLOCK_HEADER);
        let Some(declared) = self.interfaces.first() else {
            tally.without_interface += 1;
            return Ok(None);
        };
        let limit = if declared.snap_len == 0 { u32::MAX } else { declared.snap_len };
        let captured_len = (original_len.min(limit) as usize).min(room);
        if captured_len > MAX_PACKET {
            tally.oversized += 1;
            return Ok(None);
        }
        Ok(Some(Found {
            interface: 0,
            link: declared.link,
            time: None,
            data_at: DATA_AT,
            captured_len,
            original_len,
        }))
    }

    fn declare_interface(&mut self, block: &[u8], offset: u64) -> Result<(), CaptureError> {
        const OPTIONS_AT: usize = BLOCK_HEADER + 8;
        if block.len() < OPTIONS_AT {
            let found = (block.len() + BLOCK_TRAILER) as u32;
            return Err(CaptureError::BlockLength { offset, kind: INTERFACE, found });
        }
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(CaptureError::TooManyInterfaces { offset, limit: MAX_INTERFACES });
        }
        let mut clock = Clock::default();
        for (code, value) in self.order.options(block.get(OPTIONS_AT..).unwrap_or_default()) {
            match (code, value) {
                (OPTION_INTERFACE_CLOCK, &[found, ..]) => {
                    clock.set_resolution(found).ok_or(CaptureError::Resolution { offset, found })?;
                }
                (OPTION_INTERFACE_OFFSET, value) if value.len() >= 8 => {
                    clock.set_offset(self.order.u64_at(value, 0) as i64);
                }
                _ => {}
            }
        }
        self.interfaces.push(Interface {
            link: LinkType(self.order.u16_at(block, BLOCK_HEADER)),
            snap_len: self.order.u32_at(block, BLOCK_HEADER + 4),
            clock,
            dropped: 0,
        });
        Ok(())
    }

    /// Adds what an interface statistics block reports as dropped since the last one.
    fn note_drops(&mut self, block: &[u8], tally: &mut CaptureTally) {
        const OPTIONS_AT: usize = BLOCK_HEADER + 12;
        let dropped = self
            .order
            .options(block.get(OPTIONS_AT..).unwrap_or_default())
            .find(|(code, value)| *code == OPTION_STATISTICS_DROPPED && value.len() >= 8)
            .map(|(_, value)| self.order.u64_at(value, 0));
        let id = self.order.u32_at(block, BLOCK_HEADER) as usize;
        if let (Some(dropped), Some(interface)) = (dropped, self.interfaces.get_mut(id)) {
            let more = dropped.saturating_sub(interface.dropped);
            tally.dropped_by_capture = tally.dropped_by_capture.saturating_add(more);
            interface.dropped = dropped.max(interface.dropped);
        }
    }
}
