//! Whether all state fits together. For tests and the simulator, after each step: a ghost is a leg that its
//! phone does not know, a reference that nobody gives back, a timer that nobody waits for.

use std::collections::BTreeSet;

use crate::Exchange;
use crate::call::{End, LegId, LegState};
use crate::station::Stage;
use crate::table::StationId;

impl Exchange {
    /// What does not fit together; nothing, unless there is a bug.
    pub fn audit(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.audit_sessions(&mut found);
        self.audit_stations(&mut found);
        self.audit_legs(&mut found);
        self.audit_calls(&mut found);
        self.audit_ids(&mut found);
        self.audit_parked(&mut found);
        self.audit_remotes(&mut found);
        self.audit_orders(&mut found);
        self.audit_tapes(&mut found);
        self.audit_hardware(&mut found);
        self.audit_lights(&mut found);
        self.audit_hunts(&mut found);
        self.audit_call_backs(&mut found);
        self.audit_conferences(&mut found);
        found
    }

    fn audit_sessions(&self, found: &mut Vec<String>) {
        let (mut standby, mut waiting) = (0, 0);
        for (id, session) in &self.state.sessions {
            match session.stage {
                Stage::Opened => {}
                Stage::Standby => standby += 1,
                Stage::Waiting(_) => waiting += 1,
                Stage::Registered(station) => {
                    if self.state.stations.get(station).is_none_or(|station| station.session != Some(*id)) {
                        found.push(format!("{id:?} is registered as a device that does not know it"));
                    }
                }
            }
            if !session.has_timer() {
                found.push(format!("{id:?} would stay for ever"));
            }
        }
        if (standby, waiting) != (self.state.standby, self.state.waiting) {
            found.push(format!("{standby} sessions stand by and {waiting} wait, and the counts differ"));
        }
    }

    fn audit_stations(&self, found: &mut Vec<String>) {
        for (id, station) in self.state.stations.iter() {
            let name = &station.device;
            if self.state.devices.get(name) != Some(&id) {
                found.push(format!("{name} is not found by its name"));
            }
            let registered = station.session.is_some_and(|session| {
                let session = self.state.sessions.get(&session);
                session.is_some_and(|session| matches!(session.stage, Stage::Registered(of) if of == id))
            });
            if station.session.is_some() != registered {
                found.push(format!("{name} has a session that does not know it"));
            }
            if station.session.is_none() && !station.is_idle() && station.timer.is_none() {
                found.push(format!("{name} is lost and its legs would stay for ever"));
            }
            self.audit_legs_of(id, found);
            for (place, button) in station.config.lines.iter().enumerate() {
                let shown = self
                    .state
                    .lines
                    .get(button.line)
                    .is_some_and(|line| line.shown_by.contains(&(id, place as u32 + 1)));
                if shown != registered {
                    found.push(format!(
                        "{name}: line {} is shown: {shown}, registered: {registered}",
                        place + 1
                    ));
                }
            }
        }
    }

    fn audit_legs_of(&self, id: StationId, found: &mut Vec<String>) {
        let Some(station) = self.state.stations.get(id) else { return };
        let name = &station.device;
        let listening = |leg: &&LegId| {
            let leg = self.state.calls.legs.get(**leg);
            leg.is_some_and(|leg| !matches!(leg.state, LegState::RingingIn | LegState::Held))
        };
        let audio: Vec<LegId> = station.legs.iter().filter(listening).copied().collect();
        if audio != Vec::from_iter(station.audio) {
            found.push(format!("{name} listens to {audio:?} and its audio is {:?}", station.audio));
        }
        for leg in &station.legs {
            let at = self.state.calls.legs.get(*leg).and_then(|leg| leg.appearance());
            if at.is_none_or(|at| at.station != id) {
                found.push(format!("{name} has a leg that is not there"));
            }
        }
        let names = station.legs.iter().filter_map(|leg| self.state.calls.legs.get(*leg)?.appearance());
        let instances: BTreeSet<_> = names.map(|at| (at.instance, at.call_instance)).collect();
        if instances.len() != station.legs.len() {
            found.push(format!("{name} has two calls with one number on a line"));
        }
    }

    fn audit_legs(&self, found: &mut Vec<String>) {
        for (id, leg) in self.state.calls.legs.iter() {
            let call = self.state.calls.calls.get(leg.call);
            let in_call = call.is_some_and(|call| call.caller == id || call.callees.contains(&id));
            let tone_only = matches!(leg.state, LegState::Failed(_));
            if in_call == tone_only {
                found.push(format!("{id:?} is {:?} and in a call: {in_call}", leg.state));
            }
            if let End::Station(at) = &leg.end
                && self.state.stations.get(at.station).is_none_or(|station| !station.legs.contains(&id))
            {
                found.push(format!("{id:?} is a ghost: its phone does not know it"));
            }
            if tone_only && leg.timer.is_none() {
                found.push(format!("the tone on {id:?} would play for ever"));
            }
            let may_hear = leg.state == LegState::Connected || (tone_only && self.is_announced(id));
            if leg.media.is_some() && !may_hear {
                found.push(format!("{id:?} is {:?} and has a stream", leg.state));
            }
        }
    }

    fn audit_calls(&self, found: &mut Vec<String>) {
        for (_, call) in self.state.calls.calls.iter() {
            let legs = std::iter::once(&call.caller).chain(&call.callees);
            if legs.into_iter().any(|leg| self.state.calls.legs.get(*leg).is_none()) {
                found.push(format!("call {} has a leg that is not there", call.number));
            }
        }
    }

    fn audit_parked(&self, found: &mut Vec<String>) {
        let legs = self.state.calls.legs.iter();
        let owners: Vec<(&String, LegId)> = legs
            .filter_map(|(id, leg)| match &leg.end {
                End::Park(park) => Some((&park.slot, id)),
                _ => None,
            })
            .collect();
        let known = |(slot, id): &(&String, LegId)| self.state.parked.get(*slot) == Some(id);
        if owners.len() != self.state.parked.len() || !owners.iter().all(known) {
            found.push(format!("parked: {owners:?}, and known {:?}", self.state.parked));
        }
    }

    fn audit_ids(&self, found: &mut Vec<String>) {
        let legs = &self.state.calls.legs;
        let mut references: BTreeSet<u32> =
            legs.iter().filter_map(|(_, leg)| Some(leg.appearance()?.reference)).collect();
        let of_legs = references.len();
        let remotes = self.state.stations.iter().flat_map(|(_, station)| &station.remotes);
        references.extend(remotes.map(|remote| remote.reference));
        references.extend(self.state.statistics.keys());
        references.extend(self.state.hardware.references());
        references.extend(self.state.tapes.copied_references());
        let bridged = self.state.conferences.iter().filter_map(|(_, conference)| conference.hardware);
        references.extend(bridged.map(|at| at.session));
        if references != *self.state.references.all_live() {
            found.push(format!("references: {references:x?}, live: {:x?}", self.state.references.all_live()));
        }
        if of_legs != legs.iter().filter(|(_, leg)| leg.appearance().is_some()).count() {
            found.push("two legs have one reference".into());
        }
        let streams = legs.iter().filter_map(|(_, leg)| Some(leg.media.as_ref()?.party));
        let streams = streams.chain(self.state.hardware.parties()).chain(self.state.tapes.copied_parties());
        if streams.collect::<BTreeSet<u32>>() != *self.state.parties.all_live() {
            found.push(format!("streams: {:x?}", self.state.parties.all_live()));
        }
    }
}
