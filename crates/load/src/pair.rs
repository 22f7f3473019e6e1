//! Two callers and the call between them, with a third for transfers, conferences, pickup, park and shared lines: who does what
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
    /// The third takes the call while it rings at the callee.
    PickUp,
    /// The caller parks the callee, and the third takes it there.
    Park,
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
    /// The third presses PickUp.
    PickUp,
    /// The caller presses Park.
    Park,
    /// The third presses the key at this place of the number under which the caller parked the callee.
    SlotKey(usize),
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
    /// PickUp to the order to send sound, at both.
    PickUp,
    /// Park to the number under which the call is.
    Park,
    /// Last digit of that number to the order to send sound, at both.
    Retrieve,
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
    /// The call was not parked in time, or under no number.
    NotParked,
    /// The third did not get the parked call in time.
    NotRetrieved,
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
            Failure::NotParked => "not parked",
            Failure::NotRetrieved => "parked call not taken",
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

/// How long orders may follow when a call was handed over to somebody whose stream is there already.
const SETTLE_NS: u64 = 200_000_000;
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
    AwaitsParked {
        since: u64,
    },
    AwaitsSlotTone {
        since: u64,
        digits: u8,
    },
    AwaitsRetrieved {
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
    /// Who sends sound now.
    sending: Sides,
    /// When whoever hands the others over was told that it is free.
    freed: u64,
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
            sending: Sides::NONE,
            freed: 0,
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
        self.sending = Sides::NONE;
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
        match heard {
            Heard::MediaStarted => self.sending = self.sending.with(side),
            Heard::MediaStopped => self.sending = self.sending.without(side),
            _ => {}
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
            (State::AwaitsParked { since }, Heard::Parked(digits)) if side == Side::Caller => {
                self.parked(now, since, digits, report);
            }
            // It hears that before it is told where the call is.
            (State::AwaitsParked { .. }, Heard::OnHook) if side == Side::Caller => {}
            (State::AwaitsSlotTone { since, digits }, Heard::DialTone) if side == Side::Third => {
                report(Report::Took(Measure::DialTone, now - since));
                (0..usize::from(digits)).for_each(|place| report(Report::Do(Action::SlotKey(place))));
                self.enter(State::AwaitsRetrieved { since: now, left: self.parties }, now + STEP_WAIT_NS);
            }
            (State::AwaitsRetrieved { since, left }, Heard::MediaStarted) => match left.without(side) {
                Sides::NONE => {
                    report(Report::Took(Measure::Retrieve, now - since));
                    self.enter(State::TalksLast, now + self.script.hold_ns / 3);
                }
                left => self.state = State::AwaitsRetrieved { since, left },
            },
            // Whoever handed the others over is free.
            (State::AwaitsJoin { .. }, Heard::OnHook) if side == Side::Caller && self.hands_over() => {
                self.leave(report);
                self.freed = now;
                if self.all_send() {
                    // Some servers leave their streams as they are, since all sound goes through them: then no order
                    // follows.
                    self.deadline = Some(now + SETTLE_NS);
                }
            }
            // Of its two calls one is left in a conference.
            (State::AwaitsJoin { .. } | State::TalksLast, Heard::OnHook)
                if side == Side::Caller && self.script.kind == Kind::Conference => {}
            (State::AwaitsRelease { since, left }, Heard::OnHook) => {
                self.released(now, side, since, left, report);
            }
            (State::Free | State::Rests | State::Lost, _) => {}
            (_, Heard::WrongTone(tone)) if side == Side::Caller || self.retrieves() => {
                let busy = skinny::codes::DeviceTone::LINE_BUSY_TONE.0;
                let failure = if tone == busy { Failure::Busy } else { Failure::Reorder };
                self.fail(now, failure, report);
            }
            (_, Heard::OnHook) => self.fail(now, Failure::EndedEarly, report),
            _ => {}
        }
    }

    /// Who of the call does not send sound.
    fn silent(&self) -> Sides {
        let all = [Side::Caller, Side::Callee, Side::Third].into_iter();
        all.filter(|side| self.sending.has(*side)).fold(self.parties, Sides::without)
    }

    fn all_send(&self) -> bool {
        self.silent() == Sides::NONE
    }

    /// The others are together, as far as can be seen.
    fn is_handed_over(&self) -> bool {
        self.hands_over() && !self.parties.has(Side::Caller) && self.all_send()
    }

    fn hands_over(&self) -> bool {
        self.script.kind == Kind::Transfer
    }

    fn retrieves(&self) -> bool {
        matches!(self.state, State::AwaitsSlotTone { .. } | State::AwaitsRetrieved { .. })
    }

    /// The caller knows where the call is; the third goes there.
    fn parked(&mut self, now: u64, since: u64, digits: u8, report: &mut impl FnMut(Report)) {
        if digits == 0 {
            return self.fail(now, Failure::NotParked, report);
        }
        report(Report::Took(Measure::Park, now - since));
        self.leave(report);
        self.dialed = Side::Third;
        self.parties = self.parties.with(Side::Third);
        report(Report::Do(Action::OffHook(Side::Third)));
        self.enter(State::AwaitsSlotTone { since: now, digits }, now + STEP_WAIT_NS);
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
                let answer = match self.script.kind {
                    Kind::PickUp => {
                        (self.dialed, self.parties) = (Side::Third, Sides::of(&[Side::Caller, Side::Third]));
                        Action::PickUp
                    }
                    _ => Action::OffHook(self.dialed),
                };
                report(Report::Do(answer));
                let left = Sides::of(&[Side::Caller, self.dialed]);
                self.enter(State::AwaitsMedia { since: now, left }, wait);
            }
            State::Talks => self.turn(now, report),
            State::OnHold => {
                report(Report::Do(Action::Resume));
                // Whose stream was never stopped gets no order to begin again.
                self.enter(State::AwaitsResume { since: now, left: self.silent() }, wait);
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
            State::AwaitsJoin { since, .. } if self.is_handed_over() => {
                self.joined(self.freed, since, Sides::NONE, report);
            }
            State::AwaitsJoin { .. } => self.fail(now, Failure::NotJoined, report),
            State::AwaitsParked { .. } => self.fail(now, Failure::NotParked, report),
            State::AwaitsSlotTone { .. } | State::AwaitsRetrieved { .. } => {
                self.fail(now, Failure::NotRetrieved, report);
            }
            State::AwaitsRelease { .. } => self.fail(now, Failure::NoRelease, report),
        }
    }

    /// What the script has in between.
    fn turn(&mut self, now: u64, report: &mut impl FnMut(Report)) {
        let (action, state) = match self.script.kind {
            Kind::Plain | Kind::Shared(_) | Kind::PickUp => return self.hang_up(now, report),
            Kind::Park => (Action::Park, State::AwaitsParked { since: now }),
            Kind::Held => (Action::Hold, State::AwaitsHold { since: now }),
            Kind::Transfer | Kind::Conference => (self.consult_key(), State::AwaitsConsult { since: now }),
        };
        report(Report::Do(action));
        self.enter(state, now + STEP_WAIT_NS);
    }

    fn consult_key(&self) -> Action {
        if self.hands_over() { Action::Transfer } else { Action::Conference }
    }

    /// Who hangs up: of a call that was handed over or parked, one of those who stayed.
    fn first_to_go(&self) -> Side {
        match (self.script.hung_up_by, self.parties.has(Side::Caller)) {
            (Side::Caller, true) => Side::Caller,
            (Side::Caller, false) => Side::Callee,
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
        let measure = if self.script.kind == Kind::PickUp { Measure::PickUp } else { Measure::Media };
        report(Report::Took(measure, now - since));
        let third = self.script.hold_ns / 3;
        match self.script.kind {
            Kind::Plain | Kind::Shared(_) | Kind::PickUp => {
                self.enter(State::Talks, now + self.script.hold_ns);
            }
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
mod tests;
