//! Exceptions that real captures show. tshark wants the full form of a message and calls an old, shorter
//! one malformed; an absent tail is an absent field.

use super::{Exception, Place::*};

/// A hardware conference bridge registers.
pub const BRIDGE: &[Exception] = &[Exception {
    id: 0x0001,
    versions: 0..=0,
    place: Field("mac_address"),
    theirs: "reads the first six of twelve bytes as the address",
    proof: "twelve bytes stand between two fields that both know; a 6961 fills them with digits (dump)",
}];

/// CallManager 2.x, captured by pyskinny.
pub const EARLY: &[Exception] = &[
    Exception {
        id: 0x0001,
        versions: 0..=0,
        place: From("active_conferences"),
        theirs: "reads what stands behind max_conferences only in longer bodies",
        proof: "packet 4: a body of 64 bytes, accepted",
    },
    Exception {
        id: 0x0005,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants a call reference",
        proof: "packet 1025: eight bytes, and the call manager does what was asked",
    },
    Exception {
        id: 0x000e,
        versions: 0..=0,
        place: From("total_button_count"),
        theirs: "takes the message for empty",
        proof: "packet 12: four bytes, 8",
    },
    Exception {
        id: 0x0081,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants the second interval and the version",
        proof: "packet 7: twelve bytes of the real call manager",
    },
    Exception {
        id: 0x0082,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants direction, line and call",
        proof: "packet 1030: four bytes of the real call manager",
    },
    Exception {
        id: 0x0083,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants line and call",
        proof: "packet 1033: no bytes",
    },
    Exception {
        id: 0x0085,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants duration, line and call",
        proof: "packet 1040: four bytes of the real call manager",
    },
    Exception {
        id: 0x008a,
        versions: 0..=0,
        place: From("remote_ip_addr"),
        theirs: "reads the form of later call managers",
        proof: "packets 1045 and 1046: 36 bytes that begin with the phone's own address, its port 5001, 30 ms \
                and codec 4; StartMediaReception beside it has the same address, time and codec",
    },
    Exception {
        id: 0x008b,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants party and call",
        proof: "packet 1054: four bytes of the real call manager",
    },
    Exception {
        id: 0x008c,
        versions: 0..=0,
        place: From("remote_ip"),
        theirs: "knows the name only",
        proof: "packet 1045: the phone's address, 30 ms, codec 4",
    },
    Exception {
        id: 0x008d,
        versions: 0..=0,
        place: From("conference_id"),
        theirs: "knows the name only",
        proof: "packet 1051: four bytes, uncleared memory",
    },
    Exception {
        id: 0x008f,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants what stands behind the fourth text",
        proof: "packet 1037: 128 bytes, the four texts",
    },
    Exception {
        id: 0x0092,
        versions: 0..=0,
        place: Verdict,
        theirs: "wants name and label",
        proof: "packet 15: 28 bytes, line and number",
    },
];
