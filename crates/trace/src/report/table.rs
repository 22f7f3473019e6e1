//! Tables for people.

use std::fmt::Write;

use super::lasted;
use crate::analysis::{Analysis, Call, Party, Registration, SessionId};

/// What the columns of registrations are called.
pub fn registration_heading() -> &'static str {
    "  #  PHONE            ADDRESS                SERVER                 MODEL         LOAD                 VER  STATE              KEEPALIVE     LINES         END\n"
}

/// A registration in one line, its findings below.
pub fn registration_row(out: &mut String, analysis: &Analysis, session: SessionId) {
    let Some(registration) = analysis.registrations.get(session.index()) else { return };
    let address = |endpoint: &crate::analysis::Endpoint| {
        endpoint.address.map_or_else(|| "-".to_owned(), |address| address.to_string())
    };
    let _ = write!(
        out,
        "{:>3}  {:<16} {:<22} {:<22} ",
        session.0 + 1,
        registration.phone.name.as_deref().unwrap_or("-"),
        address(&registration.phone),
        address(&registration.server)
    );
    device(out, &registration);
    let end = if registration.closed.is_some() { registration.end.text() } else { "still open" };
    let _ = writeln!(out, "{end}");
    for finding in &registration.findings {
        let _ = writeln!(out, "       {}: {}", finding.kind.severity().text(), finding.text);
    }
}

fn device(out: &mut String, registration: &Registration) {
    let device = registration.device.as_deref();
    let model = device
        .and_then(|device| device.model.as_ref())
        .map_or("-", |(_, name)| name.trim_start_matches("Cisco "));
    let firmware = device.and_then(|device| device.firmware.as_deref()).unwrap_or("-");
    let version = match registration.protocol {
        0 => "-".to_owned(),
        version => version.to_string(),
    };
    let alive = registration.keepalives;
    let keepalive = match (alive.interval_secs, alive.sent) {
        (0, 0) => "-".to_owned(),
        (0, sent) => format!("{sent} sent"),
        (secs, sent) if alive.missed > 0 => format!("{secs} s {sent} -{}", alive.missed),
        (secs, sent) => format!("{secs} s {sent}"),
    };
    let lines =
        device.map(|device| device.lines.iter().map(|line| &*line.number).collect::<Vec<_>>().join(","));
    let lines = lines.filter(|lines| !lines.is_empty()).unwrap_or_else(|| "-".into());
    let _ = write!(
        out,
        "{model:<13} {firmware:<20} {version:<4} {:<18} {keepalive:<13} {lines:<13} ",
        registration.state.text()
    );
}

/// What the columns of calls are called.
pub fn call_heading() -> &'static str {
    "  #  START (UTC)              CALLER               CALLEE               OUTCOME         SET-UP    TALK      LEGS  MOS       FINDINGS\n"
}

/// A call in one line. Lists may have a million of them: no text is made that is only copied.
pub fn call_row(out: &mut String, analysis: &Analysis, call: &Call) {
    let number = itoa::Buffer::new().format(call.number).len();
    (number..3).for_each(|_| out.push(' '));
    out.push_str(itoa::Buffer::new().format(call.number));
    out.push_str("  ");
    super::write_clock(out, call.start.time);
    out.push_str("  ");
    let caller = |out: &mut String| match call.legs.first() {
        Some(leg) if call.caller.is_empty() => out.push_str(&analysis.phone(leg).label()),
        None if call.caller.is_empty() => {}
        _ => party(out, &call.caller),
    };
    column(out, 20, caller);
    column(out, 20, |out| party(out, &call.callee));
    column(out, 15, |out| out.push_str(call.outcome.text()));
    column(out, 9, |out| match call.milestones.millis(crate::analysis::Milestone::SetUp) {
        Some(millis) => {
            out.push_str(itoa::Buffer::new().format(millis.round() as i64));
            out.push_str(" ms");
        }
        None => out.push('-'),
    });
    let until = call.end.map_or(call.last, |end| end.time);
    column(out, 9, |out| match call.answer {
        Some(answer) => {
            out.push_str(if call.end.is_some() { "" } else { "≥" });
            out.push_str(&lasted(until.since(answer.time)));
        }
        None => out.push('-'),
    });
    column(out, 5, |out| {
        out.push_str(itoa::Buffer::new().format(call.legs.len()));
        if !call.branches.is_empty() {
            out.push('+');
            out.push_str(itoa::Buffer::new().format(call.branches.len()));
        }
    });
    column(out, 9, |out| mos(out, call));
    let mut before = None;
    for finding in call.findings.iter().filter(|finding| before.replace(finding.kind) != Some(finding.kind)) {
        let is_first = out.ends_with(' ');
        out.push_str(if is_first { "" } else { ", " });
        out.push_str(finding.kind.name());
    }
    out.push('\n');
}

/// Writes into a column of `width` characters and the blank behind it; what is too long is cut.
fn column(out: &mut String, width: usize, write: impl FnOnce(&mut String)) {
    let start = out.len();
    write(out);
    let mut len = out[start..].chars().count();
    if len > width {
        let keep = out[start..].char_indices().nth(width - 1).map_or(0, |(at, _)| at);
        out.truncate(start + keep);
        out.push('…');
        len = width;
    }
    (len..=width).for_each(|_| out.push(' '));
}

fn party(out: &mut String, party: &Party) {
    match (party.number.is_empty(), party.name.is_empty()) {
        (false, false) => {
            out.push_str(&party.number);
            out.push_str(" (");
            out.push_str(&party.name);
            out.push(')');
        }
        (false, true) => out.push_str(&party.number),
        (true, false) => out.push_str(&party.name),
        (true, true) => out.push('?'),
    }
}

/// MOS of both directions, the phones' own word first.
fn mos(out: &mut String, call: &Call) {
    let of = |index: usize| {
        let quality = call.quality.get(index)?;
        let wire = quality.stream.and_then(|stream| call.streams.get(usize::from(stream))?.mos);
        quality.receiver_mos.or(wire)
    };
    let _ = match (of(0), of(1)) {
        (Some(one), Some(other)) => write!(out, "{one:.1}/{other:.1}"),
        (Some(one), None) | (None, Some(one)) => write!(out, "{one:.1}"),
        (None, None) => return out.push('-'),
    };
}

/// A call's story and all that is known of it, for people.
pub fn call_story(out: &mut String, analysis: &Analysis, call: &Call) {
    let _ = writeln!(
        out,
        "Call {}: {} → {}, {}, begun by {}",
        call.number,
        call.caller.text(),
        call.callee.text(),
        call.outcome.text(),
        call.started.text()
    );
    for leg in &call.legs {
        let _ = writeln!(
            out,
            "  leg {} on {} (reference {:#x}): {}",
            leg.role.text(),
            analysis.phone(leg).label(),
            leg.reference,
            leg.state_text()
        );
    }
    for branch in &call.branches {
        let phone =
            call.legs.get(usize::from(branch.leg)).map(|leg| analysis.phone(leg).label()).unwrap_or_default();
        let remote = branch.remote.map_or_else(|| "?".to_owned(), |remote| remote.to_string());
        let _ = writeln!(out, "  branch {} from {phone} to {remote}", branch.kind.text());
    }
    for step in &call.story {
        let phone =
            call.legs.get(usize::from(step.leg)).map(|leg| analysis.phone(leg).label()).unwrap_or_default();
        let after = step.at.time.since(call.start.time) as f64 / 1e9;
        let _ = writeln!(out, "  {after:>9.3} s  {phone} {}", step.kind.text());
    }
    for (milestone, micros) in call.milestones.iter() {
        let _ = writeln!(out, "  {:>9.1} ms {}", micros as f64 / 1000.0, milestone.text());
    }
    views(out, analysis, call);
    for finding in &call.findings {
        let shown: Vec<String> = finding.shown_by.iter().map(|at| at.number.to_string()).collect();
        let shown = if shown.is_empty() { String::new() } else { format!(" (packet {})", shown.join(", ")) };
        let _ = writeln!(out, "  {}: {}{shown}", finding.kind.severity().text(), finding.text);
    }
}

/// Sender, wire and receiver of each direction side by side.
fn views(out: &mut String, analysis: &Analysis, call: &Call) {
    for quality in &call.quality {
        let phone = |leg: u16| {
            call.legs.get(usize::from(leg)).map(|leg| analysis.phone(leg).label()).unwrap_or_default()
        };
        let _ = write!(out, "  {} → {}: ", phone(quality.from_leg), phone(quality.to_leg));
        match quality.sender_sent {
            Some(sent) => {
                let _ = write!(out, "sent {sent}");
            }
            None => out.push_str("sender says nothing"),
        }
        match quality.stream.and_then(|stream| call.streams.get(usize::from(stream))) {
            Some(stream) => {
                let _ = write!(
                    out,
                    " | wire {} of {}, lost {}, jitter {:.1} ms, {}",
                    stream.packets, stream.expected, stream.lost, stream.jitter_ms, stream.codec
                );
                if let Some(mos) = stream.mos {
                    let _ = write!(out, ", MOS {mos:.1}");
                }
            }
            None => out.push_str(" | not on the wire"),
        }
        match quality.receiver_received {
            Some(received) => {
                let _ = write!(
                    out,
                    " | received {received}, lost {}, jitter {} ms",
                    quality.receiver_lost.unwrap_or(0),
                    quality.receiver_jitter_ms.unwrap_or(0)
                );
                if let Some(mos) = quality.receiver_mos {
                    let _ = write!(out, ", MOS {mos:.1}");
                }
            }
            None => out.push_str(" | receiver says nothing"),
        }
        let _ = writeln!(out, " | {}", quality.verdict.text());
    }
}
