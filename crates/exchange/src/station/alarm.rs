//! Alarms: why a phone last left service. They need no registration and get no answer.

use skinny::message as m;

use crate::Exchange;
use crate::input::SessionId;
use crate::outbox::harmless;
use crate::output::Severity;

/// Numbers that begin the text of an alarm of a phone which started anew, so that it has no call any more:
/// load and file errors, reset from the keypad or for its addresses, the server's Reset and Restart, and a
/// normal boot. What is missing here (TCP lost, keepalive, failed back) leaves a call alive.
const REBOOTED: &[u32] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 25];
/// The same in words, of loads that send no number (7925: `Last=…`) or XML.
const REBOOTED_WORDS: &[&str] = &["Initialized", "Initialised", "Reset-", "Power", "Phone-Keypad", "Restart"];

/// Whether an alarm says that the phone started anew.
fn shows_reboot(text: &str) -> bool {
    let number = text.split(':').next().and_then(|number| number.trim().parse::<u32>().ok());
    let last = text.split("Last=").nth(1).unwrap_or("");
    match number {
        Some(number) => REBOOTED.contains(&number),
        None => REBOOTED_WORDS.iter().any(|word| last.contains(word)),
    }
}

/// The same of an alarm in XML, by its reason for leaving service.
fn xml_shows_reboot(xml: &str) -> bool {
    let reason = xml.split("ReasonForOutOfService").nth(1).unwrap_or("");
    let digits: String =
        reason.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).take(4).collect();
    digits.parse::<u32>().is_ok_and(|number| REBOOTED.contains(&number))
}

impl Exchange {
    /// A phone reports why it last left service.
    pub(crate) fn alarm(&mut self, id: SessionId, alarm: &m::Alarm<'_>) {
        let text = harmless(alarm.text.text());
        self.remember_reboot(id, shows_reboot(&text));
        self.note_about(id, Severity::Info, format!("alarm {}: {text}", alarm.alarm_severity));
    }

    /// The same of newer loads.
    pub(crate) fn xml_alarm(&mut self, id: SessionId, xml: &[u8]) {
        self.remember_reboot(id, xml_shows_reboot(&String::from_utf8_lossy(xml)));
        self.note_about(id, Severity::Info, format!("alarm: {}", harmless(xml)));
    }

    fn remember_reboot(&mut self, id: SessionId, rebooted: bool) {
        if let Some(session) = self.state.sessions.get_mut(&id) {
            session.rebooted |= rebooted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reboots_are_told_from_lost_connections() {
        assert!(shows_reboot("25: Name=SEP001122334455 Load=8.5 Last=Initialized"));
        assert!(shows_reboot("22: Name=SEP001122334455 Load=8.5 Last=Reset-Reset"));
        assert!(shows_reboot("Name=SEP001122334455 Load=CP7925G-1.4.8 Last=Reset-Restart"));
        assert!(!shows_reboot("14: Name=SEP001122334455 Load=8.5 Last=CM-closed-TCP"));
        assert!(!shows_reboot("Name=SEP001122334455 Load=CP7925G-1.4.8 Last=TCP-timeout"));
        assert!(!shows_reboot(""));
        assert!(xml_shows_reboot("<Enum name=\"ReasonForOutOfService\">25</Enum>"));
        assert!(!xml_shows_reboot("<Enum name=\"ReasonForOutOfService\">10</Enum>"));
    }
}
