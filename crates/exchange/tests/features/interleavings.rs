//! Small models: two or three phones each do a few things, and every order in which these can arrive is played.
//! Races broke the servers before us; here they are enumerated. After each step the exchange is audited and each
//! phone is looked at; at the end of each order everybody hangs up, and nothing may be left.

use exchange::plan::{Algorithm, HuntGroup, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::everybody_hangs_up;

/// Something that a phone does, or that befalls it.
type Event = Box<dyn Fn(&mut World)>;

/// What never happens, whatever the order: the words, if it did.
type Never = fn(&World) -> Option<String>;

/// Generations on which each model is played.
const GENERATIONS: [Generation; 2] = [Generation::Classic, Generation::Modern(22)];

fn event(act: impl Fn(&mut World) + 'static) -> Event {
    Box::new(act)
}

/// A model: how it begins, what each phone does, in its own order, and what never happens.
struct Model {
    name: &'static str,
    begin: fn(Generation) -> (World, Vec<Vec<Event>>),
    never: Never,
}

impl Model {
    /// Plays all orders on each generation, and says how many there were.
    #[track_caller]
    fn play(&self) {
        for generation in GENERATIONS {
            let (mut world, events) = (self.begin)(generation);
            world.twins = false;
            world.forget();
            let mut done = vec![0; events.len()];
            let orders = self.play_on(&world, &events, &mut done);
            let counts: Vec<usize> = events.iter().map(Vec::len).collect();
            assert_eq!(orders, orders_of(&counts), "every order was played");
            eprintln!("{}, {generation:?}: {orders} interleavings of {counts:?} events", self.name);
        }
    }

    /// Plays every order of what is left; how many there were.
    fn play_on(&self, world: &World, events: &[Vec<Event>], done: &mut Vec<usize>) -> usize {
        let mut orders = 0;
        for who in 0..events.len() {
            let Some(event) = events[who].get(done[who]) else { continue };
            let mut next = world.fork();
            event(&mut next);
            self.look(&next);
            done[who] += 1;
            orders += self.play_on(&next, events, done);
            done[who] -= 1;
        }
        if orders == 0 {
            // Nothing is left to do: this order is complete.
            everybody_hangs_up(&mut world.fork());
            return 1;
        }
        orders
    }

    /// What must be true after each step; the exchange was audited already.
    fn look(&self, world: &World) {
        let mut wrong = (self.never)(world);
        for phone in world.phones.values().filter(|phone| phone.closed.is_none()) {
            wrong = wrong.or_else(|| odd(phone));
        }
        if let Some(words) = wrong {
            panic!("{}: {words}\n{}", self.name, world.fork().ladder());
        }
    }
}

/// In how many orders events of phones can arrive, each phone's in its own order.
fn orders_of(counts: &[usize]) -> usize {
    let (mut orders, mut total) = (1, 0);
    for count in counts {
        for nth in 1..=*count {
            total += 1;
            orders = orders * total / nth;
        }
    }
    orders
}

/// What a phone shows or does that does not fit together.
fn odd(phone: &crate::common::Phone) -> Option<String> {
    let name = phone.name;
    let of_state = |state: c::DCallState| phone.calls.values().filter(move |call| call.state == state.0);
    if of_state(c::DCallState::CONNECTED).count() > 1 {
        return Some(format!("{name} talks with two"));
    }
    if phone.calls.values().filter(|call| call.receiving.is_some()).count() > 1 {
        return Some(format!("{name} hears two"));
    }
    for (reference, call) in &phone.calls {
        let streams = call.receiving.is_some() || call.sending.is_some();
        if streams && call.state != c::DCallState::CONNECTED.0 {
            return Some(format!("{name}: call {reference:#x} is in state {} and has a stream", call.state));
        }
        let may_ring = call.state == c::DCallState::RING_IN.0;
        if phone.ringing.contains(reference) && !may_ring {
            return Some(format!("{name} rings for call {reference:#x} in state {}", call.state));
        }
    }
    None
}

/// How many of some phones talk.
fn talking(world: &World, names: &[&str]) -> usize {
    let talks = |name: &&&str| {
        world.phones[**name].calls.values().any(|call| call.state == c::DCallState::CONNECTED.0)
    };
    names.iter().filter(talks).count()
}

fn nothing(_: &World) -> Option<String> {
    None
}

fn registered(site: Plan, names: &[&'static str], generation: Generation) -> World {
    let mut world = World::new(site);
    for name in names {
        world.register(name, generation);
    }
    world
}

/// The key as the phone would send it now: the call is named as it was shown when the user reached for the key.
fn key(world: &World, name: &'static str, state: c::DCallState, key: c::SoftKeyEvent) -> Event {
    let reference = world.reference(name, state);
    event(move |w| w.softkey_for(name, key, reference))
}

fn answers(world: &World, name: &'static str) -> Event {
    key(world, name, c::DCallState::RING_IN, c::SoftKeyEvent::ANSWER)
}

fn acknowledges(name: &'static str) -> Event {
    event(move |w| w.acknowledge(name))
}

fn hangs_up(name: &'static str) -> Event {
    event(move |w| w.on_hook(name))
}

fn softkey(name: &'static str, key: c::SoftKeyEvent) -> Event {
    event(move |w| w.softkey(name, key))
}

/// A and B show 1001, C calls it.
fn shared() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1001"]), ("C", &["1003"])])
}

/// A, B and C have a line each; B and C are in a pickup group.
fn three() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    for number in ["1002", "1003"] {
        site.site.features.pickup_groups.insert(number.into(), "sales".into());
    }
    site
}

#[test]
fn both_phones_of_a_shared_line_answer_at_once() {
    let begin = |generation| {
        let mut w = registered(shared(), &["A", "B", "C"], generation);
        w.off_hook("C");
        w.press("C", "1001");
        let events = vec![
            vec![answers(&w, "A"), acknowledges("A"), hangs_up("A")],
            vec![answers(&w, "B"), acknowledges("B"), hangs_up("B")],
            vec![acknowledges("C"), hangs_up("C")],
        ];
        (w, events)
    };
    let never: Never = |w| (talking(w, &["A", "B"]) > 1).then(|| "A and B have one call both".into());
    Model { name: "both phones of a shared line answer", begin, never }.play();
}

#[test]
fn members_of_a_hunt_group_answer_at_once() {
    let begin = |generation| {
        let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
        let members = ["1002", "1003", "1004"].map(str::to_owned).to_vec();
        let group = HuntGroup { members, algorithm: Algorithm::Broadcast, ..HuntGroup::default() };
        site.hunt_groups.insert("5500".into(), group);
        let mut w = registered(site, &["A", "B", "C", "D"], generation);
        w.off_hook("A");
        w.press("A", "5500");
        let events = vec![
            vec![answers(&w, "B"), hangs_up("B")],
            vec![answers(&w, "C"), hangs_up("C")],
            // Log out of the hunt groups.
            vec![softkey("D", c::SoftKeyEvent(36))],
            vec![acknowledges("A"), hangs_up("A")],
        ];
        (w, events)
    };
    let never: Never =
        |w| (talking(w, &["B", "C", "D"]) > 1).then(|| "two members have one call both".into());
    Model { name: "members of a hunt group answer", begin, never }.play();
}

#[test]
fn they_hang_up_during_a_transfer() {
    let begin = |generation| {
        let mut w = registered(three(), &["A", "B", "C"], generation);
        w.talk("A", "1002", "B");
        let events = vec![
            vec![
                softkey("B", c::SoftKeyEvent::TRANSFER),
                event(|w| w.en_bloc("B", "1003")),
                softkey("B", c::SoftKeyEvent::TRANSFER),
                hangs_up("B"),
            ],
            vec![acknowledges("A"), hangs_up("A")],
            vec![event(|w| w.off_hook("C")), acknowledges("C"), hangs_up("C")],
        ];
        (w, events)
    };
    Model { name: "they hang up during a transfer", begin, never: nothing }.play();
}

#[test]
fn both_ends_of_a_shared_line_hang_up_at_once() {
    let begin = |generation| {
        let mut w = registered(shared(), &["A", "B", "C"], generation);
        w.talk("C", "1001", "A");
        w.softkey("A", c::SoftKeyEvent::HOLD);
        let held = match generation {
            Generation::Modern(_) => c::DCallState::REMOTE_HOLD,
            _ => c::DCallState::HOLD,
        };
        let events = vec![
            vec![
                key(&w, "A", c::DCallState::HOLD, c::SoftKeyEvent::RESUME),
                acknowledges("A"),
                key(&w, "A", c::DCallState::HOLD, c::SoftKeyEvent::END_CALL),
            ],
            vec![
                key(&w, "B", held, c::SoftKeyEvent::RESUME),
                acknowledges("B"),
                key(&w, "B", held, c::SoftKeyEvent::END_CALL),
            ],
            vec![acknowledges("C"), hangs_up("C")],
        ];
        (w, events)
    };
    let never: Never = |w| (talking(w, &["A", "B"]) > 1).then(|| "A and B have one call both".into());
    Model { name: "both ends of a shared line hang up", begin, never }.play();
}

#[test]
fn a_call_is_picked_up_and_answered_at_once() {
    let begin = |generation| {
        let mut w = registered(three(), &["A", "B", "C"], generation);
        w.off_hook("A");
        w.press("A", "1002");
        let events = vec![
            vec![answers(&w, "B"), acknowledges("B"), hangs_up("B")],
            vec![softkey("C", c::SoftKeyEvent::PICK_UP), acknowledges("C"), hangs_up("C")],
            vec![acknowledges("A"), hangs_up("A")],
        ];
        (w, events)
    };
    let never: Never = |w| (talking(w, &["B", "C"]) > 1).then(|| "B and C have one call both".into());
    Model { name: "a call is picked up and answered", begin, never }.play();
}

/// What a phone does that comes back over another connection, the calls that it had still on its screen. While its
/// old connection is open, it is told everything there until it registers: so it registers in the same step.
fn comes_back(world: &World, name: &'static str, at_once: bool) -> Vec<Event> {
    let (generation, ip) = (world.phones[name].generation, world.phones[name].ip);
    let connect = move |w: &mut World| {
        let before = w.phones[name].calls.clone();
        w.connect_from(name, generation, ip);
        w.phone(name).calls = before;
    };
    let mut events = match at_once {
        true => vec![event(move |w| {
            connect(w);
            w.register_connected(name);
        })],
        false => vec![event(connect), event(move |w| w.register_connected(name))],
    };
    events.extend([event(move |w| w.ask_everything(name)), acknowledges(name), hangs_up(name)]);
    events
}

#[test]
fn a_phone_registers_anew_in_a_call() {
    let begin = |generation| {
        let mut w = registered(three(), &["A", "B", "C"], generation);
        w.talk("A", "1002", "B");
        let holds = softkey("B", c::SoftKeyEvent::HOLD);
        let events = vec![
            comes_back(&w, "A", true),
            vec![holds, softkey("B", c::SoftKeyEvent::RESUME), hangs_up("B")],
            vec![event(|w| w.en_bloc("C", "1001"))],
        ];
        (w, events)
    };
    Model { name: "a phone registers anew in a call", begin, never: nothing }.play();
}

#[test]
fn a_phone_is_lost_in_a_call_and_comes_back_while_another_one_calls() {
    let begin = |generation| {
        let mut w = registered(three(), &["A", "B", "C"], generation);
        w.talk("A", "1002", "B");
        w.lose("A");
        let events = vec![
            comes_back(&w, "A", false),
            vec![softkey("B", c::SoftKeyEvent::HOLD), softkey("B", c::SoftKeyEvent::RESUME)],
            vec![event(|w| w.en_bloc("C", "1001")), hangs_up("C")],
        ];
        (w, events)
    };
    Model { name: "a phone is lost and comes back while it is called", begin, never: nothing }.play();
}

#[test]
fn both_sides_hold_at_once() {
    let begin = |generation| {
        let mut w = registered(three(), &["A", "B"], generation);
        w.talk("A", "1002", "B");
        let side = |name| {
            vec![
                softkey(name, c::SoftKeyEvent::HOLD),
                softkey(name, c::SoftKeyEvent::RESUME),
                acknowledges(name),
                hangs_up(name),
            ]
        };
        (w, vec![side("A"), side("B")])
    };
    Model { name: "both sides hold", begin, never: nothing }.play();
}

#[test]
fn a_call_back_comes_as_everybody_moves() {
    let begin = |generation| {
        let mut site = three();
        site.site.features.call_back_secs = 600;
        site.lines.get_mut("1002").expect("B's line").busy_trigger = 1;
        let mut w = registered(site, &["A", "B", "C"], generation);
        w.talk("C", "1002", "B");
        w.off_hook("A");
        w.press("A", "1002");
        w.softkey("A", c::SoftKeyEvent(20));
        w.on_hook("A");
        let events = vec![
            vec![event(|w| w.off_hook("A")), hangs_up("A"), event(|w| w.off_hook("A"))],
            vec![hangs_up("B"), event(|w| w.off_hook("B")), hangs_up("B")],
            vec![hangs_up("C")],
        ];
        (w, events)
    };
    Model { name: "a call back comes as everybody moves", begin, never: nothing }.play();
}
