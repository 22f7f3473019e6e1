//! Conference.

use exchange::call::{Cause, Party};
use exchange::input::TrunkInput;
use exchange::output::TrunkOutput;
use exchange::plan::dial_plan::DialPlan;
use exchange::plan::{ConferenceEnds, Plan};
use skinny::codes as c;
use skinny::message as m;
use skinny::types::{CallReference, Count, Data, LineInstance};

use crate::common::phone::Listed;
use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    site.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
    site
}

fn ends(ends: ConferenceEnds) -> Plan {
    let mut site = site();
    site.site.features.conference_ends = ends;
    site
}

fn ends_with_originator() -> Plan {
    ends(ConferenceEnds::WithOriginator)
}

fn goes_on() -> Plan {
    ends(ConferenceEnds::WhenTwoRemain)
}

fn small() -> Plan {
    let mut site = site();
    site.site.features.conference_parties_max = 3;
    site
}

fn shared() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1001"])]);
    site.site.features.conference_ends = ConferenceEnds::WhenTwoRemain;
    site
}

/// The engine comes before the first step.
fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

impl World {
    pub fn confer_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::CONFRN, c::DeviceStimulus::CONFERENCE);
    }

    pub fn media_of(&mut self, names: &[&'static str]) {
        names.iter().for_each(|name| self.acknowledge(name));
        names.iter().for_each(|name| self.confirm(name));
    }

    /// The first of them has a conference with the others: each calls or is called, and joined.
    pub fn confer(&mut self, by: &'static str, with: &[(&'static str, &str)]) {
        let ((first, number), more) = with.split_first().expect("somebody");
        self.talk(by, number, first);
        for (name, number) in more {
            self.confer_key(by);
            self.press(by, number);
            self.off_hook(name);
            self.media(by, name);
            self.confer_key(by);
            let mut all: Vec<&'static str> = vec![by];
            all.extend(with.iter().map(|(name, _)| *name));
            self.media_of(&all);
        }
    }

    /// Everybody sends to the bridge, to a port of his own.
    #[track_caller]
    pub fn assert_mixed(&self, names: &[&str]) {
        let mut ports = Vec::new();
        for name in names {
            let calls = self.phones[*name].calls.values().filter(|call| call.receiving.is_some());
            let calls: Vec<_> = calls.collect();
            assert_eq!(calls.len(), 1, "{name} has one stream: {:?}", self.phones[*name].calls);
            let to = calls[0].sending.expect("it sends").1;
            assert_eq!(to.ip().to_string(), "10.0.0.254", "{name} sends to the bridge");
            ports.push(to.port());
        }
        ports.dedup();
        assert_eq!(ports.len(), names.len(), "each has a port of its own");
    }

    /// A user chooses an entry of a menu.
    pub fn choose(&mut self, name: &'static str, data: &str) {
        let state = c::DCallState::CONNECTED;
        let (line_instance, call_reference) = (LineInstance(1), CallReference(self.reference(name, state)));
        let (application_id, xmldata) = (c::ApplicationId::CONFERENCE, Data::new(data.as_bytes()));
        let data_length = Count(data.len() as u32);
        if matches!(self.phones[name].generation, Generation::Modern(_)) {
            let user_data = m::UserDataVersion1 {
                application_id,
                line_instance,
                call_reference,
                transaction_id: 1,
                data_length,
                xmldata,
                ..Default::default()
            };
            self.say(name, &m::DeviceToUserDataVersion1 { device_to_user_data_version1: user_data });
        } else {
            let transaction_id = 1;
            let user_data = m::UserData {
                application_id,
                line_instance,
                call_reference,
                transaction_id,
                data_length,
                xmldata,
            };
            self.say(name, &m::DeviceToUserData { device_to_user_data: user_data });
        }
    }
}

fn trunk_answers(world: &mut World) {
    let TrunkOutput::Offer { leg, .. } = *world.trunk_output() else { panic!("an offer") };
    world.trunk(TrunkInput::Answered(leg, Party { number: "0123".into(), name: "Far".into() }));
    world.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 1], 30_000).into()));
}

features! {
    /// A talks with B, asks C, and all three hear each other; C leaves, and A and B talk directly.
    conference("Conference of three; the last two talk directly", "softkey Confrn, button Conference") on site [
        engine,
        |w| w.talk("A", "1002", "B"),
        |w| w.confer_key("A"),
        |w| w.press("A", "1003"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.confer_key("A"),
        |w| w.media_of(&["A", "B", "C"]),
        |w| w.assert_mixed(&["A", "B", "C"]),
        |w| w.on_hook("C"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// Whoever was called brings somebody in; a fourth comes, brought by another one.
    conference_grows("Conference: anybody in it brings in more", "softkey Confrn, button Conference") on site [
        engine,
        |w| w.talk("B", "1001", "A"),
        |w| w.confer_key("A"),
        |w| w.press("A", "1003"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.confer_key("A"),
        |w| w.media_of(&["A", "B", "C"]),
        |w| w.confer_key("C"),
        |w| w.press("C", "1004"),
        |w| w.off_hook("D"),
        |w| w.media("C", "D"),
        |w| w.confer_key("C"),
        |w| w.media_of(&["C", "D"]),
        |w| w.assert_mixed(&["A", "B", "C", "D"]),
    ];

    /// Whoever began it leaves; the others stay together.
    conference_without_originator("Conference: whoever began it leaves, it goes on", "hang up") on site [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003"), ("D", "1004")]),
        |w| w.on_hook("A"),
        |w| w.assert_mixed(&["B", "C", "D"]),
        |w| w.on_hook("D"),
        |w| w.media("B", "C"),
        |w| w.assert_talk("B", "C"),
    ];

    /// Where the site wants that, it ends with whoever began it.
    conference_ends("Conference that ends with whoever began it", "hang up, when the site wants that") on ends_with_originator [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003")]),
        |w| w.on_hook("A"),
    ];

    /// Somebody in it holds, and comes back.
    conference_hold("Hold in a conference", "softkey Hold, button Hold") on site [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003")]),
        |w| w.hold_key("B"),
        |w| w.assert_mixed(&["A", "C"]),
        |w| w.resume_key("B"),
        |w| w.media_of(&["B"]),
        |w| w.assert_mixed(&["A", "B", "C"]),
        |w| w.hold_key("C"),
        |w| w.on_hook("A"),
        |w| w.acknowledge("B"),
        |w| w.resume_key("C"),
        |w| w.media("B", "C"),
        |w| w.assert_talk("B", "C"),
    ];

    /// Somebody in it gives his place to another one, who takes it without asking.
    conference_transfer("Transfer of a place in a conference", "softkey Transfer, button Transfer") on site [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003")]),
        |w| w.transfer_key("C"),
        |w| w.press("C", "1004"),
        |w| w.transfer_key("C"),
        |w| w.off_hook("D"),
        |w| w.media_of(&["D"]),
        |w| w.assert_mixed(&["A", "B", "D"]),
    ];

    /// Somebody who would be one too many, and what was asked of a number that nobody has.
    conference_full("Conference full, or target wrong: refused, nothing changes", "softkey Confrn, button Conference") on small [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003")]),
        |w| w.confer_key("B"),
        |w| w.assert_mixed(&["A", "B", "C"]),
        |w| w.on_hook("C"),
        |w| w.media("A", "B"),
        |w| w.confer_key("A"),
        |w| w.press("A", "1009"),
        |w| w.confer_key("A"),
        |w| w.on_hook("A"),
        |w| w.resume_key("A"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// Nothing mixes: said at once, and nothing changes.
    conference_without_bridge("Conference without a media engine: refused", "softkey Confrn, button Conference") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.confer_key("A"),
        |w| w.assert_talk("A", "B"),
    ];

    /// Two calls that A has already, and a third one selected.
    conference_join("Join of calls that are there, selected or not", "softkeys Select and Join") on site [
        engine,
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("A"),
        |w| w.talk("C", "1001", "A"),
        |w| w.softkey("A", c::SoftKeyEvent::SELECT),
        |w| w.hold_key("A"),
        |w| {
            w.off_hook("A");
            w.press("A", "1004");
            w.off_hook("D");
            w.media("A", "D");
        },
        |w| w.softkey("A", c::SoftKeyEvent::JOIN),
        |w| w.media_of(&["A", "C", "D"]),
        |w| w.softkey("A", c::SoftKeyEvent::JOIN),
        |w| w.media_of(&["A", "B"]),
    ];

    /// Who is in it, one muted and heard again, one removed, the last one removed.
    conference_list("Conference list: who is in it; mute, remove, remove last", "softkeys ConfList and RmLstC, buttons") on site [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003"), ("D", "1004")]),
        |w| w.feature_key("A", c::SoftKeyEvent::CONF_LIST, c::DeviceStimulus::CONF_LIST),
        |w| if w.phones["A"].generation == Generation::Old {
            w.button("A", c::DeviceStimulus::CONF_LIST, 1);
        } else {
            w.choose("A", "P3");
            w.choose("A", "M3");
            w.choose("A", "M3");
            w.choose("B", "R3");
            w.choose("A", "R2");
            w.choose("A", "R2");
        },
        |w| w.feature_key("C", c::SoftKeyEvent::RM_LST_C, c::DeviceStimulus::REMOVE_LAST_PARTICIPANT),
        |w| w.feature_key("A", c::SoftKeyEvent::RM_LST_C, c::DeviceStimulus::REMOVE_LAST_PARTICIPANT),
    ];

    /// Somebody outside is in it; when no phone is left, it is over for him.
    conference_with_a_trunk("Conference with somebody outside", "softkey Confrn, button Conference") on site [
        engine,
        |w| w.talk("A", "1002", "B"),
        |w| w.confer_key("A"),
        // B hears music.
        |w| w.acknowledge("B"),
        |w| w.press("A", "0123"),
        |w| w.pass_secs(5),
        trunk_answers,
        |w| w.acknowledge("A"),
        |w| w.confer_key("A"),
        |w| {
            w.media_of(&["A", "B"]);
            let opened = w.trunk_leg();
            w.trunk(TrunkInput::MediaOpened(opened, ([192, 0, 2, 1], 30_002).into()));
        },
        |w| w.assert_mixed(&["A", "B"]),
        |w| w.on_hook("B"),
        |w| {
            w.acknowledge("A");
            let opened = w.trunk_leg();
            w.trunk(TrunkInput::MediaOpened(opened, ([192, 0, 2, 1], 30_004).into()));
        },
    ];

    /// The other phone of the line of whoever began it takes his place.
    conference_shared("Conference at a shared line: taken over by its other phone", "softkey Resume, line button") on shared [
        engine,
        |w| w.confer("A", &[("B", "1002"), ("C", "1003")]),
        |w| w.hold_key("A"),
        |w| w.take_over("D"),
        |w| w.media_of(&["D"]),
        |w| w.assert_mixed(&["B", "C", "D"]),
        |w| w.feature_key("D", c::SoftKeyEvent::RM_LST_C, c::DeviceStimulus::REMOVE_LAST_PARTICIPANT),
        |w| w.media("B", "D"),
        |w| w.assert_talk("B", "D"),
    ];
}

impl World {
    fn trunk_leg(&self) -> exchange::call::LegId {
        let TrunkOutput::Offer { leg, .. } = self
            .outputs
            .iter()
            .find_map(|output| match output {
                exchange::output::Output::Trunk(offer @ TrunkOutput::Offer { .. }) => Some(offer),
                _ => None,
            })
            .expect("an offer")
        else {
            panic!("an offer")
        };
        *leg
    }
}

/// What the lists and the records of all three hold.
#[test]
fn lists_and_records_of_a_conference() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    engine(&mut w);
    w.confer("A", &[("B", "1002")]);
    w.forget();
    w.confer_key("A");
    w.press("A", "1003");
    w.off_hook("C");
    w.media("A", "C");
    w.confer_key("A");
    w.media_of(&["A", "B", "C"]);
    let ladder = w.ladder();
    for expected in [
        "A ← CallInfoV2 OutBoundCall 1001 (A 1001) >  (Conference)",
        "B ← CallInfoV2 InBoundCall  (Conference) > 1002 (B 1002)",
        "C ← CallInfoV2 InBoundCall  (Conference) > 1003 (C 1003)",
        "A ← DisplayPromptStatusV2 {Conference}",
    ] {
        assert!(ladder.contains(expected), "{expected}\n{ladder}");
    }
    w.on_hook("C");
    w.media("A", "B");
    let ladder = w.ladder();
    assert!(ladder.contains("A ← CallInfoV2 OutBoundCall 1001 (A 1001) > 1002 (B 1002)"), "{ladder}");
    assert!(ladder.contains("B ← CallInfoV2 InBoundCall 1001 (A 1001) > 1002 (B 1002)"), "{ladder}");
    w.on_hook("A");
    assert_eq!(w.phones["A"].list, [Listed::Placed("1002".into()), Listed::Placed("1003".into())]);
    assert_eq!(w.phones["B"].list, [Listed::Received("1001".into())]);
    assert_eq!(w.phones["C"].list, [Listed::Received("1001".into())]);
    let ended: Vec<_> = w
        .records()
        .into_iter()
        .filter_map(|record| match record {
            exchange::record::Record::Call(call) => {
                Some((call.call, call.calling, call.called, call.continued_as, call.relayed, call.cause))
            }
            _ => None,
        })
        .collect();
    let mixed = Some("conference".to_owned());
    let normal = Cause::NORMAL;
    assert_eq!(
        ended,
        [
            (2, String::new(), "1003".into(), None, mixed, normal),
            (1, String::new(), "1002".into(), Some(3), None, normal),
            (3, "1001".into(), "1002".into(), None, None, normal),
        ]
    );
    everybody_hangs_up(&mut w);
}

/// From trunk to trunk nothing is switched, but two of them may stay at the bridge where the site lets them.
#[test]
fn two_outside_parties_alone_stay_at_the_bridge_or_are_let_go() {
    for (site, stay) in [(goes_on as fn() -> Plan, true), (site, false)] {
        let mut w = World::new(site());
        w.register("A", Generation::Modern(20));
        engine(&mut w);
        let mut legs = Vec::new();
        for (number, port) in [("0111", 30_000), ("0222", 30_010)] {
            if legs.is_empty() {
                w.off_hook("A");
            } else {
                w.confer_key("A");
            }
            w.press("A", number);
            w.pass_secs(5);
            let TrunkOutput::Offer { leg, .. } = *w.trunk_output() else { panic!("an offer") };
            w.trunk(TrunkInput::Answered(leg, Party { number: number.into(), name: String::new() }));
            w.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 1], port).into()));
            w.acknowledge("A");
            legs.push(leg);
        }
        w.confer_key("A");
        for (leg, port) in legs.iter().zip([30_020, 30_030]) {
            w.trunk(TrunkInput::MediaOpened(*leg, ([192, 0, 2, 1], port).into()));
        }
        w.acknowledge("A");
        w.assert_mixed(&["A"]);
        w.on_hook("A");
        assert_eq!(w.exchange.counts().calls, if stay { 2 } else { 0 });
        w.trunk(TrunkInput::Released(legs[0], Cause::NORMAL));
        assert_eq!(w.exchange.counts().calls, 0);
        everybody_hangs_up(&mut w);
    }
}

/// The bridge fails for one party: he is out, and hears why; the others talk.
#[test]
fn a_party_that_the_bridge_refuses_is_out() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    engine(&mut w);
    w.talk("A", "1002", "B");
    w.confer_key("A");
    w.press("A", "1003");
    w.off_hook("C");
    w.media("A", "C");
    w.confer_key("A");
    w.engine = false;
    w.acknowledge("C");
    let order = w
        .outputs
        .iter()
        .rev()
        .find_map(|output| match output {
            exchange::output::Output::Media(order, _) => Some(*order),
            _ => None,
        })
        .expect("an order");
    w.input(exchange::input::Input::Media(
        order,
        exchange::media::MediaEvent::Failed("all ports are in use".into()),
    ));
    w.engine = true;
    w.media("A", "B");
    w.assert_talk("A", "B");
    everybody_hangs_up(&mut w);
}

/// Nobody is in a conference twice, and a conference is not parked.
#[test]
fn what_can_not_be_is_refused_and_changes_nothing() {
    let mut site = site();
    site.site.features.park_slots = vec!["71".into()];
    let mut w = World::new(site);
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    engine(&mut w);
    w.confer("A", &[("B", "1002"), ("C", "1003")]);
    w.forget();
    w.softkey("A", c::SoftKeyEvent::PARK);
    w.softkey("A", c::SoftKeyEvent::JOIN);
    w.softkey("B", c::SoftKeyEvent::RM_LST_C);
    assert_eq!(
        w.ladder(),
        "A → SoftKeyEvent Park\nA ← DisplayPriNotifyV2 {No Park Number Available}\n\
         A → SoftKeyEvent Join\nA ← DisplayPriNotifyV2 {Can Not Complete Conference}\n\
         B → SoftKeyEvent RmLstC\nB ← DisplayPriNotifyV2 {Key Is Not Active}"
    );
    w.assert_mixed(&["A", "B", "C"]);
    everybody_hangs_up(&mut w);
}

/// Who talks is marked in the list, and whoever watches is told; who is alone with one other hears by his phone that the
/// third left.
#[test]
fn who_talks_is_shown_and_who_left_is_heard() {
    use exchange::input::Input;
    use exchange::media::{MediaEvent, MediaOrder};
    use exchange::output::{Change, Output};
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Modern(20), &["1002"]),
        ("C", Generation::Modern(20), &["1003"]),
    ])
    .with_engine();
    world.confer("A", &[("B", "1002"), ("C", "1003")]);
    let joins = world.outputs.iter().filter_map(|output| match output {
        Output::Media(order, MediaOrder::Join { .. }) => Some(*order),
        _ => None,
    });
    let orders: Vec<_> = joins.collect();
    assert_eq!(orders.len(), 3);
    let marked = |world: &mut World| {
        world.ladder();
        world.choose("A", "L0");
        let ladder = world.ladder();
        ["+ A 1001", "+ B 1002", "+ C 1003"].iter().filter(|name| ladder.contains(**name)).count()
    };
    assert_eq!(marked(&mut world), 0);
    world.input(Input::Media(orders[1], MediaEvent::Talking { talking: true }));
    assert_eq!(marked(&mut world), 1);
    let told = world.changes();
    let talks =
        told.iter().filter(|change| matches!(change, Change::CallMedia { media, .. } if media.talking));
    assert_eq!(talks.count(), 1);
    world.input(Input::Media(orders[1], MediaEvent::Talking { talking: false }));
    assert_eq!(marked(&mut world), 0);
    world.on_hook("C");
    let ladder = world.ladder();
    for name in ["A", "B"] {
        assert!(ladder.contains(&format!("{name} ← StartTone Zip")), "{name} hears that C left\n{ladder}");
    }
    world.media("A", "B");
    world.assert_talk("A", "B");
    // What the engine says late is about nobody.
    world.input(Input::Media(orders[1], MediaEvent::Talking { talking: true }));
    everybody_hangs_up(&mut world);
}
