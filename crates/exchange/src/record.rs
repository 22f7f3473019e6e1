//! What is kept of calls and streams: one record each, written the moment it is complete.

use crate::call::Cause;

/// A record.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "records travel in a box")]
pub enum Record {
    /// A call began: lets a restart close it.
    CallOpened {
        /// Call number.
        call: u64,
        /// Milliseconds since the Unix epoch.
        start_ms: i64,
        /// Number of the caller.
        calling: String,
        /// Device of the caller.
        calling_device: String,
    },
    /// A call ended.
    Call(CallRecord),
    /// A phone reported the counters of a stream.
    Stream(StreamRecord),
    /// A party's audio passed through this server, and this was measured.
    Relay(RelayRecord),
    /// A recording ended, or one that was wanted could not be made.
    Recording(RecordingRecord),
}

/// A call from its first leg to its last.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct CallRecord {
    /// Call number.
    pub call: u64,
    /// Number and name of the caller.
    pub calling: String,
    /// Caller id name.
    pub calling_name: String,
    /// Device of the caller.
    pub calling_device: String,
    /// What was dialled.
    pub dialed: String,
    /// Who was reached.
    pub called: String,
    /// Device that answered.
    pub called_device: String,
    /// Milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// When it was answered.
    pub answer_ms: Option<i64>,
    /// When it ended.
    pub end_ms: i64,
    /// Why it ended.
    pub cause: Cause,
    /// Who ended it: `caller`, `callee`, `server`.
    pub ended_by: String,
    /// SCCP codec number of the audio.
    pub codec: Option<u32>,
    /// The regions whose policy chose it, and whether it could be kept; none: no region is involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec_by: Option<String>,
    /// Where the caller's phone received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calling_media: Option<std::net::SocketAddr>,
    /// Where the phone that answered received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_media: Option<std::net::SocketAddr>,
    /// Call references of both legs.
    pub references: Vec<u32>,
    /// The call in which a party of this one went on, after a transfer and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_as: Option<u64>,
    /// Why the audio passed through this server, where it did at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relayed: Option<String>,
    /// The device that mixed or transcoded it, where this server did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
    /// SCCP codec number of the other side's audio, where it was transcoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcoded: Option<u32>,
    /// SCCP's number of the algorithm by which the caller's audio was encrypted; none: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srtp: Option<u32>,
    /// Files that it was recorded to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<String>,
}

/// What was recorded of a call, for one of its parties.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct RecordingRecord {
    /// Number of the call in which it began.
    pub call: u64,
    /// The phone of the party who records.
    pub device: String,
    /// Its number.
    pub line: String,
    /// Name of the file; empty: nothing was recorded.
    pub file: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// How long it is.
    pub length_ms: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Who wanted it: `line` (the configuration), `user`, `operator`.
    pub by: String,
    /// How its sound came here: `relay`, `built-in bridge` (of the phone).
    pub through: String,
    /// Why there is nothing, or less than there was to record.
    pub cut: Option<String>,
}

/// What this server measured of a party's audio.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct RelayRecord {
    /// Call number.
    pub call: u64,
    /// The phone; empty for a trunk.
    pub device: String,
    /// Why it passed through this server.
    pub why: String,
    /// SCCP's number of the algorithm by which it was encrypted; none: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srtp: Option<u32>,
    /// What was measured.
    #[serde(flatten)]
    pub stream: crate::media::MediaStream,
}

/// What a phone counted of a call.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct StreamRecord {
    /// Call number.
    pub call: u64,
    /// The phone.
    pub device: String,
    /// Call reference of its leg.
    pub reference: u32,
    /// RTP packets sent.
    pub packets_sent: u32,
    /// Payload bytes sent.
    pub octets_sent: u32,
    /// RTP packets received.
    pub packets_received: u32,
    /// Payload bytes received.
    pub octets_received: u32,
    /// Packets that never came.
    pub packets_lost: u32,
    /// Jitter as the phone counts it (milliseconds on most).
    pub jitter: u32,
    /// Milliseconds.
    pub latency: u32,
    /// SCCP's number of the algorithm by which it was encrypted; none: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srtp: Option<u32>,
    /// Quality text such as `MLQK=4.5;…`, harmless to show.
    pub quality: String,
}
