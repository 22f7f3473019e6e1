//! Two callers and the call between them: who does what when, and how long each answer took.
//!
//! Without I/O and without a clock: it is told the time, and asks to be told again.

use crate::caller::Heard;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Calls.
    Caller,
    /// Is called.
    Callee,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }
}

/// What a phone shall do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Lift the handset.
    OffHook(Side),
    /// Press the key at this place of the number.
    Key(usize),
    /// Put the handset down.
    OnHook(Side),
    /// The caller presses Hold.
    Hold,
    /// The caller presses Resume.
    Resume,
    /// Put the handset down, if there is a call.
    Abandon(Side),
}

/// Something that is measured, as nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Off hook to dial tone.
    DialTone,
    /// Last digit to ringing.
    Ring,
    /// Answer to the order to send sound, at both.
    Media,
    /// Hold to the call's being held.
    Hold,
    /// Resume to the order to send sound, at both.
    Resume,
    /// Hanging up to the end, at both.
    Release,
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// No dial tone in time.
    NoDialTone,
    /// The callee did not ring in time.
    NoRing,
    /// Busy tone.
    Busy,
    /// Reorder or another tone that means no.
    Reorder,
    /// No order to send sound, or none to one side, in time.
    NoMedia,
    /// The call was not held in time.
    NotHeld,
    /// No order to send sound after Resume in time.
    NotResumed,
    /// It did not end in time.
    NoRelease,
    /// It ended although nobody hung up.
    EndedEarly,
    /// The callee has no number.
    NoNumber,
    /// A connection was lost.
    ConnectionLost,
}

impl Failure {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Failure::NoDialTone => "no dial tone",
            Failure::NoRing => "callee did not ring",
            Failure::Busy => "busy",
            Failure::Reorder => "reorder tone",
            Failure::NoMedia => "no media at both",
            Failure::NotHeld => "not held",
            Failure::NotResumed => "no media at both after Resume",
            Failure::NoRelease => "did not end at both",
            Failure::EndedEarly => "ended early",
            Failure::NoNumber => "callee has no number",
            Failure::ConnectionLost => "connection lost",
        }
    }
}

/// What a pair reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Do this.
    Do(Action),
    /// This took so long.
    Took(Measure, u64),
    /// The call is complete; the pair is free.
    Completed,
    /// The call failed. The pair hangs up and is free after a while.
    Failed(Failure),
    /// The pair is free again after a failure.
    Free,
}

/// How a call goes.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// From ringing to answering.
    pub answer_after_ns: u64,
    /// From media at both to hanging up.
    pub hold_ns: u64,
    /// Whether the caller puts the callee on hold in between, for a third of that time.
    pub is_held: bool,
    /// Between two digits; 0: back to back.
    pub digit_gap_ns: u64,
    /// Who hangs up.
    pub hung_up_by: Side,
}

/// The longest wait for any answer of the server.
pub const STEP_WAIT_NS: u64 = 10_000_000_000;
/// How long a pair rests after a failure, so that both sides are idle again.
const REST_NS: u64 = 1_000_000_000;

/// Where the call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    AwaitsDialTone { since: u64 },
    Dials { next: usize },
    AwaitsRing { since: u64 },
    Rings,
    AwaitsMedia { since: u64, caller: bool, callee: bool },
    Talks { is_held: bool },
    AwaitsHold { since: u64 },
    OnHold,
    AwaitsResume { since: u64, caller: bool, callee: bool },
    AwaitsRelease { since: u64, caller: bool, callee: bool },
    Rests,
    Lost,
}

/// The pair.
#[derive(Debug)]
pub struct Pair {
    state: State,
    script: Script,
    digits: usize,
    deadline: Option<u64>,
}

impl Pair {
    /// A pair without a call.
    pub fn new(script: Script) -> Pair {
        Pair { state: State::Free, script, digits: 0, deadline: None }
    }

    /// When it wants to be told the time.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Whether a call may begin.
    pub fn is_free(&self) -> bool {
        self.state == State::Free
    }

    /// Begins a call to a number of so many digits.
    pub fn begin(&mut self, now: u64, script: Script, digits: usize, report: &mut impl FnMut(Report)) {
        self.script = script;
        self.digits = digits;
        if digits == 0 {
            return self.fail(now, Failure::NoNumber, report);
        }
        report(Report::Do(Action::OffHook(Side::Caller)));
        self.enter(State::AwaitsDialTone { since: now }, now + STEP_WAIT_NS);
    }

    /// A side heard something.
    pub fn heard(&mut self, now: u64, side: Side, heard: Heard, report: &mut impl FnMut(Report)) {
        match (self.state, heard) {
            (State::AwaitsDialTone { since }, Heard::DialTone) if side == Side::Caller => {
                report(Report::Took(Measure::DialTone, now - since));
                self.dial(now, 0, report);
            }
            (State::AwaitsRing { since }, Heard::Ring) if side == Side::Callee => {
                report(Report::Took(Measure::Ring, now - since));
                self.enter(State::Rings, now + self.script.answer_after_ns);
            }
            (State::AwaitsMedia { since, caller, callee }, Heard::MediaStarted) => {
                let (caller, callee) = mark(side, caller, callee);
                self.media(now, since, caller, callee, report);
            }
            (State::AwaitsHold { since }, Heard::Held) if side == Side::Caller => {
                report(Report::Took(Measure::Hold, now - since));
                self.enter(State::OnHold, now + self.script.hold_ns / 3);
            }
            (State::AwaitsResume { since, caller, callee }, Heard::MediaStarted) => {
                let (caller, callee) = mark(side, caller, callee);
                if caller && callee {
                    report(Report::Took(Measure::Resume, now - since));
                    self.enter(State::Talks { is_held: false }, now + self.script.hold_ns / 3);
                } else {
                    self.state = State::AwaitsResume { since, caller, callee };
                }
            }
            (State::AwaitsRelease { since, caller, callee }, Heard::OnHook) => {
                self.released(now, side, since, (caller, callee), report);
            }
            (State::Free | State::Rests | State::Lost, _) => {}
            (_, Heard::WrongTone(tone)) if side == Side::Caller => {
                let busy = skinny::codes::DeviceTone::LINE_BUSY_TONE.0;
                let failure = if tone == busy { Failure::Busy } else { Failure::Reorder };
                self.fail(now, failure, report);
            }
            (_, Heard::OnHook) => self.fail(now, Failure::EndedEarly, report),
            _ => {}
        }
    }

    /// The time came that [`Pair::deadline`] named.
    pub fn due(&mut self, now: u64, report: &mut impl FnMut(Report)) {
        self.deadline = None;
        match self.state {
            State::Free | State::Lost => {}
            State::Dials { next } => self.dial(now, next, report),
            State::Rings => {
                report(Report::Do(Action::OffHook(Side::Callee)));
                self.enter(
                    State::AwaitsMedia { since: now, caller: false, callee: false },
                    now + STEP_WAIT_NS,
                );
            }
            State::Talks { is_held: true } => {
                report(Report::Do(Action::Hold));
                self.enter(State::AwaitsHold { since: now }, now + STEP_WAIT_NS);
            }
            State::OnHold => {
                report(Report::Do(Action::Resume));
                let state = State::AwaitsResume { since: now, caller: false, callee: false };
                self.enter(state, now + STEP_WAIT_NS);
            }
            State::Talks { is_held: false } => {
                report(Report::Do(Action::OnHook(self.script.hung_up_by)));
                self.enter(
                    State::AwaitsRelease { since: now, caller: false, callee: false },
                    now + STEP_WAIT_NS,
                );
            }
            State::Rests => {
                self.state = State::Free;
                report(Report::Free);
            }
            State::AwaitsDialTone { .. } => self.fail(now, Failure::NoDialTone, report),
            State::AwaitsRing { .. } => self.fail(now, Failure::NoRing, report),
            State::AwaitsMedia { .. } => self.fail(now, Failure::NoMedia, report),
            State::AwaitsHold { .. } => self.fail(now, Failure::NotHeld, report),
            State::AwaitsResume { .. } => self.fail(now, Failure::NotResumed, report),
            State::AwaitsRelease { .. } => self.fail(now, Failure::NoRelease, report),
        }
    }

    /// One of the two lost its connection; the pair is of no more use. Whether a call was lost with it;
    /// `None` when the other one had been lost before.
    pub fn lose(&mut self) -> Option<bool> {
        self.deadline = None;
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Lost => None,
            State::Free | State::Rests => Some(false),
            _ => Some(true),
        }
    }

    fn enter(&mut self, state: State, deadline: u64) {
        self.state = state;
        self.deadline = Some(deadline);
    }

    /// Presses keys, all at once or one after the gap.
    fn dial(&mut self, now: u64, mut next: usize, report: &mut impl FnMut(Report)) {
        loop {
            report(Report::Do(Action::Key(next)));
            next += 1;
            if next >= self.digits {
                return self.enter(State::AwaitsRing { since: now }, now + STEP_WAIT_NS);
            }
            if self.script.digit_gap_ns > 0 {
                return self.enter(State::Dials { next }, now + self.script.digit_gap_ns);
            }
        }
    }

    fn media(&mut self, now: u64, since: u64, caller: bool, callee: bool, report: &mut impl FnMut(Report)) {
        if caller && callee {
            report(Report::Took(Measure::Media, now - since));
            let is_held = self.script.is_held;
            let talk_ns = if is_held { self.script.hold_ns / 3 } else { self.script.hold_ns };
            self.enter(State::Talks { is_held }, now + talk_ns);
        } else {
            self.state = State::AwaitsMedia { since, caller, callee };
        }
    }

    /// The other side puts its handset down when it sees that the call is over.
    fn released(
        &mut self,
        now: u64,
        side: Side,
        since: u64,
        (caller, callee): (bool, bool),
        report: &mut impl FnMut(Report),
    ) {
        let (caller, callee) = mark(side, caller, callee);
        if side != self.script.hung_up_by {
            report(Report::Do(Action::OnHook(side)));
        }
        if caller && callee {
            report(Report::Took(Measure::Release, now - since));
            self.state = State::Free;
            self.deadline = None;
            report(Report::Completed);
        } else {
            self.state = State::AwaitsRelease { since, caller, callee };
        }
    }

    fn fail(&mut self, now: u64, failure: Failure, report: &mut impl FnMut(Report)) {
        report(Report::Failed(failure));
        report(Report::Do(Action::Abandon(Side::Caller)));
        report(Report::Do(Action::Abandon(Side::Callee)));
        self.enter(State::Rests, now + REST_NS);
    }
}

fn mark(side: Side, caller: bool, callee: bool) -> (bool, bool) {
    (caller || side == Side::Caller, callee || side == Side::Callee)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Script = Script {
        answer_after_ns: 50,
        hold_ns: 200,
        is_held: false,
        digit_gap_ns: 0,
        hung_up_by: Side::Caller,
    };

    fn heard(pair: &mut Pair, now: u64, side: Side, heard: Heard) -> Vec<Report> {
        let mut reports = Vec::new();
        pair.heard(now, side, heard, &mut |report| reports.push(report));
        reports
    }

    fn due(pair: &mut Pair, now: u64) -> Vec<Report> {
        let mut reports = Vec::new();
        pair.due(now, &mut |report| reports.push(report));
        reports
    }

    fn begun(digits: usize) -> Pair {
        let mut pair = Pair::new(SCRIPT);
        pair.begin(1_000, SCRIPT, digits, &mut |_| ());
        pair
    }

    #[test]
    fn a_call_from_handset_to_handset() {
        use Action::*;
        use Report::*;
        use Side::*;
        let mut pair = begun(2);
        assert_eq!(
            heard(&mut pair, 1_010, Caller, Heard::DialTone),
            [Took(Measure::DialTone, 10), Do(Key(0)), Do(Key(1))]
        );
        assert_eq!(heard(&mut pair, 1_030, Callee, Heard::Ring), [Took(Measure::Ring, 20)]);
        assert_eq!(pair.deadline(), Some(1_080));
        assert_eq!(due(&mut pair, 1_080), [Do(OffHook(Callee))]);
        assert_eq!(heard(&mut pair, 1_090, Callee, Heard::MediaStarted), []);
        assert_eq!(heard(&mut pair, 1_090, Caller, Heard::MediaStarted), [Took(Measure::Media, 10)]);
        assert_eq!(due(&mut pair, 1_290), [Do(OnHook(Caller))]);
        assert_eq!(heard(&mut pair, 1_300, Caller, Heard::OnHook), []);
        assert_eq!(
            heard(&mut pair, 1_310, Callee, Heard::OnHook),
            [Do(OnHook(Callee)), Took(Measure::Release, 20), Completed]
        );
        assert!(pair.is_free() && pair.deadline().is_none());
    }

    #[test]
    fn a_call_that_is_held_in_between() {
        let mut pair = begun(1);
        pair.script.is_held = true;
        heard(&mut pair, 1_010, Side::Caller, Heard::DialTone);
        heard(&mut pair, 1_020, Side::Callee, Heard::Ring);
        due(&mut pair, 1_070);
        heard(&mut pair, 1_080, Side::Caller, Heard::MediaStarted);
        heard(&mut pair, 1_080, Side::Callee, Heard::MediaStarted);
        assert_eq!(due(&mut pair, 1_146), [Report::Do(Action::Hold)]);
        assert_eq!(heard(&mut pair, 1_150, Side::Caller, Heard::Held), [Report::Took(Measure::Hold, 4)]);
        assert_eq!(due(&mut pair, 1_216), [Report::Do(Action::Resume)]);
        assert_eq!(heard(&mut pair, 1_220, Side::Callee, Heard::MediaStarted), []);
        let resumed = heard(&mut pair, 1_221, Side::Caller, Heard::MediaStarted);
        assert_eq!(resumed, [Report::Took(Measure::Resume, 5)]);
        assert_eq!(due(&mut pair, 1_287), [Report::Do(Action::OnHook(Side::Caller))]);
    }

    #[test]
    fn each_wait_has_an_end_and_a_name() {
        let mut pair = begun(1);
        let reports = due(&mut pair, 1_000 + STEP_WAIT_NS);
        assert_eq!(reports[0], Report::Failed(Failure::NoDialTone));
        assert_eq!(reports.len(), 3, "both hang up");
        assert!(!pair.is_free());
        let rested = pair.deadline().unwrap();
        assert_eq!(due(&mut pair, rested), [Report::Free]);

        let mut pair = begun(1);
        heard(&mut pair, 1_001, Side::Caller, Heard::DialTone);
        let reports = heard(&mut pair, 1_002, Side::Caller, Heard::WrongTone(0x25));
        assert_eq!(reports[0], Report::Failed(Failure::Reorder));
    }

    #[test]
    fn without_a_number_there_is_no_call() {
        let mut reports = Vec::new();
        Pair::new(SCRIPT).begin(0, SCRIPT, 0, &mut |report| reports.push(report));
        assert_eq!(reports[0], Report::Failed(Failure::NoNumber));
    }
}
