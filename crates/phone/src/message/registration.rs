//! Registration: refused, kept alive, asked for codecs, reset, told the time.

use skinny::codes::MediaPayloadType;
use skinny::message::capability::Capability;
use skinny::message::structs::CapabilityParameters;
use skinny::message::{CapabilitiesRes, Message, TimeDateRes, UpdateCapabilities};
use skinny::table::Table;
use skinny::types::Count;

use crate::output::Change;
use crate::phone::Phone;
use crate::profile::{CapabilitiesForm, Request};
use crate::screen::{Clock, Registration};

/// Codecs that a capabilities message holds.
const CODECS_MAX: usize = 18;

impl Phone {
    pub(super) fn registration_message(&mut self, message: &Message<'_>) {
        match message {
            Message::RegisterReject(reject) if self.link.state == Registration::Registering => {
                let text = self.text(reject.text.text());
                self.rejected(text);
            }
            Message::KeepAliveAck(_) => self.keepalive_answered(),
            Message::UnregisterAck(ack) => self.unregister_answered(ack.status),
            Message::RegisterTokenAck(_) if self.link.state == Registration::Token => self.register(),
            Message::RegisterTokenReject(reject) => self.token_refused(reject.wait_time_before_next_req),
            Message::Reset(reset) => self.link.pending_reset = Some(reset.reset_type),
            Message::CapabilitiesReq(_) => self.tell_capabilities(),
            Message::VersionRes(_) => self.answered(Request::Version),
            Message::CallCountResp(_) => self.answered(Request::CallCount),
            Message::TimeDateRes(time) => self.told_the_time(time),
            _ => {}
        }
    }

    fn tell_capabilities(&mut self) {
        let mut codecs = [Capability::default(); CODECS_MAX];
        let own = self.config.profile.codecs;
        for (place, &(codec, packet_ms)) in codecs.iter_mut().zip(own) {
            let dynamic_payload =
                if codec == MediaPayloadType::RFC2833_DYN_PAYLOAD { RFC2833_PAYLOAD } else { 0 };
            *place = Capability {
                payload_capability: codec,
                max_frames_per_packet: packet_ms,
                payloads: CapabilityParameters([0, dynamic_payload, 0, 0, 0, 0, 0, 0]),
            };
        }
        let codecs = &codecs[..own.len().min(CODECS_MAX)];
        let count = Count(codecs.len() as u32);
        match self.config.profile.capabilities_form {
            CapabilitiesForm::Short => {
                self.send(&CapabilitiesRes { cap_count: count, caps: Table::of(codecs) });
            }
            CapabilitiesForm::Update => self.send(&UpdateCapabilities {
                audio_cap_count: count,
                audiocaps: Table::of(codecs),
                ..UpdateCapabilities::default()
            }),
        }
        self.answered(Request::Capabilities);
    }

    fn told_the_time(&mut self, message: &TimeDateRes) {
        let time = &message.time_data_info;
        let clock = Clock {
            year: time.w_year.min(9999) as u16,
            month: time.w_month.clamp(1, 12) as u8,
            day: time.w_day.clamp(1, 31) as u8,
            hour: time.w_hour.min(23) as u8,
            minute: time.w_minute.min(59) as u8,
            second: time.w_second.min(59) as u8,
            weekday: (time.w_day_of_week % 7) as u8,
            unix_secs: message.system_time,
            told_at: self.now,
        };
        self.face.clock = Some(clock);
        self.changed(Change::Clock);
        self.answered(Request::Time);
    }
}

/// The payload number that Cisco phones use for telephone events.
pub const RFC2833_PAYLOAD: u8 = 101;
