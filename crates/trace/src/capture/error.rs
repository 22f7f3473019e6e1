//! What can be wrong with a capture.

use std::io;

/// Why a capture cannot be read, or not further. Offsets count from the beginning of the capture (after
/// decompression), packet numbers from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The source failed.
    #[error("cannot read the capture at byte {offset}")]
    Io {
        /// Where.
        offset: u64,
        /// What the source said.
        source: io::Error,
    },
    /// Not one byte.
    #[error("the capture is empty")]
    Empty,
    /// Neither pcap nor pcapng.
    #[error("not a capture: it begins with {found:02x?}; pcap and pcapng are read, plain or in gzip")]
    UnknownFormat {
        /// The first bytes, as many as there are.
        found: Vec<u8>,
    },
    /// A pcap variant with other record headers.
    #[error("pcap variant with magic {magic:#010x} is not read; convert it with `editcap -F pcapng`")]
    PcapVariant {
        /// The magic found.
        magic: u32,
    },
    /// A pcap of another major version than 2.
    #[error("pcap version {major}.{minor} is not read, 2.x is")]
    PcapVersion {
        /// Major version found.
        major: u16,
        /// Minor version found.
        minor: u16,
    },
    /// The capture ends in the middle of a record: everything before it was given out.
    #[error(
        "capture is cut off: after packet {packet}, at byte {offset}, {found} of {wanted} bytes are there"
    )]
    Truncated {
        /// Where the incomplete record begins.
        offset: u64,
        /// Number of the last whole packet.
        packet: u64,
        /// Bytes that the record needs, as far as known.
        wanted: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// A pcap record length that no capture has: the file is damaged, and pcap has no way to go on.
    #[error("packet {packet} at byte {offset} claims {found} bytes; the file is damaged there")]
    PacketLength {
        /// Number of the packet.
        packet: u64,
        /// Where its record begins.
        offset: u64,
        /// The length found.
        found: u32,
    },
    /// A pcapng block with an impossible length, or whose length at the end differs.
    #[error("block of type {kind:#010x} at byte {offset} has a bad length {found}")]
    BlockLength {
        /// Where the block begins.
        offset: u64,
        /// Block type.
        kind: u32,
        /// The length found.
        found: u32,
    },
    /// A packet that does not fit into its block.
    #[error("packet {packet} at byte {offset} claims {found} bytes and its block holds {room}")]
    PacketInBlock {
        /// Number of the packet.
        packet: u64,
        /// Where the block begins.
        offset: u64,
        /// The length found.
        found: u32,
        /// What the block has room for.
        room: usize,
    },
    /// A section whose byte-order magic is neither way round.
    #[error("section at byte {offset} has the byte-order magic {found:02x?}")]
    ByteOrder {
        /// Where the section begins.
        offset: u64,
        /// The bytes found.
        found: [u8; 4],
    },
    /// A pcapng of another major version than 1.
    #[error("section at byte {offset} is pcapng version {major}, 1 is read")]
    PcapngVersion {
        /// Where the section begins.
        offset: u64,
        /// Major version found.
        major: u16,
    },
    /// A clock resolution beyond reason.
    #[error("interface block at byte {offset} has the clock resolution {found:#04x}")]
    Resolution {
        /// Where the interface block begins.
        offset: u64,
        /// `if_tsresol` found.
        found: u8,
    },
    /// More interfaces in one section than [`super::MAX_INTERFACES`].
    #[error("section has more than {limit} interfaces at byte {offset}")]
    TooManyInterfaces {
        /// Where the interface block begins.
        offset: u64,
        /// The limit.
        limit: usize,
    },
}
