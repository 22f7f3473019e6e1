//! The buttons of a phone, taken from the plan when it registers: what it was told stays true until it is
//! reset, whatever the plan says meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skinny::codes::ButtonType;

use super::softkey;
use crate::limit::BUTTONS_MAX;
use crate::plan::{Button, Device, Lines, SoftkeyTemplate};
use crate::table::LineId;

/// What a phone is told about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Its lines; the first has instance 1.
    pub(crate) lines: Vec<LineButton>,
    /// Its speed dials; the first has instance 1.
    pub(crate) speed_dials: Vec<SpeedDial>,
    /// Its buttons from the top, as type and instance.
    pub(crate) buttons: Vec<(u8, u8)>,
    /// Highest protocol version to negotiate.
    pub(crate) protocol_max: Option<u8>,
    /// Lines that the model can show: a 7912 reboots on a call to its second one. Further ones are left out.
    pub(crate) lines_max: usize,
    /// Its softkeys in each set, where a template chooses them.
    pub(crate) softkeys: Option<Vec<Vec<u8>>>,
    /// Whether it has numbers that are dialled by an index.
    pub(crate) abbreviates: bool,
    /// How it shows the date, where it is not as the site's.
    pub(crate) date_template: Option<String>,
    /// Whether it waits in the lobby.
    pub(crate) lobby: bool,
    /// Seconds between its keepalives, where the site's do not suit it.
    pub(crate) keepalive_secs: Option<u32>,
    /// Whether it gets dynamic messages, where that is set.
    pub(crate) dynamic_messages: Option<bool>,
    /// Codecs that it may use; none: all.
    pub(crate) codecs: Vec<u32>,
}

/// A line on a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineButton {
    /// The directory number.
    pub(crate) line: LineId,
    /// What stands beside the button.
    pub(crate) label: String,
}

/// A speed dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpeedDial {
    /// The number.
    pub(crate) number: String,
    /// What stands beside the button.
    pub(crate) label: String,
}

impl Config {
    /// What the plan says about a device whose model shows so many lines.
    pub(crate) fn of(
        device: &Device,
        lines_max: usize,
        templates: &BTreeMap<String, SoftkeyTemplate>,
        lines: &mut Lines,
    ) -> Self {
        let mut config = Config {
            protocol_max: device.protocol_max,
            lobby: device.lobby,
            softkeys: templates.get(&device.softkey_template).map(softkey::arranged),
            abbreviates: !device.abbreviated.is_empty(),
            date_template: device.date_template.clone(),
            keepalive_secs: device.keepalive_secs,
            dynamic_messages: device.dynamic_messages,
            codecs: device.codecs.clone(),
            lines_max,
            ..Config::default()
        };
        for button in device.buttons.iter().take(BUTTONS_MAX) {
            config.add(button, lines);
        }
        config
    }

    fn add(&mut self, button: &Button, lines: &mut Lines) {
        let (kind, instance) = match button {
            Button::Line { .. } if self.lines.len() >= self.lines_max => (ButtonType::UNDEFINED, 0),
            Button::Line { number, label } => {
                self.lines.push(LineButton { line: lines.intern(number), label: label.clone() });
                (ButtonType::LINE, self.lines.len())
            }
            Button::SpeedDial { number, label } => {
                self.speed_dials.push(SpeedDial { number: number.clone(), label: label.clone() });
                (ButtonType::SPEED_DIAL, self.speed_dials.len())
            }
            Button::Unused => (ButtonType::UNDEFINED, 0),
        };
        self.buttons.push((kind.0 as u8, instance as u8));
    }

    /// Whether this is still what the plan says about a device.
    pub(crate) fn shows(
        &self,
        device: &Device,
        templates: &BTreeMap<String, SoftkeyTemplate>,
        lines: &Lines,
    ) -> bool {
        let mut lines_left = self.lines_max;
        let mut has_room = || {
            let had = lines_left > 0;
            lines_left = lines_left.saturating_sub(1);
            had
        };
        let (mut own_lines, mut own_dials) = (self.lines.iter(), self.speed_dials.iter());
        let mut same = |button: &Button, kind: ButtonType| match button {
            Button::Line { .. } if !has_room() => kind == ButtonType::UNDEFINED,
            Button::Line { number, label } => own_lines.next().is_some_and(|own| {
                kind == ButtonType::LINE
                    && own.label == *label
                    && lines.get(own.line).is_some_and(|line| line.number == *number)
            }),
            Button::SpeedDial { number, label } => own_dials.next().is_some_and(|own| {
                kind == ButtonType::SPEED_DIAL && own.label == *label && own.number == *number
            }),
            Button::Unused => kind == ButtonType::UNDEFINED,
        };
        let planned = &device.buttons[..device.buttons.len().min(BUTTONS_MAX)];
        self.protocol_max == device.protocol_max
            && self.lobby == device.lobby
            && self.softkeys == templates.get(&device.softkey_template).map(softkey::arranged)
            && self.abbreviates != device.abbreviated.is_empty()
            && self.date_template == device.date_template
            && self.keepalive_secs == device.keepalive_secs
            && self.dynamic_messages == device.dynamic_messages
            && self.codecs == device.codecs
            && self.buttons.len() == planned.len()
            && self
                .buttons
                .iter()
                .zip(planned)
                .all(|((kind, _), button)| same(button, ButtonType((*kind).into())))
    }

    /// The line with an instance.
    pub(crate) fn line(&self, instance: u32) -> Option<&LineButton> {
        self.lines.get(usize::try_from(instance).ok()?.checked_sub(1)?)
    }

    /// The speed dial with an instance.
    pub(crate) fn speed_dial(&self, instance: u32) -> Option<&SpeedDial> {
        self.speed_dials.get(usize::try_from(instance).ok()?.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_the_model_lacks_are_left_out_and_no_difference() {
        let line = |number: &str| Button::Line { number: number.into(), label: number.into() };
        let device = Device { buttons: vec![line("1"), line("2"), Button::Unused], ..Device::default() };
        let mut lines = Lines::default();
        let one = Config::of(&device, 1, &BTreeMap::new(), &mut lines);
        assert_eq!((one.lines.len(), one.buttons.len()), (1, 3));
        assert_eq!(one.buttons[1], (ButtonType::UNDEFINED.0 as u8, 0));
        assert!(one.shows(&device, &BTreeMap::new(), &lines));
        let two = Config::of(&device, 2, &BTreeMap::new(), &mut lines);
        assert_eq!(two.lines.len(), 2);
        assert!(two.shows(&device, &BTreeMap::new(), &lines));
        let other = Device { buttons: vec![line("1"), line("3"), Button::Unused], ..Device::default() };
        assert!(one.shows(&other, &BTreeMap::new(), &lines) && !two.shows(&other, &BTreeMap::new(), &lines));
    }
}
