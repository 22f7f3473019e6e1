//! What the phone does with a message of the server: one file per conversation, as in `skinny::message`.

mod call;
mod media;
mod registration;
mod screen;
mod service;
mod statistics;
mod template;

use skinny::frame::Frame;
use skinny::message::{Message, Raw};
use skinny::packet::Packet;

use crate::phone::Phone;
use crate::screen::Offence;
use crate::text;

impl Phone {
    pub(crate) fn frame(&mut self, frame: Frame<'_>) {
        self.counts.received += 1;
        let packet = Packet::decode(frame, self.link.version);
        if self.config.profile.chokes_on.contains(&frame.header.id) {
            self.offended(Offence::UnknownMessage(frame.header.id));
        }
        if packet.is_short() && is_text(&packet.message) && self.config.profile.chokes_on_short_texts {
            self.offended(Offence::ShortBody(frame.header.id));
        }
        if self.link.is_open {
            self.message(&packet);
        }
    }

    fn message(&mut self, packet: &Packet<'_>) {
        use Message as M;
        match &packet.message {
            M::RegisterAck(ack) => self.accepted(ack, packet.is_short()),
            M::RegisterReject(_)
            | M::KeepAliveAck(_)
            | M::UnregisterAck(_)
            | M::RegisterTokenAck(_)
            | M::RegisterTokenReject(_)
            | M::Reset(_)
            | M::CapabilitiesReq(_)
            | M::VersionRes(_)
            | M::CallCountResp(_)
            | M::TimeDateRes(_) => self.registration_message(&packet.message),
            M::ButtonTemplateRes(_)
            | M::SoftKeyTemplateRes(_)
            | M::SoftKeySetRes(_)
            | M::ConfigStatRes(_)
            | M::ConfigStatV2Res(_)
            | M::LineStatRes(_)
            | M::LineStatV2Res(_)
            | M::ForwardStatRes(_)
            | M::SpeedDialStatRes(_)
            | M::SpeedDialStatV2Res(_)
            | M::FeatureStatRes(_)
            | M::FeatureStatV2Res(_)
            | M::ServiceURLStatRes(_)
            | M::ServiceURLStatV2Res(_) => self.template_message(&packet.message),
            M::CallState(_)
            | M::CallInfo(_)
            | M::CallInfoV2(_)
            | M::DialedNumber(_)
            | M::StartTone(_)
            | M::StopTone(_)
            | M::CallHistoryInfo(_) => self.call_message(&packet.message),
            M::OpenReceiveChannel(_)
            | M::CloseReceiveChannel(_)
            | M::StartMediaTransmission(_)
            | M::EarlyStartMediaTransmission(_)
            | M::StopMediaTransmission(_)
            | M::StartMediaReception(_)
            | M::StopMediaReception(_)
            | M::StartMulticastMediaReception(_)
            | M::StopMulticastMediaReception(_)
            | M::StartMulticastMediaTransmission(_)
            | M::StopMulticastMediaTransmission(_)
            | M::SubscribeDtmfPayloadReq(_)
            | M::UnSubscribeDtmfPayloadReq(_) => self.media_message(&packet.message),
            M::ConnectionStatisticsReq(request) => self.statistics_wanted(request),
            M::UserToDeviceData(_) | M::UserToDeviceDataVersion1(_) => self.service_message(&packet.message),
            M::Raw(Raw { id, .. }) => self.unknown(*id),
            other => self.screen_message(other),
        }
    }

    fn unknown(&mut self, id: u32) {
        self.counts.unknown += 1;
        self.offended(Offence::UnknownMessage(id));
    }

    /// Text of the server as the screen shows it.
    pub(crate) fn text(&self, bytes: &[u8]) -> Box<str> {
        text::expand(bytes, text::charset(self.config.profile.utf8))
    }
}

/// Messages whose texts must be whole.
fn is_text(message: &Message<'_>) -> bool {
    matches!(
        message,
        Message::DisplayPromptStatus(_)
            | Message::DisplayPromptStatusV2(_)
            | Message::DisplayNotify(_)
            | Message::DisplayNotifyV2(_)
            | Message::DisplayPriNotify(_)
            | Message::DisplayPriNotifyV2(_)
    )
}
