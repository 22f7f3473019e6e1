//! What is secret in frames: SRTP keys, digits pressed during a call (PINs of mailboxes, codes of banks), and those
//! that the exchange takes as a PIN.
//! Digits that are dialled stay: the records have them too.

use skinny::codes::{DCallState, DeviceTone};
use skinny::frame::Frame;
use skinny::message::{self as m, Message, Numbered};
use skinny::packet::{Packet, view};
use skinny::view::{Sink, Value};

use crate::tap::Direction;

/// What stands in place of a digit: no key of the pad has it.
const MASKED: u8 = 0xff;
/// Messages that have room for keys, at any version.
const KEYED: [u32; 4] = [
    m::StartMediaTransmission::ID,
    m::OpenReceiveChannel::ID,
    m::StartMultiMediaTransmission::ID,
    m::OpenMultiMediaReceiveChannel::ID,
];
/// Messages that can carry a digit.
const DIALLED: [u32; 5] =
    [m::KeypadButton::ID, m::EnblocCall::ID, m::StartTone::ID, m::NotifyDtmfTone::ID, m::SendDtmfTone::ID];

/// Follows one session.
#[derive(Debug, Default)]
pub(super) struct Masker {
    offered: u8,
    negotiated: u8,
    /// References of calls in which somebody talks.
    talking: Vec<u32>,
}

/// Calls that are followed at once.
const TALKING_MAX: usize = 16;

impl Masker {
    /// The protocol version in use.
    pub(super) fn version(&self) -> u8 {
        self.negotiated
    }

    /// Learns from a frame.
    pub(super) fn follow(&mut self, frame: Frame<'_>, direction: Direction) {
        if !matches!(frame.header.id, m::RegisterReq::ID | m::RegisterAck::ID | m::CallState::ID) {
            return;
        }
        match (direction, Packet::decode(frame, self.negotiated).message) {
            (Direction::FromPhone, Message::RegisterReq(request)) => self.offered = request.protocol_ver,
            (Direction::ToPhone, Message::RegisterAck(answer)) => {
                self.negotiated =
                    answer.max_protocol_ver.min(self.offered.max(1)).min(skinny::catalogue::VERSION_MAX);
            }
            (Direction::ToPhone, Message::CallState(state)) => {
                let reference = state.call_reference.0;
                self.talking.retain(|talking| *talking != reference);
                if state.call_state == DCallState::CONNECTED && self.talking.len() < TALKING_MAX {
                    self.talking.push(reference);
                }
            }
            _ => {}
        }
    }

    /// Makes secrets of a frame unreadable; `body` is a copy of its body. `is_pin`: its digits are a PIN's, though
    /// nobody talks yet.
    pub(super) fn mask(&self, frame: Frame<'_>, is_pin: bool, body: &mut [u8]) {
        if KEYED.contains(&frame.header.id) {
            let mut keys = Keys::default();
            view(frame, self.negotiated, &mut keys);
            for (at, len) in keys.0 {
                if let Some(bytes) = body.get_mut(at..at + len) {
                    bytes.fill(0);
                }
            }
        }
        if !DIALLED.contains(&frame.header.id) {
            return;
        }
        let digits = match Packet::decode(frame, self.negotiated).message {
            // Some phones put the button in place of the line.
            Message::KeypadButton(button) if is_pin || self.talks(button.call_reference.0) => 8,
            Message::EnblocCall(_) if is_pin => body.len(),
            Message::StartTone(tone) if is_dtmf(tone.tone) => 4,
            Message::NotifyDtmfTone(_) | Message::SendDtmfTone(_) => 4,
            _ => 0,
        };
        let digits = digits.min(body.len());
        body[..digits].fill(0);
        if let Some(first) = body.first_mut().filter(|_| digits > 0) {
            *first = MASKED;
        }
    }

    /// Whether somebody talks in this call; 0 is any.
    fn talks(&self, reference: u32) -> bool {
        self.talking.contains(&reference) || reference == 0 && !self.talking.is_empty()
    }
}

/// Tones that are digits, `*` and `#` among them.
fn is_dtmf(tone: DeviceTone) -> bool {
    (DeviceTone::DTMF1.0..=DeviceTone::DTMF_D.0).contains(&tone.0)
}

/// Finds where keys stand.
#[derive(Default)]
struct Keys(Vec<(usize, usize)>);

impl Sink for Keys {
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, _value: Value<'_>) {
        if matches!(name, "key" | "salt") {
            self.0.push((at, len));
        }
    }

    fn begin(&mut self, _name: &'static str) {}

    fn begin_table(&mut self, _name: &'static str) {}

    fn begin_entry(&mut self, _index: usize) {}

    fn end(&mut self) {}
}

#[cfg(test)]
mod tests {
    use skinny::catalogue::{CATALOGUE, VERSION_MAX};
    use skinny::frame::Header;

    use super::*;

    #[test]
    fn no_message_with_room_for_keys_is_left_out() {
        let body = [0; 8192];
        for id in CATALOGUE.iter().map(|entry| entry.id) {
            for version in 0..=VERSION_MAX {
                let mut keys = Keys::default();
                let header = Header { length: body.len() as u32 + 4, version: u32::from(version), id };
                view(Frame { header, body: &body }, version, &mut keys);
                assert!(keys.0.is_empty() || KEYED.contains(&id), "{id:#06x} at version {version}");
            }
        }
    }
}
