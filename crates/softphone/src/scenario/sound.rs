//! What a phone hears: somebody's voice, a tone, digits, anything, nothing.

use std::time::{Duration, Instant};

use media::compare;
use media::level;
use media::tone::{Digit, DtmfDetector, ToneDetector};
use phone::audio::RATE_HZ;
use skinny::message::{Numbered, StartTone};

use super::model::Hearing;
use crate::driver::State;
use crate::handle::Handle;
use crate::transcript::Way;

const SAMPLES_PER_MS: usize = RATE_HZ as usize / 1000;

/// How alike what was said and what was heard must be.
const CORRELATION: f64 = 0.8;
/// The longest delay, in milliseconds.
const DELAY_MAX_MS: u32 = 1000;
/// How much of what was said is looked for, in milliseconds.
const PHRASE_MS: usize = 1000;
/// A tone must last so long, in milliseconds.
const TONE_MS: u64 = 200;
/// Below this level nothing is heard.
const SILENCE_DBFS: f64 = -50.0;
/// How long it must be heard before it counts as sound, in milliseconds.
const SOUND_MS: usize = 200;

/// Waits until it is heard; why not, otherwise.
pub(super) fn listen(
    hearing: &Hearing,
    ear: &Handle,
    mouth: Option<&Handle>,
    time: Duration,
    fill: &dyn Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    let number = |given: &Option<String>, usual: f64| -> Result<f64, String> {
        let Some(given) = given else { return Ok(usual) };
        let text = fill(given)?;
        text.parse().map_err(|_| format!("\"{text}\" is no number"))
    };
    if let Some(mouth) = mouth {
        let wanted = number(&hearing.correlation, CORRELATION)?;
        let delay = number(&hearing.delay_max_ms, f64::from(DELAY_MAX_MS))?;
        return voice(ear, mouth, wanted, delay as u32, time);
    }
    if let Some(digits) = &hearing.digits {
        return self::digits(ear, &fill(digits)?, time);
    }
    ear.forget_sound();
    if hearing.silence {
        return silence(ear, time);
    }
    if let Some(hz) = &hearing.tone_hz {
        return tone(ear, number(&Some(hz.clone()), 0.0)?, time);
    }
    let is_loud =
        |heard: &[i16]| heard.len() >= SOUND_MS * SAMPLES_PER_MS && level::dbfs(heard) > SILENCE_DBFS;
    until(ear, time, |heard| if is_loud(heard) { Ok(()) } else { Err(summary(heard)) })
}

/// Looks at what is heard again and again, whenever there is a fifth of a second more of it.
fn until(
    ear: &Handle,
    time: Duration,
    mut look: impl FnMut(&[i16]) -> Result<(), String>,
) -> Result<(), String> {
    let began = Instant::now();
    let more = RATE_HZ as usize / 5;
    loop {
        let heard = ear.heard();
        let failed = match look(&heard) {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        let left = time.saturating_sub(began.elapsed());
        let enough = heard.len() + more;
        if ear.wait("sound", left, |state| state.heard_len() >= enough).is_err() {
            return look(&ear.heard()).map_err(|_| failed);
        }
    }
}

fn summary(heard: &[i16]) -> String {
    let secs = heard.len() as f64 / f64::from(RATE_HZ);
    if heard.is_empty() {
        return "nothing came".to_owned();
    }
    format!("heard {secs:.1} s at {:.0} dBFS", level::dbfs(heard))
}

fn voice(ear: &Handle, mouth: &Handle, wanted: f64, delay_max_ms: u32, time: Duration) -> Result<(), String> {
    ear.forget_sound();
    mouth.forget_sound();
    let phrase_len = PHRASE_MS * SAMPLES_PER_MS;
    let mut best = 0.0_f64;
    until(ear, time, |heard| {
        let said = mouth.said();
        if said.len() < phrase_len {
            return Err(format!("{} of what is to be heard was sent; {}", summary(&said), summary(heard)));
        }
        let found = compare::find(&said[..phrase_len], heard, RATE_HZ, delay_max_ms);
        // The phrase must have come whole: what lies outside does not count for the correlation.
        let found = found.filter(|found| found.coverage > 0.9);
        best = best.max(found.map_or(0.0, |found| found.correlation));
        if best >= wanted {
            Ok(())
        } else {
            Err(format!("correlation {best:.2}, wanted {wanted:.2}; {}", summary(heard)))
        }
    })
}

fn tone(ear: &Handle, hz: f64, time: Duration) -> Result<(), String> {
    until(ear, time, |heard| {
        let mut detector = ToneDetector::new(hz, RATE_HZ);
        detector.feed(heard);
        if detector.present_ms() >= TONE_MS {
            Ok(())
        } else {
            Err(format!("no tone of {hz} Hz; {}", summary(heard)))
        }
    })
}

fn digits(ear: &Handle, wanted: &str, time: Duration) -> Result<(), String> {
    // All that came so far: they may have been pressed before anybody listened.
    let mut events = String::new();
    let came = ear.wait("digits", time, |state| {
        events = state.audio.digits().to_owned();
        events.contains(wanted) || signalled(state).contains(wanted) || tones(&state.heard()).contains(wanted)
    });
    let inband = tones(&ear.heard());
    let mut told = String::new();
    // Only to read it under the lock.
    let _ = ear.wait("digits", Duration::ZERO, |state| {
        told = signalled(state);
        true
    });
    came.map_err(|_| format!("came as events: \"{events}\", as messages: \"{told}\", as tones: \"{inband}\""))
}

/// Digits that the server had the phone play, as it does for phones without telephone events.
fn signalled(state: &State) -> String {
    let played =
        state.transcript.entries().filter(|entry| entry.way == Way::Received && entry.id() == StartTone::ID);
    played.filter_map(|entry| digit_of(&entry.field("tone")?)).collect()
}

fn digit_of(tone: &str) -> Option<char> {
    match tone.strip_prefix("Dtmf")? {
        "Star" => Some('*'),
        "Pound" => Some('#'),
        other => other.chars().next().filter(|_| other.len() == 1),
    }
}

fn tones(heard: &[i16]) -> String {
    let mut found: Vec<Digit> = Vec::new();
    let mut detector = DtmfDetector::new(RATE_HZ);
    detector.feed(heard, &mut found);
    found.extend(detector.finish());
    found.iter().map(|digit| digit.digit).collect()
}

fn silence(ear: &Handle, time: Duration) -> Result<(), String> {
    // It is over when the time is; what comes later is no silence.
    let loud = ear.wait("sound", time, |state| level::dbfs(&state.heard()) > SILENCE_DBFS);
    match loud {
        Ok(()) => Err(summary(&ear.heard())),
        Err(_) => Ok(()),
    }
}
