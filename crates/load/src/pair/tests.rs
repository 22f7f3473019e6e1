//! Calls of each kind, step by step.

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
    for side in [Side::Caller, Side::Callee] {
        assert_eq!(heard(&mut pair, 1_151, side, Heard::MediaStopped), []);
    }
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

/// As at chan-sccp, which carries all sound itself: the other side's stream stays.
#[test]
fn a_call_that_is_held_where_the_other_side_notices_nothing() {
    let mut pair = talking(Kind::Held);
    due(&mut pair, 1_146);
    heard(&mut pair, 1_150, Side::Caller, Heard::Held);
    heard(&mut pair, 1_150, Side::Caller, Heard::MediaStopped);
    assert_eq!(due(&mut pair, 1_216), [Report::Do(Action::Resume)]);
    let resumed = heard(&mut pair, 1_221, Side::Caller, Heard::MediaStarted);
    assert_eq!(resumed, [Report::Took(Measure::Resume, 5)]);
}

/// There, too: whoever handed the others over is freed, and no stream changes.
#[test]
fn a_call_that_is_handed_over_without_a_new_stream() {
    use Report::*;
    let mut pair = talking(Kind::Transfer);
    due(&mut pair, 1_146);
    heard(&mut pair, 1_150, Side::Caller, Heard::DialTone);
    heard(&mut pair, 1_155, Side::Third, Heard::Ring);
    due(&mut pair, 1_205);
    heard(&mut pair, 1_210, Side::Third, Heard::MediaStarted);
    heard(&mut pair, 1_210, Side::Caller, Heard::MediaStarted);
    due(&mut pair, 1_276);
    assert_eq!(heard(&mut pair, 1_280, Side::Caller, Heard::OnHook), [Do(Action::OnHook(Side::Caller))]);
    assert_eq!(due(&mut pair, 1_280 + SETTLE_NS), [Took(Measure::Join, 4)]);
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

#[test]
fn a_call_that_the_third_picks_up() {
    use Action::*;
    use Report::*;
    use Side::*;
    let script = Script { kind: Kind::PickUp, ..SCRIPT };
    let mut pair = Pair::new(script);
    pair.begin(1_000, script, [1, 1], &mut |_| ());
    heard(&mut pair, 1_010, Caller, Heard::DialTone);
    heard(&mut pair, 1_020, Callee, Heard::Ring);
    assert_eq!(due(&mut pair, 1_070), [Do(PickUp)]);
    assert_eq!(heard(&mut pair, 1_075, Callee, Heard::OnHook), [], "it rings there no longer");
    assert_eq!(heard(&mut pair, 1_080, Third, Heard::MediaStarted), []);
    assert_eq!(heard(&mut pair, 1_090, Caller, Heard::MediaStarted), [Took(Measure::PickUp, 20)]);
    assert_eq!(due(&mut pair, 1_290), [Do(OnHook(Caller))]);
    heard(&mut pair, 1_300, Caller, Heard::OnHook);
    let end = heard(&mut pair, 1_310, Third, Heard::OnHook);
    assert_eq!(end, [Do(OnHook(Third)), Took(Measure::Release, 20), Completed]);
}

#[test]
fn a_call_that_is_parked_and_taken_by_the_third() {
    use Action::*;
    use Report::*;
    use Side::*;
    let mut pair = talking(Kind::Park);
    assert_eq!(due(&mut pair, 1_146), [Do(Park)]);
    assert_eq!(heard(&mut pair, 1_148, Caller, Heard::OnHook), []);
    let parked = heard(&mut pair, 1_150, Caller, Heard::Parked(2));
    assert_eq!(parked, [Took(Measure::Park, 4), Do(OnHook(Caller)), Do(OffHook(Third))]);
    let dialled = heard(&mut pair, 1_160, Third, Heard::DialTone);
    assert_eq!(dialled, [Took(Measure::DialTone, 10), Do(SlotKey(0)), Do(SlotKey(1))]);
    assert_eq!(heard(&mut pair, 1_165, Callee, Heard::MediaStarted), []);
    assert_eq!(heard(&mut pair, 1_170, Third, Heard::MediaStarted), [Took(Measure::Retrieve, 10)]);
    assert_eq!(due(&mut pair, 1_236), [Do(OnHook(Callee))]);
    heard(&mut pair, 1_240, Callee, Heard::OnHook);
    let end = heard(&mut pair, 1_241, Third, Heard::OnHook);
    assert_eq!(end, [Do(OnHook(Third)), Took(Measure::Release, 5), Completed]);
    // A number that can't be dialled is a failure, and so is one that nobody waits under.
    let mut pair = talking(Kind::Park);
    due(&mut pair, 1_146);
    assert_eq!(heard(&mut pair, 1_150, Caller, Heard::Parked(0))[0], Failed(Failure::NotParked));
    let mut pair = talking(Kind::Park);
    due(&mut pair, 1_146);
    heard(&mut pair, 1_150, Caller, Heard::Parked(1));
    heard(&mut pair, 1_160, Third, Heard::DialTone);
    let refused = heard(&mut pair, 1_170, Third, Heard::WrongTone(skinny::codes::DeviceTone::REORDER_TONE.0));
    assert_eq!(refused[0], Failed(Failure::Reorder));
}
