//! Events into state.

use std::collections::BTreeMap;

use exchange::output::{CallMedia, Change, Event};
use serde::Serialize;

/// Devices remembered that are not registered: more are names that somebody invents.
pub const GONE_MAX: usize = 50_000;

/// A device as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveDevice {
    /// Whether it is registered.
    pub registered: bool,
    /// Since when it is so, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Why it is not registered any more.
    pub reason: String,
    /// Its address.
    pub address: String,
    /// Protocol version in use.
    pub protocol: u8,
    /// Device type of its registration.
    pub device_type: u32,
}

/// A call as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveCall {
    /// Its number.
    pub call: u64,
    /// When it was first told of, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// How far it is.
    pub state: String,
    /// Number of the caller.
    pub calling: String,
    /// Device of the caller.
    pub calling_device: String,
    /// Number called.
    pub called: String,
    /// Device that rings or answered.
    pub called_device: String,
    /// Where its audio goes, as far as it does not go directly.
    #[serde(flatten)]
    pub media: CallMedia,
}

/// Everything that is live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveState {
    /// Devices that were registered since the server began.
    pub devices: BTreeMap<String, LiveDevice>,
    /// Calls by number.
    pub calls: BTreeMap<u64, LiveCall>,
    /// New messages that wait, by line; none waits for the others.
    pub messages: BTreeMap<String, u32>,
    /// Number of the last event.
    pub last_event: u64,
}

/// What folding an event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// It is in.
    Done,
    /// Events before it are missing: the state is not to be trusted until everything is told anew.
    Gap,
}

impl LiveState {
    /// Takes an event.
    pub fn fold(&mut self, event: &Event) -> Fold {
        let is_next = event.number == self.last_event + 1;
        self.last_event = event.number;
        self.change(event);
        if is_next || event.change == Change::Anew { Fold::Done } else { Fold::Gap }
    }

    fn change(&mut self, event: &Event) {
        let since_ms = event.unix_ms;
        match event.change.clone() {
            Change::Anew => {
                self.calls.clear();
                self.messages.clear();
                self.devices.values_mut().filter(|device| device.registered).for_each(|device| {
                    device.registered = false;
                    device.reason = "not told".into();
                });
            }
            Change::Registered { device, protocol, address, device_type, .. } => {
                let since_ms = match self.devices.get(&device) {
                    // Told anew: it was there all the time.
                    Some(known) if known.reason == "not told" => known.since_ms,
                    _ => since_ms,
                };
                let live = LiveDevice {
                    registered: true,
                    since_ms,
                    reason: String::new(),
                    address,
                    protocol,
                    device_type,
                };
                self.devices.insert(device, live);
            }
            Change::Unregistered { device, reason } => {
                if let Some(live) = self.devices.get_mut(&device) {
                    (live.registered, live.since_ms, live.reason) = (false, since_ms, reason);
                }
                self.bound();
            }
            Change::CallStarted { call, calling, device } => {
                let live = LiveCall {
                    call,
                    since_ms,
                    state: "dialing".into(),
                    calling,
                    calling_device: device,
                    called: String::new(),
                    called_device: String::new(),
                    media: CallMedia::default(),
                };
                self.calls.insert(call, live);
            }
            Change::CallState { call, state, called, device } => {
                if let Some(live) = self.calls.get_mut(&call) {
                    (live.state, live.called, live.called_device) = (state, called, device);
                }
            }
            Change::CallMedia { call, media } => {
                if let Some(live) = self.calls.get_mut(&call) {
                    live.media = media;
                }
            }
            Change::Messages { line, waiting: 0 } => {
                self.messages.remove(&line);
            }
            Change::Messages { line, waiting } => {
                self.messages.insert(line, waiting);
            }
            Change::CallEnded { call, .. } => {
                self.calls.remove(&call);
            }
        }
    }

    fn bound(&mut self) {
        if self.devices.len() > GONE_MAX * 2 {
            let gone = self.devices.iter().find(|(_, device)| !device.registered);
            if let Some(name) = gone.map(|(name, _)| name.clone()) {
                self.devices.remove(&name);
            }
        }
    }
}
