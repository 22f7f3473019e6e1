//! What a user thinks of next, by what his phone shows; and what befalls phones.

use phone::{Call, Registration};
use skinny::codes::DCallState;

use super::Actor;
use crate::clock::{MICROSECOND, MILLISECOND, SECOND};
use crate::decision::{Acks, Counting, Decision, Forgery, Reference};
use crate::options::Faults;
use crate::rng::Rng;

/// What a user knows of the world.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Numbers that somebody has.
    pub numbers: &'a [String],
    /// Phones there are.
    pub phones: u16,
    /// What may befall phones.
    pub faults: Faults,
    /// Whether people answer, stay, and bring others in: so calls of many come about.
    pub sociable: bool,
}

/// How long a user thinks: now and then no time at all, so that things happen at once.
pub fn pause(rng: &mut Rng) -> u64 {
    match rng.below(100) {
        0..25 => rng.between(10 * MICROSECOND, 5 * MILLISECOND),
        25..65 => rng.between(5 * MILLISECOND, 400 * MILLISECOND),
        65..98 => rng.between(400 * MILLISECOND, 4 * SECOND),
        _ => rng.between(4 * SECOND, 40 * SECOND),
    }
}

/// The next decision of a phone; `None`: its user does nothing.
pub fn decide(actor: &mut Actor, around: &Surroundings<'_>) -> Option<Decision> {
    let mut rng = actor.will.clone();
    let decision = choose(actor, around, &mut rng);
    actor.will = rng;
    decision
}

fn choose(actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Option<Decision> {
    if let Some(fault) = befall(actor, around.faults, rng) {
        return Some(fault);
    }
    match actor.phone.registration() {
        Registration::Off => return Some(Decision::PowerOn).filter(|_| !rng.one_in(4)),
        Registration::Registered | Registration::Configuring => {}
        Registration::Preserving if rng.one_in(3) => return Some(Decision::Hangup),
        _ => return None,
    }
    if actor.spec.manners.unruly && rng.percent(50) {
        return Some(forgery(around, rng));
    }
    use_phone(actor, around, rng)
}

/// What happens to phones and their connections.
fn befall(actor: &Actor, faults: Faults, rng: &mut Rng) -> Option<Decision> {
    if actor.spec.manners.copy && rng.percent(90) {
        // Two phones of one name push each other out: once in a while is enough.
        let is_off = *actor.phone.registration() == Registration::Off;
        return Some(if is_off { Decision::PowerOn } else { Decision::PowerOff }).filter(|_| rng.one_in(5));
    }
    if !rng.one_in(25) || *actor.phone.registration() == Registration::Off {
        return None;
    }
    let all = [
        (faults.power, Decision::PowerOff),
        (faults.power, Decision::Reboot),
        (faults.power, Decision::Unregister),
        (faults.breaks, Decision::Reset),
        (faults.breaks, Decision::Vanish),
        (faults.stalls, Decision::Stall(*rng.pick(&[50, 800, 5000, 60_000]))),
        (faults.habits, Decision::Acks(habit(rng))),
        (faults.habits, Decision::Counting(counting(rng))),
    ];
    let possible: Vec<_> = all.into_iter().filter(|(may, _)| *may).map(|(_, decision)| decision).collect();
    if possible.is_empty() { None } else { Some(rng.pick(&possible).clone()) }
}

fn habit(rng: &mut Rng) -> Acks {
    rng.weighted(&[
        (4, Acks::Prompt),
        (2, Acks::Never),
        (2, Acks::Twice),
        (1, Acks::Late),
        (2, Acks::Refused),
    ])
}

fn counting(rng: &mut Rng) -> Counting {
    rng.weighted(&[(2, Counting::Prompt), (1, Counting::Never), (1, Counting::Late)])
}

fn use_phone(actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Option<Decision> {
    let phone = &actor.phone;
    let calls = phone.calls();
    if calls.len() > 1 && rng.one_in(4) {
        return Some(Decision::Select(rng.below(calls.len() as u64) as u16));
    }
    if let Some(call) = phone.ringing_call()
        && rng.percent(if around.sociable { 95 } else { 60 })
    {
        return Some(answer(call, rng));
    }
    match phone.selected_call().or_else(|| calls.first()) {
        None => Some(begin(actor, around, rng)),
        Some(call) if call.is_dialing() => Some(dial_on(actor, around, rng)),
        // Whoever asks somebody for a conference wants one.
        Some(call)
            if call.is_connected()
                && phone.shows_softkey("Confrn")
                && !phone.shows_softkey("Hold")
                && rng.percent(60) =>
        {
            Some(Decision::SoftKey("Confrn".into()))
        }
        Some(call) if call.is_connected() => talk(actor, around, rng),
        Some(call) if call.state == DCallState::CALL_REMOTE_MULTILINE && rng.one_in(5) => {
            Some(Decision::SoftKey(rng.pick(&["Barge", "cBarge"]).to_string()))
        }
        Some(call) if call.is_ringing() => None,
        Some(call) if call.is_held() => Some(held(rng)),
        Some(call) if phone.shows_softkey("Transfer") && rng.percent(30) => {
            let _ = call;
            Some(Decision::SoftKey("Transfer".into()))
        }
        Some(call) if around.sociable && !call_failed(call.state) && !rng.one_in(12) => None,
        Some(call) => wait(call.state, rng),
    }
}

/// A call is held.
fn held(rng: &mut Rng) -> Decision {
    match rng.below(11) {
        0..4 => Decision::Resume,
        4..8 => Decision::Hangup,
        8 => Decision::SoftKey("DirTrfr".into()),
        9 => Decision::SoftKey(rng.pick(&["Join", "Select", "Confrn"]).to_string()),
        _ => Decision::SoftKey("NewCall".into()),
    }
}

fn answer(call: &Call, rng: &mut Rng) -> Decision {
    if rng.one_in(40) {
        return Decision::SoftKey("iDivert".into());
    }
    match rng.below(15) {
        0..5 => Decision::Answer,
        5..8 => Decision::OffHook,
        8..11 => Decision::Speaker,
        11 => Decision::Headset,
        12..14 => Decision::SoftKey("Answer".into()),
        _ => Decision::LineKey(call.line.0),
    }
}

/// Nobody rings, nothing is up.
fn begin(actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Decision {
    if actor.phone.path().is_some() && rng.percent(70) {
        // Off hook without a call: after a call that the other side ended.
        return if actor.phone.handset_up() { Decision::OnHook } else { Decision::Hangup };
    }
    actor.intent.clear();
    let number = number(actor, around, rng);
    match rng.below(100) {
        0 | 1 => Decision::SoftKey("CFwdAll".into()),
        93 => Decision::SoftKey("HLog".into()),
        94 | 95 => button(actor, rng),
        2 => Decision::SoftKey("DND".into()),
        85..88 => {
            actor.intent = rng.pick(&["81", "81", "82", "1000"]).chars().collect();
            Decision::SoftKey("MeetMe".into())
        }
        3..6 => Decision::SoftKey("PickUp".into()),
        6 => Decision::SoftKey("GPickUp".into()),
        7..9 => Decision::Dial(code(&number, rng)),
        9..35 => Decision::Dial(number),
        35..45 => Decision::Enbloc(number),
        45..60 => {
            actor.intent.extend(number.chars());
            Decision::OffHook
        }
        60..70 => {
            actor.intent.extend(number.chars());
            Decision::Speaker
        }
        70..80 => {
            actor.intent.extend(number.chars());
            Decision::SoftKey("NewCall".into())
        }
        80..85 => {
            actor.intent.extend(number.chars());
            Decision::LineKey(rng.between(1, u64::from(actor.spec.profile.lines)) as u32)
        }
        88..90 => Decision::SpeedDial(1),
        90..92 => Decision::Redial,
        92 => button(actor, rng),
        96..98 => Decision::Headset,
        _ => Decision::Key(*rng.pick(&['1', '#', '*'])),
    }
}

/// A busy lamp, an intercom button, a feature.
fn button(actor: &Actor, rng: &mut Rng) -> Decision {
    let lamp = crate::site::lamp_instance(&actor.spec);
    match rng.below(10) {
        0..4 => Decision::Button(0x02, lamp),
        4..7 => Decision::Button(0x02, lamp + 1),
        7 => Decision::Button(0x8b, lamp + 2),
        8 => Decision::Button(0x86, lamp + 3),
        _ => Decision::Button(0x13, lamp + 4),
    }
}

/// A star code, mostly one that ends something: else soon nobody could be reached.
fn code(number: &str, rng: &mut Rng) -> String {
    match rng.below(10) {
        0 => format!("*72{number}"),
        1 => format!("*92{number}"),
        2 => format!("*90{number}"),
        3 => format!("**{number}"),
        4 => rng.pick(&["*76", "*78"]).to_string(),
        6 => rng.pick(&["*62", "*62", "*63", "*66", "*65", "*26", "*27", "*55"]).to_string(),
        5 => rng.pick(&["*8", "71", "71", "72", "81", "81", "81", "8212", "8211"]).to_string(),
        _ => rng.pick(&["*73", "*91", "*93", "*95", "*79"]).to_string(),
    }
}

/// What to dial: mostly somebody, at times oneself, nobody, half a number, the trunk.
fn number(actor: &Actor, around: &Surroundings<'_>, rng: &mut Rng) -> String {
    let somebody = if around.numbers.is_empty() { "1000" } else { rng.pick(around.numbers) };
    match rng.below(100) {
        0..8 => rng.pick(&crate::site::HUNT_GROUPS).to_string(),
        8..70 => somebody.to_owned(),
        70..76 => actor.spec.lines.first().cloned().unwrap_or_default(),
        76..84 => format!("9{}", rng.between(10, 99_999)),
        84..90 => somebody.chars().take(2).collect(),
        90..94 => format!("{somebody}{}", rng.below(10)),
        94..97 => "5".repeat(rng.between(1, 23) as usize),
        _ => rng.pick(&["*", "#", "0", "**#", "911", "911", "8010", "6", "501", "97"]).to_string(),
    }
}

/// Off hook, digits are wanted.
fn dial_on(actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Decision {
    match rng.below(if around.sociable { 800 } else { 100 }) {
        0..8 => return Decision::SoftKey("Backspace".into()),
        8..11 => return Decision::Key('#'),
        11..16 => return Decision::Hangup,
        16..18 => return Decision::OnHook,
        18..22 => return Decision::Dial(number(actor, around, rng)),
        22..24 => return Decision::Enbloc(number(actor, around, rng)),
        24..26 => return Decision::Key(*rng.pick(&['0', '3', '7', '*', '+', 'A'])),
        _ => {}
    }
    match actor.intent.pop_front() {
        Some(key) => Decision::Key(key),
        None => {
            rng.pick(&[Decision::Key('#'), Decision::Key('#'), Decision::Hangup, Decision::OnHook]).clone()
        }
    }
}

fn talk(actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Option<Decision> {
    if around.sociable && rng.percent(70) {
        return match rng.below(40) {
            0..26 => None,
            26..32 => Some(ask("Confrn", actor, around, rng)),
            32..34 => Some(ask("Transfer", actor, around, rng)),
            34 => Some(Decision::SoftKey("RmLstC".into())),
            35 => Some(Decision::SoftKey(rng.pick(&["ConfList", "iDivert"]).to_string())),
            36 => Some(Decision::Hold),
            37 => Some(Decision::SoftKey(rng.pick(&["Select", "Record"]).to_string())),
            _ => Some(Decision::SoftKey("Join".into())),
        };
    }
    Some(match rng.below(100) {
        0..29 => return None,
        29 => button(actor, rng),
        30..34 => ask("Transfer", actor, around, rng),
        34 if rng.one_in(2) => Decision::SoftKey("DirTrfr".into()),
        34 => Decision::SoftKey("Park".into()),
        35..41 => ask("Confrn", actor, around, rng),
        42 => Decision::SoftKey("iDivert".into()),
        41 => Decision::SoftKey(rng.pick(&["Record", "Select", "ConfList", "RmLstC"]).to_string()),
        43..50 => Decision::Key(*rng.pick(&['1', '2', '5', '0', '*', '#'])),
        50..68 => Decision::Hangup,
        68..76 => Decision::OnHook,
        76..80 => Decision::SoftKey("EndCall".into()),
        80..84 => Decision::Speaker,
        84..86 => Decision::Headset,
        86..88 => Decision::OffHook,
        88..92 => Decision::Hold,
        92..95 => Decision::SoftKey("NewCall".into()),
        95..97 => Decision::LineKey(rng.between(1, u64::from(actor.spec.profile.lines)) as u32),
        _ => Decision::Dial(number(actor, around, rng)),
    })
}

/// A key behind which somebody is to be called.
fn ask(key: &str, actor: &mut Actor, around: &Surroundings<'_>, rng: &mut Rng) -> Decision {
    actor.intent = number(actor, around, rng).chars().collect();
    Decision::SoftKey(key.into())
}

fn call_failed(state: DCallState) -> bool {
    !matches!(state, DCallState::PROCEED | DCallState::RING_OUT)
}

/// It rings at the other end, or is busy, or failed.
fn wait(state: DCallState, rng: &mut Rng) -> Option<Decision> {
    let gives_up = if call_failed(state) { 70 } else { 25 };
    if rng.one_in(6) {
        // Where there is no such key, nothing happens.
        return Some(rng.pick(&[Decision::SoftKey("CallBack".into()), Decision::Button(0x86, 1)]).clone());
    }
    if rng.percent(gives_up) {
        return Some(
            rng.pick(&[Decision::Hangup, Decision::Hangup, Decision::OnHook, Decision::Speaker]).clone(),
        );
    }
    rng.one_in(10).then(|| rng.pick(&[Decision::Key('4'), Decision::OffHook, Decision::LineKey(1)]).clone())
}

/// A message at a time when it has no business.
fn forgery(around: &Surroundings<'_>, rng: &mut Rng) -> Decision {
    let line = *rng.pick(&[0, 0, 1, 1, 2, 7, 200, u32::MAX]);
    let reference = match rng.below(12) {
        0..2 => Reference::Zero,
        2..7 => Reference::Own(rng.below(3) as u16),
        7..9 => Reference::Old,
        9..11 => Reference::Foreign(rng.below(u64::from(around.phones)) as u16),
        _ => Reference::Raw(*rng.pick(&[1, 0x0100_0001, u32::MAX])),
    };
    Decision::Forge(message(around, rng), line, reference)
}

fn message(around: &Surroundings<'_>, rng: &mut Rng) -> Forgery {
    let number = if around.numbers.is_empty() { "1000" } else { rng.pick(around.numbers) };
    match rng.below(100) {
        0..14 => Forgery::OffHook,
        14..26 => Forgery::OnHook,
        26..28 => Forgery::HookFlash,
        28..38 => Forgery::Key(rng.below(18) as u32),
        38..50 => Forgery::SoftKey(rng.below(38) as u32),
        50..58 => Forgery::Stimulus(*rng.pick(&[
            1, 2, 3, 4, 5, 9, 9, 9, 0xf, 0x13, 0x15, 0x7d, 0x7e, 0x82, 0x83, 0x84, 0x86, 0x89, 0x8a, 0x8b,
            0xff,
        ])),
        58..64 => Forgery::OpenAck(*rng.pick(&[0, 0, 1, 2])),
        64..67 => Forgery::OldAck,
        67..70 => Forgery::SendAck(*rng.pick(&[0, 0, 3])),
        70..72 => Forgery::SendFailed,
        72..75 => Forgery::Statistics,
        75..80 => Forgery::Enbloc(number.to_owned()),
        80..81 => Forgery::Register(
            rng.pick(&["own", "own", "SEP000000000000", "';DROP", "~[31m", "x"]).to_string(),
        ),
        81..82 => Forgery::Token,
        82..83 => Forgery::Unregister,
        83..86 => Forgery::Alarm,
        86..88 => Forgery::NoCodecs,
        88..90 => Forgery::Codec(*rng.pick(&[2, 4, 6, 11, 12, 25, 257, 9999])),
        90..94 => Forgery::Ask(
            *rng.pick(&[0x9, 0xa, 0xb, 0xc, 0xd, 0xe, 0x25, 0x28, 0x33, 0x34]),
            rng.below(300) as u32,
        ),
        94..96 => Forgery::KeepAlive,
        96..99 => Forgery::Frame(rng.below(0x160) as u32, rng.below(200) as u16),
        _ => Forgery::BadLength,
    }
}
