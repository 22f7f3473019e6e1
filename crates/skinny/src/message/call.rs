//! The call as the phone shows it: state, parties, tones, history.
use crate::codes as c;
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::types::{CallReference, FixedText, LineInstance, Number};
use crate::view::{Sink, Value};
use crate::wire::{Field, Reader, Writer};

record! {
    /// MLPP precedence.
    Precedence {
        precedence_level: c::CallPrecedence,
        precedence_domain: u32,
    }
}

strings! {
    /// The texts of CallInfoV2, in wire order. Versions before 16 send twelve, without the alternate
    /// calling party and the hunt pilot (chan-sccp; tshark reads thirteen below 17). Fifteen in the
    /// capture at version 20.
    CallInfoTexts in CallInfoStrings {
        calling_party 25,
        alternate_calling_party 25 since 16,
        called_party 25,
        original_called_party 25,
        last_redirecting_party 25,
        cgpn_voice_mailbox 25,
        cdpn_voice_mailbox 25,
        original_cdpn_voice_mailbox 25,
        last_redirecting_voice_mailbox 25,
        calling_party_name 121,
        called_party_name 121,
        original_called_party_name 121,
        last_redirecting_party_name 121,
        hunt_pilot_number 25 since 16,
        hunt_pilot_name 121 since 16,
    }
}

message! {
    /// Play a tone. Four bytes on CallManager 2.x.
    [Capture "body lengths seen: 4 (CM2), 16 (CM4, v20)"]
    StartTone {
        tone: c::DeviceTone,
        tone_output_direction: c::ToneOutputDirection,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Stop the tone. Empty on CallManager 2.x, eight bytes on 4.x.
    [Capture "body lengths seen: 0 (CM2), 8 (CM4), 12 (v20)"]
    StopTone {
        line_instance: LineInstance,
        call_reference: CallReference,
        tone: c::DeviceTone [since 11],
    }
}

message! {
    /// Who calls whom, in fixed buffers. CallManager 2.x sends the first four texts only and does not
    /// clear its buffers.
    [Capture "body lengths seen: 128 (CM2)"]
    CallInfo<'a> {
        calling_party_name: FixedText<'a, 40>,
        calling_party: FixedText<'a, 24>,
        called_party_name: FixedText<'a, 40>,
        called_party: FixedText<'a, 24>,
        line_instance: LineInstance,
        call_reference: CallReference,
        call_type: c::CallType,
        original_called_party_name: FixedText<'a, 40>,
        original_called_party: FixedText<'a, 24>,
        last_redirecting_party_name: FixedText<'a, 40>,
        last_redirecting_party: FixedText<'a, 24>,
        original_cdpn_redirect_reason: u32,
        last_redirecting_reason: u32,
        cgpn_voice_mailbox: FixedText<'a, 24>,
        cdpn_voice_mailbox: FixedText<'a, 24>,
        original_cdpn_voice_mailbox: FixedText<'a, 24>,
        last_redirecting_voice_mailbox: FixedText<'a, 24>,
        call_instance: u32,
        call_security_status: c::CallSecurityStatusType,
        party_pi_restriction_bits: c::RestrictInformation,
    }
}

message! {
    /// State of a call. CUCM always sends precedence 4, domain 0.
    [Capture "body lengths seen: 24"]
    CallState {
        call_state: c::DCallState,
        line_instance: LineInstance,
        call_reference: CallReference,
        privacy: c::CallPrivacy,
        precedence: Precedence,
    }
}

message! {
    /// The number that was dialled, for the phone's history.
    [Capture "36-byte body of nDPI frame 11 at version 20: number of 25 bytes, line and reference unaligned behind it"]
    DialedNumber<'a> {
        dialed_number: Number<'a>,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Whether a call is selected.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CallSelectStatRes {
        call_select_stat: u32,
        call_reference: CallReference,
        line_instance: LineInstance,
    }
}

message! {
    /// Who calls whom, as a list of texts.
    [Capture "120-byte body of nDPI frames 9 to 49 at version 20"]
    CallInfoV2<'a> {
        line_instance: LineInstance,
        call_reference: CallReference,
        call_type: c::CallType,
        original_cdpn_redirect_reason: c::CallReason,
        last_redirecting_reason: c::CallReason,
        /// lowest free number from 1 on, per line
        call_instance: u32,
        call_security_status: c::CallSecurityStatusType,
        party_pi_restriction_bits: c::RestrictInformation,
        strings: CallInfoStrings<'a>,
    }
}

message! {
    /// Which history list a call goes to.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CallHistoryInfo {
        call_history_disposition: c::CallHistoryDisposition,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Recording began or ended.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    RecordingStatus {
        call_reference: CallReference,
        recording_status: c::RecordingStatus,
    }
}
