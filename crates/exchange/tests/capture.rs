//! What we say, beside what CUCM said in a capture: message by message and field by field, per phone.

mod common;

use std::collections::BTreeMap;

use common::{Generation, World, device_name, plan};
use exchange::input::{Input, SessionId};
use skinny::codes as c;
use skinny::frame::{Frame, Split, split};
use skinny::message as m;
use skinny::packet::{compose, view};
use skinny::text::{Charset, Text};
use skinny::types::*;
use skinny::view::{Sink, Value};

/// Where we differ on purpose: message, field, why.
const DIFFERENT: &[(&str, &str, &str)] = &[(
    "SelectSoftKeys",
    "valid_key_mask",
    "our Connected set has no VidMode key that a mask would have to hide",
)];

type Fields = BTreeMap<String, String>;

/// Fields of a frame by path, codes as numbers.
#[derive(Default)]
struct Collect {
    path: Vec<&'static str>,
    fields: Fields,
}

impl Sink for Collect {
    fn leaf(&mut self, name: &'static str, _: usize, _: usize, value: Value<'_>) {
        let mut path = self.path.clone();
        path.push(name);
        let value = match value {
            Value::Code(code, _) => code.to_string(),
            Value::Bits(bits, _) if name == "valid_key_mask" => format!("{bits:#x}"),
            Value::Bits(bits, _) => bits.to_string(),
            Value::Hex(0) => "0".into(),
            Value::Text(Text { bytes, .. }) => format!("\"{}\"", Text { bytes, charset: Charset::Utf8 }),
            value => value.to_string(),
        };
        self.fields.insert(path.join("."), value);
    }
    fn begin(&mut self, name: &'static str) {
        self.path.push(name);
    }
    fn begin_table(&mut self, name: &'static str) {
        self.path.push(name);
    }
    fn begin_entry(&mut self, _: usize) {
        self.path.push("");
    }
    fn end(&mut self) {
        self.path.pop();
    }
}

/// A message of the capture: frame, name, fields.
fn fact(line: &str) -> (&str, &str, &str, &str, Fields) {
    let mut words = line.splitn(5, ' ');
    let mut next = || words.next().unwrap_or("");
    let (frame, phone, direction, name, rest) = (next(), next(), next(), next(), next());
    let mut fields = Fields::new();
    let mut rest = rest;
    while let Some((key, behind)) = rest.split_once('=') {
        let end = match behind.strip_prefix('"') {
            Some(text) => text.find('"').expect("closed") + 2,
            None => behind.find(' ').unwrap_or(behind.len()),
        };
        fields.insert(key.trim().into(), behind[..end].into());
        rest = &behind[end..];
    }
    (frame, phone, direction, name, fields)
}

/// What each phone was told, as name and fields.
fn told(world: &mut World, frames: &[(SessionId, Vec<u8>)]) -> BTreeMap<&'static str, Vec<(String, Fields)>> {
    let mut told: BTreeMap<&'static str, Vec<(String, Fields)>> = BTreeMap::new();
    for (session, bytes) in frames {
        let phone = world.phones.values().find(|phone| phone.session == *session).expect("a phone");
        let mut rest = bytes.as_slice();
        while let Split::Frame(frame, behind) = split(rest) {
            rest = behind;
            let mut fields = Collect::default();
            view(frame, phone.version, &mut fields);
            let name = skinny::catalogue::name(frame.header.id).into_owned();
            told.entry(phone.name).or_default().push((name, fields.fields));
        }
    }
    told
}

/// A phone says something, and the frames that answer are kept.
fn say<'b, M: skinny::message::Body<'b> + m::Numbered>(
    world: &mut World,
    frames: &mut Vec<(SessionId, Vec<u8>)>,
    phone: &str,
    message: &M,
) {
    let mut buffer = [0; 512];
    let len = compose(message, 20, 20, &mut buffer).expect("fits");
    let Split::Frame(frame, _) = split(&buffer[..len]) else { panic!("a frame") };
    let session = world.phones[phone].session;
    world.exchange.handle(world.now, Input::Frame(session, Frame { ..frame }));
    frames.extend(common::drain(&mut world.exchange).1);
}

/// The world of the capture just before its first frame.
fn before_the_capture() -> World {
    let mut site = plan(&[("A", &["321"]), ("B", &["307"])]);
    site.lines.entry("321".into()).or_default().name = "CALLER NAME".into();
    site.lines.entry("307".into()).or_default().name = "CALLEE NAME".into();
    // A dialled 307 before, while B was not there: that took one reference.
    let mut world = World::with_seed(site, 0x4e << 24 | 0x2e_3648);
    world.connect_from("A", Generation::Modern(20), [192, 168, 195, 58]);
    world.register_as("A", &device_name("A"));
    world.en_bloc("A", "307");
    world.on_hook("A");
    world.connect_from("B", Generation::Modern(20), [192, 168, 195, 50]);
    world.register_as("B", &device_name("B"));
    world.forget();
    world
}

#[test]
fn a_redial_and_its_answer_as_cucm_does_them() {
    let mut world = before_the_capture();
    let (a, b) = (0x012e_364a, 0x012e_364b);
    let mut frames = Vec::new();
    let ack = |ip: [u8; 4], port, party, reference| m::OpenReceiveChannelAck {
        ip_addr: Address::new(std::net::Ipv4Addr::from(ip).into()),
        port_number: Port(port),
        pass_through_party_id: PassThroughPartyId(party),
        call_reference: CallReference(reference),
        ..Default::default()
    };
    let redial = m::SoftKeyEvent { soft_key_event: c::SoftKeyEvent::REDIAL, ..Default::default() };
    say(&mut world, &mut frames, "A", &redial);
    let off_hook = m::OffHook { line_instance: LineInstance(1), call_reference: CallReference(b) };
    say(&mut world, &mut frames, "B", &off_hook);
    say(&mut world, &mut frames, "A", &ack([192, 168, 195, 58], 32_144, 0x0100_004f, a));
    say(&mut world, &mut frames, "B", &ack([192, 168, 195, 50], 17_718, 0x0100_0050, b));
    let mut told = told(&mut world, &frames);

    let facts = include_str!("facts/ndpi-redial.txt");
    let facts = facts.lines().filter(|line| !line.starts_with('#')).map(fact);
    for (frame, phone, _, name, fields) in facts.filter(|(_, _, direction, ..)| *direction == "←") {
        let ours = told.get_mut(phone).expect("told something");
        assert!(!ours.is_empty(), "{frame}: {phone} should be told {name}");
        let (our_name, our_fields) = ours.remove(0);
        assert_eq!(our_name, name, "{frame}: what {phone} is told");
        for (field, value) in fields {
            if DIFFERENT.iter().any(|(n, f, _)| *n == name && *f == field) {
                continue;
            }
            assert_eq!(our_fields.get(&field), Some(&value), "{frame}: {field} of {name} to {phone}");
        }
    }
    for (phone, rest) in told {
        assert!(rest.is_empty(), "{phone} is told more than in the capture: {rest:?}");
    }
}

/// The order in which CallManager 4.1 rings and connects a phone without dynamic messages (frames 80 to 87,
/// 132 to 138, 141 to 151 of its capture), as far as it was captured.
#[test]
fn a_new_call_and_an_answer_as_callmanager_4_1_does_them() {
    let mut world =
        World::with_phones(&[("A", Generation::Classic, &["1003"]), ("B", Generation::Classic, &["1004"])]);
    world.softkey("A", c::SoftKeyEvent::NEW_CALL);
    let names = |ladder: Vec<String>| -> Vec<String> {
        ladder.iter().filter_map(|rung| rung.strip_prefix("← ")).map(str::to_owned).collect()
    };
    let frames_80_to_87 = [
        "SetRinger RingOff",
        "SetSpeakerMode On",
        "SetLamp Line 1 On",
        "CallState OffHook line 1 call 1",
        "SelectSoftKeys Off Hook line 1 call 1",
        "DisplayPromptStatus {Enter number} line 1 call 1",
        "ActivateCallPlane line 1",
        "StartTone InsideDialTone line 1 call 1",
    ];
    assert_eq!(names(world.ladder_of("A")), frames_80_to_87);
    world.press("A", "1004");
    let frames_132_to_138 = [
        "CallState RingIn line 1 call 2",
        "SelectSoftKeys Ring In line 1 call 2",
        "DisplayPromptStatus {From}1003 line 1 call 2",
        "DisplayPriNotify {From}1003",
        "CallInfo InBoundCall 1003 (A 1003) > 1004 (B 1004) line 1 call 2 #1",
        "SetLamp Line 1 Blink",
        "SetRinger InsideRing line 1 call 2",
    ];
    assert_eq!(names(world.ladder_of("B")), frames_132_to_138);
    world.off_hook("B");
    let frames_141_to_151 = [
        "SetRinger RingOff",
        "SetSpeakerMode On",
        "SetLamp Line 1 On",
        "CallState OffHook line 1 call 2",
        "ActivateCallPlane line 1",
        "SetRinger RingOff line 1 call 2",
        "StopTone line 1 call 2",
        "OpenReceiveChannel stream 2 call 2 G711Ulaw64k 20 ms from 10.0.0.1",
        "CallState Connected line 1 call 2",
        "SelectSoftKeys Connected line 1 call 2",
    ];
    assert_eq!(names(world.ladder_of("B"))[..10], frames_141_to_151);
}
