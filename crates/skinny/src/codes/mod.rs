//! Every enumeration of the protocol, as open newtypes: a value that nobody has named survives and is
//! shown as hex.
//!
//! Names and numbers are those of tshark 4.0.17 unless the enumeration's own text says otherwise.

mod call;
mod conference;
mod device;
mod key;
mod media;
mod qos;
mod service;
mod video;

pub use call::*;
pub use conference::*;
pub use device::*;
pub use key::*;
pub use media::*;
pub use qos::*;
pub use service::*;
pub use video::*;

use crate::json::nearest;

/// What the modules of this folder need for their declarations.
mod prelude {
    pub(super) use super::{Bits, Coded, Codes, Flags};
    pub(super) use crate::json::{FromJson, JsonError};
    pub(super) use crate::reference::Layout;
    pub(super) use crate::table::Entry;
    pub(super) use crate::view::{Sink, Value};
    pub(super) use crate::wire::{Field, FixedSize, Reader, Writer};
}

/// The values of an enumeration.
#[derive(Debug, PartialEq, Eq)]
pub struct Codes {
    /// Name of the enumeration.
    pub name: &'static str,
    /// What it is about.
    pub doc: &'static str,
    /// Values in ascending order, with their names.
    pub values: &'static [(u32, &'static str)],
}

impl Codes {
    /// The name of a value, when it is known.
    pub fn name(&self, value: u32) -> Option<&'static str> {
        let index = self.values.binary_search_by_key(&value, |(value, _)| *value).ok()?;
        Some(self.values[index].1)
    }

    /// The value with a name; letter case and blanks do not matter.
    pub fn by_name(&self, wanted: &str) -> Option<u32> {
        let folded = fold(wanted);
        self.values.iter().find(|(_, name)| fold(name) == folded).map(|(value, _)| *value)
    }

    /// The nearest valid name, as the end of a sentence.
    pub fn hint(&self, wanted: &str) -> String {
        let near = nearest(wanted, self.values.iter().map(|(_, name)| *name));
        near.map_or_else(String::new, |name| format!(" (the nearest is {name})"))
    }
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The flags of a set.
#[derive(Debug, PartialEq, Eq)]
pub struct Bits(pub Codes);

impl Bits {
    /// Writes the names of the flags that are set, unknown ones as hex; all of it as hex when the names
    /// would be a long list.
    pub fn write(&self, f: &mut std::fmt::Formatter<'_>, value: u32) -> std::fmt::Result {
        const NAMED_MAX: u32 = 6;
        if value.count_ones() > NAMED_MAX {
            return write!(f, "{value:#x}");
        }
        let mut rest = value;
        let mut separator = "";
        for (flag, name) in self.0.values.iter().filter(|(flag, _)| value & flag != 0) {
            write!(f, "{separator}{name}")?;
            rest &= !flag;
            separator = "|";
        }
        if rest != 0 || value == 0 { write!(f, "{separator}{rest:#x}") } else { Ok(()) }
    }
}

/// An enumeration's type.
pub trait Coded: Copy + Default {
    /// Its values.
    const CODES: &'static Codes;
    /// The value as a type.
    fn from_code(code: u32) -> Self;
    /// The number on the wire.
    fn code(self) -> u32;
}

/// A set of flags' type.
pub trait Flags: Copy + Default {
    /// Its flags.
    const BITS: &'static Bits;
    /// The value as a type.
    fn from_flags(flags: u32) -> Self;
    /// The number on the wire.
    fn flags(self) -> u32;
}

/// Every enumeration and set of flags, for the reference.
pub const ALL: &[&Codes] = &[
    StatsProcessingType::CODES,
    DeviceTone::CODES,
    ToneOutputDirection::CODES,
    RingMode::CODES,
    RingDuration::CODES,
    CallType::CODES,
    CallSecurityStatusType::CODES,
    DCallState::CODES,
    CallPrivacy::CODES,
    CallHistoryDisposition::CODES,
    RecordingStatus::CODES,
    ForwardStatActive::CODES,
    CallReason::CODES,
    CallPrecedence::CODES,
    &RestrictInformation::BITS.0,
    &LineTypes::BITS.0,
    CreateConfResult::CODES,
    DeleteConfResult::CODES,
    ModifyConfResult::CODES,
    AddParticipantResult::CODES,
    ResourceType::CODES,
    AuditParticipantResult::CODES,
    EndOfAnnAck::CODES,
    AnnPlayMode::CODES,
    PlayAnnStatus::CODES,
    DeviceType::CODES,
    DeviceAlarmSeverity::CODES,
    UnRegReasonCode::CODES,
    DeviceResetType::CODES,
    DeviceUnregisterStatus::CODES,
    AlarmReason::CODES,
    HeaderVersion::CODES,
    &PhoneFeatures::BITS.0,
    KeypadKey::CODES,
    DeviceStimulus::CODES,
    SoftKeySet::CODES,
    SoftKeyEvent::CODES,
    HeadsetMode::CODES,
    MediaPathId::CODES,
    MediaPathEvent::CODES,
    MediaPathCapabilities::CODES,
    LampMode::CODES,
    SpeakerMode::CODES,
    MicrophoneMode::CODES,
    ButtonType::CODES,
    SoftKeyTemplateIndex::CODES,
    SoftKeyInfoIndex::CODES,
    &SoftKeyMask::BITS.0,
    MediaPayloadType::CODES,
    G723BitRate::CODES,
    MulticastMediaReceptionStatus::CODES,
    MediaStatus::CODES,
    IpAddrType::CODES,
    TransmitOrReceive::CODES,
    MediaEncryptionCapability::CODES,
    IpAddrMode::CODES,
    MediaType::CODES,
    SilenceSuppression::CODES,
    MediaEncryptionAlgorithmType::CODES,
    PortHandling::CODES,
    SessionType::CODES,
    EchoCancellation::CODES,
    MediaTransportType::CODES,
    RsvpDirection::CODES,
    QosErrorCode::CODES,
    RsvpErrorCode::CODES,
    ResvStyle::CODES,
    SequenceFlag::CODES,
    SubscriptionFeatureId::CODES,
    SubscribeCause::CODES,
    MwiNotificationResult::CODES,
    ApplicationId::CODES,
    BlfStatus::CODES,
    VideoLayout::CODES,
    OpenReceiveChanStatus::CODES,
    MiscCommandType::CODES,
    VideoFormat::CODES,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_ascend_and_names_are_unique() {
        for codes in ALL {
            assert!(codes.values.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", codes.name);
            for (value, name) in codes.values {
                assert_eq!(codes.by_name(name), Some(*value), "{}: {name}", codes.name);
            }
        }
    }

    #[test]
    fn unknown_values_survive_and_print_as_hex() {
        assert_eq!(DeviceTone(0x7b7b).to_string(), "0x7b7b");
        assert_eq!(DeviceTone::INSIDE_DIAL_TONE.to_string(), "InsideDialTone");
        assert_eq!(DCallState::CODES.by_name("ring in"), Some(4));
    }
}
