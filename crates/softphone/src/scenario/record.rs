//! A capture as a scenario: what its users did, and what their phones showed then.
//!
//! What the server said is handed to an emulated phone, so that an expectation is what a phone makes of the
//! messages, not the messages: another server that says the same in other words passes too.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use phone::{Audio, AudioAnswer, Config, Input, Output, Phone, Profile, Registration, profile};
use skinny::Frame;
use skinny::codes::{DeviceStimulus, KeypadKey, SpeakerMode};
use skinny::message::Message;
use skinny::packet::Packet;

use super::subject;

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
    hook: Hook,
    expected: BTreeMap<&'static str, Vec<String>>,
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
    Expect(usize, Vec<(&'static str, Vec<String>)>),
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
            let device = String::from_utf8_lossy(request.sid.device_name.text()).into_owned();
            let model = profile::every().find(|profile| profile.device_type == request.device_type);
            return self.registers(key, device, model.unwrap_or(&profile::CISCO_7960));
        }
        let Some(command) = command(&packet.message) else { return };
        let Some(place) = known.or_else(|| self.unregistered(key)) else { return };
        let Some(player) = self.players.get_mut(place).filter(|player| !player.is_away) else { return };
        let hook = std::mem::take(&mut player.hook);
        if command == "onhook" && hook.is_put_down_by_server && !hook.is_handset_up {
            return;
        }
        player.hook.is_handset_up = command == "offhook" || hook.is_handset_up && command != "onhook";
        if can(&player.phone, &command) {
            player.is_away = command == "unregister";
            self.act(place, command);
        }
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
        if let Message::SetSpeakerMode(order) = Packet::decode(frame, version).message {
            player.hook.is_put_down_by_server = order.speaker_mode == SpeakerMode::OFF;
        }
        player.phone.handle(now, Input::Frame(frame));
        settle(&mut player.phone, now);
    }

    fn registers(&mut self, key: &str, device: String, model: &'static Profile) {
        let Some(place) = self.players.iter().position(|player| player.device == device) else {
            self.add(key, device, model);
            return;
        };
        // The same device once more: it was started anew.
        let is_away = self.players.get(place).is_some_and(|player| player.is_away);
        let begin: &[&str] = if is_away { &["power on"] } else { &["power off", "power on"] };
        begin.iter().for_each(|command| self.act(place, (*command).to_owned()));
        let Some(player) = self.players.get_mut(place) else { return };
        key.clone_into(&mut player.key);
        player.phone = plugged_in(&player.device, model, self.now);
        player.is_away = false;
        player.expected.clear();
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
            hook: Hook::default(),
            expected: BTreeMap::new(),
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
        for (place, player) in self.players.iter_mut().enumerate() {
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
                if player.expected.get(name).map_or(!values.is_empty(), |before| *before != values) {
                    player.expected.insert(name, values.clone());
                    wanted.push((name, values));
                }
            }
            if !wanted.is_empty() && self.steps.len() < STEPS_MAX {
                self.steps.push(Recorded::Expect(place, wanted));
            }
        }
    }

    /// The scenario, as a file.
    pub fn finish(mut self, name: &str) -> String {
        self.expect();
        self.name_redialled();
        let mut text = String::new();
        // A String takes everything.
        let _ = self.write(name, &mut text);
        text
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
                    let (_, values) = wanted.iter().find(|(name, _)| *name == "called")?;
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

    fn write(&self, name: &str, text: &mut String) -> std::fmt::Result {
        writeln!(text, "name = {}", quoted(name))?;
        for player in &self.players {
            let model = player.phone.profile().model;
            writeln!(
                text,
                "\n[phones.{}]\ndevice = {}\nmodel = {}",
                player.alias,
                quoted(&player.device),
                quoted(model)
            )?;
        }
        // Keys of the file itself go before its tables in TOML, unless they stand in a table of their own.
        let mut steps = String::from("steps = [\n");
        for step in &self.steps {
            match step {
                Recorded::Act(place, command) => {
                    writeln!(steps, "    {{ {} = {} }},", self.alias(*place), quoted(command))?;
                }
                Recorded::Expect(place, wanted) => {
                    write!(steps, "    {{ expect = {}", quoted(self.alias(*place)))?;
                    wanted
                        .iter()
                        .try_for_each(|(name, values)| write!(steps, ", {name} = {}", values_text(values)))?;
                    writeln!(steps, " }},")?;
                }
            }
        }
        steps.push_str("]\n");
        let at = text.find('\n').map_or(text.len(), |at| at + 1);
        text.insert_str(at, &steps);
        Ok(())
    }

    fn alias(&self, place: usize) -> &str {
        self.players.get(place).map_or("a", |player| player.alias.as_str())
    }
}

fn values_text(values: &[String]) -> String {
    match values {
        [] => quoted("none"),
        [one] => quoted(&escaped(one)),
        more => {
            format!("[{}]", more.iter().map(|value| quoted(&escaped(value))).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value that means itself: a dollar sign begins a variable, `!` and `=` say how to compare.
fn escaped(value: &str) -> String {
    let value = value.replace('$', "$$");
    if value.starts_with(['!', '=']) { format!("={value}") } else { value }
}

/// JSON's quoting is TOML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
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

/// Whether a user can do that: programs that play phones press softkeys that no screen shows. A phone of whose keys
/// the capture says nothing may have any.
fn can(phone: &Phone, command: &str) -> bool {
    match command.strip_prefix("press ") {
        Some(name) => phone.softkeys().is_empty() || phone.shows_softkey(name),
        None => true,
    }
}

/// What a user did to make a phone send this.
fn command(message: &Message<'_>) -> Option<String> {
    Some(match message {
        Message::OffHook(_) => "offhook".to_owned(),
        Message::OnHook(_) => "onhook".to_owned(),
        Message::KeypadButton(key) => format!("keys {}", key_of(key.kp_button)?),
        Message::SoftKeyEvent(pressed) => format!("press {}", pressed.soft_key_event.name()?),
        Message::EnblocCall(call) => format!("enbloc {}", String::from_utf8_lossy(call.called_party.text())),
        Message::Stimulus(pressed) => match (pressed.stimulus, pressed.line_instance.0) {
            (DeviceStimulus::LINE, number) => format!("line {number}"),
            (DeviceStimulus::SPEED_DIAL | DeviceStimulus::BLF_SPEED_DIAL, number) => {
                format!("speeddial {number}")
            }
            (DeviceStimulus::LAST_NUMBER_REDIAL, _) => "redial".to_owned(),
            (other, number) => format!("button {} {number}", other.name()?),
        },
        Message::UnregisterReq(_) => "unregister".to_owned(),
        _ => return None,
    })
}

fn key_of(key: KeypadKey) -> Option<char> {
    match key {
        KeypadKey::STAR => Some('*'),
        KeypadKey::POUND => Some('#'),
        KeypadKey(number) => char::from_digit(number, 10),
    }
}
