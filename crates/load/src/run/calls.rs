//! The calls of a run: pairs, when they call, and what became of it.

use std::collections::VecDeque;

use skinny::codes::SoftKeyEvent;

use super::fleet::{Fleet, News};
use super::timers::Timers;
use crate::arrival::{Arrivals, Random};
use crate::measure::{Failures, Times};
use crate::options::{self, HangUp};
use crate::pair::{Action, Failure, Kind, Measure, Pair, Report, Script, Side};
use crate::report::Latencies;

/// What was measured of the calls.
#[derive(Debug, Default)]
pub struct CallTimes {
    /// Off hook to dial tone.
    pub dial_tone: Times,
    /// Last digit to ringing.
    pub ring: Times,
    /// Answer to the order to send sound, at both.
    pub media: Times,
    /// Hold to the call's being held.
    pub hold: Times,
    /// Resume to the order to send sound, at both.
    pub resume: Times,
    /// Transfer or Confrn to the dial tone for the third.
    pub consult: Times,
    /// The same key again to the order to send sound, at all who stay.
    pub join: Times,
    /// PickUp to the order to send sound, at both.
    pub pick_up: Times,
    /// Park to the number under which the call is.
    pub park: Times,
    /// Last digit of that number to the order to send sound, at both.
    pub retrieve: Times,
    /// Hanging up to the end, at both.
    pub release: Times,
}

impl CallTimes {
    fn take(&mut self, measure: Measure, ns: u64) {
        let times = match measure {
            Measure::DialTone => &mut self.dial_tone,
            Measure::Ring => &mut self.ring,
            Measure::Media => &mut self.media,
            Measure::Hold => &mut self.hold,
            Measure::Resume => &mut self.resume,
            Measure::Consult => &mut self.consult,
            Measure::Join => &mut self.join,
            Measure::PickUp => &mut self.pick_up,
            Measure::Park => &mut self.park,
            Measure::Retrieve => &mut self.retrieve,
            Measure::Release => &mut self.release,
        };
        times.take(ns);
    }

    /// All of them, summed up.
    pub fn summary(&self) -> Latencies {
        Latencies {
            dial_tone: self.dial_tone.summary(),
            ring: self.ring.summary(),
            media: self.media.summary(),
            hold: self.hold.summary(),
            resume: self.resume.summary(),
            consult: self.consult.summary(),
            join: self.join.summary(),
            pick_up: self.pick_up.summary(),
            park: self.park.summary(),
            retrieve: self.retrieve.summary(),
            release: self.release.summary(),
        }
    }
}

/// What the part of a second needs: a histogram takes 200 KiB, so only these are kept twice.
#[derive(Debug, Default)]
pub struct RecentTimes {
    /// Off hook to dial tone.
    pub dial_tone: Times,
    /// Last digit to ringing.
    pub ring: Times,
}

impl RecentTimes {
    fn take(&mut self, measure: Measure, ns: u64) {
        match measure {
            Measure::DialTone => self.dial_tone.take(ns),
            Measure::Ring => self.ring.take(ns),
            _ => {}
        }
    }
}

/// The calls.
#[derive(Debug)]
pub struct Calls {
    options: options::Calls,
    /// Phones of a pair: two, or three.
    group: u32,
    pairs: Vec<Pair>,
    free: VecDeque<u32>,
    /// Pairs whose phones are in service.
    usable: usize,
    timers: Timers,
    arrivals: Arrivals,
    reports: Vec<Report>,
    begun: u64,
    open: u64,
    /// Complete calls.
    pub completed: u64,
    /// Calls that found no free pair.
    pub not_begun: u64,
    /// Why calls failed.
    pub failures: Failures,
    /// What was measured.
    pub times: CallTimes,
    /// The same since it was last taken.
    pub recent: RecentTimes,
    random: Random,
}

/// Keeps the lengths of calls apart from the gaps between them.
const LENGTHS_SEED: u64 = 0x6c65_6e67_7468_7321;

/// All who may take part in a call.
const SIDES: [Side; 3] = [Side::Caller, Side::Callee, Side::Third];

impl Calls {
    /// Calls among the phones that are in service, from now on.
    pub fn new(options: options::Calls, fleet: &Fleet, phones: usize, seed: u64) -> Calls {
        let group = options.group();
        let pairs = phones as u32 / group;
        let in_service = |pair: &u32| (0..group).all(|place| fleet.is_in_service(pair * group + place));
        let arrivals = Arrivals::new(&options, fleet.now_ns(), seed);
        let mut calls = Calls {
            group,
            options,
            pairs: Vec::new(),
            usable: 0,
            free: (0..pairs).filter(in_service).collect(),
            timers: Timers::new(pairs as usize),
            arrivals,
            reports: Vec::new(),
            begun: 0,
            open: 0,
            completed: 0,
            not_begun: 0,
            failures: Failures::default(),
            times: CallTimes::default(),
            recent: RecentTimes::default(),
            random: Random(seed ^ LENGTHS_SEED),
        };
        calls.usable = calls.free.len();
        let script = calls.script();
        calls.pairs = (0..pairs).map(|_| Pair::new(script)).collect();
        for pair in (0..pairs).filter(|pair| !in_service(pair)) {
            calls.pairs[pair as usize].lose();
        }
        calls
    }

    /// When something is to be done without anything heard.
    pub fn deadline_ns(&self) -> Option<u64> {
        [self.arrivals.next_ns(), self.timers.next()].into_iter().flatten().min()
    }

    /// Whether every call has begun and ended, or nobody is left to call.
    pub fn is_over(&self) -> bool {
        (self.arrivals.next_ns().is_none() || self.is_deserted()) && self.open == 0
    }

    /// No more calls are begun.
    pub fn stop(&mut self) {
        self.arrivals.stop();
    }

    /// Calls per second that are to be begun now.
    pub fn rate(&self, now_ns: u64) -> f64 {
        self.arrivals.rate_at(now_ns)
    }

    /// Whether nobody is left to call.
    pub fn is_deserted(&self) -> bool {
        self.usable == 0
    }

    /// Calls that were begun.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Calls that are up or on their way.
    pub fn open(&self) -> u64 {
        self.open
    }

    /// Does what is due.
    pub fn advance(&mut self, fleet: &mut Fleet, news: &mut Vec<News>) {
        let now_ns = fleet.now_ns();
        while let Some(pair) = self.timers.pop(now_ns) {
            let deadline = self.pairs[pair as usize].deadline();
            if deadline.is_some_and(|deadline| deadline <= now_ns) {
                let reports = &mut self.reports;
                self.pairs[pair as usize].due(now_ns, &mut |report| reports.push(report));
                self.act(pair, fleet, news);
            }
            self.timers.set(pair, self.pairs[pair as usize].deadline());
        }
        while self.arrivals.take(now_ns) {
            self.begin(now_ns, fleet, news);
        }
    }

    /// A line heard something.
    pub fn heard(&mut self, item: News, fleet: &mut Fleet, news: &mut Vec<News>) {
        let number = item.line / self.group;
        let Some(side) = SIDES.get((item.line % self.group) as usize).copied() else { return };
        let Some(pair) = self.pairs.get_mut(number as usize) else { return };
        let Some(heard) = item.heard else { return self.lost(number) };
        let reports = &mut self.reports;
        pair.heard(item.now_ns, side, heard, &mut |report| reports.push(report));
        self.act(number, fleet, news);
        self.timers.set(number, self.pairs[number as usize].deadline());
    }

    /// Those of a pair are neighbours.
    fn line_of(&self, pair: u32, side: Side) -> u32 {
        pair * self.group + side as u32
    }

    fn kind(&mut self) -> Kind {
        let options::Calls { held_share, transfer_share, conference_share, .. } = self.options;
        let options::Calls { pickup_share, park_share, shared_lines, .. } = self.options;
        if shared_lines {
            return Kind::Shared(if self.begun.is_multiple_of(2) { Side::Callee } else { Side::Third });
        }
        let shares = [
            (held_share, Kind::Held),
            (transfer_share, Kind::Transfer),
            (conference_share, Kind::Conference),
            (pickup_share, Kind::PickUp),
            (park_share, Kind::Park),
        ];
        if shares.iter().all(|(share, _)| *share == 0.0) {
            return Kind::Plain;
        }
        let mut chance = self.random.unit();
        for (share, kind) in shares {
            if chance < share {
                return kind;
            }
            chance -= share;
        }
        Kind::Plain
    }

    fn script(&mut self) -> Script {
        let ns = |wait: std::time::Duration| u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        let caller_hangs_up = match self.options.hang_up {
            HangUp::Caller => true,
            HangUp::Callee => false,
            HangUp::Alternating => self.begun.is_multiple_of(2),
        };
        Script {
            answer_after_ns: ns(self.options.answer_after),
            hold_ns: ns(self.options.spread.length(self.options.hold, self.random.unit())),
            kind: self.kind(),
            digit_gap_ns: ns(self.options.digit_gap),
            hung_up_by: if caller_hangs_up { Side::Caller } else { Side::Callee },
        }
    }

    fn begin(&mut self, now_ns: u64, fleet: &mut Fleet, news: &mut Vec<News>) {
        let Some(pair) = self.free.pop_front() else {
            self.not_begun += 1;
            return;
        };
        let script = self.script();
        self.begun += 1;
        self.open += 1;
        let callee = self.line_of(pair, Side::Callee);
        let third = if self.group > 2 { self.line_of(pair, Side::Third) } else { callee };
        let digits = [callee, third].map(|line| fleet.caller(line).number().digits().len());
        let reports = &mut self.reports;
        self.pairs[pair as usize].begin(now_ns, script, digits, &mut |report| reports.push(report));
        self.act(pair, fleet, news);
        self.timers.set(pair, self.pairs[pair as usize].deadline());
    }

    fn lost(&mut self, pair: u32) {
        let Some(had_call) = self.pairs[pair as usize].lose() else { return };
        self.usable = self.usable.saturating_sub(1);
        if had_call {
            self.failures.count(Failure::ConnectionLost.text());
            self.open -= 1;
        }
        self.free.retain(|free| *free != pair);
    }

    /// Carries out what a pair reported.
    fn act(&mut self, pair: u32, fleet: &mut Fleet, news: &mut Vec<News>) {
        let mut reports = std::mem::take(&mut self.reports);
        for report in reports.drain(..) {
            match report {
                Report::Do(action) => self.perform(pair, action, fleet, news),
                Report::Took(measure, ns) => {
                    self.times.take(measure, ns);
                    self.recent.take(measure, ns);
                }
                Report::Completed => {
                    self.completed += 1;
                    self.open -= 1;
                    self.free.push_back(pair);
                }
                Report::Failed(failure) => {
                    self.failures.count(failure.text());
                    self.open -= 1;
                }
                Report::Free => {
                    (0..self.group).for_each(|place| fleet.caller(pair * self.group + place).forget_call());
                    self.free.push_back(pair);
                }
            }
        }
        self.reports = reports;
    }

    fn perform(&self, pair: u32, action: Action, fleet: &mut Fleet, news: &mut Vec<News>) {
        let caller = self.line_of(pair, Side::Caller);
        let press = |fleet: &mut Fleet, key| fleet.say(caller, |caller, out| caller.say_softkey(out, key));
        let (line, is_well) = match action {
            Action::OffHook(side) => {
                let line = self.line_of(pair, side);
                (line, fleet.say(line, |caller, out| caller.say_off_hook(out)))
            }
            Action::OnHook(side) => {
                let line = self.line_of(pair, side);
                (line, fleet.say(line, |caller, out| caller.say_on_hook(out)))
            }
            Action::Hold => (caller, press(fleet, SoftKeyEvent::HOLD)),
            Action::Resume => (caller, press(fleet, SoftKeyEvent::RESUME)),
            Action::Transfer => (caller, press(fleet, SoftKeyEvent::TRANSFER)),
            Action::Conference => (caller, press(fleet, SoftKeyEvent::CONFRN)),
            Action::PickUp => {
                let line = self.line_of(pair, Side::Third);
                (line, fleet.say(line, |caller, out| caller.say_softkey(out, SoftKeyEvent::PICK_UP)))
            }
            Action::Park => (caller, fleet.say_park(caller)),
            Action::SlotKey(place) => {
                let key = fleet.caller(caller).slot().digits().get(place).copied().unwrap_or(b'#');
                let line = self.line_of(pair, Side::Third);
                (line, fleet.say(line, |caller, out| caller.say_key(out, key)))
            }
            Action::Abandon(side) => {
                let line = self.line_of(pair, side);
                let has_call = fleet.caller(line).has_call();
                (line, !has_call || fleet.say(line, |caller, out| caller.say_on_hook(out)))
            }
            Action::Key(side, place) => {
                let number = fleet.caller(self.line_of(pair, side)).number();
                let key = number.digits().get(place).copied().unwrap_or(b'#');
                (caller, fleet.say(caller, |caller, out| caller.say_key(out, key)))
            }
        };
        if !is_well {
            fleet.lose(line, "connection lost", news);
        }
    }
}
