//! What is remarkable about a call or a registration, in plain words.

use serde::{Deserialize, Serialize};

use super::MessageRef;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Likely to be felt.
    Warning,
    /// Something did not work.
    Fault,
}

impl Severity {
    /// One word.
    pub fn text(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// Declares the kinds of findings with the names they have in JSON and filters.
macro_rules! finding_kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident $name:literal $severity:ident; )+) => {
        /// What was found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FindingKind { $( $(#[doc = $doc])+ $kind, )+ }

        impl FindingKind {
            /// All of them.
            pub const ALL: &'static [FindingKind] = &[$( Self::$kind, )+];

            /// Its name in JSON, filters and expectations.
            pub fn name(self) -> &'static str {
                match self { $( Self::$kind => $name, )+ }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $( Self::$kind => Severity::$severity, )+ }
            }

            /// What it means.
            pub fn doc(self) -> &'static str {
                match self { $( Self::$kind => concat!($($doc),+), )+ }
            }
        }
    };
}

finding_kinds! {
    /// One side sends, the other does not.
    OneWayAudio "one-way-audio" Fault;
    /// Connected, and no audio either way.
    NoAudio "no-audio" Fault;
    /// Everything that one side sends is silence.
    Silence "silence" Warning;
    /// A phone was told to open a channel and never answered.
    NoChannelAck "no-channel-ack" Fault;
    /// A phone refused to receive or to send.
    MediaRefused "media-refused" Fault;
    /// A connected leg was never told where to send.
    NoStartMedia "no-start-media" Fault;
    /// The two sides were ordered different codecs or packet times.
    OrdersDiffer "orders-differ" Fault;
    /// RTP is of another codec than ordered.
    WrongCodec "wrong-codec" Fault;
    /// RTP has another packet time than ordered.
    WrongPacketTime "wrong-packet-time" Warning;
    /// RTP is marked otherwise than ordered, so that routers may not prefer it.
    WrongMark "wrong-dscp" Warning;
    /// Audio begins late.
    LateMedia "late-media" Warning;
    /// Packets were lost.
    Loss "loss" Warning;
    /// Many packets in a row were lost, though few of all.
    LossBurst "loss-burst" Warning;
    /// Packets come unevenly.
    Jitter "jitter" Warning;
    /// The sound is bad by MOS.
    LowMos "low-mos" Warning;
    /// Every packet is in the capture twice.
    MirrorCopies "mirror-copies" Note;
    /// The capture lacks packets.
    CaptureLoss "capture-loss" Note;
    /// A phone is told to send to an address that the other never named.
    RewrittenAddress "rewritten-address" Fault;
    /// A phone says another address of itself than its packets come from.
    AddressTranslation "address-translation" Warning;
    /// Media is directed at a private address from a public one.
    PrivateAddress "private-address" Warning;
    /// Two phones are given the same media address.
    SameAddress "same-address" Fault;
    /// An order stands in the wrong place, such as a start before its acknowledgement.
    OrderOfMedia "order-of-media" Warning;
    /// Busy, and what the phone was told.
    Busy "busy" Note;
    /// The number does not exist.
    InvalidNumber "invalid-number" Note;
    /// No way through.
    Congestion "congestion" Warning;
    /// It rang and nobody answered.
    NoAnswer "no-answer" Note;
    /// The caller gave up before anything rang.
    Abandoned "abandoned" Note;
    /// Setting up took long.
    SlowSetUp "slow-setup" Warning;
    /// Dial tone came late.
    SlowDialTone "slow-dial-tone" Warning;
    /// A soft key that the phone did not have at that moment.
    WrongSoftKey "wrong-soft-key" Warning;
    /// The call began before the capture.
    FromMiddle "from-middle" Note;
    /// Only one side's phone is in the capture.
    OneSide "one-side" Note;
    /// A leg never ended in the capture.
    StillOpen "still-open" Note;
    /// The phone left in the middle of the call.
    PhoneLost "phone-lost" Fault;
    /// The registration was refused.
    Rejected "rejected" Fault;
    /// A request to register got no answer.
    NoAnswerToRegister "no-answer-to-register" Fault;
    /// The phone registers again and again.
    RegistrationLoop "registration-loop" Fault;
    /// Keepalives were lost.
    KeepAliveLoss "keepalive-loss" Warning;
    /// The phone waits for an answer that never came.
    Unanswered "unanswered-request" Warning;
    /// The phone moved to another call manager.
    Failover "failover" Warning;
    /// The phone went back to its first call manager.
    Fallback "fallback" Note;
    /// Something between phone and call manager changes SCCP.
    Inspection "inspection" Warning;
    /// The phone sent an alarm.
    AlarmRaised "alarm" Note;
    /// The clock of the source stepped back.
    ClockStep "clock-step" Note;
    /// The clocks of two sources differ.
    ClockOffset "clock-offset" Note;
    /// More connections than one analysis takes.
    TooMany "too-many" Warning;
}

/// Something remarkable, with the messages that show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// In plain words, with what it likely comes from.
    pub text: Box<str>,
    /// The messages that show it.
    pub shown_by: Vec<MessageRef>,
}
