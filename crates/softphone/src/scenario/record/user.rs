//! What a user did to make a phone send a message.

use skinny::codes::{DeviceStimulus, DeviceType, KeypadKey};
use skinny::message::Message;

/// What a user did to make a phone send this; nothing where the phone did it by itself.
pub(super) fn command(message: &Message<'_>) -> Option<String> {
    Some(match message {
        Message::OffHook(_) => "offhook".to_owned(),
        Message::OnHook(_) => "onhook".to_owned(),
        Message::KeypadButton(key) => format!("keys {}", key_of(key.kp_button)?),
        Message::SoftKeyEvent(pressed) => format!("press {}", pressed.soft_key_event.name()?),
        Message::EnblocCall(call) => format!("enbloc {}", String::from_utf8_lossy(call.called_party.text())),
        Message::Stimulus(pressed) => match (pressed.stimulus, pressed.line_instance.0) {
            (DeviceStimulus::LINE, number) => format!("line {number}"),
            (DeviceStimulus::SPEED_DIAL | DeviceStimulus::BLF_SPEED_DIAL, number) => {
                format!("speeddial {number}")
            }
            (DeviceStimulus::LAST_NUMBER_REDIAL, _) => "redial".to_owned(),
            (other, number) => format!("button {} {number}", other.name()?),
        },
        Message::UnregisterReq(_) => "unregister".to_owned(),
        _ => return None,
    })
}

fn key_of(key: KeypadKey) -> Option<char> {
    match key {
        KeypadKey::STAR => Some('*'),
        KeypadKey::POUND => Some('#'),
        KeypadKey(number) => char::from_digit(number, 10),
    }
}

/// Whether something of this type is no phone: it mixes, transcodes or plays for a server.
pub(super) fn is_resource(device_type: DeviceType) -> bool {
    matches!(device_type.0, 50..=53 | 70 | 80..=88 | 110..=113 | 600)
}
