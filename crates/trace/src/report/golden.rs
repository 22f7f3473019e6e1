//! Calls as lines that do not depend on addresses, times and references: to compare two captures of one scenario.

use std::fmt::Write;

use similar::TextDiff;
use skinny::catalogue;

use crate::analysis::{Analysis, Call, Event};

/// Messages that are left out unless they are asked for: lamps, prompts, soft-key sets, the end of tones.
fn is_routine(id: u32) -> bool {
    matches!(id, 0x86 | 0x88 | 0x89 | 0x110 | 0x112 | 0x113 | 0x114..=0x117 | 0x120 | 0x121 | 0x143..=0x145 | 0x83)
}

/// All calls, each with its outcome, story and messages.
pub fn lines(analysis: &Analysis, routine: bool) -> String {
    let mut out = String::new();
    for index in 0..analysis.len() {
        let Some((call, events)) = analysis.call_and_events(index) else { continue };
        call_lines(&mut out, &call, &events, routine);
    }
    out
}

fn call_lines(out: &mut String, call: &Call, events: &[Event], routine: bool) {
    let _ = writeln!(out, "call {} → {}: {}", call.caller.text(), call.callee.text(), call.outcome.text());
    for branch in &call.branches {
        let _ = writeln!(out, "  branch {}", branch.kind.text());
    }
    for step in &call.story {
        let _ = writeln!(out, "  {} {}", party(call, Some(step.leg)), step.kind.text());
    }
    // Each phone's own order counts; how two phones' messages interleave is chance.
    for (index, _) in call.legs.iter().enumerate() {
        let mine = events.iter().filter(|event| event.leg == Some(index as u16));
        for event in mine.filter(|event| !event.is_thought() && (routine || !is_routine(event.id))) {
            let arrow = if event.from_server { "<" } else { ">" };
            let _ = writeln!(out, "  {} {arrow} {}", party(call, event.leg), catalogue::name(event.id));
        }
    }
    let mut findings: Vec<&str> = call.findings.iter().map(|finding| finding.kind.name()).collect();
    findings.sort_unstable();
    for finding in findings {
        let _ = writeln!(out, "  finding {finding}");
    }
}

/// A leg by its part in the call.
fn party(call: &Call, leg: Option<u16>) -> String {
    let leg = leg.map_or(0, usize::from);
    let Some(this) = call.legs.get(leg) else { return "?".into() };
    let same = call.legs[..leg].iter().filter(|other| other.role == this.role).count();
    if same == 0 { this.role.text().into() } else { format!("{} {}", this.role.text(), same + 1) }
}

/// What differs, as a unified diff; empty when nothing does.
pub fn differences(golden: &str, other: &str, names: [&str; 2]) -> String {
    if golden == other {
        return String::new();
    }
    TextDiff::from_lines(golden, other)
        .unified_diff()
        .context_radius(3)
        .header(names[0], names[1])
        .to_string()
}
