//! Two callers and the call between them, with a third for transfers, conferences and shared lines: who does what
//! when, and how long each answer took.
//!
//! Without I/O and without a clock: it is told the time, and asks to be told again.

use crate::caller::Heard;

/// One of the pair, or the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Calls.
    Caller,
    /// Is called.
    Callee,
    /// Is called later, or shares the callee's line.
    Third,
}

/// Sides, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sides(u8);

impl Sides {
    const NONE: Sides = Sides(0);

    fn of(sides: &[Side]) -> Sides {
        Sides(sides.iter().fold(0, |bits, side| bits | 1 << *side as u8))
    }

    fn has(self, side: Side) -> bool {
        self.0 & 1 << side as u8 != 0
    }

    fn with(self, side: Side) -> Sides {
        Sides(self.0 | 1 << side as u8)
    }

    fn without(self, side: Side) -> Sides {
        Sides(self.0 & !(1 << side as u8))
    }
}

/// What happens in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The parties talk.
    #[default]
    Plain,
    /// The caller puts the callee on hold in between, for a third of the time.
    Held,
    /// The caller asks the third, then hands the callee over to it.
    Transfer,
    /// The caller asks the third, then all three talk.
    Conference,
    /// The third has the callee's line: both ring, and this side answers.
    Shared(Side),
}

/// What a phone shall do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Lift the handset.
    OffHook(Side),
    /// The caller presses the key at this place of that side's number.
    Key(Side, usize),
    /// Put the handset down.
    OnHook(Side),
    /// The caller presses Hold.
    Hold,
    /// The caller presses Resume.
    Resume,
    /// The caller presses Transfer.
    Transfer,
    /// The caller presses Confrn.
    Conference,
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
    /// Transfer or Confrn to the dial tone for the third.
    Consult,
    /// The same key again to the order to send sound, at all who stay.
    Join,
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
    /// No dial tone for the third in time.
    NotConsulted,
    /// The parties were not brought together in time.
    NotJoined,
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
            Failure::NotConsulted => "no dial tone after Transfer or Confrn",
            Failure::NotJoined => "not brought together by Transfer or Confrn",
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
    /// What happens in between.
    pub kind: Kind,
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
    AwaitsDialTone {
        since: u64,
    },
    Dials {
        next: usize,
    },
    AwaitsRing {
        since: u64,
    },
    Rings,
    AwaitsMedia {
        since: u64,
        left: Sides,
    },
    /// Before what the script has in between.
    Talks,
    AwaitsHold {
        since: u64,
    },
    OnHold,
    AwaitsResume {
        since: u64,
        left: Sides,
    },
    AwaitsConsult {
        since: u64,
    },
    Consults,
    AwaitsJoin {
        since: u64,
        left: Sides,
    },
    /// After it: the end is next.
    TalksLast,
    AwaitsRelease {
        since: u64,
        left: Sides,
    },
    Rests,
    Lost,
}

/// The pair.
#[derive(Debug)]
pub struct Pair {
    state: State,
    script: Script,
    /// Digits of the callee and of the third.
    digits: [usize; 2],
    /// Whom the caller dials.
    dialed: Side,
    /// Who is in the call.
    parties: Sides,
    deadline: Option<u64>,
}

impl Pair {
    /// A pair without a call.
    pub fn new(script: Script) -> Pair {
        Pair {
            state: State::Free,
            script,
            digits: [0; 2],
            dialed: Side::Callee,
            parties: Sides::NONE,
            deadline: None,
        }
    }

    /// When it wants to be told the time.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Whether a call may begin.
    pub fn is_free(&self) -> bool {
        self.state == State::Free
    }

    /// Begins a call to a number of so many digits; the third's number has so many.
    pub fn begin(&mut self, now: u64, script: Script, digits: [usize; 2], report: &mut impl FnMut(Report)) {
        self.script = script;
        self.digits = digits;
        self.dialed = match script.kind {
            Kind::Shared(side) => side,
            _ => Side::Callee,
        };
        self.parties = Sides::of(&[Side::Caller, self.dialed]);
        let asks_third = matches!(script.kind, Kind::Transfer | Kind::Conference);
        if digits[0] == 0 || asks_third && digits[1] == 0 {
            return self.fail(now, Failure::NoNumber, report);
        }
        report(Report::Do(Action::OffHook(Side::Caller)));
        self.enter(State::AwaitsDialTone { since: now }, now + STEP_WAIT_NS);
    }

    /// A side heard something.
    pub fn heard(&mut self, now: u64, side: Side, heard: Heard, report: &mut impl FnMut(Report)) {
        if !self.parties.has(side) {
            return;
        }
        match (self.state, heard) {
            (State::AwaitsDialTone { since }, Heard::DialTone) if side == Side::Caller => {
                report(Report::Took(Measure::DialTone, now - since));
                self.dial(now, 0, report);
            }
            (State::AwaitsConsult { since }, Heard::DialTone) if side == Side::Caller => {
                report(Report::Took(Measure::Consult, now - since));
                self.dialed = Side::Third;
                self.parties = self.parties.with(Side::Third);
                self.dial(now, 0, report);
            }
            (State::AwaitsRing { since }, Heard::Ring) if side == self.dialed => {
                report(Report::Took(Measure::Ring, now - since));
                self.enter(State::Rings, now + self.script.answer_after_ns);
            }
            (State::AwaitsMedia { since, left }, Heard::MediaStarted) => {
                self.media(now, since, left.without(side), report);
            }
            (State::AwaitsHold { since }, Heard::Held) if side == Side::Caller => {
                report(Report::Took(Measure::Hold, now - since));
                self.enter(State::OnHold, now + self.script.hold_ns / 3);
            }
            (State::AwaitsResume { since, left }, Heard::MediaStarted) => match left.without(side) {
                Sides::NONE => {
                    report(Report::Took(Measure::Resume, now - since));
                    self.enter(State::TalksLast, now + self.script.hold_ns / 3);
                }
                left => self.state = State::AwaitsResume { since, left },
            },
            (State::AwaitsJoin { since, left }, Heard::MediaStarted) => {
                self.joined(now, since, left.without(side), report);
            }
            // Whoever handed the others over is free.
            (State::AwaitsJoin { .. }, Heard::OnHook) if side == Side::Caller && self.hands_over() => {
                self.leave(report);
            }
            // Of its two calls one is left in a conference.
            (State::AwaitsJoin { .. } | State::TalksLast, Heard::OnHook)
                if side == Side::Caller && self.script.kind == Kind::Conference => {}
            (State::AwaitsRelease { since, left }, Heard::OnHook) => {
                self.released(now, side, since, left, report);
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

    fn hands_over(&self) -> bool {
        self.script.kind == Kind::Transfer
    }

    /// The caller has handed the others over, and puts the handset down.
    fn leave(&mut self, report: &mut impl FnMut(Report)) {
        if self.parties.has(Side::Caller) {
            self.parties = self.parties.without(Side::Caller);
            report(Report::Do(Action::OnHook(Side::Caller)));
        }
    }

    /// The time came that [`Pair::deadline`] named.
    pub fn due(&mut self, now: u64, report: &mut impl FnMut(Report)) {
        self.deadline = None;
        let wait = now + STEP_WAIT_NS;
        match self.state {
            State::Free | State::Lost => {}
            State::Dials { next } => self.dial(now, next, report),
            State::Rings => {
                report(Report::Do(Action::OffHook(self.dialed)));
                let left = Sides::of(&[Side::Caller, self.dialed]);
                self.enter(State::AwaitsMedia { since: now, left }, wait);
            }
            State::Talks => self.turn(now, report),
            State::OnHold => {
                report(Report::Do(Action::Resume));
                self.enter(State::AwaitsResume { since: now, left: self.parties }, wait);
            }
            State::Consults => {
                report(Report::Do(self.consult_key()));
                let left = if self.hands_over() { self.parties.without(Side::Caller) } else { self.parties };
                self.enter(State::AwaitsJoin { since: now, left }, wait);
            }
            State::TalksLast => self.hang_up(now, report),
            State::Rests => {
                self.state = State::Free;
                report(Report::Free);
            }
            State::AwaitsDialTone { .. } => self.fail(now, Failure::NoDialTone, report),
            State::AwaitsRing { .. } => self.fail(now, Failure::NoRing, report),
            State::AwaitsMedia { .. } => self.fail(now, Failure::NoMedia, report),
            State::AwaitsHold { .. } => self.fail(now, Failure::NotHeld, report),
            State::AwaitsResume { .. } => self.fail(now, Failure::NotResumed, report),
            State::AwaitsConsult { .. } => self.fail(now, Failure::NotConsulted, report),
            State::AwaitsJoin { .. } => self.fail(now, Failure::NotJoined, report),
            State::AwaitsRelease { .. } => self.fail(now, Failure::NoRelease, report),
        }
    }

    /// What the script has in between.
    fn turn(&mut self, now: u64, report: &mut impl FnMut(Report)) {
        let (action, state) = match self.script.kind {
            Kind::Plain | Kind::Shared(_) => return self.hang_up(now, report),
            Kind::Held => (Action::Hold, State::AwaitsHold { since: now }),
            Kind::Transfer | Kind::Conference => (self.consult_key(), State::AwaitsConsult { since: now }),
        };
        report(Report::Do(action));
        self.enter(state, now + STEP_WAIT_NS);
    }

    fn consult_key(&self) -> Action {
        if self.hands_over() { Action::Transfer } else { Action::Conference }
    }

    /// Who hangs up: of a call that was handed over, one of those who stayed.
    fn first_to_go(&self) -> Side {
        match (self.script.hung_up_by, self.hands_over()) {
            (Side::Caller, false) => Side::Caller,
            (Side::Caller, true) => Side::Callee,
            _ => self.dialed,
        }
    }

    fn hang_up(&mut self, now: u64, report: &mut impl FnMut(Report)) {
        // A conference goes on as long as two are in it: all of them go.
        let all =
            [Side::Caller, Side::Callee, Side::Third].into_iter().filter(|side| self.parties.has(*side));
        let going: Vec<Side> = match self.script.kind {
            Kind::Conference => all.collect(),
            _ => vec![self.first_to_go()],
        };
        going.into_iter().for_each(|side| report(Report::Do(Action::OnHook(side))));
        self.enter(State::AwaitsRelease { since: now, left: self.parties }, now + STEP_WAIT_NS);
    }

    /// One of them lost its connection; the pair is of no more use. Whether a call was lost with it;
    /// `None` when another one had been lost before.
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
        let digits = self.digits[usize::from(self.dialed == Side::Third)];
        loop {
            report(Report::Do(Action::Key(self.dialed, next)));
            next += 1;
            if next >= digits {
                return self.enter(State::AwaitsRing { since: now }, now + STEP_WAIT_NS);
            }
            if self.script.digit_gap_ns > 0 {
                return self.enter(State::Dials { next }, now + self.script.digit_gap_ns);
            }
        }
    }

    fn media(&mut self, now: u64, since: u64, left: Sides, report: &mut impl FnMut(Report)) {
        if left != Sides::NONE {
            self.state = State::AwaitsMedia { since, left };
            return;
        }
        report(Report::Took(Measure::Media, now - since));
        let third = self.script.hold_ns / 3;
        match self.script.kind {
            Kind::Plain | Kind::Shared(_) => self.enter(State::Talks, now + self.script.hold_ns),
            Kind::Transfer | Kind::Conference if self.dialed == Side::Third => {
                self.enter(State::Consults, now + third);
            }
            _ => self.enter(State::Talks, now + third),
        }
    }

    fn joined(&mut self, now: u64, since: u64, left: Sides, report: &mut impl FnMut(Report)) {
        if left != Sides::NONE {
            self.state = State::AwaitsJoin { since, left };
            return;
        }
        report(Report::Took(Measure::Join, now - since));
        if self.hands_over() {
            self.leave(report);
        }
        self.enter(State::TalksLast, now + self.script.hold_ns / 3);
    }

    /// The other side puts its handset down when it sees that the call is over.
    fn released(&mut self, now: u64, side: Side, since: u64, left: Sides, report: &mut impl FnMut(Report)) {
        let is_told = self.script.kind != Kind::Conference && side != self.first_to_go();
        if is_told && left.has(side) {
            report(Report::Do(Action::OnHook(side)));
        }
        match left.without(side) {
            Sides::NONE => {
                report(Report::Took(Measure::Release, now - since));
                self.state = State::Free;
                self.parties = Sides::NONE;
                self.deadline = None;
                report(Report::Completed);
            }
            left => self.state = State::AwaitsRelease { since, left },
        }
    }

    fn fail(&mut self, now: u64, failure: Failure, report: &mut impl FnMut(Report)) {
        report(Report::Failed(failure));
        for side in [Side::Caller, Side::Callee, Side::Third] {
            if self.parties.has(side) {
                report(Report::Do(Action::Abandon(side)));
            }
        }
        self.enter(State::Rests, now + REST_NS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Script = Script {
        answer_after_ns: 50,
        hold_ns: 200,
        kind: Kind::Plain,
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
        pair.begin(1_000, SCRIPT, [digits, 1], &mut |_| ());
        pair
    }

    /// A call of a kind, up to the first talk.
    fn talking(kind: Kind) -> Pair {
        let script = Script { kind, ..SCRIPT };
        let mut pair = Pair::new(script);
        pair.begin(1_000, script, [1, 1], &mut |_| ());
        heard(&mut pair, 1_010, Side::Caller, Heard::DialTone);
        let answers = pair.dialed;
        heard(&mut pair, 1_020, answers, Heard::Ring);
        assert_eq!(due(&mut pair, 1_070), [Report::Do(Action::OffHook(answers))]);
        heard(&mut pair, 1_080, Side::Caller, Heard::MediaStarted);
        heard(&mut pair, 1_080, answers, Heard::MediaStarted);
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
            [Took(Measure::DialTone, 10), Do(Key(Callee, 0)), Do(Key(Callee, 1))]
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
        let mut pair = talking(Kind::Held);
        assert_eq!(due(&mut pair, 1_146), [Report::Do(Action::Hold)]);
        assert_eq!(heard(&mut pair, 1_150, Side::Caller, Heard::Held), [Report::Took(Measure::Hold, 4)]);
        assert_eq!(due(&mut pair, 1_216), [Report::Do(Action::Resume)]);
        assert_eq!(heard(&mut pair, 1_220, Side::Callee, Heard::MediaStarted), []);
        let resumed = heard(&mut pair, 1_221, Side::Caller, Heard::MediaStarted);
        assert_eq!(resumed, [Report::Took(Measure::Resume, 5)]);
        assert_eq!(due(&mut pair, 1_287), [Report::Do(Action::OnHook(Side::Caller))]);
    }

    #[test]
    fn a_call_that_is_handed_over() {
        use Action::*;
        use Report::*;
        let mut pair = talking(Kind::Transfer);
        assert_eq!(due(&mut pair, 1_146), [Do(Transfer)]);
        assert_eq!(heard(&mut pair, 1_147, Side::Caller, Heard::Held), []);
        assert_eq!(
            heard(&mut pair, 1_150, Side::Caller, Heard::DialTone),
            [Took(Measure::Consult, 4), Do(Key(Side::Third, 0))]
        );
        // The callee hears music meanwhile.
        assert_eq!(heard(&mut pair, 1_151, Side::Callee, Heard::MediaStarted), []);
        assert_eq!(heard(&mut pair, 1_155, Side::Third, Heard::Ring), [Took(Measure::Ring, 5)]);
        assert_eq!(due(&mut pair, 1_205), [Do(OffHook(Side::Third))]);
        assert_eq!(heard(&mut pair, 1_206, Side::Callee, Heard::MediaStarted), []);
        assert_eq!(heard(&mut pair, 1_210, Side::Third, Heard::MediaStarted), []);
        assert_eq!(heard(&mut pair, 1_210, Side::Caller, Heard::MediaStarted), [Took(Measure::Media, 5)]);
        assert_eq!(due(&mut pair, 1_276), [Do(Transfer)]);
        assert_eq!(heard(&mut pair, 1_280, Side::Caller, Heard::OnHook), [Do(OnHook(Side::Caller))]);
        assert_eq!(heard(&mut pair, 1_280, Side::Caller, Heard::OnHook), [], "its other call");
        assert_eq!(heard(&mut pair, 1_281, Side::Callee, Heard::MediaStarted), []);
        assert_eq!(heard(&mut pair, 1_282, Side::Third, Heard::MediaStarted), [Took(Measure::Join, 6)]);
        assert_eq!(due(&mut pair, 1_348), [Do(OnHook(Side::Callee))]);
        assert_eq!(heard(&mut pair, 1_350, Side::Callee, Heard::OnHook), []);
        assert_eq!(
            heard(&mut pair, 1_351, Side::Third, Heard::OnHook),
            [Do(OnHook(Side::Third)), Took(Measure::Release, 3), Completed]
        );
    }

    #[test]
    fn a_conference_of_three() {
        use Action::*;
        use Report::*;
        let mut pair = talking(Kind::Conference);
        assert_eq!(due(&mut pair, 1_146), [Do(Conference)]);
        heard(&mut pair, 1_150, Side::Caller, Heard::DialTone);
        heard(&mut pair, 1_155, Side::Third, Heard::Ring);
        due(&mut pair, 1_205);
        heard(&mut pair, 1_210, Side::Third, Heard::MediaStarted);
        heard(&mut pair, 1_210, Side::Caller, Heard::MediaStarted);
        assert_eq!(due(&mut pair, 1_276), [Do(Conference)]);
        assert_eq!(heard(&mut pair, 1_278, Side::Caller, Heard::OnHook), [], "one of its two calls");
        for side in [Side::Caller, Side::Callee] {
            assert_eq!(heard(&mut pair, 1_280, side, Heard::MediaStarted), []);
        }
        assert_eq!(heard(&mut pair, 1_280, Side::Third, Heard::MediaStarted), [Took(Measure::Join, 4)]);
        let all = [Side::Caller, Side::Callee, Side::Third];
        assert_eq!(due(&mut pair, 1_346), all.map(|side| Do(OnHook(side))));
        assert_eq!(heard(&mut pair, 1_347, Side::Third, Heard::OnHook), []);
        assert_eq!(heard(&mut pair, 1_348, Side::Caller, Heard::OnHook), []);
        let end = [Took(Measure::Release, 3), Completed];
        assert_eq!(heard(&mut pair, 1_349, Side::Callee, Heard::OnHook), end);
    }

    #[test]
    fn a_shared_line_is_answered_by_either() {
        let mut pair = talking(Kind::Shared(Side::Third));
        // The other phone of the line stops ringing: that is not the end.
        assert_eq!(heard(&mut pair, 1_090, Side::Callee, Heard::OnHook), []);
        assert_eq!(due(&mut pair, 1_290), [Report::Do(Action::OnHook(Side::Caller))]);
        heard(&mut pair, 1_300, Side::Caller, Heard::OnHook);
        let end = heard(&mut pair, 1_300, Side::Third, Heard::OnHook);
        assert_eq!(end.last(), Some(&Report::Completed));
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
        Pair::new(SCRIPT).begin(0, SCRIPT, [0, 1], &mut |report| reports.push(report));
        assert_eq!(reports[0], Report::Failed(Failure::NoNumber));
    }
}
