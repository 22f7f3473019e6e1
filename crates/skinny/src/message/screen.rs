//! What the user sees and hears at the phone: lamps, ringer, softkeys, prompts.
use crate::codes as c;
use crate::types::{CallReference, FixedText, LineInstance, NulText};

message! {
    /// Ring, or stop ringing. Four bytes on CallManager 2.x.
    [Capture "body lengths seen: 4 (CM2), 16"]
    SetRinger {
        ring_mode: c::RingMode,
        ring_duration: c::RingDuration,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Set a lamp.
    [Capture "body lengths seen: 12"]
    SetLamp {
        stimulus: c::DeviceStimulus,
        /// line or button the lamp belongs to
        stimulus_instance: u32,
        lamp_mode: c::LampMode,
    }
}

message! {
    /// Detect hook flash.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SetHookFlashDetect {}
}

message! {
    /// Speaker on or off; sent for handset answers too, which ignore it.
    [Capture "body lengths seen: 4"]
    SetSpeakerMode {
        speaker_mode: c::SpeakerMode,
    }
}

message! {
    /// Microphone on or off.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SetMicroMode {
        mic_mode: c::MicrophoneMode,
    }
}

message! {
    /// Text on the display of old phones.
    [Capture "body lengths seen: 36 (CM2)"]
    DisplayText<'a> {
        text: FixedText<'a, 32>,
    }
}

message! {
    /// Clear the display of old phones. A 7975 closes the connection on it.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ClearDisplay {}
}

message! {
    /// Show this softkey set, less the keys whose bit is missing.
    [Capture "body lengths seen: 16"]
    SelectSoftKeys {
        line_instance: LineInstance,
        call_reference: CallReference,
        soft_key_set_index: c::SoftKeySet,
        /// bit n set = n-th key of the set enabled; CUCM sends 32-bit 0xffffffff minus hidden keys
        valid_key_mask: c::SoftKeyMask,
    }
}

message! {
    /// Text in the prompt line of a call; 0 seconds: until replaced.
    [Capture "body lengths seen: 44"]
    DisplayPromptStatus<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        prompt_status: FixedText<'a, 32>,
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Clear the prompt line of a call.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ClearPromptStatus {
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Notification over the whole display.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DisplayNotify<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        notify: FixedText<'a, 32>,
    }
}

message! {
    /// Clear the notification.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ClearNotify {}
}

message! {
    /// Bring a line to the front.
    [Capture "body lengths seen: 4"]
    ActivateCallPlane {
        line_instance: LineInstance,
    }
}

message! {
    /// Bring no line to the front.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeactivateCallPlane {}
}

message! {
    /// The last digit was taken back.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    BackSpaceRes {
        line_instance: LineInstance,
        call_reference: CallReference,
    }
}

message! {
    /// Notification with a priority: shown until one of a higher priority.
    [Capture "body lengths seen: 40"]
    DisplayPriNotify<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        priority: u32,
        notify: FixedText<'a, 32>,
    }
}

message! {
    /// Clear the notification of a priority.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ClearPriNotify {
        priority: u32,
    }
}

message! {
    /// Dynamic form of DisplayNotify.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DisplayNotifyV2<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        notify: NulText<'a, 97>,
    }
}

message! {
    /// Dynamic form of DisplayPriNotify.
    [Capture "body lengths seen: 16 (v20)"]
    DisplayPriNotifyV2<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        priority: u32,
        notify: NulText<'a, 97>,
    }
}

message! {
    /// Dynamic form of DisplayPromptStatus.
    [Capture "body lengths seen: 16,20 (v20)"]
    DisplayPromptStatusV2<'a> {
        /// seconds it stays; 0: until replaced
        time_out_value: u32,
        line_instance: LineInstance,
        call_reference: CallReference,
        prompt_status: NulText<'a, 97>,
    }
}
