//! Orders to the media engine and what it reports. Direct RTP between phones needs none of them: the
//! phones get theirs by SCCP. Here is what passes through the server.

/// Ties an event to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct OrderId(pub u64);

/// An SRTP key. Never shown.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SrtpKey {
    /// SCCP's number of the algorithm; 0: none.
    pub algorithm: u32,
    /// Key and salt.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKey({}, redacted)", self.algorithm)
    }
}

/// What the engine shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaOrder {
    /// Open a port that relays between two parties.
    Relay {
        /// SCCP codec number.
        codec: u32,
        /// Milliseconds of audio per packet.
        packet_ms: u32,
        /// Keys of both directions, where the stream is encrypted.
        keys: Option<Box<[SrtpKey; 2]>>,
    },
    /// Play music to a party until the order is closed.
    Music {
        /// SCCP codec number.
        codec: u32,
        /// Milliseconds of audio per packet.
        packet_ms: u32,
        /// Where the party receives.
        to: std::net::SocketAddr,
    },
    /// Close what an earlier order opened.
    Close(OrderId),
}

/// What the engine reports.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MediaEvent {
    /// Ports are open.
    Opened {
        /// One address per party.
        addresses: Vec<std::net::SocketAddr>,
    },
    /// It could not be done, and why.
    Failed(String),
}
