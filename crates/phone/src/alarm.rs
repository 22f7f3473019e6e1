//! What the phone says of itself: why it was away, what it waits for.

use skinny::codes::{AlarmReason, DeviceAlarmSeverity};
use skinny::message::{Alarm, XMLAlarm};
use skinny::types::{FixedText, NulText};

use crate::phone::Phone;
use crate::profile::{AlarmForm, Profile, Request};

impl Phone {
    /// Why it was away, before it registers.
    pub(crate) fn send_alarm(&mut self) {
        let profile = self.config.profile;
        let reason = self.link.left_because;
        let last = last_words(reason);
        let name = self.config.name.clone();
        match profile.alarm {
            AlarmForm::None => {}
            AlarmForm::Text => {
                let text = format!("{}: Name={name} Load={} Last={last}", reason.0, profile.load);
                self.send_basic(&Alarm {
                    alarm_severity: DeviceAlarmSeverity::INFORMATIONAL,
                    text: FixedText::new(text.as_bytes()),
                    parm1: 0,
                    parm2: self.alarm_address(),
                });
            }
            AlarmForm::Xml => {
                let xml = xml_alarm(&name, profile, reason, last);
                self.send_basic(&XMLAlarm { alarm_info: NulText::new(xml.as_bytes()) });
            }
        }
    }

    fn alarm_address(&self) -> u32 {
        u32::from_le_bytes(self.addresses().0.0.octets())
    }

    /// As a 7960 does after a FeatureStatReq that nobody answers.
    pub(crate) fn complain(&mut self, request: Request) {
        if self.config.profile.alarm != AlarmForm::Text || request == Request::Capabilities {
            return;
        }
        let server = self.link.remote.map_or_else(String::new, |remote| remote.ip().to_string());
        let reason = AlarmReason::WAITING_FOR_A_STATE_ANSWER_FROM_SERVER;
        let text = format!("{}: Waiting for {} From {server}", reason.0, request.words());
        self.send_basic(&Alarm {
            alarm_severity: DeviceAlarmSeverity::MAJOR,
            text: FixedText::new(text.as_bytes()),
            parm1: 0,
            parm2: self.alarm_address(),
        });
    }
}

/// How Cisco's loads name why they left service.
fn last_words(reason: AlarmReason) -> &'static str {
    match reason {
        AlarmReason::TCP_CONNECT_TO_SERVER_TIMED_OUT => "TCP-timeout",
        AlarmReason::SERVER_RESET_TCP => "CM-reset-TCP",
        AlarmReason::SERVER_CLOSED_TCP => "CM-closed-TCP",
        AlarmReason::KEEPALIVE_TIMEOUT => "KeepaliveTO",
        AlarmReason::SERVER_SENT_RESET => "Reset-Reset",
        AlarmReason::SERVER_SENT_RESTART => "Reset-Restart",
        AlarmReason::REGISTRATION_REJECTED => "Phone-Reg-Rej",
        AlarmReason::PHONE_ABORTED_TCP => "Phone-aborted-TCP",
        AlarmReason::INVALID_SCCP_MESSAGE_RECEIVED => "Invalid-SCCP-message",
        AlarmReason::WAITING_FOR_RESPONSE_FROM_SERVER => "Waiting-for-response",
        _ => "Initialized",
    }
}

/// The alarm of newer loads, as far as their documents show it.
fn xml_alarm(name: &str, profile: &Profile, reason: AlarmReason, last: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<x-cisco-alarm>\n<Alarm Name=\"LastOutOfServiceInformation\">\n\
         <ParameterList>\n<String name=\"DeviceName\">{name}</String>\n\
         <String name=\"LoadID\">{load}</String>\n<Enum name=\"ReasonForOutOfService\">{number}</Enum>\n\
         <String name=\"LastProtocolEventReceived\">{last}</String>\n\
         </ParameterList>\n</Alarm>\n</x-cisco-alarm>\n",
        load = profile.load,
        number = reason.0,
    )
}
