//! A capture as a scenario: what its users did, and what their phones showed then.
//!
//! What the server said is handed to an emulated phone, so that an expectation is what a phone makes of the
//! messages, not the messages: another server that says the same in other words passes too.

mod user;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use phone::{Audio, AudioAnswer, Config, Input, Output, Phone, Profile, Registration, profile};
use skinny::Frame;
use skinny::codes::{CallType, SpeakerMode};
use skinny::message::Message;
use skinny::message::registration::RegisterReq;
use skinny::packet::Packet;

use super::subject;
use user::{command, is_resource};
use write::quoted;

/// What is expected of phones, in this order.
const EXPECTED: [&str; 8] = ["registration", "call", "ring", "tone", "calling", "called", "prompt", "media"];
/// Phones of one recording.
pub const PHONES_MAX: usize = 1000;
/// Steps of one recording.
pub const STEPS_MAX: usize = 100_000;
/// Where the emulated phones pretend to be.
const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 20_000);

/// Takes the messages of a capture in their order.
#[derive(Debug, Default)]
pub struct Recorder {
    players: Vec<Player>,
    steps: Vec<Recorded>,
    /// Hardware of the capture, by address: it is told of once.
    resources: BTreeSet<String>,
    now: Duration,
}

/// A phone of the capture.
#[derive(Debug)]
struct Player {
    key: String,
    alias: String,
    device: String,
    phone: Phone,
    /// It has left its server.
    is_away: bool,
    /// Its registration is in the capture: what the server gave it is known.
    is_known: bool,
    hook: Hook,
    expected: BTreeMap<&'static str, Vec<String>>,
    /// A call was announced to it, and it does not ring yet.
    is_announced: bool,
    /// What its user did then: he heard it ring.
    waiting: Vec<String>,
    /// The step of a softkey that no screen showed, until the server does something.
    doubtful: Option<usize>,
    /// Somebody left its call without ending it.
    is_left_alone: bool,
}

/// What is known of a phone's hook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Hook {
    is_handset_up: bool,
    /// The server put the speaker off, and the phone says that it is on hook: nobody did anything.
    is_put_down_by_server: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Recorded {
    Act(usize, String),
    /// If the phone has a call in this state.
    ActIf(usize, &'static str, String),
    Expect(usize, Vec<(&'static str, Value)>),
    /// What of the capture is not played, and why.
    Note(String),
}

/// What is expected.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Are(Vec<String>),
    Not(String),
}

impl Recorder {
    /// A recorder that has seen nothing.
    pub fn new() -> Self {
        Recorder::default()
    }

    /// A message that a phone sent; `key` tells phones apart, such as its address.
    pub fn sent(&mut self, at: Duration, key: &str, frame: Frame<'_>) {
        self.now = self.now.max(at);
        let known = self.players.iter().position(|player| player.key == key);
        let version =
            known.and_then(|place| self.players.get(place)).map_or(0, |player| player.phone.version());
        let packet = Packet::decode(frame, version);
        if let Message::RegisterReq(request) = &packet.message {
            return self.registers(key, request);
        }
        let Some(command) = command(&packet.message).filter(|_| !self.resources.contains(key)) else {
            return;
        };
        let Some(place) = known.or_else(|| self.unregistered(key)) else { return };
        let Some(player) = self.players.get_mut(place).filter(|player| !player.is_away) else { return };
        let hook = std::mem::take(&mut player.hook);
        if command == "onhook" && hook.is_put_down_by_server && !hook.is_handset_up {
            return;
        }
        player.hook.is_handset_up = command == "offhook" || hook.is_handset_up && command != "onhook";
        if player.is_announced && (command == "offhook" || command.starts_with("line ")) {
            return player.waiting.push(command);
        }
        self.flush(place);
        self.does(place, command);
    }

    /// Its user did that, as far as a user can.
    fn does(&mut self, place: usize, command: String) {
        self.settle_doubt(place);
        let Some(player) = self.players.get_mut(place) else { return };
        if command == "unregister" {
            let is_in_call = !player.phone.calls().is_empty();
            self.act(place, command);
            if let Some(player) = self.players.get_mut(place) {
                player.is_away = true;
            }
            if is_in_call {
                let others = self.players.iter_mut().filter(|other| !other.phone.calls().is_empty());
                others.for_each(|other| other.is_left_alone = true);
            }
            return;
        }
        match command.strip_prefix("press ") {
            Some(name) if player.is_known && player.phone.softkeys().is_empty() => {
                let does = if name == "EndCall" { "hangup".to_owned() } else { command.clone() };
                let is_left_alone = player.is_left_alone;
                self.act(place, does.clone());
                let step = self.steps.len().saturating_sub(1);
                if is_left_alone && let Some(last) = self.steps.last_mut() {
                    *last = Recorded::ActIf(place, "connected", does);
                }
                if let Some(player) = self.players.get_mut(place) {
                    player.doubtful = Some(step);
                }
            }
            // Programs that play phones press softkeys that no screen shows. A phone of whose keys the capture says nothing
            // may have any.
            Some(name) if !player.phone.softkeys().is_empty() && !player.phone.shows_softkey(name) => {
                let note =
                    format!("{} presses {}, which its screen does not show", player.alias, quoted(name));
                self.note(note);
            }
            _ => self.act(place, command),
        }
    }

    /// The server did nothing after a softkey that no screen showed: it was none.
    fn settle_doubt(&mut self, place: usize) {
        let Some(player) = self.players.get_mut(place) else { return };
        let Some(step) = player.doubtful.take() else { return };
        let note = format!(
            "{} sends a softkey, of which the server gave it none, and the server does nothing: not played",
            player.alias
        );
        if let Some(step) = self.steps.get_mut(step) {
            *step = Recorded::Note(note);
        }
    }

    fn settle_all(&mut self) {
        (0..self.players.len()).for_each(|place| self.settle_doubt(place));
    }

    /// It rings, or will not any more: what its user did as it was called.
    fn flush(&mut self, place: usize) {
        let Some(player) = self.players.get_mut(place) else { return };
        player.is_announced = false;
        for command in std::mem::take(&mut player.waiting) {
            self.does(place, command);
        }
    }

    fn flush_all(&mut self) {
        (0..self.players.len()).for_each(|place| self.flush(place));
    }

    /// A message that a phone received.
    pub fn received(&mut self, at: Duration, key: &str, frame: Frame<'_>) {
        self.now = self.now.max(at);
        let now = self.now;
        let known = self.players.iter().position(|player| player.key == key);
        // A standby connection has keepalives only: no phone of its own.
        let speaks_of_calls =
            matches!(Packet::decode(frame, 0).message, Message::CallState(_) | Message::SetRinger(_));
        let unregistered = || speaks_of_calls.then(|| self.unregistered(key)).flatten();
        let Some(place) = known.or_else(unregistered) else { return };
        let Some(player) = self.players.get_mut(place) else { return };
        let version = player.phone.version();
        let message = Packet::decode(frame, version).message;
        match &message {
            Message::SetSpeakerMode(order) => {
                player.hook.is_put_down_by_server = order.speaker_mode == SpeakerMode::OFF;
            }
            Message::CallInfo(info) if player.phone.calls().is_empty() => {
                // Older servers say nothing of the direction.
                let called = info.called_party.text();
                let is_own = |line: &phone::Line| !called.is_empty() && line.number.as_bytes() == called;
                player.is_announced =
                    info.call_type == CallType::IN_BOUND_CALL || player.phone.lines().iter().any(is_own);
            }
            Message::RegisterReject(reject) => {
                let why = String::from_utf8_lossy(reject.text.text()).into_owned();
                return self.refused(place, &why);
            }
            _ => {}
        }
        let is_idle_talk =
            matches!(message, Message::KeepAliveAck(_) | Message::UnregisterAck(_) | Message::TimeDateRes(_));
        if !is_idle_talk {
            player.doubtful = None;
        }
        player.phone.handle(now, Input::Frame(frame));
        settle(&mut player.phone, now);
        if player.phone.calls().is_empty() {
            player.is_left_alone = false;
        }
        if !player.waiting.is_empty() && player.phone.ringing() {
            self.flush(place);
        }
    }

    fn registers(&mut self, key: &str, request: &RegisterReq<'_>) {
        let device = String::from_utf8_lossy(request.sid.device_name.text()).into_owned();
        if is_resource(request.device_type) {
            if self.resources.insert(key.to_owned()) {
                let kind = request.device_type;
                self.note(format!(
                    "{} is a {kind} and no phone: not played; `lineside resource` is one",
                    quoted(&device)
                ));
            }
            return;
        }
        let found = profile::every().find(|profile| profile.device_type == request.device_type);
        let model = found.unwrap_or(&profile::CISCO_7960);
        let Some(place) = self.players.iter().position(|player| player.device == device) else {
            if found.is_none() {
                let kind = request.device_type;
                self.note(format!(
                    "{}: no model here is a {kind}; played as a {}",
                    quoted(&device),
                    model.model
                ));
            }
            if let Some(place) = self.add(key, device, model)
                && let Some(player) = self.players.get_mut(place)
            {
                player.is_known = true;
            }
            return;
        };
        // The same device once more: it was started anew.
        self.flush(place);
        self.settle_doubt(place);
        let is_away = self.players.get(place).is_some_and(|player| player.is_away);
        let begin: &[&str] = if is_away { &["power on"] } else { &["power off", "power on"] };
        begin.iter().for_each(|command| self.act(place, (*command).to_owned()));
        let Some(player) = self.players.get_mut(place) else { return };
        key.clone_into(&mut player.key);
        player.phone = plugged_in(&player.device, model, self.now);
        (player.is_away, player.is_left_alone, player.is_known) = (false, false, true);
        player.hook = Hook::default();
        player.expected.clear();
    }

    /// The server did not let it in: why that is, another server does not know.
    fn refused(&mut self, place: usize, why: &str) {
        let plugs_in = |step: &Recorded| matches!(step, Recorded::Act(phone, act) if *phone == place && act == "power on");
        let begun = self.steps.iter().rposition(plugs_in);
        let Some(player) = self.players.get_mut(place) else { return };
        let is_again = !player.expected.is_empty() || begun.is_none();
        player.is_away = true;
        let note = format!(
            "{} tries to register, and the server refuses: {}; not played",
            player.alias,
            quoted(why)
        );
        match begun.and_then(|step| self.steps.get_mut(step)).filter(|_| !is_again) {
            Some(step) => *step = Recorded::Note(note),
            None => self.note(note),
        }
    }

    fn note(&mut self, note: String) {
        self.expect();
        if self.steps.len() < STEPS_MAX && self.steps.last() != Some(&Recorded::Note(note.clone())) {
            self.steps.push(Recorded::Note(note));
        }
    }

    /// A phone whose registration is not in the capture.
    fn unregistered(&mut self, key: &str) -> Option<usize> {
        let device = format!("SEP{:012X}", 0x0200_0000_0000_u64 + self.players.len() as u64);
        self.add(key, device, &profile::CISCO_7960)
    }

    fn add(&mut self, key: &str, device: String, model: &'static Profile) -> Option<usize> {
        let place = self.players.len();
        if place >= PHONES_MAX {
            return None;
        }
        let alias = match u8::try_from(place) {
            Ok(place @ 0..26) => char::from(b'a' + place).to_string(),
            _ => format!("p{}", place + 1),
        };
        let phone = plugged_in(&device, model, self.now);
        let key = key.to_owned();
        self.players.push(Player {
            key,
            alias,
            device,
            phone,
            is_away: false,
            is_known: false,
            hook: Hook::default(),
            expected: BTreeMap::new(),
            is_announced: false,
            waiting: Vec::new(),
            doubtful: None,
            is_left_alone: false,
        });
        Some(place)
    }

    fn act(&mut self, place: usize, command: String) {
        if let (Some(Recorded::Act(last, before)), Some(key)) =
            (self.steps.last_mut(), command.strip_prefix("keys "))
            && *last == place
            && before.starts_with("keys ")
        {
            return before.push_str(key);
        }
        self.expect();
        if self.steps.len() < STEPS_MAX {
            self.steps.push(Recorded::Act(place, command));
        }
    }

    /// What phones show now and did not show before.
    fn expect(&mut self) {
        for (place, player) in self.players.iter_mut().enumerate().filter(|(_, player)| !player.is_away) {
            let mut wanted = Vec::new();
            for name in EXPECTED {
                let Some(subject) = subject::find(name) else { continue };
                let mut values = (subject.read)(&player.phone);
                if name == "registration" {
                    // The phone of the capture had its answers in its own order; this one waits for them in its own.
                    let is_in = matches!(
                        player.phone.registration(),
                        Registration::Configuring | Registration::Registered
                    );
                    values = if is_in { vec!["registered".to_owned()] } else { Vec::new() };
                }
                if name == "media" && values.iter().any(|stream| stream == "both") {
                    // What a server has recorded or listened to beside the call is its own affair.
                    values = vec!["both".to_owned()];
                }
                let before = player.expected.get(name);
                if before.map_or(!values.is_empty(), |before| *before != values) {
                    // A number that is being dialled ends the dial tone; which tone follows, and how soon, is the server's affair.
                    let is_dialled = name == "tone"
                        && values.is_empty()
                        && player.phone.audio_call().is_some_and(|call| !call.is_connected());
                    let value = match before.and_then(|before| before.first()).filter(|_| is_dialled) {
                        Some(before) => Value::Not(before.clone()),
                        None => Value::Are(values.clone()),
                    };
                    player.expected.insert(name, values);
                    wanted.push((name, value));
                }
            }
            if !wanted.is_empty() && self.steps.len() < STEPS_MAX {
                self.steps.push(Recorded::Expect(place, wanted));
            }
        }
    }

    /// The last number again, of a call before the capture began: the phone that plays it has to be told the number.
    fn name_redialled(&mut self) {
        for place in 0..self.players.len() {
            let of_phone = |step: &Recorded| matches!(step, Recorded::Act(phone, _) if *phone == place);
            let dials = |step: &Recorded| matches!(step, Recorded::Act(_, command) if command.starts_with("keys ") || command.starts_with("enbloc "));
            let redials = |step: &Recorded| matches!(step, Recorded::Act(_, command) if command == "press Redial" || command == "redial");
            let Some(first) =
                self.steps.iter().position(|step| of_phone(step) && (dials(step) || redials(step)))
            else {
                continue;
            };
            let called = |step: &Recorded| match step {
                Recorded::Expect(phone, wanted) if *phone == place => {
                    let (_, value) = wanted.iter().find(|(name, _)| *name == "called")?;
                    let Value::Are(values) = value else { return None };
                    Some(values.first()?.split(' ').next()?.to_owned())
                }
                _ => None,
            };
            let number = self.steps.iter().skip(first).find_map(called).filter(|number| !number.is_empty());
            if let (Some(step), Some(number)) =
                (self.steps.get_mut(first).filter(|step| redials(step)), number)
            {
                *step = Recorded::Act(place, format!("dial {number}"));
            }
        }
    }
}

fn plugged_in(device: &str, model: &'static Profile, now: Duration) -> Phone {
    let mut phone = Phone::new(Config::new(device, model));
    let place = SocketAddr::from(NOWHERE);
    phone.handle(now, Input::PowerOn);
    phone.handle(now, Input::Connected { local: place, remote: place, rtp_port: 0 });
    settle(&mut phone, now);
    phone
}

/// The emulated phone has an audio path that takes everything; what it would send goes nowhere.
fn settle(phone: &mut Phone, now: Duration) {
    let local = SocketAddr::from(NOWHERE);
    while let Some(output) = phone.poll() {
        let answer = match output {
            Output::Audio(Audio::OpenReceive { stream, .. }) => AudioAnswer::ReceiveOpened { stream, local },
            Output::Audio(Audio::StartSend { stream, .. }) => AudioAnswer::SendStarted { stream, local },
            _ => continue,
        };
        phone.handle(now, Input::Audio(answer));
    }
    let pending = phone.pending().len();
    phone.wrote(pending);
}
