//! Writers of pcap and pcapng.

use std::io::{self, Write};
use std::net::IpAddr;

use super::WirePacket;
use crate::Timestamp;
use crate::capture::LinkType;
use crate::time::NANOS_PER_SEC;

const PCAP_MAGIC_NANOS: u32 = 0xa1b2_3c4d;
const SNAP_LENGTH: u32 = 256 * 1024;

const BLOCK_SECTION: u32 = 0x0a0d_0d0a;
const BLOCK_INTERFACE: u32 = 1;
const BLOCK_PACKET: u32 = 6;
const BLOCK_NAMES: u32 = 4;
const NAME_IPV4: u16 = 1;
const NAME_IPV6: u16 = 2;
/// Longest name of an address.
const MAX_NAME: usize = 255;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const OPTION_COMMENT: u16 = 1;
const OPTION_USER_APPLICATION: u16 = 4;
const OPTION_INTERFACE_NAME: u16 = 2;
const OPTION_INTERFACE_CLOCK: u16 = 9;
/// 10^-9 seconds.
const CLOCK_NANOS: u8 = 9;

/// Writes a pcap with times in nanoseconds, packet by packet.
#[derive(Debug)]
pub struct PcapWriter<W> {
    out: W,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn new(mut out: W) -> io::Result<Self> {
        let mut header = Vec::with_capacity(24);
        header.extend(PCAP_MAGIC_NANOS.to_le_bytes());
        header.extend(2u16.to_le_bytes());
        header.extend(4u16.to_le_bytes());
        header.extend([0; 8]);
        header.extend(SNAP_LENGTH.to_le_bytes());
        header.extend(u32::from(LinkType::ETHERNET.0).to_le_bytes());
        out.write_all(&header)?;
        Ok(Self { out })
    }

    /// Writes one packet.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&mut self, packet: &WirePacket) -> io::Result<()> {
        let nanos = packet.time.nanos().max(0);
        let length = packet.bytes.len() as u32;
        let words = [(nanos / NANOS_PER_SEC) as u32, (nanos % NANOS_PER_SEC) as u32, length, length];
        self.out.write_all(words.map(u32::to_le_bytes).as_flattened())?;
        self.out.write_all(&packet.bytes)
    }

    /// Gives back what was written to.
    ///
    /// # Errors
    /// When it cannot be flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Writes a pcapng of one section, with named interfaces and comments, packet by packet.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    out: W,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header and the interfaces; `program` is who says to have written the file.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn new(out: W, program: &str, interfaces: &[&str]) -> io::Result<Self> {
        let mut writer = Self { out };
        let mut section = Vec::new();
        section.extend(BYTE_ORDER.to_le_bytes());
        section.extend(1u16.to_le_bytes());
        section.extend(0u16.to_le_bytes());
        // The section's length is not known beforehand.
        section.extend(u64::MAX.to_le_bytes());
        put_option(&mut section, OPTION_USER_APPLICATION, program.as_bytes());
        end_options(&mut section);
        writer.block(BLOCK_SECTION, &section)?;
        for name in interfaces {
            writer.interface(name)?;
        }
        Ok(writer)
    }

    fn interface(&mut self, name: &str) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend(LinkType::ETHERNET.0.to_le_bytes());
        body.extend([0; 2]);
        body.extend(SNAP_LENGTH.to_le_bytes());
        put_option(&mut body, OPTION_INTERFACE_NAME, name.as_bytes());
        put_option(&mut body, OPTION_INTERFACE_CLOCK, &[CLOCK_NANOS]);
        end_options(&mut body);
        self.block(BLOCK_INTERFACE, &body)
    }

    /// Writes one packet.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&mut self, packet: &WirePacket) -> io::Result<()> {
        self.packet(packet.time, packet.interface, &packet.bytes, packet.comment.as_deref())
    }

    /// Writes an Ethernet frame captured on an interface, with a remark.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn packet(
        &mut self,
        time: Timestamp,
        interface: u32,
        bytes: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        let mut options = Vec::new();
        if let Some(comment) = comment {
            put_option(&mut options, OPTION_COMMENT, comment.as_bytes());
            end_options(&mut options);
        }
        let nanos = time.nanos().max(0) as u64;
        let length = bytes.len() as u32;
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        let total = (12 + 20 + bytes.len() + padding + options.len()) as u32;
        let words = [BLOCK_PACKET, total, interface, (nanos >> 32) as u32, nanos as u32, length, length];
        self.out.write_all(words.map(u32::to_le_bytes).as_flattened())?;
        self.out.write_all(bytes)?;
        self.out.write_all(&[0; 3][..padding])?;
        self.out.write_all(&options)?;
        self.out.write_all(&total.to_le_bytes())
    }

    /// Hands on what `out` buffers.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes names of addresses; without any, nothing.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn names(&mut self, names: &[(IpAddr, String)]) -> io::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let mut body = Vec::new();
        for (address, name) in names {
            let (kind, mut record) = match address {
                IpAddr::V4(address) => (NAME_IPV4, address.octets().to_vec()),
                IpAddr::V6(address) => (NAME_IPV6, address.octets().to_vec()),
            };
            record.extend(name.bytes().filter(|byte| *byte != 0).take(MAX_NAME));
            record.push(0);
            put_option(&mut body, kind, &record);
        }
        end_options(&mut body);
        self.block(BLOCK_NAMES, &body)
    }

    /// Gives back what was written to.
    ///
    /// # Errors
    /// When it cannot be flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let total = (body.len() + 12) as u32;
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&total.to_le_bytes())?;
        self.out.write_all(body)?;
        self.out.write_all(&total.to_le_bytes())
    }
}

fn put_padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// An option's length is a u16: what is longer is cut.
fn put_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    put_padded(body, value);
}

fn end_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

/// Writes a whole pcap.
///
/// # Errors
/// When `out` fails.
pub fn write_pcap<W: Write>(out: W, packets: &[WirePacket]) -> io::Result<()> {
    let mut writer = PcapWriter::new(out)?;
    packets.iter().try_for_each(|packet| writer.write(packet))?;
    writer.finish().map(drop)
}

/// Writes a whole pcapng.
///
/// # Errors
/// When `out` fails.
pub fn write_pcapng<W: Write>(
    out: W,
    program: &str,
    interfaces: &[&str],
    packets: &[WirePacket],
) -> io::Result<()> {
    let mut writer = PcapngWriter::new(out, program, interfaces)?;
    packets.iter().try_for_each(|packet| writer.write(packet))?;
    writer.finish().map(drop)
}
