//! The phone's mouth and ear, without sockets: obeys the audio orders, makes packets when they are due, takes
//! those that came, keeps what was said and heard, and counts.
//!
//! The driver binds a UDP port for each stream, tells the phone its address, hands arriving packets to
//! [`AudioPath::received`], and asks [`AudioPath::poll`] for packets to send whenever [`AudioPath::next_due`]
//! is over. All sound inside is one channel of [`RATE_HZ`]; codecs of 8 kHz are resampled on the way.

mod codec;
mod listen;
mod mouth;
mod report;
mod settings;
mod streams;
mod talk;

pub use codec::{codec_of, supports};
pub use mouth::{LIVE_SAMPLES_MAX, Say};
pub use settings::{CALLS_KEPT_MAX, DIGITS_KEPT_MAX, KEEP_MS_MAX, LATE_MAX, RATE_HZ, Settings};
pub use talk::PACKETS_WAITING_MAX;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use media::tone::{Generator, TonePlan};
use skinny::codes::{DeviceTone, RingMode, ToneOutputDirection};
use skinny::types::CallReference;

use crate::input::Statistics;
use crate::output::{Audio, Copied, StreamId};
use listen::Listen;
use mouth::Mouth;
use report::Finished;
use talk::Talk;

/// A packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Of which stream: it leaves from that stream's port.
    pub stream: StreamId,
    /// Where to.
    pub remote: SocketAddr,
    /// Bytes of it.
    pub len: usize,
    /// TOS byte.
    pub tos: u8,
}

/// How well a stream is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// The codec's name.
    pub codec: &'static str,
    /// Packets that came.
    pub packets: u64,
    /// Packets that did not.
    pub lost: u64,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: f64,
    /// Mean opinion score of the last eight seconds, 1 to 4.5.
    pub mos: Option<f64>,
}

impl Quality {
    /// The part of the packets that did not come, in percent.
    pub fn lost_percent(&self) -> f64 {
        100.0 * self.lost as f64 / (self.packets + self.lost).max(1) as f64
    }
}

/// A stream of the path.
#[derive(Debug)]
struct Stream {
    id: StreamId,
    call: CallReference,
    talk: Option<Talk>,
    listen: Option<Listen>,
}

/// Mouth and ear of one phone.
#[derive(Debug)]
pub struct AudioPath {
    settings: Settings,
    streams: Vec<Stream>,
    mouth: Mouth,
    muted: bool,
    next_at: Option<Duration>,
    heard: VecDeque<i16>,
    said: VecDeque<i16>,
    /// What a loudspeaker has not played yet, where there is one.
    aloud: Option<VecDeque<i16>>,
    digits: String,
    finished: VecDeque<Finished>,
    reports: u32,
    opened: u64,
    tone: Option<DeviceTone>,
    /// What those hear whom the user talks with: that it is recorded.
    tells: Option<Generator>,
    ring: RingMode,
}

impl AudioPath {
    /// A silent path.
    pub fn new(settings: Settings) -> Self {
        let mouth = Mouth::new(settings.say.clone());
        AudioPath {
            settings,
            streams: Vec::new(),
            mouth,
            muted: false,
            next_at: None,
            heard: VecDeque::new(),
            said: VecDeque::new(),
            aloud: None,
            digits: String::new(),
            finished: VecDeque::new(),
            reports: 0,
            opened: 0,
            tone: None,
            tells: None,
            ring: RingMode::RING_OFF,
        }
    }

    /// Obeys an order of the phone; false when it can't: no such codec, or too many streams. Answers to the
    /// phone are the driver's, which knows the addresses.
    pub fn order(&mut self, now: Duration, order: &Audio) -> bool {
        match *order {
            Audio::OpenReceive { stream, call, codec, packet_ms, dtmf, .. } => {
                let listens = Listen::new(codec, packet_ms, dtmf, &self.settings);
                let (Some(listens), Some(index)) = (listens, self.place(now, stream, call)) else {
                    return false;
                };
                self.end_listen(index);
                self.streams[index].listen = Some(listens);
                self.set_decoding();
                true
            }
            Audio::StartSend { stream, call, remote, codec, packet_ms, tos, dtmf, copy } => {
                let target = Target { remote, tos, dtmf, copy };
                let starts = self.start_send(now, stream, call, (codec, packet_ms), target);
                self.set_decoding();
                starts
            }
            Audio::StopReceive { stream } => self.stop_receive(stream),
            Audio::StopSend { stream } => self.stop_send(stream),
            Audio::SendDigit { stream, digit } => {
                let found = self.streams.iter_mut().find(|found| found.id == stream);
                found.and_then(|stream| stream.talk.as_mut()).is_some_and(|talk| talk.digit(digit))
            }
            Audio::PlayTone(tone, to) => {
                self.tone = (to != ToneOutputDirection::NETWORK).then_some(tone);
                let told = to != ToneOutputDirection::USER && tone == DeviceTone::RECORDER_WARNING_TONE;
                let cadence = TonePlan::NorthAmerica.consent(0);
                self.tells = told.then(|| Generator::new(cadence, RATE_HZ));
                true
            }
            Audio::StopTone => {
                self.tone = None;
                self.tells = None;
                true
            }
            Audio::Ring(mode, _) => {
                self.ring = mode;
                true
            }
            Audio::Report { .. } => true,
        }
    }

    /// Takes what came on a stream's port. What is no RTP is left aside.
    pub fn received(&mut self, now: Duration, stream: StreamId, bytes: &[u8]) {
        let Some(found) = self.streams.iter_mut().find(|found| found.id == stream) else { return };
        let Some(listen) = &mut found.listen else { return };
        if let Some(digit) = listen.received(now, bytes) {
            keep_digit(&mut self.digits, digit);
        }
    }

    /// Writes the next packet that is due by `now` into `out`; to be called until there is none.
    pub fn poll(&mut self, now: Duration, out: &mut [u8]) -> Option<Due> {
        loop {
            if let Some(due) = self.take_ready(out) {
                return Some(due);
            }
            let at = self.next_at.filter(|at| *at <= now)?;
            let late = now.saturating_sub(at);
            if late > LATE_MAX {
                self.skip(late);
            } else {
                self.tick(at);
            }
        }
    }

    /// When [`AudioPath::poll`] has something to do again.
    pub fn next_due(&self) -> Option<Duration> {
        self.next_at
    }

    /// Whether a stream is open in either direction.
    pub fn has_stream(&self, stream: StreamId) -> bool {
        self.streams.iter().any(|found| found.id == stream)
    }

    /// The user covers the microphone, or takes the hand away.
    pub fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Something else to say, from now on.
    pub fn say(&mut self, say: Say) {
        self.mouth = Mouth::new(say);
    }

    /// Whether all that was to be said is said.
    pub fn has_said_all(&self) -> bool {
        self.mouth.is_over()
    }

    /// What the microphone gives, at [`RATE_HZ`], for [`Say::Live`].
    pub fn speak(&mut self, pcm: &[i16]) {
        self.mouth.take(pcm);
    }

    /// There is a loudspeaker, which takes what is heard by [`AudioPath::take_aloud`].
    pub fn open_speaker(&mut self) {
        self.aloud = Some(VecDeque::new());
        self.set_decoding();
    }

    /// The next samples for the loudspeaker, at most so many.
    pub fn take_aloud(&mut self, most: usize) -> impl Iterator<Item = i16> + '_ {
        let waiting = self.aloud.as_mut().map(|aloud| aloud.drain(..most.min(aloud.len())));
        waiting.into_iter().flatten()
    }

    /// Whether packets are decoded: somebody wants the sound.
    fn set_decoding(&mut self) {
        let copies = self.streams.iter().filter_map(|stream| stream.talk.as_ref());
        let copied = copies.into_iter().any(|talk| talk.copy() == Some(Copied::Heard));
        let decodes = self.settings.keep_heard_ms > 0 || self.aloud.is_some() || copied;
        let listens = self.streams.iter_mut().filter_map(|stream| stream.listen.as_mut());
        listens.for_each(|listen| listen.set_decodes(decodes));
    }

    /// Keeps so much of what is heard from now on, in milliseconds.
    pub fn keep_heard(&mut self, keep_ms: u32) {
        self.settings.keep_heard_ms = keep_ms.min(KEEP_MS_MAX);
        self.set_decoding();
    }

    /// What was heard since the last call, at [`RATE_HZ`].
    pub fn take_heard(&mut self) -> Vec<i16> {
        self.heard.drain(..).collect()
    }

    /// What was said since the last call, at [`RATE_HZ`].
    pub fn take_said(&mut self) -> Vec<i16> {
        self.said.drain(..).collect()
    }

    /// How many samples are kept of what was heard.
    pub fn heard_len(&self) -> usize {
        self.heard.len()
    }

    /// What is kept of what was heard.
    pub fn heard(&self) -> Vec<i16> {
        self.heard.iter().copied().collect()
    }

    /// What is kept of what was said.
    pub fn said(&self) -> Vec<i16> {
        self.said.iter().copied().collect()
    }

    /// The digits that came as telephone events.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The tone that the user hears.
    pub fn tone(&self) -> Option<DeviceTone> {
        self.tone
    }

    /// How the bell rings.
    pub fn ring(&self) -> RingMode {
        self.ring
    }

    /// Counters of a call, over all its streams so far.
    pub fn statistics(&mut self, call: CallReference) -> Statistics {
        let mut sum = Finished::new(call);
        self.finished.iter().filter(|one| one.call == call).for_each(|one| sum.add(one));
        self.streams.iter().filter(|stream| stream.call == call).for_each(|stream| sum.add_stream(stream));
        self.reports = self.reports.wrapping_add(1);
        sum.statistics(self.settings.quality, self.reports)
    }

    /// The last call whose counters are kept.
    pub fn last_call(&self) -> Option<CallReference> {
        self.finished.back().map(|one| one.call)
    }

    /// What arrives on a stream, in detail.
    pub fn receive_report(&self, stream: StreamId) -> Option<media::receive::Report> {
        let found = self.streams.iter().find(|found| found.id == stream)?;
        found.listen.as_ref().map(Listen::report)
    }

    /// How well it is heard now: of the stream that listens.
    pub fn quality(&self) -> Option<Quality> {
        let listen = self.streams.iter().rev().find_map(|stream| stream.listen.as_ref())?;
        let report = listen.report();
        if report.packets == 0 {
            return None;
        }
        let heard = listen.meter().quality();
        Some(Quality {
            codec: listen.codec_name(),
            packets: report.packets,
            lost: report.lost,
            jitter_ms: report.jitter_ms,
            mos: heard.mos.or(heard.mos_average),
        })
    }

    fn take_ready(&mut self, out: &mut [u8]) -> Option<Due> {
        self.streams.iter_mut().find_map(|stream| {
            let (remote, tos, len) = stream.talk.as_mut()?.take_packet(out)?;
            Some(Due { stream: stream.id, remote, len, tos })
        })
    }

    fn tick_ms(&self) -> u32 {
        let odd = |packet_ms: u32| !packet_ms.is_multiple_of(2 * TICK_MS);
        let mut talks = self.streams.iter().filter_map(|stream| stream.talk.as_ref());
        if talks.any(|talk| odd(talk.packet_ms())) { TICK_MS } else { 2 * TICK_MS }
    }

    /// A piece of time: the mouth speaks, the ear listens.
    fn tick(&mut self, now: Duration) {
        let ms = self.tick_ms();
        self.next_at = Some(now + Duration::from_millis(u64::from(ms)));
        let samples = (RATE_HZ / 1000 * ms) as usize;
        let mut pcm = [0; (RATE_HZ / 1000 * 2 * TICK_MS) as usize];
        let pcm = &mut pcm[..samples];
        if self.streams.iter().any(|stream| stream.talk.is_some()) {
            self.mouth.fill(pcm, self.muted);
            keep(&mut self.said, pcm, self.settings.keep_said_ms);
            self.tell(pcm);
            self.speak_to(|copy| copy != Some(Copied::Heard), pcm);
        }
        self.listen(now, pcm);
        self.speak_to(|copy| copy == Some(Copied::Heard), pcm);
    }

    /// Adds the tone by which a phone says that it records.
    fn tell(&mut self, pcm: &mut [i16]) {
        let Some(tone) = &mut self.tells else { return };
        let mut sounds = [0; (RATE_HZ / 1000 * 2 * TICK_MS) as usize];
        let sounds = &mut sounds[..pcm.len()];
        tone.fill(sounds);
        pcm.iter_mut().zip(sounds).for_each(|(sample, tone)| *sample = sample.saturating_add(*tone));
    }

    fn speak_to(&mut self, meant: impl Fn(Option<Copied>) -> bool, pcm: &[i16]) {
        let talks = self.streams.iter_mut().filter_map(|stream| stream.talk.as_mut());
        talks.filter(|talk| meant(talk.copy())).for_each(|talk| talk.speak(pcm));
    }

    fn listen(&mut self, now: Duration, pcm: &mut [i16]) {
        pcm.fill(0);
        let mut listens = false;
        for listen in self.streams.iter_mut().filter_map(|stream| stream.listen.as_mut()) {
            listens = true;
            listen.play(now, pcm);
            if let Some(digit) = listen.tick(now) {
                keep_digit(&mut self.digits, digit);
            }
        }
        if listens {
            keep(&mut self.heard, pcm, self.settings.keep_heard_ms);
            if let Some(aloud) = &mut self.aloud {
                keep(aloud, pcm, ALOUD_MS);
            }
        }
    }

    /// The driver slept: what should have been said meanwhile is left out.
    fn skip(&mut self, late: Duration) {
        let ms = self.tick_ms();
        let ticks = (late.as_millis() / u128::from(ms)) as u32;
        if let Some(at) = &mut self.next_at {
            *at += Duration::from_millis(u64::from(ms) * u64::from(ticks));
        }
        let missed_ms = ms.saturating_mul(ticks);
        self.streams.iter_mut().filter_map(|stream| stream.talk.as_mut()).for_each(|t| t.pause(missed_ms));
    }
}

/// Smallest piece of time, in milliseconds; packet times are multiples of it.
const TICK_MS: u32 = 10;

/// What waits for a loudspeaker at most, in milliseconds: more means that its clock is slower than ours.
const ALOUD_MS: u32 = 200;

/// Where a stream's packets go.
#[derive(Debug, Clone, Copy)]
struct Target {
    remote: SocketAddr,
    tos: u8,
    dtmf: Option<u8>,
    copy: Option<Copied>,
}

/// Appends, dropping the oldest where more than `keep_ms` would be kept.
fn keep(kept: &mut VecDeque<i16>, pcm: &[i16], keep_ms: u32) {
    let most = (u64::from(keep_ms.min(KEEP_MS_MAX)) * u64::from(RATE_HZ) / 1000) as usize;
    kept.extend(pcm);
    if kept.len() > most {
        kept.drain(..kept.len() - most);
    }
}

fn keep_digit(digits: &mut String, digit: char) {
    if digits.len() < DIGITS_KEPT_MAX {
        digits.push(digit);
    }
}

#[cfg(test)]
mod tests;
