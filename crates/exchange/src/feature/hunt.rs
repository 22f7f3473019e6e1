//! Hunt groups: the calls to one number are offered to the lines of its members, one after the other or all at
//! once, until somebody takes the call. Members who are in a call, are not to be disturbed, are away or have
//! logged out are passed over, and their own forwards don't count: it is the group that was called.
//!
//! A call that goes on to the next member is over at the one before as if somebody else had answered it: nobody
//! finds a missed call for each hop. Only who rings when the caller gives up has missed it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, LegState, Stage};
use crate::input::ForwardWhen;
use crate::limit::{HUNT_MEMBERS_MAX, TARGETS_MAX};
use crate::output::Output;
use crate::plan::{Algorithm, Button};
use crate::station::Station;
use crate::table::{CallId, LineId, StationId};

/// What a phone that is logged out is remembered under.
const KEY: &str = "hunt-out/";

/// Devices that are logged out of their hunt groups.
pub(crate) type LoggedOut = BTreeSet<String>;

/// A call that looks for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hunting {
    /// Who was called.
    pub(crate) group: LineId,
    /// Who is asked next, the last one first. What is asked at once stands together.
    left: Vec<Vec<LineId>>,
    /// Seconds that each is given.
    pub(crate) ring_secs: u32,
    /// Where the call goes then.
    at_end: Option<String>,
    /// Whether it rang anywhere.
    rang: bool,
}

impl Exchange {
    /// A hunt group is called.
    pub(crate) fn hunt(&mut self, id: CallId, group: LineId) {
        let plan = Arc::clone(&self.plan);
        let number = self.state.lines.get(group).map_or("", |line| &line.number);
        let Some(planned) = plan.hunt_groups.get(number) else {
            return self.fail_call(id, Cause::UNALLOCATED, EndedBy::Server);
        };
        let members = planned.members.iter().take(HUNT_MEMBERS_MAX);
        let members = members.filter_map(|member| self.state.lines.find(member)).collect();
        let mut left = self.in_order(group, members, planned.algorithm);
        left.reverse();
        let (ring_secs, at_end) = (planned.ring_secs, planned.at_end.clone());
        self.seek(id, Hunting { group, left, ring_secs, at_end, rang: false });
    }

    /// A call is offered to lines all at once, in the name of another one.
    pub(crate) fn ring_at(&mut self, id: CallId, called: LineId, lines: Vec<LineId>) {
        let ring_secs = self.plan.site.no_answer_secs;
        self.seek(id, Hunting { group: called, left: vec![lines], ring_secs, at_end: None, rang: false });
    }

    fn seek(&mut self, id: CallId, hunting: Hunting) {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        call.hunting = Some(Box::new(hunting));
        if !self.hunts_on(id) {
            let cause = self.why_nobody(id);
            self.caller_proceeds(id);
            self.fail_call(id, cause, EndedBy::Server);
        }
    }

    fn in_order(&self, group: LineId, mut members: Vec<LineId>, algorithm: Algorithm) -> Vec<Vec<LineId>> {
        match algorithm {
            Algorithm::TopDown => {}
            Algorithm::Circular => {
                let last = self.state.lines.get(group).and_then(|line| line.hunted);
                if let Some(place) = members.iter().position(|member| Some(*member) == last) {
                    members.rotate_left(place + 1);
                }
            }
            Algorithm::LongestIdle => {
                members.sort_by_key(|member| self.state.lines.get(*member).map(|line| line.idle_since));
            }
            Algorithm::Broadcast => return vec![members],
        }
        members.into_iter().map(|member| vec![member]).collect()
    }

    /// Nobody took the call where it rang, or it did not ring yet: it goes on to the next member, or to where it
    /// goes in the end. False when there is nothing of that; then it hunts no longer.
    pub(crate) fn hunts_on(&mut self, id: CallId) -> bool {
        loop {
            let Some(call) = self.state.calls.calls.get_mut(id) else { return false };
            let Some(hunting) = call.hunting.as_mut() else { return false };
            if matches!(call.stage, Stage::Connected { .. }) {
                call.hunting = None;
                return false;
            }
            let Some(next) = hunting.left.pop() else { return self.hunted_in_vain(id) };
            let targets = self.free_phones(id, &next);
            if !targets.is_empty() {
                self.ask(id, &targets);
                return true;
            }
        }
    }

    /// Phones of lines that can take a call for the group: line, phone, the line's place there.
    fn free_phones(&self, id: CallId, members: &[LineId]) -> Vec<(LineId, StationId, u32)> {
        let Some(caller) = self.state.calls.calls.get(id).map(|call| call.caller) else { return Vec::new() };
        let is_group = self.is_hunt_group(id);
        let mut found = Vec::new();
        for member in members {
            let Some(line) = self.state.lines.get(*member) else { continue };
            // What rings here for this very call ends before the next is asked.
            let is_used = |leg: &LegId| self.state.calls.legs.get(*leg).is_some_and(|leg| leg.call != id);
            if line.legs.iter().any(is_used) {
                continue;
            }
            let phones = line
                .shown_by
                .iter()
                .filter(|(station, instance)| self.may_hunt(caller, *station, *instance, is_group));
            found.extend(phones.map(|(station, instance)| (*member, *station, *instance)));
        }
        found.truncate(TARGETS_MAX);
        found
    }

    fn is_hunt_group(&self, id: CallId) -> bool {
        let hunting = self.state.calls.calls.get(id).and_then(|call| call.hunting.as_ref());
        let group = hunting.and_then(|hunting| self.state.lines.get(hunting.group));
        group.is_some_and(|group| group.hunts)
    }

    fn may_hunt(&self, caller: LegId, id: StationId, instance: u32, is_group: bool) -> bool {
        let Some(station) = self.state.stations.get(id) else { return false };
        station.is_idle()
            && self.quiet(id).is_none()
            && !(is_group && self.is_logged_out(station))
            && self.objection(caller, id, instance).is_none()
    }

    /// Some members ring; who rang before stops.
    fn ask(&mut self, id: CallId, targets: &[(LineId, StationId, u32)]) {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        let (number, before) = (call.number, std::mem::take(&mut call.callees));
        self.state.timers.cancel(call.timer.take());
        let Some(hunting) = call.hunting.as_mut() else { return };
        hunting.rang = true;
        let group = hunting.group;
        for leg in before {
            self.drop_leg(leg, number, Cause::ANSWERED_ELSEWHERE);
        }
        for (line, station, instance) in targets {
            self.add_target(id, *station, *line, *instance);
            if let Some(group) = self.state.lines.get_mut(group) {
                group.hunted = Some(*line);
            }
        }
        self.offered(id);
    }

    fn hunted_in_vain(&mut self, id: CallId) -> bool {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return false };
        let Some(hunting) = call.hunting.take() else { return false };
        let when = if hunting.rang { ForwardWhen::NoAnswer } else { ForwardWhen::Busy };
        match hunting.at_end {
            Some(to) => {
                self.send_on(id, hunting.group, when, &to, Cause::ANSWERED_ELSEWHERE);
                true
            }
            None => self.forwarded(id, hunting.group, when),
        }
    }

    /// Nobody could be asked: because somebody is busy, or because nobody is there.
    fn why_nobody(&self, id: CallId) -> Cause {
        let call = self.state.calls.calls.get(id);
        let number = call.map_or("", |call| self.state.called(call).number);
        let Some(group) = self.plan.hunt_groups.get(number) else { return Cause::OUT_OF_ORDER };
        let is_there = |member: &String| {
            let line = self.state.lines.find(member).and_then(|line| self.state.lines.get(line));
            line.is_some_and(|line| !line.shown_by.is_empty())
        };
        if group.members.iter().any(is_there) { Cause::BUSY } else { Cause::OUT_OF_ORDER }
    }

    /// Whether a phone has a line that is a member of a hunt group.
    pub(crate) fn is_hunted(&self, station: &Station) -> bool {
        let mut lines = station.config.lines.iter();
        lines.any(|button| self.state.lines.get(button.line).is_some_and(|line| line.in_hunt))
    }

    /// Whether a phone has left its hunt groups.
    pub(crate) fn is_logged_out(&self, station: &Station) -> bool {
        !self.state.logged_out.is_empty()
            && self.state.logged_out.contains(&station.device)
            && self.is_hunted(station)
    }

    /// The HLog key: out, and in again.
    pub(crate) fn hunt_log_key(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id).filter(|station| self.is_hunted(station)) else {
            return;
        };
        let is_out = self.is_logged_out(station);
        self.set_hunted(id, is_out);
    }

    /// The user of a phone comes back to its hunt groups, or leaves them: then it stops ringing for them.
    pub(crate) fn set_hunted(&mut self, id: StationId, is_in: bool) {
        let Some(station) = self.state.stations.get(id).filter(|station| self.is_hunted(station)) else {
            return;
        };
        let device = station.device.clone();
        self.keep_hunted(&device, is_in);
    }

    fn keep_hunted(&mut self, device: &str, is_in: bool) {
        if is_in {
            self.state.logged_out.remove(device);
        } else {
            self.state.logged_out.insert(device.to_owned());
        }
        let value = (!is_in).then(|| "out".to_owned());
        self.out.push(Output::Remember { key: format!("{KEY}{device}"), value });
        let Some(id) = self.state.devices.get(device).copied() else { return };
        self.show_hunted(id);
        if !is_in {
            for leg in self.hunts_at(id) {
                self.end_leg(leg, Cause::ANSWERED_ELSEWHERE, EndedBy::Leg);
            }
        }
    }

    /// Legs of a phone that ring for a hunt group.
    fn hunts_at(&self, id: StationId) -> Vec<LegId> {
        let legs = self.state.stations.get(id).map_or(&[][..], |station| &station.legs);
        let hunts = |id: &LegId| {
            let leg = self.state.calls.legs.get(*id)?;
            let call = self.state.calls.calls.get(leg.call)?;
            let group = self.state.lines.get(call.hunting.as_ref()?.group)?;
            Some(leg.state == LegState::RingingIn && group.hunts)
        };
        legs.iter().copied().filter(|leg| hunts(leg) == Some(true)).collect()
    }

    fn show_hunted(&mut self, id: StationId) {
        self.tell_hunted(id);
        self.light_buttons(id);
        self.show_idle(id);
    }

    /// An operator, or a program, sends a phone to its hunt groups or away from them.
    pub(crate) fn command_hunted(&mut self, device: &str, is_in: bool) -> Result<String, String> {
        let device = device.to_ascii_uppercase();
        let Some(planned) = self.plan.devices.get(&device) else {
            return Err(format!("there is no device {device}"));
        };
        let is_member = |button: &Button| match button {
            Button::Line { number, .. } => {
                self.plan.hunt_groups.values().any(|group| group.members.contains(number))
            }
            _ => false,
        };
        if !planned.buttons.iter().any(is_member) {
            return Err(format!("{device} has no line in a hunt group"));
        }
        self.keep_hunted(&device, is_in);
        Ok(format!("{device} is logged {} of its hunt groups", if is_in { "in" } else { "out" }))
    }

    /// It was remembered before the start.
    pub(crate) fn recall_hunted(&mut self, key: &str) {
        let Some(device) = key.strip_prefix(KEY) else { return };
        self.state.logged_out.insert(device.to_owned());
        if let Some(id) = self.state.devices.get(device).copied() {
            self.show_hunted(id);
        }
    }

    /// Devices that the plan has no longer are not logged out.
    pub(crate) fn sweep_hunts(&mut self) {
        let devices = &self.plan.devices;
        let gone: Vec<String> =
            self.state.logged_out.iter().filter(|device| !devices.contains_key(*device)).cloned().collect();
        for device in gone {
            self.state.logged_out.remove(&device);
            self.out.push(Output::Remember { key: format!("{KEY}{device}"), value: None });
            // Its phone may be in a call still, and takes part again.
            if let Some(id) = self.state.devices.get(&device).copied() {
                self.show_hunted(id);
            }
        }
    }

    /// What rings for a group at a phone that is not to be asked, for audits.
    pub(crate) fn audit_hunts(&self, found: &mut Vec<String>) {
        for (id, station) in self.state.stations.iter().filter(|(_, station)| self.is_logged_out(station)) {
            if !self.hunts_at(id).is_empty() {
                found.push(format!("{} is logged out and rings for a hunt group", station.device));
            }
        }
        for (_, call) in self.state.calls.calls.iter().filter(|(_, call)| call.hunting.is_some()) {
            if matches!(call.stage, Stage::Connected { .. }) || call.callees.is_empty() {
                found.push(format!("call {} hunts and does not ring", call.number));
            }
        }
    }
}
