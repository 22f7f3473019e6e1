//! Hardware that registers: conference bridges, media termination points and transcoders.

use exchange::call::Cause;
use exchange::output::Change;
use exchange::plan::{Device, First, Plan, Resource, ResourceKind};
use exchange::record::Record;
use skinny::codes as c;
use skinny::message as m;
use skinny::table::Table;
use skinny::types::{CallReference, ConferenceId, Count};

use crate::common::{Generation, World, check, device_name, plan};
use crate::harness::{Step, everybody_hangs_up};

/// The bridge of the capture: it is told of streams only.
const DIXIE_LAND: Generation = Generation::Resource(c::DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND);
/// One that is told of conferences, too.
const AUD_VID: Generation = Generation::Resource(c::DeviceType::CONFERENCE_BRIDGE_AUD_VID);
const MTP: Generation = Generation::Resource(c::DeviceType::MEDIA_TERMINATION_POINT);

fn site(kind: ResourceKind) -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    for name in ["X", "Y"] {
        let resource = Some(Resource { kind, conference_messages: None });
        site.devices.insert(device_name(name), Device { resource, ..Device::default() });
    }
    site
}

/// Four phones and a bridge.
fn bridged(generation: Generation, bridge: Generation) -> World {
    let mut world = World::new(site(ResourceKind::ConferenceBridge));
    for name in ["A", "B", "C", "D"] {
        world.register(name, generation);
    }
    world.register("X", bridge);
    world.forget();
    world
}

impl World {
    /// The bridge does what it was asked to.
    fn obeys(&mut self, name: &'static str) {
        loop {
            let asked = std::mem::take(&mut self.phone(name).conferences);
            if asked.is_empty() {
                break;
            }
            for (conference_id, participant) in asked {
                match participant {
                    None => self.say(name, &m::CreateConferenceRes { conference_id, ..Default::default() }),
                    Some(call_reference) => self.say(
                        name,
                        &m::AddParticipantRes { conference_id, call_reference, ..Default::default() },
                    ),
                }
            }
        }
        self.acknowledge(name);
        self.confirm(name);
    }

    /// Streams of phones, and then of the bridge.
    fn bridge_media(&mut self, bridge: &'static str, names: &[&'static str]) {
        self.media_of(names);
        self.obeys(bridge);
        self.media_of(names);
    }

    /// Everybody sends to a bridge, and it sends to everybody.
    #[track_caller]
    fn assert_bridged(&self, bridge: &str, names: &[&str]) {
        let ip = |name: &str| std::net::IpAddr::from(self.phones[name].ip);
        let mut ports = std::collections::BTreeSet::new();
        for name in names {
            let mut calls = self.phones[*name].calls.values().filter(|call| call.receiving.is_some());
            let call = calls.next().unwrap_or_else(|| panic!("{name} receives"));
            let to = call.sending.unwrap_or_else(|| panic!("{name} sends")).1;
            assert_eq!(to.ip(), ip(bridge), "{name} sends to {bridge}");
            ports.insert(to.port());
        }
        assert_eq!(ports.len(), names.len(), "each has a port of its own");
        let sends = self.phones[bridge].calls.values().filter_map(|call| call.sending);
        let told: std::collections::BTreeSet<_> = sends.map(|(_, to)| to.ip()).collect();
        assert_eq!(told, names.iter().map(|name| ip(name)).collect(), "{bridge} sends to each");
    }

    fn streams(&self, name: &str) -> usize {
        self.phones[name].calls.values().filter(|call| call.receiving.is_some()).count()
    }
}

fn bridge_is_lost(world: &mut World) {
    world.lose("X");
    world.phone("X").closed = Some(exchange::output::CloseReason::Limit);
    world.phone("X").starts_anew();
}

/// A conference of three: streams under one conference id; the last two talk directly.
const CONFERENCE: &[Step] = &[
    |w| w.talk("A", "1002", "B"),
    |w| w.confer_key("A"),
    |w| w.press("A", "1003"),
    |w| w.off_hook("C"),
    |w| w.media("A", "C"),
    |w| w.confer_key("A"),
    |w| w.bridge_media("X", &["A", "B", "C"]),
    |w| w.assert_bridged("X", &["A", "B", "C"]),
    |w| w.on_hook("C"),
    |w| w.media("A", "B"),
    |w| w.assert_talk("A", "B"),
];

#[test]
fn a_bridge_mixes_a_conference() {
    for (suffix, generation) in
        [("v3", Generation::Old), ("v11", Generation::Classic), ("v20", Generation::Modern(20))]
    {
        for (kind, bridge) in [("streams", DIXIE_LAND), ("messages", AUD_VID)] {
            let mut world = bridged(generation, bridge);
            CONFERENCE.iter().for_each(|step| step(&mut world));
            assert_eq!(world.streams("X"), 0, "all streams are closed");
            check(&format!("hardware_conference_{kind}.{suffix}"), &world.ladder());
            everybody_hangs_up(&mut world);
        }
    }
}

/// What the bridge of the capture says when it registers, and what it is told.
#[test]
fn a_bridge_registers_as_in_the_capture() {
    let mut world = World::new(site(ResourceKind::ConferenceBridge));
    world.register("X", DIXIE_LAND);
    world.say(
        "X",
        &m::MediaResourceNotification {
            device_type: c::DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND,
            number_of_in_service_streams: 8,
            max_streams_per_conf: 8,
            number_of_out_of_service_streams: 0,
        },
    );
    world.say("X", &m::VersionReq {});
    let told: Vec<String> = world.ladder_of("X").into_iter().filter(|rung| rung.starts_with('←')).collect();
    let names: Vec<&str> = told.iter().filter_map(|rung| rung.split_whitespace().nth(1)).collect();
    assert_eq!(names, ["RegisterAck", "CapabilitiesReq", "VersionRes"]);
}

/// Neither a phone under the name of a bridge, nor a bridge that nobody knows, nor one under the name of a phone.
#[test]
fn only_what_is_configured_comes_in() {
    let mut site = site(ResourceKind::ConferenceBridge);
    site.site.auto_register = true;
    site.site.lobby = true;
    let mut world = World::new(site);
    for (name, device, generation) in
        [("X", "X", Generation::Modern(22)), ("A", "A", DIXIE_LAND), ("Z", "Z", DIXIE_LAND)]
    {
        world.connect(name, generation);
        world.register_as(name, &device_name(device));
        assert!(!world.phones[name].registered && world.phones[name].closed.is_some(), "{name}");
    }
}

/// How a bridge fails.
#[derive(Debug, Clone, Copy)]
enum Failure {
    Lost,
    Refuses,
    Mute,
    ClearsConference,
    Unregisters,
    TakesOver,
}

const FAILURES: [Failure; 6] = [
    Failure::Lost,
    Failure::Refuses,
    Failure::Mute,
    Failure::ClearsConference,
    Failure::Unregisters,
    Failure::TakesOver,
];

fn fail(world: &mut World, how: Failure, bridge: Generation) {
    match how {
        Failure::Lost => bridge_is_lost(world),
        Failure::Refuses => {
            for (conference_id, participant) in std::mem::take(&mut world.phone("X").conferences) {
                let result = c::CreateConfResult::RESOURCE_NOT_AVAILABLE;
                let add_participant_result = c::AddParticipantResult::RESOURCE_NOT_AVAILABLE;
                match participant {
                    None => world
                        .say("X", &m::CreateConferenceRes { conference_id, result, ..Default::default() }),
                    Some(call_reference) => world.say(
                        "X",
                        &m::AddParticipantRes {
                            conference_id,
                            call_reference,
                            add_participant_result,
                            ..Default::default()
                        },
                    ),
                }
            }
            world.acknowledge_with("X", c::MediaStatus::OUT_OF_SOCKETS);
        }
        Failure::Mute => world.pass_secs(6),
        Failure::ClearsConference => {
            let ids: Vec<ConferenceId> =
                world.phones["X"].sessions.iter().map(|id| ConferenceId(*id)).collect();
            for conference_id in ids {
                world.say("X", &m::ClearConference { conference_id, service_num: 0 });
            }
        }
        Failure::Unregisters => {
            world.say("X", &m::UnregisterReq::default());
            world.phone("X").starts_anew();
        }
        Failure::TakesOver => {
            world.connect("X", bridge);
            world.register_connected("X");
        }
    }
}

/// However the bridge fails after each step: with an engine the parties stay together there, without one nothing is left
/// behind. No call but those of the conference is touched.
#[test]
fn a_bridge_that_fails_costs_its_conference_a_moment() {
    for bridge in [DIXIE_LAND, AUD_VID] {
        for engine in [true, false] {
            let mut so_far = bridged(Generation::Modern(22), bridge);
            if engine {
                so_far = so_far.with_engine();
            }
            so_far.twins = false;
            for (place, step) in CONFERENCE.iter().enumerate() {
                step(&mut so_far);
                for how in FAILURES {
                    let mut world = so_far.fork();
                    fail(&mut world, how, bridge);
                    world.media_of(&["A", "B", "C"]);
                    eprintln!("{bridge:?} engine {engine}: {how:?} after step {place}");
                    let all = &["A", "B", "C"];
                    match (place, how) {
                        // It has done all that it was asked: neither a late refusal nor silence changes that.
                        (6 | 7, Failure::Refuses | Failure::Mute) => world.assert_bridged("X", all),
                        (6 | 7, _) if engine => world.assert_mixed(all),
                        // Gone before it was asked for anything.
                        (5, Failure::Lost | Failure::Unregisters) if engine => world.assert_mixed(all),
                        _ => {}
                    }
                    everybody_hangs_up(&mut world);
                }
            }
        }
    }
}

/// Streams refused while the conference begins: this server mixes it.
#[test]
fn a_full_bridge_leaves_it_to_the_server() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND).with_engine();
    for step in &CONFERENCE[..6] {
        step(&mut world);
    }
    world.media_of(&["A", "B"]);
    world.acknowledge_with("X", c::MediaStatus::OUT_OF_SOCKETS);
    world.media_of(&["A", "B", "C"]);
    world.assert_mixed(&["A", "B", "C"]);
    everybody_hangs_up(&mut world);
}

/// The softkeys of a call while this hardware is there, and no engine.
fn keys_of_a_call(hardware: Option<(ResourceKind, Generation)>) -> c::SoftKeyMask {
    let mut world = World::new(site(hardware.map_or(ResourceKind::Mtp, |(kind, _)| kind)));
    for name in ["A", "B"] {
        world.register(name, Generation::Modern(22));
    }
    if let Some((_, generation)) = hardware {
        world.register("X", generation);
    }
    world.talk("A", "1002", "B");
    let (set, mask) = world.phones["A"].softkeys.expect("it shows softkeys");
    assert_eq!(set, c::SoftKeySet::CONNECTED);
    mask
}

/// A transcoder mixes nothing: nobody is offered a conference because of it.
#[test]
fn only_a_bridge_offers_conferences() {
    let without = keys_of_a_call(None);
    assert_eq!(keys_of_a_call(Some((ResourceKind::Transcoder, MTP))), without);
    assert_ne!(keys_of_a_call(Some((ResourceKind::ConferenceBridge, DIXIE_LAND))), without);
}

/// What a bridge has room for is kept: with an engine a fourth party takes the conference there, without it is refused.
#[test]
fn a_bridge_for_three_gets_no_fourth() {
    for engine in [true, false] {
        let mut world = bridged(Generation::Modern(22), DIXIE_LAND);
        if engine {
            world = world.with_engine();
        }
        world.say(
            "X",
            &m::MediaResourceNotification {
                device_type: c::DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND,
                number_of_in_service_streams: 8,
                max_streams_per_conf: 3,
                number_of_out_of_service_streams: 0,
            },
        );
        for step in &CONFERENCE[..8] {
            step(&mut world);
        }
        world.confer_key("A");
        if engine {
            world.press("A", "1004");
            world.off_hook("D");
            world.media("A", "D");
            world.confer_key("A");
            world.media_of(&["A", "B", "C", "D"]);
            world.media_of(&["A", "B", "C", "D"]);
            world.assert_mixed(&["A", "B", "C", "D"]);
        } else {
            world.assert_bridged("X", &["A", "B", "C"]);
        }
        everybody_hangs_up(&mut world);
    }
}

/// Without an engine another bridge goes on where the first is gone.
#[test]
fn another_bridge_goes_on() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND);
    for step in &CONFERENCE[..8] {
        step(&mut world);
    }
    world.register("Y", DIXIE_LAND);
    bridge_is_lost(&mut world);
    world.bridge_media("Y", &["A", "B", "C"]);
    world.assert_bridged("Y", &["A", "B", "C"]);
    everybody_hangs_up(&mut world);
}

/// A site whose server mixes first uses the bridge only where it has no engine.
#[test]
fn who_mixes_first_is_said() {
    let mut site = site(ResourceKind::ConferenceBridge);
    site.site.features.hardware.conferences = First::Server;
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND).with_engine();
    world.apply(site);
    world.confer("A", &[("B", "1002"), ("C", "1003")]);
    world.assert_mixed(&["A", "B", "C"]);
    assert_eq!(world.streams("X"), 0);
    everybody_hangs_up(&mut world);
}

/// A bridge mutes nobody: who is muted stops sending.
#[test]
fn who_is_muted_at_a_bridge_does_not_send() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND);
    for step in &CONFERENCE[..8] {
        step(&mut world);
    }
    let sends = |world: &World| world.phones["B"].calls.values().any(|call| call.sending.is_some());
    assert!(sends(&world));
    world.softkey("A", c::SoftKeyEvent(30));
    world.choose("A", "M2");
    assert!(!sends(&world), "muted");
    world.choose("A", "M2");
    assert!(sends(&world), "heard again");
    world.assert_bridged("X", &["A", "B", "C"]);
    everybody_hangs_up(&mut world);
}

/// Who watches, and the records, name the bridge.
#[test]
fn the_bridge_is_visible() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND);
    for step in &CONFERENCE[..8] {
        step(&mut world);
    }
    let bridge = Some(device_name("X"));
    let told = world.changes();
    let media = told.iter().filter_map(|change| match change {
        Change::CallMedia { media, .. } => Some(media),
        _ => None,
    });
    let at_bridge = media.filter(|media| media.hardware == bridge);
    assert_eq!(at_bridge.filter(|media| media.relayed.as_deref() == Some("conference")).count(), 3);
    everybody_hangs_up(&mut world);
    let hardware = world.records().into_iter().filter_map(|record| match record {
        Record::Call(call) => Some(call.hardware),
        _ => None,
    });
    assert!(hardware.collect::<Vec<_>>().contains(&bridge));
}

/// Of conferences and participants that a bridge holds from before, it is told the end.
#[test]
fn what_a_bridge_holds_from_before_is_ended() {
    let mut world = bridged(Generation::Modern(22), AUD_VID);
    let entry = m::ConferenceEntry { conference_id: ConferenceId(77), ..Default::default() };
    world.say(
        "X",
        &m::AuditConferenceRes {
            last: 1,
            number_of_entries: Count(1),
            conference_entry: Table::of(&[entry]),
        },
    );
    assert!(world.ladder().contains("DeleteConferenceReq"));
    for step in &CONFERENCE[..8] {
        step(&mut world);
    }
    let id = *world.phones["X"].sessions.iter().next().expect("a conference");
    let entry = m::ConferenceEntry { conference_id: ConferenceId(id), ..Default::default() };
    world.ladder();
    world.say(
        "X",
        &m::AuditConferenceRes {
            last: 1,
            number_of_entries: Count(1),
            conference_entry: Table::of(&[entry]),
        },
    );
    assert!(world.ladder().contains("AuditParticipantReq"));
    let known = *world.phones["X"].calls.keys().next().expect("a participant");
    world.say(
        "X",
        &m::AuditParticipantRes {
            conference_id: ConferenceId(id),
            number_of_entries: Count(2),
            participant_entry: Table::of(&[known, 4711]),
            ..Default::default()
        },
    );
    assert_eq!(world.ladder().matches("DropParticipantReq").count(), 1);
    world.assert_bridged("X", &["A", "B", "C"]);
    everybody_hangs_up(&mut world);
}

/// A bridge that lost its connection has streams still: it is told their end when it is back.
#[test]
fn streams_of_before_are_closed_when_it_is_back() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND).with_engine();
    for step in &CONFERENCE[..8] {
        step(&mut world);
    }
    world.lose("X");
    world.media_of(&["A", "B", "C"]);
    world.assert_mixed(&["A", "B", "C"]);
    world.ladder();
    world.connect("X", DIXIE_LAND);
    world.register_connected("X");
    assert_eq!(world.ladder().matches("X ← CloseReceiveChannel").count(), 3);
    everybody_hangs_up(&mut world);
}

/// One phone speaks G.729 only, the other one G.711 only.
fn without_common_codec(first: First) -> World {
    let mut site = site(ResourceKind::Transcoder);
    site.site.features.hardware.transcoding = first;
    let mut world = World::new(site);
    for name in ["A", "B"] {
        world.register(name, Generation::Modern(22));
    }
    world.announce_codecs("A", &[(11, 60)]);
    world.announce_codecs("B", &[(4, 40)]);
    world.register("X", MTP);
    world.forget();
    world
}

#[test]
fn a_transcoder_stands_between_two_without_a_common_codec() {
    let mut world = without_common_codec(First::Server);
    world.talk("A", "1002", "B");
    world.obeys("X");
    world.media("A", "B");
    world.assert_bridged("X", &["A", "B"]);
    check("hardware_transcoder.v22", &world.ladder());
    let told = world.changes();
    let transcoded = told.iter().any(|change| {
        matches!(change, Change::CallMedia { media, .. } if media.transcoded == Some(4)
            && media.hardware == Some(device_name("X")))
    });
    assert!(transcoded, "{told:?}");
    everybody_hangs_up(&mut world);
    assert_eq!(world.streams("X"), 0);
}

/// A transcoder that is lost, that refuses or never answers: without another way the call ends, and says why.
#[test]
fn without_its_transcoder_a_call_ends() {
    for how in [Failure::Lost, Failure::Refuses, Failure::Mute] {
        let mut world = without_common_codec(First::Hardware);
        world.talk("A", "1002", "B");
        fail(&mut world, how, MTP);
        let ended = world.records().into_iter().find_map(|record| match record {
            Record::Call(call) => Some(call.cause),
            _ => None,
        });
        assert_eq!(ended, Some(Cause::NO_CODEC), "{how:?}");
        everybody_hangs_up(&mut world);
    }
}

/// With two codecs that this server knows it takes over from a transcoder, and the other way round it is the second.
#[test]
fn the_server_takes_over_from_a_transcoder() {
    let mut site = site(ResourceKind::Transcoder);
    site.site.features.hardware.transcoding = First::Hardware;
    let mut world = World::new(site).with_engine();
    for (name, codec) in [("A", 2), ("B", 4)] {
        world.register(name, Generation::Modern(22));
        world.announce_codecs(name, &[(codec, 40)]);
    }
    world.register("X", MTP);
    world.talk("A", "1002", "B");
    world.obeys("X");
    world.media("A", "B");
    world.assert_bridged("X", &["A", "B"]);
    bridge_is_lost(&mut world);
    world.assert_mixed(&["A", "B"]);
    everybody_hangs_up(&mut world);
}

/// Acknowledgements under the names of others' streams, and results of what nobody asked, change nothing.
#[test]
fn a_bridge_can_t_touch_what_is_not_its_own() {
    let mut world = bridged(Generation::Modern(22), DIXIE_LAND);
    world.talk("A", "1002", "B");
    world.register("Y", AUD_VID);
    for party in world.phones["A"].calls.values().filter_map(|call| call.receiving).collect::<Vec<_>>() {
        for status in [c::MediaStatus::OK, c::MediaStatus::OUT_OF_SOCKETS] {
            world.say(
                "Y",
                &m::OpenReceiveChannelAck {
                    media_reception_status: status,
                    pass_through_party_id: skinny::types::PassThroughPartyId(party),
                    ..Default::default()
                },
            );
        }
    }
    world.say("Y", &m::AddParticipantRes { call_reference: CallReference(1), ..Default::default() });
    world.say("Y", &m::CreateConferenceRes { conference_id: ConferenceId(1), ..Default::default() });
    world.say("Y", &m::ClearConference { conference_id: ConferenceId(1), service_num: 0 });
    world.say("A", &m::MediaResourceNotification::default());
    world.assert_talk("A", "B");
    everybody_hangs_up(&mut world);
}
