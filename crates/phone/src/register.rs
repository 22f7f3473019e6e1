//! How a phone introduces itself, and what it then asks for, one answer at a time.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use skinny::codes::{AlarmReason, DeviceType, HeadsetMode, PhoneFeatures};
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{
    ButtonTemplateReq, CallCountReq, ConfigStatReq, FeatureStatReq, ForwardStatReq, HeadsetStatus, IpPort,
    LineStatReq, RegisterAck, RegisterAvailableLines, RegisterReq, RegisterTokenReq, ServiceURLStatReq,
    SoftKeySetReq, SoftKeyTemplateReq, SpeedDialStatReq, TimeDateReq, VersionReq,
};
use skinny::types::{FixedText, HalfFlags, Ipv4, Ipv6, LineInstance, MacAddress, Port};

use crate::phone::Phone;
use crate::profile::{MacForm, Request};
use crate::screen::Registration;
use crate::timer::Timer;

/// Below this version a server and its phones speak the oldest forms.
const LEGACY_VERSION: u8 = 3;

/// Where in the model's list of requests the phone is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ladder {
    /// Which request; past the end once all are done.
    pub at: u8,
    /// Which line, button or feature of that request, from 0.
    pub item: u8,
    /// It was asked a second time.
    pub is_repeated: bool,
}

impl Phone {
    /// The first words on a new connection.
    pub(crate) fn introduce(&mut self) {
        if self.config.token {
            return self.ask_for_token();
        }
        self.register();
    }

    pub(crate) fn ask_for_token(&mut self) {
        self.enter(Registration::Token);
        self.timers.set(Timer::Register, self.now + self.config.timing.register);
        let name = self.config.name.clone();
        let (ipv4, ipv6) = self.addresses();
        self.send_basic(&RegisterTokenReq {
            sid: identifier(&name, self.config.profile.instance),
            station_ip_addr: ipv4,
            device_type: self.config.profile.device_type,
            station_ipv6_addr: ipv6,
            unknown_active_calls: self.calls.len() as u32,
        });
    }

    pub(crate) fn token_refused(&mut self, wait_secs: u32) {
        if self.link.state == Registration::Token {
            let wait = Duration::from_secs(u64::from(wait_secs.clamp(1, TOKEN_WAIT_SECS_MAX)));
            self.link.ladder.is_repeated = false;
            self.timers.set(Timer::Register, self.now + wait);
        }
    }

    pub(crate) fn register(&mut self) {
        self.enter(Registration::Registering);
        self.timers.set(Timer::Register, self.now + self.config.timing.register);
        self.send_alarm();
        self.send_register();
        if self.config.profile.announces_port && self.link.rtp_port != 0 {
            self.send_basic(&IpPort { rtp_media_port: Port(u32::from(self.link.rtp_port)) });
        }
    }

    pub(crate) fn register_overdue(&mut self) {
        match self.link.state {
            // The server said when to ask again, or did not answer: then once more, and another connection.
            Registration::Token if self.link.ladder.is_repeated => self.register_gave_up(),
            Registration::Token => {
                self.link.ladder.is_repeated = true;
                self.ask_for_token();
            }
            Registration::Registering => self.register_gave_up(),
            _ => {}
        }
    }

    fn send_register(&mut self) {
        let profile = self.config.profile;
        let name = self.config.name.clone();
        let (ipv4, ipv6) = self.addresses();
        let [protocol_ver, unknown, low, high] = profile.feature_word.to_le_bytes();
        let request = RegisterReq {
            sid: identifier(&name, profile.instance),
            station_ip_addr: ipv4,
            device_type: profile.device_type,
            max_streams: profile.max_streams,
            active_streams: self.media.streams.len() as u32,
            protocol_ver,
            unknown,
            phone_features: HalfFlags(PhoneFeatures(u32::from(u16::from_le_bytes([low, high])))),
            max_conferences: profile.max_conferences,
            active_conferences: 0,
            mac_address: self.mac_field(),
            ipv4_address_scope: if profile.mac == MacForm::Raw { IPV4_SCOPE } else { 0 },
            max_number_of_lines: u32::from(profile.lines),
            station_ipv6_addr: ipv6,
            ipv6_address_scope: 0,
            firmware_load_name: FixedText::new(profile.load.as_bytes()),
            config_version_stamp: FixedText::new(b""),
        };
        self.send_cut_under(&request, usize::from(profile.register_bytes), 0);
    }

    fn mac_field(&self) -> MacAddress {
        let mac = self.config.mac();
        let mut field = [0; 12];
        match self.config.profile.mac {
            MacForm::Raw => field[..6].copy_from_slice(&mac),
            MacForm::Digits => {
                for (n, byte) in mac.into_iter().enumerate() {
                    field[2 * n] = hex_digit(byte >> 4);
                    field[2 * n + 1] = hex_digit(byte & 15);
                }
            }
            MacForm::Junk => field[8..].copy_from_slice(b"RING"),
        }
        MacAddress(field)
    }

    /// The phone's own addresses; the one that it does not have is unspecified.
    pub(crate) fn addresses(&self) -> (Ipv4, Ipv6) {
        match self.link.local.map(|local| local.ip().to_canonical()) {
            Some(IpAddr::V4(address)) => (Ipv4(address), Ipv6::default()),
            Some(IpAddr::V6(address)) => (Ipv4(Ipv4Addr::UNSPECIFIED), Ipv6(address)),
            None => (Ipv4::default(), Ipv6::default()),
        }
    }

    pub(crate) fn accepted(&mut self, ack: &RegisterAck<'_>, is_short: bool) {
        if self.link.state != Registration::Registering {
            return;
        }
        self.timers.clear(Timer::Register);
        let offered = ack.max_protocol_ver;
        self.link.version = match offered {
            0 => LEGACY_VERSION.min(self.config.profile.version),
            offered => offered.min(self.config.profile.version),
        };
        self.link.is_legacy = is_short || offered == 0 || self.link.version < LEGACY_VERSION;
        self.face.date_template = self.text(ack.date_template.text());
        self.start_keepalive(ack.keep_alive_interval, ack.secondary_keep_alive_interval, !is_short);
        self.enter(Registration::Configuring);
        self.link.ladder = Ladder::default();
        if self.config.burst {
            return self.ask_everything();
        }
        self.ask();
    }

    /// Everything at once, for as many lines as the model has.
    fn ask_everything(&mut self) {
        for (at, request) in self.config.profile.ladder.iter().enumerate() {
            for item in 0..self.items(*request) {
                self.link.ladder = Ladder { at: at as u8, item, is_repeated: false };
                self.send_request(*request, item);
            }
        }
        self.link.ladder.at = self.config.profile.ladder.len() as u8;
        self.in_service();
    }

    /// Sends the request that the ladder stands at, going past those that want no answer.
    fn ask(&mut self) {
        while let Some(request) = self.request() {
            let item = self.link.ladder.item;
            if item >= self.items(request) {
                self.next_request();
                continue;
            }
            self.send_request(request, item);
            if wants_answer(request) {
                self.timers.set(Timer::Step, self.now + self.config.timing.answer);
                return;
            }
            self.next_request();
        }
        self.timers.clear(Timer::Step);
        if self.link.state == Registration::Configuring {
            self.in_service();
        }
    }

    fn in_service(&mut self) {
        self.link.failures = 0;
        self.link.left_because = AlarmReason::PHONE_INITIALISED;
        self.counts.registrations += 1;
        self.want_standby();
        self.enter(Registration::Registered);
    }

    fn request(&self) -> Option<Request> {
        self.config.profile.ladder.get(usize::from(self.link.ladder.at)).copied()
    }

    fn next_request(&mut self) {
        let at = self.link.ladder.at.saturating_add(1);
        self.link.ladder = Ladder { at, item: 0, is_repeated: false };
    }

    /// An answer came; where the phone waits for it, the next request goes out.
    pub(crate) fn answered(&mut self, request: Request) {
        if self.link.state == Registration::Configuring && self.request() == Some(request) {
            self.link.ladder.item = self.link.ladder.item.saturating_add(1);
            self.link.ladder.is_repeated = false;
            self.ask();
        }
    }

    /// The server asked for capabilities, or gave a page and more follow: not yet the whole answer.
    pub(crate) fn half_answered(&mut self, request: Request) {
        if self.link.state == Registration::Configuring && self.request() == Some(request) {
            self.timers.set(Timer::Step, self.now + self.config.timing.answer);
        }
    }

    pub(crate) fn step_overdue(&mut self) {
        let Some(request) = self.request() else { return };
        if !self.link.ladder.is_repeated && request != Request::Capabilities {
            self.link.ladder.is_repeated = true;
            self.send_request(request, self.link.ladder.item);
            self.timers.set(Timer::Step, self.now + self.config.timing.answer);
            return;
        }
        self.counts.unanswered += 1;
        self.complain(request);
        // Such a server won't answer for the other lines either.
        self.next_request();
        self.ask();
    }

    /// How often a request is made.
    fn items(&self, request: Request) -> u8 {
        let lines = self.line_count();
        match request {
            Request::Lines | Request::Forwards => lines,
            Request::SpeedDials => self.template.speed_dials().count() as u8,
            Request::Features => self.template.features().count() as u8,
            Request::Services => self.template.services().count() as u8,
            _ => 1,
        }
    }

    fn line_count(&self) -> u8 {
        let own = self.config.profile.lines.max(1);
        self.template.line_count(self.config.burst.then_some(own)).clamp(1, own)
    }

    fn send_request(&mut self, request: Request, item: u8) {
        let number = u32::from(item) + 1;
        let profile = self.config.profile;
        match request {
            Request::Headset => self.send(&HeadsetStatus { headset_status: HeadsetMode::OFF }),
            Request::Capabilities => {}
            Request::Version => self.send(&VersionReq {}),
            Request::CallCount => self.send(&CallCountReq::default()),
            Request::Buttons => self.send_cut(&ButtonTemplateReq::default(), 0),
            Request::SoftKeys => self.send(&SoftKeyTemplateReq {}),
            Request::SoftKeySets => self.send(&SoftKeySetReq {}),
            Request::Config => self.send(&ConfigStatReq {}),
            Request::Lines => self.send(&LineStatReq { line_number: LineInstance(number) }),
            Request::Forwards => self.send(&ForwardStatReq { line_number: LineInstance(number) }),
            Request::SpeedDials => {
                let instance = self.template.speed_dials().nth(usize::from(item));
                self.send(&SpeedDialStatReq { speed_dial_number: instance.unwrap_or(number) });
            }
            Request::Features => {
                let feature_index = self.template.features().nth(usize::from(item)).unwrap_or(number);
                let message = FeatureStatReq { feature_index, feature_capabilities: 1 };
                self.send_cut(&message, usize::from(profile.feature_stat_bytes));
            }
            Request::Services => {
                let instance = self.template.services().nth(usize::from(item));
                self.send(&ServiceURLStatReq { service_url_index: instance.unwrap_or(number) });
            }
            Request::AvailableLines => {
                let count = u32::from(self.line_count());
                self.send(&RegisterAvailableLines { max_num_of_avail_lines: count });
            }
            Request::Time => self.send(&TimeDateReq {}),
        }
    }

    /// Whose registration this is, for tests and lists.
    pub fn device_type(&self) -> DeviceType {
        self.config.profile.device_type
    }
}

/// Longest wait for a token that is obeyed, in seconds.
pub const TOKEN_WAIT_SECS_MAX: u32 = 3600;
/// What a 7941 sends as scope of its IPv4 address.
const IPV4_SCOPE: u32 = 3;

fn wants_answer(request: Request) -> bool {
    !matches!(request, Request::Headset | Request::AvailableLines)
}

pub(crate) fn identifier(name: &str, instance: u32) -> DeviceIdentifier<'_> {
    DeviceIdentifier { device_name: FixedText::new(name.as_bytes()), reserved_for_future_use: 0, instance }
}

fn hex_digit(nibble: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(nibble & 15)]
}
