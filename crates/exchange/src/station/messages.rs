//! Messages that wait: the lamp of the phone and the icon of the line, on every phone that shows it. Both
//! forms are sent: instance 0 for the lamp, the line's for the icon (real-phones.md 17).

use skinny::codes::{DeviceStimulus, LampMode};
use skinny::message as m;

use crate::Exchange;
use crate::output::{Change, Output};
use crate::table::StationId;

/// What it is remembered under.
const KEY: &str = "messages/";

impl Exchange {
    /// So many new messages wait for a line.
    pub(crate) fn messages_wait(&mut self, number: &str, waiting: u32) -> Result<String, String> {
        if !self.set_messages(number, waiting) {
            return Err(format!("there is no line {number}"));
        }
        let value = (waiting > 0).then(|| waiting.to_string());
        self.out.push(Output::Remember { key: format!("{KEY}{number}"), value });
        self.event(Change::Messages { line: number.into(), waiting });
        Ok(format!("{waiting} messages wait for {number}"))
    }

    /// It was remembered before the start.
    pub(crate) fn recall_messages(&mut self, key: &str, value: &str) {
        if let (Some(number), Ok(waiting)) = (key.strip_prefix(KEY), value.parse()) {
            self.set_messages(number, waiting);
        }
    }

    fn set_messages(&mut self, number: &str, waiting: u32) -> bool {
        let Some(id) = self.state.lines.find(number) else { return false };
        let Some(line) = self.state.lines.get_mut(id) else { return false };
        line.messages = waiting;
        for (station, _) in line.shown_by.clone() {
            self.show_messages(station);
        }
        true
    }

    /// Lamp and icons of a phone, where there is one that is on or was.
    pub(crate) fn show_messages(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let waits = |button: &super::config::LineButton| {
            self.state.lines.get(button.line).is_some_and(|line| line.messages > 0)
        };
        let lines: Vec<bool> = station.config.lines.iter().map(waits).collect();
        let any = lines.contains(&true);
        let was = std::mem::replace(&mut station.message_lamp, any);
        if !any && !was {
            return;
        }
        let lamps = std::iter::once(any).chain(lines).zip(0..);
        let lamps: Vec<m::SetLamp> = lamps.map(|(on, instance)| lamp(instance, on)).collect();
        self.answer_request(id, |phone, _| lamps.iter().for_each(|lamp| phone.send(lamp)));
    }
}

fn lamp(stimulus_instance: u32, on: bool) -> m::SetLamp {
    let lamp_mode = if on { LampMode::ON } else { LampMode::OFF };
    m::SetLamp { stimulus: DeviceStimulus::VOICE_MAIL, stimulus_instance, lamp_mode }
}
