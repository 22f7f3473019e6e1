//! What the captures at hand come to.

use super::*;

fn analysed(capture: &[u8]) -> Analysis {
    let options = Options { events: true, ..Options::default() };
    analyse_capture(capture, options).expect("a capture").0
}

#[test]
fn the_example_is_one_answered_call_of_two_registered_phones() {
    let analysis = analysed(&crate::example::capture());
    assert_eq!((analysis.registrations.len(), analysis.len()), (2, 1));
    let call = analysis.call(0).unwrap();
    assert_eq!(call.legs.len(), 2);
    assert_eq!((&*call.caller.number, &*call.callee.number), ("1001", "1002"));
    assert_eq!(call.outcome, Outcome::Answered);
}
