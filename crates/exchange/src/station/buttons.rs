//! Buttons that show something: features and busy lamps. What they show is worked out, never kept: the phone
//! is told the difference to what it was told before.
//!
//! Newer phones have a button of their own for a busy lamp and are told its state with FeatureStat; at older
//! ones it is a speed dial whose lamp is set.

use serde::{Deserialize, Serialize};
use skinny::codes::{ButtonType, DeviceStimulus, LampMode};
use skinny::message as m;

use super::answers::{self, ButtonShown};
use super::config::kind_of;
use super::{Dial, Phone};
use crate::Exchange;
use crate::feature::Presence;
use crate::table::StationId;

/// How a button is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Light {
    /// As the line that a busy lamp stands for.
    Line(Presence),
    /// A feature that is on, or not.
    Feature(bool),
}

impl Light {
    /// As FeatureStat has it: a busy lamp has the numbers of chan-sccp (enums.json, BLFStatus).
    fn status(self) -> u32 {
        match self {
            Light::Line(Presence::Unregistered) => 0,
            Light::Line(Presence::Idle) => 1,
            Light::Line(Presence::InUse) => 2,
            Light::Line(Presence::Quiet) => 3,
            Light::Line(Presence::Rings) => 4,
            Light::Feature(is_on) => u32::from(is_on),
        }
    }

    fn lamp(self) -> LampMode {
        match self {
            Light::Line(Presence::Unregistered | Presence::Idle) | Light::Feature(false) => LampMode::OFF,
            Light::Line(Presence::InUse) | Light::Feature(true) => LampMode::ON,
            Light::Line(Presence::Quiet) => LampMode::WINK,
            Light::Line(Presence::Rings) => LampMode::BLINK,
        }
    }
}

impl Exchange {
    /// How a button should be lit: the one truth.
    pub(crate) fn light(&self, id: StationId, instance: u32) -> Option<Light> {
        let config = &self.state.stations.get(id)?.config;
        if let Some(dial) = config.speed_dial(instance) {
            let Dial::Lamp { line, .. } = dial.kind else { return None };
            return Some(Light::Line(self.presence_of(line)));
        }
        let button = config.feature(instance)?;
        Some(Light::Feature(self.feature_is_on(id, &button.feature)))
    }

    /// FeatureStatReq: of a busy lamp, or of a feature.
    pub(crate) fn button_asked(&mut self, id: StationId, index: u32) {
        match self.light(id, index) {
            Some(light) => self.show_light(id, index, light, true),
            None => self.answer_request(id, |phone, _| {
                let shown = ButtonShown { index, kind: ButtonType::UNUSED, label: "", status: 0 };
                answers::feature_stat(phone, &shown);
            }),
        }
    }

    /// All buttons of a phone that show something are as they should be.
    pub(crate) fn light_buttons(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let (lamps, features) = (station.config.lamps(), station.config.features());
        let instances: Vec<u32> =
            lamps.map(|(instance, _)| instance).chain(features.map(|(instance, _)| instance)).collect();
        for instance in instances {
            self.light_button(id, instance);
        }
    }

    /// One button is as it should be.
    pub(crate) fn light_button(&mut self, id: StationId, instance: u32) {
        let Some(light) = self.light(id, instance) else { return };
        let Some(station) = self.state.stations.get(id).filter(|station| station.greeted) else { return };
        if !station.lit.contains(&(instance, light)) {
            self.show_light(id, instance, light, false);
        }
    }

    fn show_light(&mut self, id: StationId, index: u32, light: Light, is_asked: bool) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.lit.retain(|(lit, _)| *lit != index);
        station.lit.push((index, light));
        let config = &station.config;
        let Some((kind, label)) = (match (config.speed_dial(index), config.feature(index)) {
            (Some(dial), _) => Some((ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL, dial.label.clone())),
            (None, Some(button)) => Some((kind_of(&button.feature), button.label.clone())),
            (None, None) => None,
        }) else {
            return;
        };
        self.answer_request(id, |phone, _| {
            if is_asked || phone.profile.shows_busy_lamps() {
                let shown = ButtonShown { index, kind, label: &label, status: light.status() };
                answers::feature_stat(phone, &shown);
            } else {
                lamp(phone, kind, index, light.lamp());
            }
        });
    }

    /// What of the buttons is not lit as it should be, for audits.
    pub(crate) fn audit_lights(&self, found: &mut Vec<String>) {
        for (id, station) in self.state.stations.iter().filter(|(_, station)| station.greeted) {
            let lamps = station.config.lamps().map(|(instance, _)| instance);
            for instance in lamps.chain(station.config.features().map(|(instance, _)| instance)) {
                let should = self.light(id, instance).map(|light| (instance, light));
                if should.is_some_and(|should| !station.lit.contains(&should)) {
                    found.push(format!("{}: lit {:?}, and should {should:?}", station.device, station.lit));
                }
            }
        }
    }
}

/// The lamp of a button.
fn lamp(phone: &mut Phone<'_>, kind: ButtonType, stimulus_instance: u32, lamp_mode: LampMode) {
    let stimulus = match kind {
        ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL => DeviceStimulus::SPEED_DIAL,
        kind => DeviceStimulus(kind.0),
    };
    phone.send(&m::SetLamp { stimulus, stimulus_instance, lamp_mode });
}
