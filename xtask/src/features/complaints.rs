//! What people complain of at other servers, and what of it is covered here.

/// How a complaint is covered.
pub enum Covered {
    /// By tests, and what to know of it.
    Tests(&'static [&'static str], &'static str),
    /// It can't occur.
    CanNot(&'static str),
}

use Covered::{CanNot, Tests};

/// The themes, the most frequent first.
pub const COMPLAINTS: &[(&str, Covered)] = &[
    (
        "A crash in a feature takes the whole switch down (answered twice at once, transfer, conference, reload)",
        Tests(
            &["when_everybody_has_hung_up_nothing_is_left", "a_new_connection_may_say_anything"],
            "every feature is broken off after each step; the core forbids `unsafe`, and has no lock and no \
             reference count",
        ),
    ),
    (
        "It does not build or load with the current version of the host switch",
        CanNot("there is no host switch: one binary"),
    ),
    (
        "Registration loops, stale sessions, phones locked out until a restart",
        Tests(
            &["takeover_in_a_call", "takeover_after_a_reboot", "tokens"],
            "the newest session wins at once",
        ),
    ),
    (
        "One-way audio or none after hold, resume and transfer",
        Tests(
            &["hold::hold_by_both", "transfer::transfer_after_asking", "park::park_and_retrieve"],
            "each ends with both phones sending where the other one receives; the simulator checks it for all \
             calls (invariant Talk)",
        ),
    ),
    (
        "Busy lamps that are wrong, stuck or not updated",
        Tests(
            &[
                "busy_lamp::busy_lamp",
                "busy_lamp::a_lamp_is_never_stale",
                "busy_lamp::a_lamp_follows_the_plan",
            ],
            "what a lamp shows is worked out from the line's calls at the end of each input, and audited after \
             each step of every test",
        ),
    ),
    (
        "Transfer: not while it rings, ghosts, caller id not updated",
        Tests(
            &[
                "transfer::transfer_while_it_rings",
                "transfer::transfer_comes_back",
                "transfer::lists_and_records_after_a_transfer",
                "transfer::trunk_to_trunk_is_refused",
            ],
            "one step: either both others are together after it or nothing has changed",
        ),
    ),
    (
        "Caller id and the phone's lists: wrong entries, answered elsewhere listed as missed",
        Tests(
            &[
                "lists_on_the_phone",
                "forward::lists_after_a_forwarded_call",
                "pickup::picked_up_is_not_missed",
            ],
            "",
        ),
    ),
    (
        "Pickup hangs, or fails between phones and trunks",
        Tests(
            &[
                "pickup::pickup_in_the_group",
                "pickup::pickup_directed",
                "pickup::pickup_of_what_was_answered",
                "pickup::other_groups_are_not_touched",
            ],
            "the 7960's call plane is activated by the answer",
        ),
    ),
    (
        "Shared lines: remote hold and resume, both answer or hang up at once, forward and DND of shared lines",
        Tests(
            &[
                "shared::shared_remote_resume",
                "shared::shared_second_call",
                "shared::both_answer_at_once",
                "shared::all_hang_up_at_once",
                "forward::while_the_phone_is_offline",
                "dnd::do_not_disturb",
            ],
            "what a phone shows of others is worked out from the calls at the end of each input, and audited \
             after each step of every test; a forward belongs to the line, DND to the phone",
        ),
    ),
    (
        "A reload drops or resets phones",
        Tests(&["when_everybody_has_hung_up_nothing_is_left"], "plans change at random in it; calls stay"),
    ),
    (
        "Ring-back twice or not at all",
        Tests(
            &["transfer::transfer_while_it_rings", "forward::forward_no_answer"],
            "one tone per leg (invariant Tone)",
        ),
    ),
    (
        "Forward: no answer, by command, while the phone is offline, cannot be ended, no indicator",
        Tests(
            &[
                "forward::forward_all",
                "forward::forward_no_answer",
                "forward::while_the_phone_is_offline",
                "forward::remembered_and_recalled",
                "forward::a_circle_at_run_time_ends",
            ],
            "",
        ),
    ),
    (
        "Memory, descriptors and threads leak",
        Tests(
            &["when_everybody_has_hung_up_nothing_is_left"],
            "the simulator weighs the state at each quiet moment (invariant Memory)",
        ),
    ),
    (
        "Ghost calls, \"everyone is busy\", miscounted limits",
        CanNot("a line's calls are counted from its legs at each question; there is no counter to go wrong"),
    ),
    (
        "Softkeys: wrong set, empty key, keys that do nothing",
        Tests(
            &["pickup::pickup_of_nothing", "park::park_refused"],
            "a key is in a set only when its feature works; the simulator checks that sets fit states \
             (invariant SoftKeys)",
        ),
    ),
    (
        "Conferences are unstable",
        Tests(
            &["conference::conference", "conference::conference_grows", "conference::conference_list"],
            "each party has a call of its own, and the bridge is a state machine that the simulator runs; the last two get a direct call",
        ),
    ),
    ("Refreshing a token drops calls (SPA phones)", Tests(&["tokens", "takeover_in_a_call"], "")),
    ("DTMF fails after hold", Tests(&["dtmf"], "keys go from leg to leg, whatever happened to the streams")),
    ("Asked for by name: hold reminder", Tests(&["hold::hold_reminder"], "`hold_reminder_secs`")),
    (
        "Asked for by name: rollover lines, call back, hunt log-in, intercom, night service",
        Tests(
            &[
                "lines::rollover_line",
                "call_back::call_back_on_busy",
                "call_back::call_back_on_no_answer",
                "hunt::hunt_log_out",
                "intercom::intercom",
                "night::night_service",
            ],
            "",
        ),
    ),
    (
        "Asked for by name: barge, privacy",
        Tests(&["barge::barge", "barge::barge_conference", "barge::privacy"], ""),
    ),
];
