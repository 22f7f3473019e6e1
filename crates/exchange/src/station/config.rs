//! The buttons of a phone, taken from the plan when it registers: what it was told stays true until it is
//! reset, whatever the plan says meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skinny::codes::ButtonType;

use super::softkey;
use crate::limit::BUTTONS_MAX;
use crate::plan::{Button, ButtonFeature, Device, DigitPath, Lines, RingRule, SoftkeyTemplate};
use crate::table::LineId;

/// What a phone is told about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Its lines; the first has instance 1.
    pub(crate) lines: Vec<LineButton>,
    /// Its speed dials; the first has instance 1.
    pub(crate) speed_dials: Vec<SpeedDial>,
    /// Its feature buttons; the first has the instance behind that of the last speed dial.
    pub(crate) features: Vec<FeatureButton>,
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
    /// How digits reach it during a call.
    pub(crate) digits: DigitPath,
    /// Whether a call to a busy line of it rings on the next one.
    pub(crate) rollover: bool,
    /// How calls to its lines ring, by directory number, where they don't simply ring.
    pub(crate) rings: BTreeMap<String, RingRule>,
    /// Whether it sends copies of what is said and heard, where that is set.
    pub(crate) built_in_bridge: Option<bool>,
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
    /// What it does beside.
    pub(crate) kind: Dial,
}

/// What a speed dial does beside dialling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dial {
    /// Nothing.
    Plain,
    /// It shows what is going on there, and may take what rings there.
    Lamp {
        /// Whether it takes what rings.
        pickup: bool,
        /// The line.
        line: LineId,
    },
    /// The phone there answers by itself.
    Intercom {
        /// Whether both are heard at once.
        two_way: bool,
    },
}

/// A feature button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeatureButton {
    /// What it does.
    pub(crate) feature: ButtonFeature,
    /// What stands beside the button.
    pub(crate) label: String,
}

/// The button that a feature is on the wire. A night service has none of its own there.
pub(crate) fn kind_of(feature: &ButtonFeature) -> ButtonType {
    match feature {
        ButtonFeature::HuntLog => ButtonType::H_LOG,
        ButtonFeature::NightService(_) => ButtonType::FEATURE,
        ButtonFeature::DoNotDisturb => ButtonType::DO_NOT_DISTURB,
        ButtonFeature::ForwardAll => ButtonType::FORWARD_ALL,
        ButtonFeature::CallBack => ButtonType::CALL_BACK,
        ButtonFeature::PickUp => ButtonType::CALL_PICKUP,
        ButtonFeature::GroupPickUp => ButtonType::GROUP_CALL_PICKUP,
        ButtonFeature::Park => ButtonType::CALL_PARK,
        ButtonFeature::Transfer => ButtonType::TRANSFER,
        ButtonFeature::Hold => ButtonType::HOLD,
        ButtonFeature::Redial => ButtonType::LAST_NUMBER_REDIAL,
        ButtonFeature::Conference => ButtonType::CONFERENCE,
        ButtonFeature::MeetMe => ButtonType::MEET_ME_CONFERENCE,
        ButtonFeature::ConferenceList => ButtonType::CONF_LIST,
        ButtonFeature::RemoveLast => ButtonType::REMOVE_LAST_PARTICIPANT,
        ButtonFeature::Privacy => ButtonType::FEATURE,
    }
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
            digits: device.digits,
            rollover: device.rollover,
            rings: device.rings.clone(),
            built_in_bridge: device.built_in_bridge,
            lines_max,
            ..Config::default()
        };
        for button in device.buttons.iter().take(BUTTONS_MAX) {
            config.add(button, lines);
        }
        config.number_features();
        config
    }

    /// Feature buttons are counted on from the speed dials, so that a request for the status of a button can mean
    /// one only.
    fn number_features(&mut self) {
        let (first, mut place) = (self.speed_dials.len() as u8, 0);
        for (kind, instance) in &mut self.buttons {
            let of_next = self.features.get(place).map(|button| kind_of(&button.feature).0 as u8);
            if of_next == Some(*kind) && *instance == 0 {
                place += 1;
                *instance = first + place as u8;
            }
        }
    }

    fn add(&mut self, button: &Button, lines: &mut Lines) {
        let (kind, instance) = match button {
            Button::Line { .. } if self.lines.len() >= self.lines_max => (ButtonType::UNDEFINED, 0),
            Button::Line { number, label } => {
                self.lines.push(LineButton { line: lines.intern(number), label: label.clone() });
                (ButtonType::LINE, self.lines.len())
            }
            Button::SpeedDial { number, label } => self.dial(number, label, Dial::Plain),
            Button::BusyLamp { number, label, pickup } => {
                let kind = Dial::Lamp { pickup: *pickup, line: lines.intern(number) };
                self.dial(number, label, kind)
            }
            Button::Intercom { number, label, two_way } => {
                self.dial(number, label, Dial::Intercom { two_way: *two_way })
            }
            Button::Feature { feature, label } => {
                self.features.push(FeatureButton { feature: feature.clone(), label: label.clone() });
                (kind_of(feature), 0)
            }
            Button::Unused => (ButtonType::UNDEFINED, 0),
        };
        self.buttons.push((kind.0 as u8, instance as u8));
    }

    fn dial(&mut self, number: &str, label: &str, kind: Dial) -> (ButtonType, usize) {
        self.speed_dials.push(SpeedDial { number: number.to_owned(), label: label.to_owned(), kind });
        let button = match kind {
            Dial::Lamp { .. } => ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL,
            Dial::Plain | Dial::Intercom { .. } => ButtonType::SPEED_DIAL,
        };
        (button, self.speed_dials.len())
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
        let mut own_features = self.features.iter();
        let mut same_dial = |number: &str, label: &str, same: &dyn Fn(Dial) -> bool| {
            own_dials.next().is_some_and(|own| own.label == label && own.number == number && same(own.kind))
        };
        let mut same = |button: &Button, kind: ButtonType| match button {
            Button::Line { .. } if !has_room() => kind == ButtonType::UNDEFINED,
            Button::Line { number, label } => own_lines.next().is_some_and(|own| {
                kind == ButtonType::LINE
                    && own.label == *label
                    && lines.get(own.line).is_some_and(|line| line.number == *number)
            }),
            Button::SpeedDial { number, label } => same_dial(number, label, &|own| own == Dial::Plain),
            Button::BusyLamp { number, label, pickup: wanted } => {
                same_dial(number, label, &|own| matches!(own, Dial::Lamp { pickup, .. } if pickup == *wanted))
            }
            Button::Intercom { number, label, two_way } => {
                same_dial(number, label, &|own| own == Dial::Intercom { two_way: *two_way })
            }
            Button::Feature { feature, label } => {
                own_features.next().is_some_and(|own| own.feature == *feature && own.label == *label)
            }
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
            && self.digits == device.digits
            && self.rollover == device.rollover
            && self.rings == device.rings
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

    /// The feature button with an instance.
    pub(crate) fn feature(&self, instance: u32) -> Option<&FeatureButton> {
        let place = usize::try_from(instance).ok()?.checked_sub(self.speed_dials.len() + 1)?;
        self.features.get(place)
    }

    /// Feature buttons with their instances.
    pub(crate) fn features(&self) -> impl Iterator<Item = (u32, &FeatureButton)> {
        (self.speed_dials.len() as u32 + 1..).zip(&self.features)
    }

    /// Busy lamps: instance of the button, and line.
    pub(crate) fn lamps(&self) -> impl Iterator<Item = (u32, LineId)> {
        (1..).zip(&self.speed_dials).filter_map(|(instance, dial)| match dial.kind {
            Dial::Lamp { line, .. } => Some((instance, line)),
            _ => None,
        })
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
