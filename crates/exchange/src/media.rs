//! Orders to the media engine and what it reports. Direct RTP between phones needs none of them: the
//! phones get theirs by SCCP. Here is what passes through the server: pairs that can't reach each other or
//! have no codec in common, conferences, and music for those who are held.
//!
//! Nothing is ordered before [`MediaEvent::Engine`] has said that there is an engine. Each order that opens something
//! is answered by one [`MediaEvent::Opened`] or [`MediaEvent::Failed`]. [`MediaOrder::Close`] takes back any of them, also one that was not answered yet.

use std::net::{IpAddr, SocketAddr};

use crate::plan::{Announcement, Locale};

/// Ties an event to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct OrderId(pub u64);

/// A mix: all parties of a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct MixId(pub u64);

/// An SRTP key. Never shown: neither a log nor anything that people can read, such as JSON, holds more of it than its
/// algorithm. (A snapshot of all state does: whoever goes on with calls needs it.)
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct SrtpKey {
    /// SCCP's number of the algorithm; 0: none.
    pub algorithm: u32,
    /// Key.
    pub key: Vec<u8>,
    /// Salt.
    pub salt: Vec<u8>,
}

impl serde::Serialize for SrtpKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let (key, salt): (&[u8], &[u8]) =
            if serializer.is_human_readable() { (&[], &[]) } else { (&self.key, &self.salt) };
        let mut fields = serializer.serialize_struct("SrtpKey", 3)?;
        fields.serialize_field("algorithm", &self.algorithm)?;
        fields.serialize_field("key", key)?;
        fields.serialize_field("salt", salt)?;
        fields.end()
    }
}

/// Keys of a party's stream: of what it sends and of what it hears.
pub type SrtpKeys = Option<Box<[SrtpKey; 2]>>;

impl std::fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKey({}, redacted)", self.algorithm)
    }
}

/// A party whose audio passes through the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MediaParty {
    /// SCCP codec number.
    pub codec: u32,
    /// Milliseconds of audio per packet.
    pub packet_ms: u32,
    /// Payload type of telephone events, where it takes them.
    pub event_payload_type: Option<u8>,
    /// Whether its digits are in its audio, and are to be said there.
    #[serde(default)]
    pub digits_in_band: bool,
    /// Where it says that it receives, if it has.
    pub remote: Option<SocketAddr>,
    /// From where it signals: its audio comes from there or from `remote`, and from nowhere else.
    pub signals_from: IpAddr,
    /// Our address that it reaches.
    pub local: IpAddr,
}

/// The tone by which people hear that they are recorded: when the recording begins, and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Consent {
    /// Seconds after which it sounds again; 0: it does not.
    pub every_secs: u32,
    /// Whether the party hears it, too, who records.
    pub to_recorder: bool,
}

/// What the engine shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaOrder {
    /// Open a port for each of two parties, and let them hear each other: relayed where their codecs are the
    /// same, transcoded where not.
    Relay {
        /// Both.
        parties: Box<[MediaParty; 2]>,
        /// Keys of each, where its stream is encrypted.
        keys: [SrtpKeys; 2],
    },
    /// Open a port from which a party hears the music of those who are held.
    Music {
        /// Who.
        party: MediaParty,
        /// Which; empty: the usual one.
        source: String,
        /// Its keys, where its stream is encrypted.
        keys: SrtpKeys,
    },
    /// Open a port from which a party hears something said once, as soon as it says where it receives.
    Announce {
        /// Who.
        party: MediaParty,
        /// What.
        sound: Announcement,
        /// In which language.
        locale: Locale,
        /// Its keys, where its stream is encrypted.
        keys: SrtpKeys,
    },
    /// Open a port for a party of a mix: it hears all others of that mix, and they hear it. The mix is there from its
    /// first party to its last.
    Join {
        /// Which mix.
        mix: MixId,
        /// Who.
        party: MediaParty,
        /// Whether the others don't hear it for now.
        muted: bool,
        /// Whether they hear a tone when it comes, and another when its order is closed.
        tones: bool,
        /// Its keys, where its stream is encrypted.
        keys: SrtpKeys,
    },
    /// The others of its mix hear the party of an order no more, or again.
    Mute {
        /// The order.
        order: OrderId,
        /// No more.
        muted: bool,
    },
    /// Open a file for what one party says, in one channel, and what it hears, in the other. It runs from now on,
    /// in silence while nobody is attached.
    Tape {
        /// Name of the file, of digits and hyphens.
        file: String,
        /// Whether the party's codec carries more than a telephone's band.
        wideband: bool,
    },
    /// A party of an order is on a tape from now on, until that order or the tape is closed.
    Attach {
        /// The tape.
        tape: OrderId,
        /// The order.
        order: OrderId,
        /// Its place in the order.
        party: usize,
        /// The tone by which those in the call hear that they are recorded.
        consent: Option<Consent>,
    },
    /// Open two ports for the copies that a phone sends of what its user says and of what he hears, and put them on a
    /// tape. Nothing is sent to it.
    Copies {
        /// The tape.
        tape: OrderId,
        /// What the user says, and what he hears.
        parties: Box<[MediaParty; 2]>,
        /// Keys of both, where they are encrypted.
        keys: SrtpKeys,
    },
    /// A party of an order says where it receives.
    Remote {
        /// The order.
        order: OrderId,
        /// Its place in the order.
        party: usize,
        /// Where.
        address: SocketAddr,
    },
    /// Say a digit to a party of an order with its audio: as a telephone event, or as a tone.
    Digit {
        /// The order.
        order: OrderId,
        /// Its place in the order.
        party: usize,
        /// Which.
        digit: char,
    },
    /// Close what an earlier order opened.
    Close(OrderId),
}

impl MediaOrder {
    /// Whether it opens something, and so is answered. The others are about what is open, and can't be refused.
    pub fn opens(&self) -> bool {
        match self {
            MediaOrder::Relay { .. }
            | MediaOrder::Music { .. }
            | MediaOrder::Announce { .. }
            | MediaOrder::Join { .. }
            | MediaOrder::Copies { .. }
            | MediaOrder::Tape { .. } => true,
            MediaOrder::Mute { .. }
            | MediaOrder::Remote { .. }
            | MediaOrder::Attach { .. }
            | MediaOrder::Digit { .. }
            | MediaOrder::Close(_) => false,
        }
    }
}

/// What the engine reports.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MediaEvent {
    /// There is an engine from now on, or none any more. (The order that it answers to does not matter.) Without
    /// one, nothing is ordered.
    Engine {
        /// There is.
        present: bool,
    },
    /// Ports are open.
    Opened {
        /// One address per party.
        addresses: Vec<SocketAddr>,
    },
    /// It could not be done, and why.
    Failed(String),
    /// A party pressed a key, as a telephone event or in its audio, which nothing in RTP carried on.
    Digit {
        /// Its place in the order.
        party: usize,
        /// Which.
        digit: char,
    },
    /// Nothing was heard of a party for a while.
    Silent {
        /// Its place in the order.
        party: usize,
        /// Whether it was ever heard.
        ever_heard: bool,
    },
    /// A party of a mix began or ceased to talk.
    Talking {
        /// Whether it began.
        talking: bool,
    },
    /// What was announced is said.
    PlayedOut,
    /// A tape can't go on, and why. It is to be closed.
    TapeCut(String),
    /// A tape is closed.
    Taped {
        /// How long it is.
        length_ms: u64,
        /// Bytes of the file; 0: there is none.
        bytes: u64,
        /// What is missing of it, and why.
        cut: Option<String>,
    },
    /// What was opened is closed.
    Closed {
        /// What was measured, one for each party.
        streams: Vec<MediaStream>,
    },
}

/// What the engine measured of a party's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MediaStream {
    /// Where it came from at last.
    pub from: Option<SocketAddr>,
    /// Packets received.
    pub packets: u32,
    /// Packets that never came.
    pub lost: u32,
    /// Interarrival jitter in microseconds.
    pub jitter_us: u32,
    /// Packets sent to it.
    pub sent: u32,
    /// Packets from an address that is not its own.
    pub wrong_source: u32,
    /// Packets that did not reach it, as it said by RTCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_lost: Option<u32>,
    /// Interarrival jitter of what it got, in microseconds, as it said by RTCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_jitter_us: Option<u32>,
    /// Mean opinion score by the E-model, in hundredths.
    pub mos_hundredths: Option<u16>,
    /// It was sent to, and nothing came.
    pub one_way: bool,
    /// Packets came, but nothing was said in them.
    pub silent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_nothing_that_people_read_and_in_a_snapshot_it_is_whole() {
        let key =
            SrtpKey { algorithm: 1, key: b"a very secret ke".to_vec(), salt: b"and its salt..".to_vec() };
        let order = MediaOrder::Relay {
            parties: Box::new(
                [MediaParty {
                    codec: 4,
                    packet_ms: 20,
                    event_payload_type: None,
                    digits_in_band: false,
                    remote: None,
                    signals_from: IpAddr::from([10, 0, 0, 1]),
                    local: IpAddr::from([10, 0, 0, 254]),
                }; 2],
            ),
            keys: [Some(Box::new([key.clone(), key.clone()])), None],
        };
        let json = serde_json::to_string(&key).expect("it can be written");
        for readable in [format!("{order:?}"), format!("{order:#?}"), json] {
            for secret in ["secret", "salt..", "97, 32, 118", "115, 101, 99"] {
                assert!(!readable.contains(secret), "{readable}");
            }
        }
        let snapshot = postcard::to_allocvec(&key).expect("it can be written");
        assert_eq!(postcard::from_bytes::<SrtpKey>(&snapshot).expect("it can be read"), key);
    }
}
