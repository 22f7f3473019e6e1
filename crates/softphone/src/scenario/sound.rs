//! What a phone hears: somebody's voice, a tone, digits, anything, nothing.

use std::time::{Duration, Instant};

use media::compare::{self, Match};
use media::level;
use media::tone::{Digit, DtmfDetector, ToneDetector};
use phone::audio::RATE_HZ;
use skinny::message::{Numbered, StartTone};

use super::model::Hearing;
use crate::driver::State;
use crate::handle::Handle;
use crate::show;
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
/// How much longer than phrase and delay together one phrase is looked for before the next one is, in milliseconds.
const ROUND_SLACK_MS: u64 = 500;
/// Below this level nothing is heard.
const SILENCE_DBFS: f64 = -50.0;
/// How long it must be heard before it counts as sound, in milliseconds.
const SOUND_MS: usize = 200;

/// Waits until it is heard: what was found; why not, otherwise.
pub(super) fn listen(
    hearing: &Hearing,
    ear: &Handle,
    mouth: Option<&Handle>,
    time: Duration,
    fill: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Option<String>, String> {
    let number = |given: &Option<String>, usual: f64| -> Result<f64, String> {
        let Some(given) = given else { return Ok(usual) };
        let text = fill(given)?;
        text.parse().map_err(|_| format!("\"{text}\" is no number"))
    };
    if let Some(mouth) = mouth {
        let wanted = number(&hearing.correlation, CORRELATION)?;
        let delay = number(&hearing.delay_max_ms, f64::from(DELAY_MAX_MS))?;
        let level_db = number(&hearing.level_db, f64::INFINITY)?;
        let likeness = Likeness { correlation: wanted, delay_max_ms: delay as u32, level_db };
        return voice(ear, mouth, &likeness, time).map(Some);
    }
    if let Some(digits) = &hearing.digits {
        return self::digits(ear, &fill(digits)?, time).map(|()| None);
    }
    ear.forget_sound();
    if hearing.silence {
        return silence(ear, time).map(|()| None);
    }
    if let Some(hz) = &hearing.tone_hz {
        let heard = tone(ear, number(&Some(hz.clone()), 0.0)?, time).map(|()| None);
        return heard.map_err(|why| match ear.peek(phone::Phone::tone) {
            Some(own) => {
                format!("{why}; the phone itself plays {0}: expect it as tone = \"{0}\"", show::word(own))
            }
            None => why,
        });
    }
    let is_loud =
        |heard: &[i16]| heard.len() >= SOUND_MS * SAMPLES_PER_MS && level::dbfs(heard) > SILENCE_DBFS;
    until(ear, time, |heard| if is_loud(heard) { Ok(()) } else { Err(summary(heard)) }).map(|()| None)
}

/// How what is heard must be like what was said.
struct Likeness {
    correlation: f64,
    delay_max_ms: u32,
    /// Louder or less loud by at most so many decibels.
    level_db: f64,
}

impl Likeness {
    fn fits(&self, found: &Match) -> bool {
        found.correlation >= self.correlation && found.gain_db.abs() <= self.level_db
    }

    fn words(&self) -> String {
        let level =
            if self.level_db.is_finite() { format!(" within {} dB", self.level_db) } else { String::new() };
        format!("{:.2}{level}", self.correlation)
    }
}

fn told(found: &Match) -> String {
    format!("correlation {:.2}, {:.0} ms later, {:+.1} dB", found.correlation, found.delay_ms, found.gain_db)
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

/// Phrase after phrase: one that a change of the streams broke does not fail it all.
fn voice(ear: &Handle, mouth: &Handle, likeness: &Likeness, time: Duration) -> Result<String, String> {
    let began = Instant::now();
    let round = Duration::from_millis(PHRASE_MS as u64 + u64::from(likeness.delay_max_ms) + ROUND_SLACK_MS);
    loop {
        let left = time.saturating_sub(began.elapsed());
        match phrase(ear, mouth, likeness, round.min(left)) {
            Err(_) if left > round => {}
            done => return done,
        }
    }
}

/// What is said from now on, for a moment.
fn phrase(ear: &Handle, mouth: &Handle, likeness: &Likeness, time: Duration) -> Result<String, String> {
    ear.forget_sound();
    mouth.forget_sound();
    let phrase_len = PHRASE_MS * SAMPLES_PER_MS;
    let mut best: Option<Match> = None;
    until(ear, time, |heard| {
        let said = mouth.said();
        if said.len() < phrase_len {
            return Err(format!("{} of what is to be heard was sent; {}", summary(&said), summary(heard)));
        }
        let found = compare::find(&said[..phrase_len], heard, RATE_HZ, likeness.delay_max_ms);
        // The phrase must have come whole: what lies outside does not count for the correlation.
        let found = found.filter(|found| found.coverage > 0.9);
        if found.is_some_and(|new| best.is_none_or(|best| new.correlation > best.correlation)) {
            best = found;
        }
        match &best {
            Some(best) if likeness.fits(best) => Ok(()),
            Some(best) => Err(format!("{}, wanted {}; {}", told(best), likeness.words(), summary(heard))),
            None => Err(format!("not found, wanted {}; {}", likeness.words(), summary(heard))),
        }
    })?;
    Ok(best.as_ref().map(told).unwrap_or_default())
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
