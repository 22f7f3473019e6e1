//! What the phone is told about itself: buttons, lines, forwards, softkeys.
use super::structs::DeviceIdentifier;
use crate::codes as c;
use crate::table::Table;
use crate::types::{Byte, Count, FixedText, Half, LineInstance, NulText, Number};

record! {
    /// A page of the button template.
    ButtonTemplate<'a> {
        /// first button of this page, from 0
        button_offset: u32,
        /// buttons of this page
        button_count: Count [counts definition],
        /// buttons in all
        total_button_count: u32,
        definition: Table<'a, ButtonDefinition, 42> [of button_count],
    }
}

record! {
    /// A button.
    ButtonDefinition {
        /// counts per type: line 1, line 2, speed dial 1
        instance_number: u8,
        button_definition: Byte<c::ButtonType>,
    }
    unused ButtonDefinition { instance_number: 0, button_definition: Byte(c::ButtonType::UNDEFINED) };
}

record! {
    /// A page of the softkey template.
    SoftKeyTemplate<'a> {
        /// first softkey of this page, from 0
        soft_key_offset: u32,
        /// softkeys of this page
        soft_key_count: Count [counts definition],
        /// softkeys in all
        total_soft_key_count: u32,
        definition: Table<'a, SoftKeyDefinition<'a>, 32> [of soft_key_count],
    }
}

record! {
    /// A softkey.
    SoftKeyDefinition<'a> {
        /// a label code, or text
        soft_key_label: FixedText<'a, 16>,
        /// event it sends
        soft_key_event: c::SoftKeyEvent,
    }
}

record! {
    /// A page of the softkey sets.
    SoftKeySets<'a> {
        /// first set of this page, from 0
        soft_key_set_offset: u32,
        /// sets of this page
        soft_key_set_count: Count [counts definition],
        /// sets in all
        total_soft_key_set_count: u32,
        definition: Table<'a, SoftKeySetDefinition<'a>, 16> [of soft_key_set_count],
    }
}

record! {
    /// A softkey set: up to 16 keys.
    SoftKeySetDefinition<'a> {
        /// 1-based place in the template; 0: no key
        soft_key_template_index: Table<'a, Byte<c::SoftKeyTemplateIndex>, 16>,
        /// 300 + softkey event
        soft_key_info_index: Table<'a, Half<c::SoftKeyInfoIndex>, 16>,
    }
}

message! {
    /// Asks for the forwards of a line.
    [Capture "body lengths seen: 4"]
    ForwardStatReq {
        line_number: LineInstance,
    }
}

message! {
    /// Asks what a speed dial button dials.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SpeedDialStatReq {
        speed_dial_number: u32,
    }
}

message! {
    /// Asks for number and label of a line.
    [Capture "body lengths seen: 4"]
    LineStatReq {
        line_number: LineInstance,
    }
}

message! {
    /// Asks how many lines and speed dials there are.
    [Capture "body lengths seen: 0"]
    ConfigStatReq {}
}

message! {
    /// Asks what the buttons are. Some phones append the number of buttons.
    [Capture "body lengths seen: 0, 4"]
    ButtonTemplateReq {
        total_button_count: u32,
    }
}

message! {
    /// Asks which softkeys belong to which state.
    [Capture "body lengths seen: 0"]
    SoftKeySetReq {}
}

message! {
    /// Asks for the softkey labels.
    [Capture "body lengths seen: 0"]
    SoftKeyTemplateReq {}
}

message! {
    /// Asks for a service button.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ServiceURLStatReq {
        service_url_index: u32,
    }
}

message! {
    /// Asks for the state of a feature button.
    [Capture "body lengths seen: 4 (7960 v11), 8 (7965 v22)"]
    FeatureStatReq {
        feature_index: u32,
        feature_capabilities: u32,
    }
}

message! {
    /// The forwards of a line. From version 18 on three 25-byte numbers make all later words unaligned.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ForwardStatRes<'a> {
        active_forward: u32,
        line_number: LineInstance,
        forward_all_active: u32,
        forward_all_dirnum: Number<'a>,
        forward_busy_active: u32,
        forward_busy_dirnum: Number<'a>,
        forward_no_answer_active: u32,
        forward_no_answerl_dirnum: Number<'a>,
    }
}

message! {
    /// What a speed dial button dials.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SpeedDialStatRes<'a> {
        speed_dial_number: u32,
        speed_dial_dir_number: FixedText<'a, 24>,
        speed_dial_display_name: FixedText<'a, 40>,
    }
}

message! {
    /// Number, name and label of a line. 28, 68, 108 or 112 bytes, by the age of the call manager.
    [Capture "body lengths seen: 28 (CM2), 68 (CM3.1), 108 (CM3.3)"]
    LineStatRes<'a> {
        line_number: LineInstance,
        line_dir_number: FixedText<'a, 24>,
        line_fully_qualified_display_name: FixedText<'a, 40>,
        line_text_label: FixedText<'a, 40>,
        line_display_options: u32,
    }
}

message! {
    /// How many lines and speed dials there are, and for whom.
    [Capture "body lengths seen: 112 (CM2/3.x)"]
    ConfigStatRes<'a> {
        sid: DeviceIdentifier<'a>,
        user_name: FixedText<'a, 40>,
        server_name: FixedText<'a, 40>,
        number_of_lines: u32,
        number_of_speed_dials: u32,
    }
}

message! {
    /// What the buttons are. Always 42 places; an unused one is instance 0, type 0xff.
    [Capture "body lengths seen: 96"]
    ButtonTemplateRes<'a> {
        button_template: ButtonTemplate<'a>,
    }
}

message! {
    /// The softkey labels with the events they send. Always 32 places; a label is a label code or text.
    [Capture "body lengths seen: 652"]
    SoftKeyTemplateRes<'a> {
        soft_key_template: SoftKeyTemplate<'a>,
    }
}

message! {
    /// Which softkeys belong to which state, as 1-based places in the template. Always 16 sets.
    [Capture "body lengths seen: 780"]
    SoftKeySetRes<'a> {
        soft_key_sets: SoftKeySets<'a>,
    }
}

message! {
    /// State of a feature button.
    [Capture "body lengths seen: 52"]
    FeatureStatRes<'a> {
        feature_index: u32,
        feature_id: c::ButtonType,
        feature_text_label: FixedText<'a, 40>,
        /// 0 or 1, or four bytes for a busy lamp
        feature_status: u32,
    }
}

message! {
    /// Address and label of a service button.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ServiceURLStatRes<'a> {
        service_url_index: u32,
        service_url: FixedText<'a, 256>,
        service_url_display_name: FixedText<'a, 40>,
    }
}

message! {
    /// Dynamic form of ConfigStatRes. Sources disagree on the order of fields and nobody is known to send
    /// it.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    ConfigStatV2Res<'a> {
        sid: DeviceIdentifier<'a>,
        number_of_lines: u32,
        number_of_speed_dials: u32,
        user_name: NulText<'a, 121>,
        server_name: NulText<'a, 121>,
    }
}

message! {
    /// Dynamic form of FeatureStatRes. `feature_status` of a busy lamp is four bytes: rhythm, colour,
    /// icon, on or off.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    FeatureStatV2Res<'a> {
        feature_index: u32,
        feature_id: c::ButtonType,
        /// 0 or 1, or four bytes for a busy lamp
        feature_status: u32,
        feature_text_label: NulText<'a, 121>,
    }
}

message! {
    /// Dynamic form of LineStatRes. A 7961 showed no line when the body was not padded to a multiple of
    /// four.
    [Capture "body lengths seen: 24 (v22 sample)"]
    LineStatV2Res<'a> {
        line_number: LineInstance,
        line_type: c::LineTypes,
        line_dir_number: NulText<'a, 25>,
        line_fully_qualified_display_name: NulText<'a, 40>,
        line_text_label: NulText<'a, 40>,
    }
}

message! {
    /// Dynamic form of ServiceURLStatRes.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    ServiceURLStatV2Res<'a> {
        service_url_index: u32,
        service_url: NulText<'a, 256>,
        service_url_display_name: NulText<'a, 121>,
    }
}

message! {
    /// Dynamic form of SpeedDialStatRes.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SpeedDialStatV2Res<'a> {
        speed_dial_number: u32,
        speed_dial_dir_number: NulText<'a, 24>,
        speed_dial_display_name: NulText<'a, 40>,
    }
}
