//! What passes through the media engine: relayed and transcoded pairs, music on hold; and an engine that is
//! late, silent, or fails.

mod common;

use common::{Generation, World, plan};
use exchange::call::Cause;
use exchange::input::Input;
use exchange::media::{MediaEvent, MediaOrder, MediaParty, MediaStream, OrderId};
use exchange::output::Output;
use exchange::plan::{CodecPolicy, DigitPath, LOW, Music, Region};
use exchange::record::{CallRecord, Record};
use skinny::codes as c;
use std::net::SocketAddr;

const MODERN: Generation = Generation::Modern(20);
const MULAW: u32 = 4;
const G722: u32 = 6;
const G729: u32 = 12;

/// Phones that can't reach each other: A is on this machine, B is not.
fn apart(engine: bool) -> World {
    let mut world = World::new(plan(&[("A", &["1001"]), ("B", &["1002"])]));
    if engine {
        world.says(OrderId(0), MediaEvent::Engine { present: true });
    }
    world.connect_from("A", MODERN, [127, 0, 0, 1]);
    world.register_connected("A");
    world.ask_everything("A");
    world.register("B", MODERN);
    world.forget();
    world
}

fn port(place: u16) -> SocketAddr {
    ([10, 0, 0, 254], 30_000 + 2 * place).into()
}

trait WithEngine {
    fn says(&mut self, id: OrderId, event: MediaEvent);
    fn orders(&mut self) -> Vec<(OrderId, MediaOrder)>;
    fn order(&mut self) -> (OrderId, MediaOrder);
    fn opens(&mut self, id: OrderId, ports: u16);
    fn call(&mut self);
    fn sends_to(&self, name: &str) -> Option<SocketAddr>;
    fn ended(&mut self) -> CallRecord;
}

impl WithEngine for World {
    fn says(&mut self, id: OrderId, event: MediaEvent) {
        self.input(Input::Media(id, event));
    }

    fn orders(&mut self) -> Vec<(OrderId, MediaOrder)> {
        let mut orders = Vec::new();
        self.outputs.retain(|output| match output {
            Output::Media(id, order) => {
                orders.push((*id, order.clone()));
                false
            }
            _ => true,
        });
        orders
    }

    fn order(&mut self) -> (OrderId, MediaOrder) {
        let mut orders = self.orders();
        assert_eq!(orders.len(), 1, "{orders:?}");
        orders.remove(0)
    }

    fn opens(&mut self, id: OrderId, ports: u16) {
        self.says(id, MediaEvent::Opened { addresses: (0..ports).map(port).collect() });
    }

    /// A calls B, B answers, both open their ports.
    fn call(&mut self) {
        self.off_hook("A");
        self.press("A", "1002");
        self.off_hook("B");
        self.acknowledge("A");
        self.acknowledge("B");
    }

    fn sends_to(&self, name: &str) -> Option<SocketAddr> {
        self.phones[name].calls.values().find_map(|call| call.sending).map(|sending| sending.1)
    }

    fn ended(&mut self) -> CallRecord {
        let records = self.records().into_iter();
        let mut calls = records.filter_map(|record| match record {
            Record::Call(call) => Some(call),
            _ => None,
        });
        calls.next().expect("a call ended")
    }
}

fn parties(order: &MediaOrder) -> [MediaParty; 2] {
    let MediaOrder::Relay { parties, keys: [None, None] } = order else { panic!("{order:?}") };
    **parties
}

#[test]
fn a_pair_without_a_direct_path_is_relayed_and_measured() {
    let mut world = apart(true);
    world.call();
    let (id, order) = world.order();
    let [one, two] = parties(&order);
    let both = [(one.signals_from, one.local), (two.signals_from, two.local)];
    let ips = |a: [u8; 4], b: [u8; 4]| (a.into(), b.into());
    // The one that opened its port last comes first.
    assert_eq!(both, [ips([10, 0, 0, 2], [10, 0, 0, 254]), ips([127, 0, 0, 1], [127, 0, 0, 1])]);
    assert!(one.remote.is_some() && two.remote.is_some() && one.codec == two.codec);
    world.opens(id, 2);
    assert_eq!((world.sends_to("B"), world.sends_to("A")), (Some(port(0)), Some(port(1))));
    world.confirm("A");
    world.confirm("B");
    // A key that came as a telephone event and that nothing carried on.
    world.says(id, MediaEvent::Digit { party: 0, digit: '5' });
    assert!(world.ladder().contains("A ← StartTone Dtmf5"));
    world.pass_secs(1);
    world.on_hook("A");
    assert_eq!(world.order(), (id, MediaOrder::Close(id)));
    assert_eq!(world.ended().relayed.as_deref(), Some("no direct path"));
    let stream = MediaStream { packets: 500, mos_hundredths: Some(441), ..MediaStream::default() };
    world.says(id, MediaEvent::Closed { streams: vec![stream, MediaStream { one_way: true, ..stream }] });
    let records = world.records();
    let [Record::Relay(b), Record::Relay(a)] = &records[..] else { panic!("{records:?}") };
    assert_eq!((b.device.as_str(), a.device.as_str()), ("SEP00000000000B", "SEP00000000000A"));
    assert_eq!((b.call, b.stream, a.stream.one_way), (1, stream, true));
    // Twice is once.
    world.says(id, MediaEvent::Closed { streams: vec![stream; 2] });
    assert_eq!(world.records(), []);
    world.pass_secs(10);
    world.assert_quiet();
}

#[test]
fn without_an_engine_nothing_is_ordered_and_the_pair_is_refused() {
    let mut world = apart(false);
    world.call();
    assert_eq!(world.orders(), []);
    assert_eq!(world.ended().cause, Cause::NO_PATH_FOR_MEDIA);
}

#[test]
fn an_engine_that_fails_or_is_silent_ends_the_call_with_a_cause() {
    for silent in [false, true] {
        let mut world = apart(true);
        world.call();
        let (id, _) = world.order();
        if silent {
            world.pass_secs(6);
            assert_eq!(world.order(), (id, MediaOrder::Close(id)));
        } else {
            world.says(id, MediaEvent::Failed("all ports are in use".into()));
        }
        let record = world.ended();
        assert_eq!((record.cause, record.ended_by.as_str()), (Cause::NO_PATH_FOR_MEDIA, "server"));
        // Too late.
        world.opens(id, 2);
        world.pass_secs(10);
        world.on_hook("A");
        world.on_hook("B");
        world.pass_secs(10);
        world.assert_quiet();
    }
}

#[test]
fn who_hangs_up_before_the_engine_answers_takes_the_order_back() {
    let mut world = apart(true);
    world.call();
    let (id, _) = world.order();
    world.on_hook("B");
    assert_eq!(world.order(), (id, MediaOrder::Close(id)));
    world.opens(id, 2);
    assert_eq!(world.orders(), []);
    world.on_hook("A");
    world.pass_secs(10);
    world.assert_quiet();
}

/// A and B with these codecs, in one network.
fn with_codecs(a: &[(u32, u32)], b: &[(u32, u32)]) -> World {
    let mut world = World::with_phones(&[("A", MODERN, &["1001"]), ("B", MODERN, &["1002"])]);
    world.announce_codecs("A", a);
    world.announce_codecs("B", b);
    world.says(OrderId(0), MediaEvent::Engine { present: true });
    world.forget();
    world
}

#[test]
fn two_without_a_common_codec_get_one_each() {
    let mut world = with_codecs(&[(MULAW, 40)], &[(G722, 40), (G729, 40)]);
    world.call();
    let (id, order) = world.order();
    let codecs = parties(&order).map(|party| party.codec);
    assert_eq!(codecs, [G722, MULAW]);
    // Nobody was told to send what the other can't hear.
    assert_eq!((world.sends_to("A"), world.sends_to("B")), (None, None));
    world.opens(id, 2);
    assert_eq!((world.sends_to("B"), world.sends_to("A")), (Some(port(0)), Some(port(1))));
    world.pass_secs(1);
    world.on_hook("B");
    assert_eq!(world.ended().relayed.as_deref(), Some("no common codec"));
}

#[test]
fn what_the_engine_can_not_decode_it_is_not_asked_to() {
    let mut world = with_codecs(&[(G729, 40)], &[(MULAW, 40)]);
    world.off_hook("A");
    world.press("A", "1002");
    assert_eq!(world.orders(), []);
    assert_eq!(world.ended().cause, Cause::NO_CODEC);
}

#[test]
fn the_held_party_hears_music_until_it_is_taken_back() {
    let mut world = with_codecs(&[(MULAW, 40)], &[(MULAW, 40)]);
    world.talk("A", "1002", "B");
    assert_eq!(world.orders(), []);
    world.button("A", c::DeviceStimulus::HOLD, 1);
    let (id, order) = world.order();
    let MediaOrder::Music { party, .. } = order else { panic!("{order:?}") };
    assert_eq!((party.codec, party.remote), (MULAW, None));
    world.opens(id, 1);
    world.acknowledge("B");
    let (_, order) = world.order();
    assert!(matches!(order, MediaOrder::Remote { order, party: 0, .. } if order == id), "{order:?}");
    assert_eq!((world.sends_to("A"), world.sends_to("B")), (None, None));
    world.button("A", c::DeviceStimulus::HOLD, 1);
    assert_eq!(world.order(), (id, MediaOrder::Close(id)));
    world.media("A", "B");
    assert!(world.sends_to("A").is_some() && world.sends_to("B").is_some());
    // Once more, and the held one hangs up.
    world.button("A", c::DeviceStimulus::HOLD, 1);
    let (id, _) = world.order();
    world.opens(id, 1);
    world.on_hook("B");
    assert_eq!(world.order(), (id, MediaOrder::Close(id)));
    world.on_hook("A");
    world.pass_secs(10);
    world.assert_quiet();
}

#[test]
fn without_music_the_held_party_hears_silence_as_before() {
    let mut world = with_codecs(&[(MULAW, 40)], &[(MULAW, 40)]);
    world.talk("A", "1002", "B");
    world.button("A", c::DeviceStimulus::HOLD, 1);
    let (id, _) = world.order();
    world.says(id, MediaEvent::Failed("there is no music".into()));
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.media("A", "B");
    assert_eq!(world.orders(), []);
    assert!(world.sends_to("A").is_some() && world.sends_to("B").is_some());
}

/// A and B in regions of these names, with wideband inside and G.729 across.
fn in_regions(a: &str, b: &str, required: bool) -> World {
    let mut plan = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    let region = |name: &str| Region {
        name: name.into(),
        networks: Vec::new(),
        inside: CodecPolicy::default(),
        outside: CodecPolicy { codecs: LOW.to_vec(), required },
    };
    plan.regions.regions = vec![region("berlin"), region("paris")];
    for (device, region) in [("SEP00000000000A", a), ("SEP00000000000B", b)] {
        plan.devices.get_mut(device).expect("it is there").region = region.into();
    }
    let mut world = World::new(plan);
    world.says(OrderId(0), MediaEvent::Engine { present: true });
    world.register("A", MODERN);
    world.register("B", MODERN);
    world.forget();
    world
}

#[test]
fn wideband_inside_a_region_and_g729_across() {
    for (to, codec, by) in [
        ("berlin", G722, "berlin to berlin"),
        ("paris", G729, "berlin to paris"),
        ("", G729, "berlin to no region"),
    ] {
        let mut world = in_regions("berlin", to, true);
        for name in ["A", "B"] {
            world.announce_codecs(name, &[(MULAW, 40), (G722, 40), (G729, 40)]);
        }
        world.call();
        world.pass_secs(1);
        world.on_hook("A");
        let record = world.ended();
        assert_eq!((record.codec, record.codec_by.as_deref()), (Some(codec), Some(by)), "to {to}");
    }
}

#[test]
fn a_policy_that_can_t_be_kept_refuses_where_it_is_required_and_is_told_of_where_not() {
    for required in [true, false] {
        let mut world = in_regions("berlin", "paris", required);
        world.announce_codecs("A", &[(MULAW, 40), (G729, 40)]);
        world.announce_codecs("B", &[(MULAW, 40)]);
        world.call();
        world.pass_secs(1);
        world.on_hook("A");
        let record = world.ended();
        if required {
            assert_eq!((record.cause, record.codec), (Cause::NO_CODEC, None));
        } else {
            let by = "berlin to paris, which allows none that both have";
            assert_eq!((record.codec, record.codec_by.as_deref()), (Some(MULAW), Some(by)));
        }
    }
}

#[test]
fn a_held_party_hears_music_in_a_codec_of_its_own_where_the_calls_can_not_be_said() {
    let mut world = in_regions("berlin", "paris", true);
    for name in ["A", "B"] {
        world.announce_codecs(name, &[(MULAW, 40), (G729, 40)]);
    }
    world.talk("A", "1002", "B");
    world.button("A", c::DeviceStimulus::HOLD, 1);
    let (id, order) = world.order();
    let MediaOrder::Music { party, .. } = order else { panic!("{order:?}") };
    assert_eq!(party.codec, MULAW);
    world.opens(id, 1);
    world.acknowledge("B");
    world.orders();
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.media("A", "B");
    world.pass_secs(1);
    world.on_hook("A");
    assert_eq!(world.ended().codec, Some(G729));
}

/// A and B, of which B has its digits in a way of its own.
fn with_digits(path: DigitPath, engine: bool) -> World {
    let mut plan = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    plan.devices.get_mut("SEP00000000000B").expect("it is there").digits = path;
    let mut world = World::new(plan);
    if engine {
        world.says(OrderId(0), MediaEvent::Engine { present: true });
    }
    world.register("A", MODERN);
    world.register("B", MODERN);
    world.forget();
    world
}

#[test]
fn digits_go_with_the_audio_to_and_from_a_device_that_has_no_other_way() {
    for path in [DigitPath::Audio, DigitPath::Events] {
        let mut world = with_digits(path, true);
        world.call();
        let (id, order) = world.order();
        let ways = parties(&order).map(|party| (party.digits_in_band, party.event_payload_type));
        let own = if path == DigitPath::Audio { (true, None) } else { (false, Some(101)) };
        assert_eq!(ways, [own, (false, None)]);
        world.opens(id, 2);
        world.forget();
        world.press("A", "7");
        let said = MediaOrder::Digit { order: id, party: 0, digit: '7' };
        assert_eq!((world.order(), world.ladder().contains("StartTone")), ((id, said), false));
        // Its keys, if it sends any, are in its audio as well: there they count, and only there.
        world.press("B", "5");
        assert!(!world.ladder().contains("StartTone"));
        world.says(id, MediaEvent::Digit { party: 0, digit: '5' });
        assert!(world.ladder().contains("A ← StartTone Dtmf5"));
        world.pass_secs(1);
        world.on_hook("A");
        assert_eq!(world.ended().relayed.as_deref(), Some("digits in another way"));
    }
}

#[test]
fn two_that_have_digits_in_the_same_stream_talk_directly_and_so_do_all_without_an_engine() {
    let mut world = with_digits(DigitPath::Audio, false);
    world.call();
    assert_eq!(world.orders(), []);
    assert!(world.sends_to("A").is_some() && world.sends_to("B").is_some());
    world.forget();
    world.press("B", "5");
    assert!(world.ladder().contains("A ← StartTone Dtmf5"));

    let mut plan = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    plan.devices.values_mut().for_each(|device| device.digits = DigitPath::Events);
    let mut world = World::new(plan);
    world.says(OrderId(0), MediaEvent::Engine { present: true });
    world.register("A", MODERN);
    world.register("B", MODERN);
    world.forget();
    world.call();
    assert_eq!(world.orders(), []);
    world.forget();
    world.press("B", "5");
    assert!(!world.ladder().contains("StartTone"));
}

#[test]
fn the_line_that_holds_chooses_the_music_then_its_phone_then_the_site() {
    for (line, device, site, expect) in [
        ("jazz", "blues", "news", "jazz"),
        ("", "blues", "news", "blues"),
        ("", "", "news", "news"),
        ("", "", "", ""),
    ] {
        let mut plan = plan(&[("A", &["1001"]), ("B", &["1002"])]);
        plan.lines.get_mut("1001").expect("it is there").music = line.into();
        plan.lines.get_mut("1002").expect("it is there").music = "not that of who is held".into();
        plan.devices.get_mut("SEP00000000000A").expect("it is there").music = device.into();
        plan.site.music = site.into();
        let mut world = World::new(plan);
        world.says(OrderId(0), MediaEvent::Engine { present: true });
        world.register("A", MODERN);
        world.register("B", MODERN);
        world.talk("A", "1002", "B");
        world.button("A", c::DeviceStimulus::HOLD, 1);
        let (_, order) = world.order();
        let MediaOrder::Music { source, .. } = order else { panic!("{order:?}") };
        assert_eq!(source, expect);
    }
}

/// A and B with music that is sent to a group.
fn with_a_group(b: Generation) -> World {
    let mut plan = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    let multicast = Some(([239, 255, 0, 1], 16_400).into());
    plan.music.insert("jazz".into(), Music { multicast });
    plan.site.music = "jazz".into();
    let mut world = World::new(plan);
    world.says(OrderId(0), MediaEvent::Engine { present: true });
    world.register("A", MODERN);
    world.register("B", b);
    world.talk("A", "1002", "B");
    world.forget();
    world
}

#[test]
fn phones_listen_to_one_group_and_leave_it_when_they_are_taken_back() {
    let mut world = with_a_group(MODERN);
    world.button("A", c::DeviceStimulus::HOLD, 1);
    assert_eq!(world.orders(), []);
    let ladder = world.ladder();
    assert!(ladder.contains("B ← StartMulticastMediaReception"), "{ladder}");
    assert!(!ladder.contains("A ← StartMulticastMediaReception"), "{ladder}");
    world.forget();
    world.button("A", c::DeviceStimulus::HOLD, 1);
    let ladder = world.ladder();
    assert!(ladder.contains("B ← StopMulticastMediaReception"), "{ladder}");
    world.media("A", "B");
    assert!(world.sends_to("A").is_some() && world.sends_to("B").is_some());
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.forget();
    world.on_hook("B");
    assert!(world.ladder().contains("B ← StopMulticastMediaReception"));
    world.on_hook("A");
    world.pass_secs(10);
    world.assert_quiet();
}

#[test]
fn a_phone_that_can_not_listen_to_the_group_gets_the_music_by_itself() {
    let mut world = with_a_group(MODERN);
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.refuse_group("B");
    let (id, order) = world.order();
    let MediaOrder::Music { source, .. } = order else { panic!("{order:?}") };
    assert_eq!(source, "jazz");
    assert!(world.ladder().contains("B ← StopMulticastMediaReception"));
    world.opens(id, 1);
    world.acknowledge("B");
    let (_, order) = world.order();
    assert!(matches!(order, MediaOrder::Remote { order, party: 0, .. } if order == id), "{order:?}");
    world.button("A", c::DeviceStimulus::HOLD, 1);
    assert_eq!(world.order(), (id, MediaOrder::Close(id)));
    world.on_hook("B");
    world.on_hook("A");
    world.pass_secs(10);
    world.assert_quiet();
}
