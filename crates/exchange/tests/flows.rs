//! Every call scenario with phones of every generation, as a ladder in `tests/ladders/`: who says what, in
//! order. After each, nothing of the call is left.

mod common;

use common::{Generation, World, check, plan};
use exchange::plan::{Button, Plan};
use skinny::codes as c;
use skinny::message as m;

/// Three phones of one generation: A shows 1001 and a speed dial, B shows 1002, C shows 1003 and 10031.
fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003", "10031"])]);
    for device in site.devices.values_mut() {
        device.buttons.push(Button::SpeedDial { number: "1002".into(), label: "Bert".into() });
    }
    site
}

fn run(name: &str, suffix: &str, generation: Generation, flow: fn(&mut World)) {
    let mut world = World::new(site());
    for phone in ["A", "B", "C"] {
        world.register(phone, generation);
    }
    world.forget();
    flow(&mut world);
    check(&format!("{name}.{suffix}"), &world.ladder());
    world.assert_quiet();
}

/// Declares flows: a test per generation.
macro_rules! flows {
    ($( $(#[doc = $doc:literal])+ $name:ident($world:ident) $body:block )+) => {$(
        mod $name {
            use super::*;
            $(#[doc = $doc])+
            fn flow($world: &mut World) $body
            #[test]
            fn v3() {
                run(stringify!($name), "v3", Generation::Old, flow);
            }
            #[test]
            fn v11() {
                run(stringify!($name), "v11", Generation::Classic, flow);
            }
            #[test]
            fn v20() {
                run(stringify!($name), "v20", Generation::Modern(20), flow);
            }
        }
    )+};
}

/// Everybody says what they counted.
fn count(world: &mut World) {
    for phone in ["A", "B", "C"] {
        world.count(phone);
    }
}

flows! {
    /// Handset up, digits, the other side answers with the handset, audio, the caller hangs up.
    call(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("B");
        world.media("A", "B");
        world.on_hook("A");
        count(world);
    }

    /// NewCall softkey, Answer softkey, the callee ends it with EndCall.
    by_softkeys(world) {
        world.softkey("A", c::SoftKeyEvent::NEW_CALL);
        world.press("A", "1002");
        let reference = world.reference("B", c::DCallState::RING_IN);
        world.softkey_for("B", c::SoftKeyEvent::ANSWER, reference);
        world.media("B", "A");
        world.softkey_for("B", c::SoftKeyEvent::END_CALL, reference);
        count(world);
    }

    /// Line key, as a 12SP+ does it: the key, then off hook.
    by_line_keys(world) {
        world.button("A", c::DeviceStimulus::LINE, 1);
        world.off_hook("A");
        world.press("A", "1002");
        world.button("B", c::DeviceStimulus::LINE, 1);
        world.off_hook("B");
        world.media("A", "B");
        world.on_hook("B");
        count(world);
    }

    /// A wrong digit is taken back, then the only digit, too.
    backspace(world) {
        world.off_hook("A");
        world.press("A", "19");
        world.on_hook("A");
        world.off_hook("A");
        world.press("A", "10");
        world.softkey("A", c::SoftKeyEvent::BACKSPACE);
        world.softkey("A", c::SoftKeyEvent::BACKSPACE);
        world.softkey("A", c::SoftKeyEvent::BACKSPACE);
        world.press("A", "1002");
        world.on_hook("A");
    }

    /// 1003 may go on to 10031: the timer decides.
    interdigit_timeout(world) {
        world.off_hook("A");
        world.press("A", "1003");
        world.pass_secs(5);
        world.on_hook("A");
    }

    /// 1003 may go on to 10031: `#` says that it does not.
    pound_ends_dialling(world) {
        world.off_hook("A");
        world.press("A", "1003#");
        world.on_hook("A");
    }

    /// Off hook and nothing more.
    no_digit(world) {
        world.off_hook("A");
        world.pass_secs(15);
        world.pass_secs(60);
        world.on_hook("A");
    }

    /// The whole number at once, on hook; then again behind a first digit.
    en_bloc(world) {
        world.en_bloc("A", "1002");
        world.on_hook("A");
        world.off_hook("A");
        world.press("A", "1");
        world.en_bloc("A", "0-02");
        world.on_hook("A");
    }

    /// A speed dial, on hook and with dial tone.
    speed_dial(world) {
        world.button("A", c::DeviceStimulus::SPEED_DIAL, 1);
        world.on_hook("A");
        world.off_hook("A");
        world.button("A", c::DeviceStimulus::SPEED_DIAL, 1);
        world.on_hook("A");
    }

    /// Redial: nothing the first time, then the last number.
    redial(world) {
        world.softkey("A", c::SoftKeyEvent::REDIAL);
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("A");
        world.softkey("A", c::SoftKeyEvent::REDIAL);
        world.softkey("A", c::SoftKeyEvent::END_CALL);
    }

    /// No number begins with 9.
    unknown_number(world) {
        world.off_hook("A");
        world.press("A", "9");
        world.press("A", "1");
        world.on_hook("A");
    }

    /// B talks and has another call waiting: its third call is one too many.
    busy(world) {
        world.off_hook("B");
        world.off_hook("C");
        world.press("C", "1002");
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("A");
        world.on_hook("C");
        world.on_hook("B");
    }

    /// Nobody answers.
    no_answer(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.pass_secs(60);
        world.on_hook("A");
    }

    /// The caller gives up while it rings.
    caller_gives_up(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("A");
    }

    /// The callee refuses with EndCall.
    callee_refuses(world) {
        world.off_hook("A");
        world.press("A", "1002");
        let reference = world.reference("B", c::DCallState::RING_IN);
        world.softkey_for("B", c::SoftKeyEvent::END_CALL, reference);
        world.on_hook("A");
    }

    /// Hung up between the orders to receive and their acknowledgements, which then come too late.
    hang_up_before_media(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("B");
        world.on_hook("A");
        world.media("A", "B");
        count(world);
    }

    /// B never says where it receives.
    media_timeout(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("B");
        world.acknowledge("A");
        world.pass_secs(5);
        count(world);
    }

    /// B can't open its stream.
    media_refused(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("B");
        world.acknowledge("A");
        world.acknowledge_with("B", c::MediaStatus::OUT_OF_SOCKETS);
        count(world);
    }

    /// B announced its port when it registered, and says nothing more.
    media_port_announced(world) {
        world.say("B", &m::IpPort { rtp_media_port: skinny::types::Port(5000) });
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("B");
        world.acknowledge("A");
        world.pass_secs(5);
        world.on_hook("A");
        count(world);
    }

    /// No codec in common: told before it rings.
    no_common_codec(world) {
        world.announce_codecs("B", &[(11, 60), (257, 1)]);
        world.announce_codecs("A", &[(4, 40), (257, 1)]);
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("A");
    }

    /// Keys while connected are tones for the other side.
    dtmf(world) {
        world.talk("A", "1002", "B");
        world.press("A", "5*0");
        world.pass_secs(1);
        world.on_hook("B");
        count(world);
    }

    /// The handset is lifted in a call on the speaker: nothing happens.
    change_of_audio_path(world) {
        world.softkey("A", c::SoftKeyEvent::NEW_CALL);
        world.off_hook("A");
        world.press("A", "1002");
        world.off_hook("A");
        world.off_hook("B");
        world.media("A", "B");
        world.off_hook("A");
        world.off_hook("B");
        world.on_hook("A");
        world.on_hook("A");
        world.on_hook("B");
        count(world);
    }

    /// A second call comes while B talks, and goes away unanswered.
    call_waiting_missed(world) {
        world.talk("A", "1002", "B");
        world.off_hook("C");
        world.press("C", "1002");
        world.on_hook("C");
        world.on_hook("A");
        count(world);
    }

    /// A second call comes while B talks; B takes it, which holds the first, ends it, and takes the first
    /// back.
    call_waiting_answered(world) {
        world.talk("A", "1002", "B");
        world.off_hook("C");
        world.press("C", "1002");
        let second = world.reference("B", c::DCallState::RING_IN);
        world.softkey_for("B", c::SoftKeyEvent::ANSWER, second);
        world.media("B", "C");
        world.on_hook("C");
        let first = world.reference("B", c::DCallState::HOLD);
        world.softkey_for("B", c::SoftKeyEvent::RESUME, first);
        world.media("B", "A");
        world.on_hook("A");
        count(world);
    }

    /// Hold and resume; the other side hangs up while held the second time.
    hold(world) {
        world.talk("A", "1002", "B");
        world.button("A", c::DeviceStimulus::HOLD, 1);
        world.on_hook("A");
        world.button("A", c::DeviceStimulus::HOLD, 1);
        world.media("A", "B");
        world.button("A", c::DeviceStimulus::HOLD, 1);
        world.on_hook("B");
        count(world);
    }

    /// A second call waits while B is off hook; B hangs up, and it rings.
    ringing_after_hang_up(world) {
        world.off_hook("B");
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("B");
        world.off_hook("B");
        world.media("A", "B");
        world.on_hook("B");
        count(world);
    }

    /// The phone called is not there.
    not_registered(world) {
        world.say("B", &m::UnregisterReq::default());
        world.off_hook("A");
        world.press("A", "1002");
        world.on_hook("A");
    }

    /// The phone that rings is lost.
    lost_while_ringing(world) {
        world.off_hook("A");
        world.press("A", "1002");
        world.lose("B");
        world.phone("B").closed = Some(exchange::output::CloseReason::Limit);
        world.on_hook("A");
    }
}
