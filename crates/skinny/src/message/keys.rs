//! What the user does: keys, hook, audio paths.
use crate::codes as c;
use crate::types::{CallReference, EnblocLine, LineInstance, Number};

message! {
    /// A key of the dial pad was pressed: a digit to dial, or DTMF while connected. Phones before version
    /// 15 put the button in place of the line.
    [Capture "body lengths seen: 4 (CM2 phone), 12"]
    KeypadButton {
        kp_button: c::KeypadKey,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// A whole number at once: on-hook dialling, the Dial softkey, a directory entry.
    [Capture "32-byte bodies of a 7970 (packed) and an 8945 (aligned) at version 22"]
    EnblocCall<'a> {
        called_party: Number<'a>,
        line_instance: EnblocLine,
    }
}

message! {
    /// A button beside the dial pad was pressed.
    [Capture "body lengths seen: 8 (CM2), 12 (7960 v11)"]
    Stimulus {
        stimulus: c::DeviceStimulus,
        line_instance: LineInstance,
        call_reference: CallReference,
        stimulus_status: u32,
    }
}

message! {
    /// The handset was lifted, or speaker or headset taken into use.
    [Capture "body lengths seen: 0 (CM2), 8 (7960 hdr v0, v20)"]
    OffHook {
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// The handset was put down. Empty on old phones; on some models the first word is a button index.
    [Capture "body lengths seen: 0, 8"]
    OnHook {
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// The hook was flashed, on phones without softkeys.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    HookFlash {
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Off hook with the number to call from (voice-mail ports, gateways).
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    OffHookWithCallingPartyNumber<'a> {
        calling_party_number: Number<'a>,
        cgpn_voice_mailbox: Number<'a>,
        line_instance: LineInstance,
    }
}

message! {
    /// A softkey was pressed. Line and call are zero when the key was pressed without a call.
    [Capture "body lengths seen: 12"]
    SoftKeyEvent {
        soft_key_event: c::SoftKeyEvent,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// The headset was switched on or off.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    HeadsetStatus {
        headset_status: c::HeadsetMode,
    }
}

message! {
    /// An audio path was taken into use or left. Information only: OffHook and OnHook decide.
    [Capture "body lengths seen: 8"]
    MediaPathEvent {
        media_path_id: c::MediaPathId,
        media_path_event: c::MediaPathEvent,
    }
}

message! {
    /// What an audio path can do.
    [Capture "body lengths seen: 8"]
    MediaPathCapability {
        media_path_id: c::MediaPathId,
        media_path_capabilities: c::MediaPathCapabilities,
    }
}
