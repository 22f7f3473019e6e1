//! The calls of the demo, and what must be true of them.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use phone::audio::RATE_HZ;
use phone::{Act, List};
use skinny::codes::DeviceTone;
use softphone::Handle;

use super::ladder::View;
use super::site::{PEOPLE, Site};

/// How long anything may take that takes milliseconds.
const SOON: Duration = Duration::from_secs(5);
/// How long people talk. Long enough for the checks below; real time, since the audio is real.
const TALK: Duration = Duration::from_millis(2600);
/// What is compared of it, its distance from the end, and how much later it may be heard.
const PHRASE_MS: usize = 1000;
const PHRASE_END_MS: usize = 900;
const LATER_MAX_MS: usize = 700;
/// Speech through G.711, a jitter buffer and two resamplers is as good as this; other speech stays below 0.4.
const CORRELATION_MIN: f64 = 0.8;

/// A step and how it went.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Step {
    /// What was to be shown.
    pub name: &'static str,
    /// Whether it was.
    pub verified: bool,
    /// What was seen.
    pub seen: String,
    /// How long it took.
    pub millis: u64,
}

/// Shows something, and says what was seen.
type Scene = fn(&Cast<'_>) -> Result<String>;

/// Goes through all steps; one that fails does not hide the others.
pub fn tell(site: &Site, view: View) -> Vec<Step> {
    let steps: [(&'static str, Scene); 6] = [
        ("four phones of four generations register", register),
        (
            "7960 calls 7965, digit by digit: media both ways, caller id, DTMF, the callee hangs up",
            first_call,
        ),
        ("30VIP calls IP Communicator: another pair of generations, the caller hangs up", second_call),
        ("a busy phone is busy", busy),
        ("a number that does not exist", unknown),
        ("a call that nobody answers is missed", missed),
    ];
    let cast = Cast { phones: &site.phones };
    steps
        .into_iter()
        .map(|(name, step)| {
            if view != View::Nothing {
                let _ = writeln!(std::io::stdout(), "\n── {name}");
            }
            let start = Instant::now();
            let result = step(&cast);
            let (verified, seen) = match result {
                Ok(seen) => (true, seen),
                Err(error) => (false, format!("{error:#}")),
            };
            Step { name, verified, seen, millis: start.elapsed().as_millis() as u64 }
        })
        .collect()
}

/// The phones by their owners.
struct Cast<'s> {
    phones: &'s [Handle],
}

impl Cast<'_> {
    fn alice(&self) -> &Handle {
        &self.phones[0]
    }
    fn bob(&self) -> &Handle {
        &self.phones[1]
    }
    fn carol(&self) -> &Handle {
        &self.phones[2]
    }
    fn dave(&self) -> &Handle {
        &self.phones[3]
    }
}

fn register(cast: &Cast<'_>) -> Result<String> {
    let mut seen = Vec::new();
    for (phone, person) in cast.phones.iter().zip(PEOPLE) {
        phone.wait_for("registration", SOON, |phone| phone.is_registered())?;
        let version = phone.look(|phone| phone.version());
        seen.push(format!("{} {} at version {version}", person.name, person.profile.model));
    }
    Ok(seen.join(", "))
}

fn first_call(cast: &Cast<'_>) -> Result<String> {
    let (alice, bob) = (cast.alice(), cast.bob());
    let audio = connect(alice, bob, "1002", "Alice", "1001")?;
    alice.act(Act::Key('5'))?;
    let heard_key = |entry: &softphone::Entry| {
        entry.to_string().contains("StartTone") && entry.to_string().contains("Dtmf5")
    };
    wait_until("the key 5 at Bob's phone", || bob.last_messages(8).iter().any(heard_key))?;
    bob.act(Act::Hangup)?;
    idle(&[alice, bob])?;
    logged(alice, List::Placed, "1002")?;
    logged(bob, List::Received, "1001")?;
    Ok(format!("{audio}; DTMF 5 arrived; placed and received are in the lists"))
}

fn second_call(cast: &Cast<'_>) -> Result<String> {
    let (carol, dave) = (cast.carol(), cast.dave());
    let audio = connect(carol, dave, "1004", "Carol", "1003")?;
    carol.act(Act::Hangup)?;
    idle(&[carol, dave])?;
    logged(dave, List::Received, "1003")?;
    Ok(audio)
}

/// One calls the other, who answers; both talk, and each hears what the other says.
fn connect(caller: &Handle, callee: &Handle, number: &str, name: &str, from: &str) -> Result<String> {
    caller.act(Act::Dial(number))?;
    callee.wait_for("ringing", SOON, |phone| phone.ringing() && phone.ringing_call().is_some())?;
    callee.wait_for("caller id", SOON, |phone| {
        phone.ringing_call().is_some_and(|call| &*call.calling.name == name && &*call.calling.number == from)
    })?;
    caller.wait_for("ring-back", SOON, |phone| phone.tone() == Some(DeviceTone::ALERTING_TONE))?;
    callee.act(Act::Answer)?;
    for phone in [caller, callee] {
        phone
            .wait_for("the connection", SOON, |phone| phone.calls().iter().any(phone::Call::is_connected))?;
    }
    std::thread::sleep(TALK);
    let there = hears(callee, caller)?;
    let back = hears(caller, callee)?;
    Ok(format!("rang as {name} {from}; the callee heard {there}, the caller heard {back}"))
}

/// Looks for what one said in what the other heard.
fn hears(listener: &Handle, speaker: &Handle) -> Result<String> {
    let samples = |millis: usize| millis * RATE_HZ as usize / 1000;
    let (said, heard) = (speaker.said(), listener.heard());
    let back = samples(PHRASE_MS + PHRASE_END_MS);
    ensure!(said.len() >= back, "only {} ms were said", said.len() * 1000 / RATE_HZ as usize);
    ensure!(heard.len() >= back, "only {} ms were heard", heard.len() * 1000 / RATE_HZ as usize);
    let phrase = &said[said.len() - back..][..samples(PHRASE_MS)];
    // Heard later than said: the same stretch and what follows it.
    let heard = &heard[heard.len() - back..];
    let Some(found) = media::compare::find(phrase, heard, RATE_HZ, LATER_MAX_MS as u32) else {
        bail!("{} heard nothing of it", listener.look(|phone| phone.name().to_owned()));
    };
    ensure!(
        found.correlation >= CORRELATION_MIN,
        "what was heard is not what was said: correlation {:.2}",
        found.correlation
    );
    Ok(format!(
        "it {:.0} ms later (correlation {:.2}, {:+.1} dB)",
        found.delay_ms, found.correlation, found.gain_db
    ))
}

fn busy(cast: &Cast<'_>) -> Result<String> {
    let (alice, bob) = (cast.alice(), cast.bob());
    bob.act(Act::OffHook)?;
    bob.wait_for("dial tone", SOON, |phone| phone.tone() == Some(DeviceTone::INSIDE_DIAL_TONE))?;
    alice.act(Act::Dial("1002"))?;
    alice.wait_for("busy tone", SOON, |phone| phone.tone() == Some(DeviceTone::LINE_BUSY_TONE))?;
    let prompt = alice.look(|phone| phone.prompt().to_owned());
    alice.act(Act::Hangup)?;
    bob.act(Act::OnHook)?;
    idle(&[alice, bob])?;
    Ok(format!("busy tone, prompt \"{prompt}\""))
}

fn unknown(cast: &Cast<'_>) -> Result<String> {
    let dave = cast.dave();
    dave.act(Act::Dial("7777"))?;
    // It is said what is wrong, and then comes the tone.
    dave.wait_for("reorder tone", SOON * 2, |phone| phone.tone() == Some(DeviceTone::REORDER_TONE))?;
    let prompt = dave.look(|phone| phone.prompt().to_owned());
    dave.act(Act::Hangup)?;
    idle(&[dave])?;
    Ok(format!("reorder tone, prompt \"{prompt}\""))
}

fn missed(cast: &Cast<'_>) -> Result<String> {
    let (alice, bob) = (cast.alice(), cast.bob());
    bob.act(Act::Dial("1001"))?;
    alice.wait_for("ringing", SOON, phone::Phone::ringing)?;
    bob.wait_for("ring-back", SOON, |phone| phone.tone() == Some(DeviceTone::ALERTING_TONE))?;
    bob.act(Act::Hangup)?;
    idle(&[alice, bob])?;
    logged(alice, List::Missed, "1002")?;
    Ok("the caller gave up, the callee has it among the missed calls".into())
}

/// Nothing rings, sounds or shines any more.
fn idle(phones: &[&Handle]) -> Result<()> {
    for phone in phones {
        phone.wait_for("silence", SOON, |phone| {
            phone.calls().is_empty()
                && !phone.ringing()
                && phone.tone().is_none()
                && phone.streams().is_empty()
        })?;
    }
    Ok(())
}

fn logged(phone: &Handle, list: List, number: &str) -> Result<()> {
    Ok(phone.wait_for("an entry in the call history", SOON, |phone| {
        phone.history(list).any(|entry| &*entry.party.number == number)
    })?)
}

fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_true() {
        ensure!(start.elapsed() < SOON, "{what}: not seen in {} s", SOON.as_secs());
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
