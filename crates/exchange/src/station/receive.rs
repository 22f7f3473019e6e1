//! What a registered phone says, one line per message.

use skinny::message::{self as m, Message};

use super::answers;
use crate::Exchange;
use crate::call::{Cause, EndedBy};
use crate::input::SessionId;
use crate::output::{CloseReason, Severity};
use crate::table::StationId;

impl Exchange {
    /// A registered phone says something.
    pub(crate) fn registered_says(&mut self, session: SessionId, id: StationId, message: &Message<'_>) {
        match message {
            Message::KeypadButton(_)
            | Message::EnblocCall(_)
            | Message::Stimulus(_)
            | Message::OffHook(_)
            | Message::OffHookWithCallingPartyNumber(_)
            | Message::OnHook(_)
            | Message::SoftKeyEvent(_) => self.key(id, message),
            Message::OpenReceiveChannelAck(ack) => self.receive_acknowledged(id, ack),
            Message::StartMediaTransmissionAck(ack) => self.transmission_acknowledged(id, ack),
            Message::MediaTransmissionFailure(failure) => self.transmission_failed(id, failure),
            Message::MulticastMediaReceptionAck(ack) => self.group_acknowledged(id, ack),
            Message::NotifyDtmfTone(heard) => self.digit_notified(id, heard),
            Message::ConnectionStatisticsRes(counters) => self.statistics_came(id, counters),
            Message::KeepAliveReq(_) => {
                self.answer_request(id, |phone, _| phone.send_plain(&m::KeepAliveAck {}))
            }
            Message::DeviceToUserData(_) | Message::DeviceToUserDataVersion1(_) => self.app_says(id, message),
            _ => self.registration_says(session, id, message),
        }
    }

    /// The rest: what belongs to a registration, and what is information only.
    fn registration_says(&mut self, session: SessionId, id: StationId, message: &Message<'_>) {
        match message {
            Message::CapabilitiesRes(_)
            | Message::UpdateCapabilities(_)
            | Message::UpdateCapabilitiesV2(_)
            | Message::UpdateCapabilitiesV3(_) => self.capabilities(id, message),
            Message::TimeDateReq(_) => {
                self.tell_time(id);
                self.greet(id);
            }
            Message::SoftKeySetReq(_) => {
                self.settle_keys(id);
                self.answer_request(id, answers::softkey_sets);
                self.show_idle(id);
            }
            // The last step of an SPA phone; others send it or not, or twice (quirk 37).
            Message::RegisterAvailableLines(_) => self.spcp_ready(id),
            Message::IpPort(port) => self.announced_port(id, port.rtp_media_port.0),
            Message::RegisterReq(register) => self.register(session, register),
            Message::RegisterTokenReq(token) => self.token(session, token.sid.device_name.text()),
            Message::SPCPRegisterTokenReq(token) => self.spcp_token(session, token.sid.device_name.text()),
            Message::UnregisterReq(_) => self.unregister(session, id),
            Message::Alarm(alarm) => self.alarm(session, alarm),
            Message::XMLAlarm(alarm) => self.xml_alarm(session, alarm.alarm_info.text()),
            Message::Raw(raw) => {
                let text = format!("message {:#06x} of {} bytes is not known", raw.id, raw.body.len());
                self.note_about(session, Severity::Debug, text);
            }
            Message::MediaResourceNotification(_)
            | Message::CreateConferenceRes(_)
            | Message::ModifyConferenceRes(_)
            | Message::ClearConference(_)
            | Message::AddParticipantRes(_)
            | Message::AuditConferenceRes(_)
            | Message::AuditParticipantRes(_) => self.resource_says(id, message),
            Message::FeatureStatReq(req) => self.button_asked(id, req.feature_index),
            _ => self.status_request(id, message),
        }
    }

    /// Requests about buttons, lines and the server. What is no request is information that nothing here
    /// needs (MediaPathEvent, HeadsetStatus, LocationInfo, …).
    fn status_request(&mut self, id: StationId, message: &Message<'_>) {
        self.answer_request(id, |phone, asked| match message {
            Message::ButtonTemplateReq(_) => answers::button_template(phone, asked),
            Message::SoftKeyTemplateReq(_) => answers::softkey_template(phone, asked),
            Message::ConfigStatReq(_) => answers::config_stat(phone, asked),
            Message::LineStatReq(req) => answers::line_stat(phone, asked, req.line_number),
            Message::ForwardStatReq(req) => answers::forward_stat(phone, asked, req.line_number),
            Message::SpeedDialStatReq(req) => answers::speed_dial_stat(phone, asked, req.speed_dial_number),
            Message::ServiceURLStatReq(req) => answers::service_url_stat(phone, asked, req.service_url_index),
            Message::VersionReq(_) => answers::version(phone, asked),
            Message::ServerReq(_) => answers::servers(phone, asked),
            Message::CallCountReq(_) => answers::call_counts(phone, asked),
            Message::SubscriptionStatReq(req) => answers::subscription(phone, req),
            _ => {}
        });
    }

    fn spcp_ready(&mut self, id: StationId) {
        if self.state.stations.get(id).is_some_and(|station| station.profile.is_spcp()) {
            self.greet(id);
        }
    }

    fn announced_port(&mut self, id: StationId, port: u32) {
        if let Some(station) = self.state.stations.get_mut(id) {
            station.rtp_port = u16::try_from(port & 0xffff).ok().filter(|port| *port != 0);
        }
    }

    /// A phone leaves. It does so only when idle, so it is always let go (real-phones.md 11).
    fn unregister(&mut self, session: SessionId, id: StationId) {
        self.end_legs_of(id, Cause::NORMAL, EndedBy::Leg);
        self.answer_request(id, |phone, _| phone.send_plain(&m::UnregisterAck::default()));
        self.close_session(session, CloseReason::Unregistered);
    }
}
