//! Registration: tokens, RegisterReq, adoption of unknown phones, takeover by the newest session.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use skinny::codes::{DeviceType, PhoneFeatures};
use skinny::message as m;
use skinny::types::{FixedText, HalfFlags};
use skinny::wire::{Field, Reader};

use super::session::Stage;
use super::{Config, Hardware, Phone, Profile, Station, Takeovers};
use crate::Exchange;
use crate::call::{Cause, EndedBy};
use crate::input::SessionId;
use crate::limit::*;
use crate::model::{self, Model};
use crate::outbox::{To, harmless};
use crate::output::{Adoption, Change, CloseReason, Output, Severity};
use crate::plan::dial_plan::ClassId;
use crate::table::StationId;

/// Characters of a device name.
const NAME_MAX: usize = 15;

/// What a registration asks for, owned: it may have to wait for a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    device: String,
    own_address: [u8; 4],
    model: u32,
    version: u8,
    features: u32,
    /// Streams that the phone says it has open.
    streams: u32,
    /// Streams that it can have.
    streams_max: u32,
}

impl Request {
    /// Reads a registration; none when its name is no name.
    fn read(register: &m::RegisterReq<'_>) -> Option<Self> {
        Some(Request {
            device: device_name(register.sid.device_name.text())?.into(),
            own_address: register.station_ip_addr.0.octets(),
            model: register.device_type.0,
            version: register.protocol_ver,
            features: register.phone_features.0.0,
            streams: register.active_streams,
            streams_max: register.max_streams,
        })
    }
}

/// A name that a device can have: letters, digits, `-`, `_`, `.`.
fn device_name(bytes: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(bytes).ok()?;
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=NAME_MAX).contains(&name.len()) && name.bytes().all(valid)).then_some(name)
}

impl Exchange {
    /// The name under which the plan has a device.
    fn planned(&self, device: &str) -> Option<String> {
        let upper = device.to_ascii_uppercase();
        [device, &upper].into_iter().find(|name| self.plan.devices.contains_key(*name)).map(str::to_owned)
    }

    /// A phone that is registered elsewhere asks whether it may come back.
    pub(crate) fn token(&mut self, id: SessionId, name: &[u8]) {
        if self.may_come(id, name) {
            self.out.send(id, &To::Stranger, (0, 0), &m::RegisterTokenAck {});
        } else {
            self.out.send(
                id,
                &To::Stranger,
                (0, 0),
                &m::RegisterTokenReject { wait_time_before_next_req: TOKEN_WAIT_SECS },
            );
        }
        self.stands_by(id);
    }

    /// The same of an SPA phone, which asks each time before it registers.
    pub(crate) fn spcp_token(&mut self, id: SessionId, name: &[u8]) {
        if self.may_come(id, name) {
            self.out.send(id, &To::Stranger, (0, 0), &m::SPCPRegisterTokenAck { features: 0 });
        } else {
            self.out.send(
                id,
                &To::Stranger,
                (0, 0),
                &m::SPCPRegisterTokenReject { wait_time_before_next_req: TOKEN_WAIT_SECS },
            );
        }
        self.stands_by(id);
    }

    /// Whether a registration would be accepted now. A phone that was told yes leaves its other server, so
    /// it is better told no than rejected afterwards.
    fn may_come(&self, id: SessionId, name: &[u8]) -> bool {
        let known = device_name(name).is_some_and(|name| self.planned(name).is_some());
        !self.state.draining && (known || self.may_adopt(id))
    }

    /// Whether an unknown phone on this session gets a line of its own.
    fn may_adopt(&self, id: SessionId) -> bool {
        let Some(session) = self.state.sessions.get(&id) else { return false };
        let from = session.peer.remote.ip();
        let site = &self.plan.site;
        let may = if from.is_loopback() { site.auto_register } else { site.lobby && is_private(from) };
        may && self.state.waiting < ADOPTIONS_MAX
    }

    /// Why an unknown phone gets none.
    fn why_unknown(&self, id: SessionId) -> &'static str {
        let from = self.state.sessions.get(&id).map(|session| session.peer.remote.ip());
        if self.plan.site.lobby && from.is_some_and(|from| !from.is_loopback() && !is_private(from)) {
            "Unknown, network not private"
        } else if self.plan.site.auto_register && !self.plan.site.lobby {
            "Unknown, and not loopback"
        } else if self.state.waiting >= ADOPTIONS_MAX {
            "Too many unknown phones"
        } else {
            "Unknown device"
        }
    }

    /// A phone wants to be served.
    pub(crate) fn register(&mut self, id: SessionId, register: &m::RegisterReq<'_>) {
        let Some(request) = Request::read(register) else {
            let name = harmless(register.sid.device_name.text());
            self.note_about(
                id,
                Severity::Warning,
                format!("registration refused: \"{name}\" is no device name"),
            );
            self.reject(id, "Invalid device name");
            return;
        };
        if self.state.draining {
            self.reject(id, "Server is stopping");
        } else if let Some(device) = self.planned(&request.device) {
            match self.is_other_kind(&device, request.model) {
                None => self.admit(id, device, &request),
                Some(text) => self.refuse(id, &request.device, text),
            }
        } else if model::is_resource(DeviceType(request.model)) {
            self.refuse(id, &request.device, "No such resource here");
        } else if self.may_adopt(id) {
            self.wait_for_plan(id, request);
        } else {
            let why = self.why_unknown(id);
            self.refuse(id, &request.device, why);
        }
    }

    fn refuse(&mut self, id: SessionId, device: &str, why: &str) {
        self.note_about(id, Severity::Warning, format!("registration of {device} refused: {why}"));
        self.reject(id, why);
    }

    /// What to say to a phone with the name of a resource, and the other way round.
    fn is_other_kind(&self, device: &str, device_type: u32) -> Option<&'static str> {
        let planned = self.plan.devices.get(device).is_some_and(|device| device.resource.is_some());
        match (planned, model::is_resource(DeviceType(device_type))) {
            (true, false) => Some("Configured as a resource"),
            (false, true) => Some("Configured as a phone"),
            _ => None,
        }
    }

    /// Refuses a registration, and closes.
    pub(crate) fn reject(&mut self, id: SessionId, text: &str) {
        self.out.send(
            id,
            &To::Stranger,
            (0, 0),
            &m::RegisterReject { text: FixedText::new(text.as_bytes()) },
        );
        self.close_session(id, CloseReason::Rejected);
    }

    fn wait_for_plan(&mut self, id: SessionId, request: Request) {
        if self.state.sessions.get(&id).is_some_and(|session| matches!(session.stage, Stage::Waiting(_))) {
            // Asking again does not make the wait longer.
            return;
        }
        self.leave_device(id, None);
        let from = self.state.sessions.get(&id).map(|session| session.peer.remote.ip());
        let adoption = Adoption {
            session: id,
            device: request.device.clone(),
            device_type: request.model,
            lobby: from.is_some_and(|from| !from.is_loopback()),
        };
        self.set_stage(id, Stage::Waiting(Box::new(request)));
        let at = self.after(ADOPT_WITHIN_NS);
        self.set_session_timer(id, at, None);
        self.out.push(Output::Adopt(adoption));
    }

    /// A new plan is here: those who waited for it come in.
    pub(crate) fn admit_waiting(&mut self) {
        if self.state.waiting == 0 {
            return;
        }
        let waiting = |(id, session): (&SessionId, &super::Session)| match &session.stage {
            Stage::Waiting(request) => Some((*id, Request::clone(request))),
            _ => None,
        };
        let waiting: Vec<(SessionId, Request)> = self.state.sessions.iter().filter_map(waiting).collect();
        for (id, request) in waiting {
            if let Some(device) = self.planned(&request.device) {
                if let Some(session) = self.state.sessions.get_mut(&id) {
                    // Waiting was our doing.
                    session.last_seen_ns = self.now.monotonic_ns;
                }
                self.admit(id, device, &request);
            }
        }
    }

    /// Registers a device of the plan over a session. The newest session wins at once.
    fn admit(&mut self, id: SessionId, device: String, request: &Request) {
        let station = self.station_named(device);
        if !self.may_take_over(id, station) {
            self.note_about(
                id,
                Severity::Warning,
                format!("{} is taken over again and again: two phones with one name?", request.device),
            );
            self.reject(id, "Name is used by another phone");
            return;
        }
        self.leave_device(id, Some(station));
        self.supersede(id, station);
        self.set_stage(id, Stage::Registered(station));
        self.settle(id, station, request);
        self.acknowledge(station);
        self.close_left_open(station);
        self.ask_what_it_holds(station);
        self.watch_keepalive(id);
        self.replay_deferred(id);
    }

    fn station_named(&mut self, device: String) -> StationId {
        if let Some(id) = self.state.devices.get(&device) {
            return *id;
        }
        let nowhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        let station = Station {
            device: device.clone(),
            session: None,
            peer: crate::input::Peer { remote: nowhere, local: nowhere },
            profile: Profile::default(),
            own_address: Ipv4Addr::UNSPECIFIED,
            rtp_port: None,
            config: Config::default(),
            class: ClassId::NONE,
            keys: super::softkey::Works::default(),
            message_lamp: false,
            locale: crate::plan::Locale::English,
            codecs: Vec::new(),
            legs: Vec::new(),
            audio: None,
            greeted: false,
            last_dialed: String::new(),
            keepalive_secs: 0,
            reset: None,
            restarting: false,
            carried: Vec::new(),
            remotes: Vec::new(),
            lit: Vec::new(),
            unseen: Vec::new(),
            told: VecDeque::new(),
            takeovers: Takeovers::default(),
            lost_ns: 0,
            hardware: None,
            left_open: Vec::new(),
            timer: None,
        };
        let id = self.state.stations.insert(station);
        self.state.devices.insert(device, id);
        id
    }

    /// Counts takeovers of a session that is still open, and says when they are too many.
    fn may_take_over(&mut self, id: SessionId, station: StationId) -> bool {
        let now = self.now.monotonic_ns;
        let Some(station) = self.state.stations.get_mut(station) else { return false };
        if station.session.is_none() || station.session == Some(id) {
            return true;
        }
        if now.saturating_sub(station.takeovers.since_ns) > TAKEOVER_WINDOW_NS {
            station.takeovers = Takeovers { count: 0, since_ns: now };
        }
        station.takeovers.count += 1;
        station.takeovers.count <= TAKEOVERS_MAX
    }

    /// A session that registers as another device is the one before no longer.
    fn leave_device(&mut self, id: SessionId, for_the_sake_of: Option<StationId>) {
        if let Some(Stage::Registered(before)) = self.state.sessions.get(&id).map(|session| &session.stage)
            && Some(*before) != for_the_sake_of
        {
            let before = *before;
            self.set_stage(id, Stage::Opened);
            self.went_away(before, "registered as another device");
        }
    }

    /// Closes the session that the device had. Its live legs stay with the device, unless the phone says
    /// that it rebooted.
    fn supersede(&mut self, id: SessionId, station: StationId) {
        let before = self.state.stations.get(station).and_then(|station| station.session);
        if let Some(before) = before.filter(|before| *before != id) {
            if let Some(station) = self.state.stations.get_mut(station) {
                station.session = None;
                station.lost_ns = self.now.monotonic_ns;
            }
            self.close_superseded(before);
        }
        if self.state.sessions.get(&id).is_some_and(|session| session.rebooted) {
            self.end_legs_of(station, Cause::TEMPORARY, EndedBy::Leg);
        }
    }

    /// Takes what the registration and the plan say about the device.
    fn settle(&mut self, id: SessionId, station_id: StationId, request: &Request) {
        let streams = self.streams_of(station_id);
        let is_there = self.state.stations.get(station_id).is_some_and(|station| station.session == Some(id));
        self.forget_remotes(station_id, is_there);
        self.hardware_gone(station_id);
        let device = self.state.stations.get(station_id).and_then(|at| self.plan.devices.get(&at.device));
        let planned = device.and_then(|device| device.resource);
        let hardware = planned.map(|planned| Hardware::new(planned, request.model, request.streams_max));
        self.hardware_came(station_id, hardware);
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        let rebooted = std::mem::take(&mut session.rebooted);
        let Some(station) = self.state.stations.get_mut(station_id) else { return };
        for button in &station.config.lines {
            self.state.lines.hide(button.line, station_id);
        }
        for (_, line) in station.config.lamps() {
            self.state.lines.unwatch(line, station_id);
        }
        let profile = |protocol_max| {
            let model = DeviceType(request.model);
            Profile::negotiate(model, request.version, request.features, protocol_max)
        };
        let lines_max = profile(None).model().map_or(BUTTONS_MAX, Model::lines_max);
        if let Some(device) = self.plan.devices.get(&station.device) {
            station.config =
                Config::of(device, lines_max, &self.plan.softkey_templates, &mut self.state.lines);
            station.class = self.plan.class_of(device);
            station.locale = self.plan.locale_of(device);
        }
        station.message_lamp &= !rebooted;
        if station.session != Some(id) {
            let is_another = station.own_address != Ipv4Addr::from(request.own_address);
            station.tell_again(rebooted, is_another || request.streams > streams);
            station.carried.clone_from(&station.legs);
        }
        station.session = Some(id);
        station.peer = session.peer;
        station.own_address = request.own_address.into();
        station.profile = profile(station.config.protocol_max);
        if let Some(is_dynamic) = station.config.dynamic_messages {
            station.profile = station.profile.with_dynamic_messages(is_dynamic);
        }
        let keepalive_secs = station.config.keepalive_secs.unwrap_or(self.plan.site.keepalive_secs);
        station.keepalive_secs = told_interval(&station.device, keepalive_secs);
        station.reset = None;
        station.restarting = false;
        station.greeted = false;
        station.lit.clear();
        self.state.timers.cancel(station.timer.take());
        self.state.resets.remove(&station_id);
        for (place, button) in station.config.lines.iter().enumerate() {
            self.state.lines.show(button.line, station_id, place as u32 + 1);
        }
        for (instance, line) in station.config.lamps() {
            self.state.lines.watch(line, station_id, instance);
        }
        self.touch_lines_of(station_id);
    }

    /// Streams that a phone should have open.
    fn streams_of(&self, id: StationId) -> u32 {
        let legs = self.state.stations.get(id).map_or(&[][..], |station| &station.legs);
        let has_media = |leg: &&_| self.state.calls.legs.get(**leg).is_some_and(|leg| leg.media.is_some());
        legs.iter().filter(has_media).count() as u32
    }

    fn acknowledge(&mut self, station: StationId) {
        let Some(station) = self.state.stations.get(station) else { return };
        let standby = told_interval(&station.device, self.plan.site.standby_keepalive_secs);
        let version = station.profile.version;
        // What chan-sccp says to real phones: nothing to version 3, then which features are accepted.
        let (unknown, features) = match version {
            0..4 => (0, 0),
            4..11 => (0x20, 0xfef1),
            _ => (0x20, 0xfff1),
        };
        let ack = m::RegisterAck {
            keep_alive_interval: station.keepalive_secs,
            date_template: date_template(
                station.config.date_template.as_ref().unwrap_or(&self.plan.site.date_template),
            ),
            alignment_padding: 0,
            secondary_keep_alive_interval: standby,
            max_protocol_ver: version,
            unknown,
            phone_features: HalfFlags(PhoneFeatures(features)),
        };
        let registered = registered(station);
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            phone.send_plain(&ack);
            phone.send(&m::CapabilitiesReq {});
        }
        self.event(registered);
    }
}

/// What the world is told of a phone that is registered.
pub(crate) fn registered(station: &Station) -> Change {
    Change::Registered {
        device: station.device.clone(),
        session: station.session.map_or(0, |session| session.0),
        protocol: station.profile.version,
        address: station.peer.remote.to_string(),
        device_type: station.profile.model,
    }
}

/// Whether an address is of a network that no stranger reaches: RFC 1918, link-local, unique local.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// All six characters of the field may be text (`M/D/YA`), so it is taken as it would be from the wire.
fn date_template(template: &str) -> FixedText<'_, 6> {
    FixedText::read(&mut Reader::new(template.as_bytes(), 0))
}

/// The keepalive interval that a device is told: 75 to 100 % of what is set, always the same for the same
/// device, so that thousands of phones that registered at once do not go on in step.
fn told_interval(device: &str, secs: u32) -> u32 {
    let spread = 100 - KEEPALIVE_SHARE_MIN + 1;
    let share = KEEPALIVE_SHARE_MIN + name_hash(device) % spread;
    (u64::from(secs) * u64::from(share) / 100).max(1) as u32
}

/// FNV-1a.
fn name_hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keepalives_are_spread_and_never_longer_than_set() {
        let told: Vec<u32> = (0..1000).map(|n| told_interval(&format!("SEP{n:012X}"), 100)).collect();
        assert!(told.iter().all(|secs| (75..=100).contains(secs)));
        let mut values = told.clone();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 26);
        assert_eq!(told_interval("A", 1), 1, "never zero");
    }

    #[test]
    fn private_networks_are_told_from_the_world() {
        for private in ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.9.9", "fd00::1", "fe80::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "127.0.0.1", "::1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(device_name(b"SEP001122334455"), Some("SEP001122334455"));
        assert_eq!(device_name(b"pyskinny01"), Some("pyskinny01"));
        for bad in [&b""[..], b"SEP0011223344556", b"a b", b"a\x1b[2J", b"'; --", b"<b>", b"../x/", b"\xff"] {
            assert_eq!(device_name(bad), None, "{bad:?}");
        }
    }
}
