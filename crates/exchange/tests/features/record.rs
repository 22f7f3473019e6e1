//! Recording.

use exchange::input::{Command, CommandId, Input};
use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::output::Output;
use exchange::plan::{ConsentTo, Plan, Recording};
use exchange::record::{CallRecord, Record, RecordingRecord};
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

/// A may record, all calls of B are recorded, those of C and D never.
fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    site.site.features.park_slots = vec!["71".into()];
    site.site.features.privacy = true;
    // As phones are recorded that send no copies.
    site.devices.values_mut().for_each(|device| device.built_in_bridge = Some(false));
    for (number, record) in [("1001", Recording::OnDemand), ("1002", Recording::Always)] {
        site.lines.get_mut(number).expect("a line").record = record;
    }
    site
}

fn without_tone() -> Plan {
    let mut site = site();
    site.site.features.recording.tone_to = ConsentTo::Nobody;
    site
}

/// The engine comes before the first step.
fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

impl World {
    /// The Record key; phones without softkeys dial the code while the call is on hold.
    fn record_key(&mut self, name: &'static str, other: &'static str) {
        if self.phones[name].generation == Generation::Old {
            self.record_code(name, other);
        } else {
            self.softkey(name, c::SoftKeyEvent(41));
        }
        self.media(name, other);
    }

    fn record_code(&mut self, name: &'static str, other: &'static str) {
        self.hold_key(name);
        self.acknowledge(other);
        self.off_hook(name);
        self.press(name, "*55");
        self.resume_key(name);
        self.media(name, other);
    }

    /// How many parties are on a tape, by the orders so far.
    fn attached(&self) -> usize {
        let attach = |output: &&Output| matches!(output, Output::Media(_, MediaOrder::Attach { .. }));
        self.outputs.iter().filter(attach).count()
    }

    fn all_recorded(&mut self) -> (Vec<CallRecord>, Vec<RecordingRecord>) {
        let (mut calls, mut recordings) = (Vec::new(), Vec::new());
        for record in self.records() {
            match record {
                Record::Call(call) => calls.push(call),
                Record::Recording(recording) => recordings.push(recording),
                _ => {}
            }
        }
        (calls, recordings)
    }

    /// Something happens to the recording that runs.
    fn tape_says(&mut self, event: MediaEvent) {
        let tape = *self.tapes.last().expect("a tape runs");
        self.input(Input::Media(tape, event));
    }

    fn command_record(&mut self, call: u64, on: bool) -> Result<String, String> {
        let id = CommandId(call * 10 + u64::from(on));
        self.input(Input::Command(id, Command::Record { call, device: None, on }));
        let reply = self.outputs.iter().rev().find_map(|output| match output {
            Output::Reply(of, reply) if *of == id => Some(reply.clone()),
            _ => None,
        });
        reply.expect("an answer")
    }
}

/// Who records talks through the engine.
#[track_caller]
fn passes_through(world: &World, name: &str) {
    let sends = world.phones[name].calls.values().find_map(|call| call.sending);
    assert_eq!(sends.expect("it sends").1.ip().to_string(), "10.0.0.254", "{name} sends to the engine");
}

features! {
    /// B is called; his phone shows that it is recorded; he holds, and takes back.
    recording_always("Recording of all calls of a line", "`record` of the line") on site [
        engine,
        |w| w.talk("C", "1002", "B"),
        |w| passes_through(w, "B"),
        |w| w.hold_key("B"),
        |w| w.acknowledge("C"),
        |w| w.resume_key("B"),
        |w| w.media("B", "C"),
        |w| passes_through(w, "C"),
    ];

    /// A talks directly; from the key on through this server; the key again ends it.
    recording_on_demand("Recording on demand", "softkey Record") on site [
        engine,
        |w| w.talk("A", "1003", "C"),
        |w| w.assert_talk("A", "C"),
        |w| w.record_key("A", "C"),
        |w| passes_through(w, "A"),
        |w| w.record_key("A", "C"),
    ];

    /// While the call is on hold.
    recording_by_code("Recording on demand", "code *55, while the call is held") on site [
        engine,
        |w| w.talk("A", "1003", "C"),
        |w| w.record_code("A", "C"),
        |w| passes_through(w, "A"),
    ];

    /// Nobody hears a tone: the engine need not mix.
    recording_without_tone("Recording without a tone", "`tone_to` of `[recording]`") on without_tone [
        engine,
        |w| w.talk("C", "1002", "B"),
    ];

    /// B records, and begins a conference: the recording goes on with all of them.
    recording_conference("Recording goes on in a conference", "softkey Confrn, button Conference") on site [
        engine,
        |w| w.confer("B", &[("C", "1003"), ("D", "1004")]),
        |w| w.assert_mixed(&["B", "C", "D"]),
    ];

    /// C transfers B, who records, to D.
    recording_transfer("Recording goes on after a transfer", "softkey Transfer, button Transfer") on site [
        engine,
        |w| w.talk("C", "1002", "B"),
        |w| w.transfer_key("C"),
        |w| w.acknowledge("B"),
        |w| w.press("C", "1004"),
        |w| w.off_hook("D"),
        |w| w.media("C", "D"),
        |w| w.transfer_key("C"),
        |w| w.media("B", "D"),
        |w| passes_through(w, "D"),
    ];

    /// C parks B, who records; D takes him.
    recording_park("Recording goes on over a park", "softkey Park, button CallPark") on site [
        engine,
        |w| w.talk("C", "1002", "B"),
        |w| w.feature_key("C", c::SoftKeyEvent::PARK, c::DeviceStimulus::CALL_PARK),
        |w| w.off_hook("D"),
        |w| w.press("D", "71"),
        |w| w.media("B", "D"),
        |w| passes_through(w, "D"),
    ];

    /// The disk is full in the middle of it: B sees that, and the call goes on.
    recording_disk_full("Recording, disk full: cut, the call goes on", "any call of the line") on site [
        engine,
        |w| w.talk("C", "1002", "B"),
        |w| w.tape_says(MediaEvent::TapeCut("disk full".into())),
        |w| passes_through(w, "B"),
    ];

    /// The line may not: the key says so.
    recording_refused("Recording that the line does not allow: refused", "softkey Record") on site [
        engine,
        |w| w.talk("C", "1004", "D"),
        |w| w.softkey("C", c::SoftKeyEvent(41)),
        |w| w.assert_talk("C", "D"),
    ];
}

fn world() -> World {
    let mut world = World::new(site());
    for name in ["A", "B", "C", "D"] {
        world.register(name, Generation::Modern(20));
    }
    let mut world = world.with_engine();
    world.forget();
    world
}

/// One recording over hold and transfer; both calls name its file, and its own record says how long it is.
#[test]
fn each_call_names_its_file() {
    let mut w = world();
    w.talk("C", "1002", "B");
    w.hold_key("B");
    w.acknowledge("C");
    w.resume_key("B");
    w.media("B", "C");
    assert_eq!((w.attached(), w.tapes.len()), (2, 1), "one tape, on which B was put twice");
    w.transfer_key("C");
    w.acknowledge("B");
    w.press("C", "1004");
    w.off_hook("D");
    w.media("C", "D");
    w.transfer_key("C");
    w.media("B", "D");
    everybody_hangs_up(&mut w);
    let (calls, recordings) = w.all_recorded();
    let [recording] = &recordings[..] else { panic!("{recordings:?}") };
    assert_eq!(recording.file.split('-').take(2).collect::<Vec<_>>(), ["00000001", "1"]);
    assert_eq!((recording.call, recording.line.as_str(), recording.by.as_str()), (1, "1002", "line"));
    assert_eq!((recording.bytes > 0, recording.cut.as_deref()), (true, None));
    assert_eq!(calls.len(), 2);
    for call in &calls {
        assert_eq!(call.recordings, std::slice::from_ref(&recording.file), "{call:?}");
    }
    assert_eq!(calls[1].relayed.as_deref(), Some("recorded"));
}

/// Both record: each has a file of its own.
#[test]
fn two_who_record_have_a_file_each() {
    let mut w = world();
    w.talk("A", "1002", "B");
    w.softkey("A", c::SoftKeyEvent(41));
    assert_eq!((w.attached(), w.tapes.len()), (2, 2));
    everybody_hangs_up(&mut w);
    let (calls, recordings) = w.all_recorded();
    let by: Vec<(&str, &str)> = recordings.iter().map(|one| (one.line.as_str(), one.by.as_str())).collect();
    assert_eq!(by, [("1001", "user"), ("1002", "line")]);
    assert_eq!(calls[0].recordings.len(), 2);
}

/// What can't be recorded is recorded as such: no engine, no answer of it, no disk, no relay.
#[test]
fn what_is_not_recorded_is_told_and_the_call_goes_on() {
    type Fails = fn(&mut World);
    let cases: [(bool, Fails, &str); 4] = [
        (false, |_| {}, "there is no media engine"),
        (true, |w| w.pass_secs(6), "the media engine did not answer"),
        (true, |w| w.input(Input::Media(OrderId(2), MediaEvent::Failed("disk full".into()))), "disk full"),
        (true, |w| w.input(Input::Media(OrderId(1), MediaEvent::Failed("no port".into()))), "no port"),
    ];
    for (engine, fails, why) in cases {
        let mut w = World::new(site());
        for name in ["B", "C"] {
            w.register(name, Generation::Modern(20));
        }
        w.input(Input::Media(OrderId(0), MediaEvent::Engine { present: engine }));
        w.talk("C", "1002", "B");
        fails(&mut w);
        let first = w.all_recorded().1.pop();
        let failed = w.ladder();
        assert!(
            failed.contains("Recording failed") || failed.contains("Recording cut: disk full"),
            "{failed}"
        );
        w.media("C", "B");
        if why != "disk full" {
            w.assert_talk("C", "B");
        }
        assert_eq!(w.exchange.counts().calls, 1, "{why}");
        w.on_hook("C");
        w.on_hook("B");
        w.input(Input::Media(OrderId(2), MediaEvent::Closed { streams: Vec::new() }));
        let record = first.or_else(|| w.all_recorded().1.pop()).expect("a record");
        assert_eq!((record.cut.as_deref(), record.file.as_str()), (Some(why), ""));
    }
}

/// A codec that nobody here decodes is left aside for one that is, where both phones have one; else nothing is recorded.
#[test]
fn a_codec_that_can_be_recorded_is_chosen() {
    let (g722, g729, mulaw) = (6, 12, 4);
    for (codecs, recorded) in [(&[(g729, 40), (mulaw, 40)][..], true), (&[(g729, 40)], false)] {
        let mut w = world();
        w.announce_codecs("B", codecs);
        w.announce_codecs("C", codecs);
        w.forget();
        w.talk("C", "1002", "B");
        assert_eq!(w.tapes.len(), usize::from(recorded));
        let record = w.all_recorded().1.pop();
        assert_eq!(record.is_none(), recorded, "{record:?}");
        if let Some(record) = record {
            assert_eq!(record.cut.as_deref(), Some("nothing here decodes the call's codec"));
            w.assert_talk("C", "B");
        }
        everybody_hangs_up(&mut w);
    }
    let mut w = world();
    w.announce_codecs("B", &[(g722, 40)]);
    w.announce_codecs("C", &[(g722, 40)]);
    w.talk("C", "1002", "B");
    let wide = |output: &Output| matches!(output, Output::Media(_, MediaOrder::Tape { wideband: true, .. }));
    assert!(w.outputs.iter().any(wide));
    everybody_hangs_up(&mut w);
}

/// The length comes when the engine has closed the file; what was cut says why.
#[test]
fn a_full_disk_is_in_the_record() {
    let mut w = world();
    w.talk("C", "1002", "B");
    w.tape_says(MediaEvent::TapeCut("disk full".into()));
    w.on_hook("C");
    let (calls, recordings) = w.all_recorded();
    assert_eq!(recordings[0].cut.as_deref(), Some("disk full"));
    assert_eq!(calls[0].recordings, std::slice::from_ref(&recordings[0].file));
    assert_eq!(calls[0].cause, exchange::call::Cause::NORMAL);
    everybody_hangs_up(&mut w);
}

/// An operator may where the line allows it, and not while its user has Private on; the user himself may.
#[test]
fn an_operator_may_what_the_line_and_its_user_allow() {
    let mut w = world();
    w.talk("C", "1004", "D");
    assert!(w.command_record(1, true).unwrap_err().contains("on-demand"));
    w.on_hook("C");
    w.talk("A", "1003", "C");
    assert_eq!(w.command_record(2, true).unwrap(), "call 2 is recorded for SEP00000000000A");
    assert_eq!(w.command_record(2, true).unwrap_err(), "call 2 is recorded already");
    assert_eq!(w.command_record(2, false).unwrap(), "call 2 is recorded no longer");
    assert_eq!(w.command_record(2, false).unwrap_err(), "call 2 is not recorded");
    assert!(w.command_record(9, true).unwrap_err().contains("no call 9"));
    w.softkey("A", c::SoftKeyEvent(38));
    assert!(w.command_record(2, true).unwrap_err().contains("Private"));
    w.softkey("A", c::SoftKeyEvent(41));
    assert_eq!(w.tapes.len(), 1);
    everybody_hangs_up(&mut w);
}

/// Who hears the tone is in the order, and how often.
#[test]
fn the_tone_is_as_the_site_wants() {
    for (tone_to, expect) in [
        (ConsentTo::All, Some((15, true))),
        (ConsentTo::Others, Some((15, false))),
        (ConsentTo::Nobody, None),
    ] {
        let mut plan = site();
        plan.site.features.recording.tone_to = tone_to;
        let mut w = World::new(plan);
        for name in ["B", "C"] {
            w.register(name, Generation::Modern(20));
        }
        let mut w = w.with_engine();
        w.talk("C", "1002", "B");
        let consent = w.outputs.iter().find_map(|output| match output {
            Output::Media(_, MediaOrder::Attach { consent, .. }) => Some(*consent),
            _ => None,
        });
        let consent = consent.expect("it is recorded");
        assert_eq!(consent.map(|consent| (consent.every_secs, consent.to_recorder)), expect);
    }
}
