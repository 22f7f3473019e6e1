//! All live state told anew, as the events that led to it: for a reader that missed some. What it says
//! must match what the events say one by one (the server folds both with the same code).

use crate::Exchange;
use crate::call::{Call, Stage};
use crate::output::Change;

impl Exchange {
    /// Tells everything that a reader of the events must know.
    pub(crate) fn retell(&mut self) -> Result<String, String> {
        self.event(Change::Anew);
        let stations = self.state.stations.iter().map(|(_, station)| station);
        let registered = stations.filter(|station| station.session.is_some());
        let mut changes: Vec<Change> = registered.map(crate::station::registered).collect();
        let phones = changes.len();
        for (_, call) in self.state.calls.calls.iter() {
            changes.extend(self.told_of(call));
        }
        changes.extend(
            self.state
                .lines
                .messages()
                .map(|(number, waiting)| Change::Messages { line: number.into(), waiting }),
        );
        for change in changes {
            self.event(change);
        }
        Ok(format!("{phones} phones and {} calls", self.state.calls.calls.len()))
    }

    fn told_of(&self, call: &Call) -> impl Iterator<Item = Change> + use<> {
        let started = Change::CallStarted {
            call: call.number,
            calling: self.state.calling(call).number.into(),
            device: self.device_at(call.caller).into(),
        };
        let state = match call.stage {
            Stage::Dialing => "dialing",
            Stage::Proceeding => "proceeding",
            Stage::Ringing => "ringing",
            Stage::Connected { .. } => "connected",
        };
        let now = Change::CallState {
            call: call.number,
            state: state.into(),
            called: self.state.called(call).number.into(),
            device: call.callees.first().map_or("", |leg| self.device_at(*leg)).into(),
        };
        let media = call.media_told.clone();
        let media = (media != Default::default()).then_some(Change::CallMedia { call: call.number, media });
        [started, now].into_iter().chain(media)
    }
}
