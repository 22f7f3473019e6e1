//! Tables for people.

use std::fmt::Write;

use super::lasted;
use crate::analysis::{Analysis, Call, Party, Registration, RegistrationState, SessionId};

/// What the columns of registrations are called.
pub fn registration_heading() -> &'static str {
    "  #  PHONE            ADDRESS                SERVER                 MODEL            LOAD                 VER  STATE              KEEPALIVE     LINES         END\n"
}

/// A registration in one line, its findings below.
pub fn registration_row(out: &mut String, analysis: &Analysis, session: SessionId) {
    let Some(registration) = analysis.registrations.get(session.index()) else { return };
    number(out, session.0 + 1);
    let host = || analysis.registrations.directory().host(registration.phone.address);
    wide(out, 16, |out| out.push_str(registration.phone.name.as_deref().or_else(host).unwrap_or("-")));
    for endpoint in [&registration.phone, &registration.server] {
        wide(out, 22, |out| match endpoint.address.filter(|address| !address.ip().is_unspecified()) {
            Some(address) => address_of(out, address),
            None => out.push('-'),
        });
    }
    device(out, &registration);
    out.push_str(if registration.closed.is_some() { registration.end.text() } else { "still open" });
    out.push('\n');
    for finding in &registration.findings {
        let _ = writeln!(out, "       {}: {}", finding.kind.severity().text(), finding.text);
    }
}

/// An address and its port; IPv4, which nearly all are, without a formatter.
fn address_of(out: &mut String, address: std::net::SocketAddr) {
    let std::net::IpAddr::V4(ip) = address.ip() else {
        let _ = write!(out, "{}", crate::source::Told(address));
        return;
    };
    for (index, octet) in ip.octets().into_iter().enumerate() {
        out.push_str(if index > 0 { "." } else { "" });
        out.push_str(itoa::Buffer::new().format(octet));
    }
    if address.port() != 0 {
        out.push(':');
        out.push_str(itoa::Buffer::new().format(address.port()));
    }
}

fn device(out: &mut String, registration: &Registration) {
    let device = registration.device.as_deref();
    let model = device.and_then(|device| device.model.as_ref());
    column(out, 16, |out| out.push_str(model.map_or("-", |(_, name)| name.trim_start_matches("Cisco "))));
    let firmware = device.and_then(|device| device.firmware.as_deref());
    column(out, 20, |out| out.push_str(firmware.unwrap_or("-")));
    wide(out, 4, |out| match registration.protocol {
        0 => out.push('-'),
        version => out.push_str(itoa::Buffer::new().format(version)),
    });
    // Why a phone was refused stands below, as a finding.
    column(out, 18, |out| match &registration.state {
        RegistrationState::Before => out.push_str("registered before"),
        RegistrationState::Rejected { .. } => out.push_str("rejected"),
        RegistrationState::TokenRefused { wait_secs } => {
            let _ = write!(out, "refused, wait {wait_secs} s");
        }
        state => out.push_str(&state.text()),
    });
    let alive = registration.keepalives;
    wide(out, 13, |out| {
        let _ = match (alive.interval_secs, alive.sent) {
            (0, 0) => return out.push('-'),
            (0, sent) => write!(out, "{sent} sent"),
            (secs, sent) if alive.missed > 0 => write!(out, "{secs} s {sent} -{}", alive.missed),
            (secs, sent) => write!(out, "{secs} s {sent}"),
        };
    });
    let lines = device.map_or(&[][..], |device| &device.lines);
    wide(out, 13, |out| {
        out.push_str(if lines.is_empty() { "-" } else { "" });
        for (index, line) in lines.iter().enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            out.push_str(&line.number);
        }
    });
}

/// What the columns of calls are called.
pub fn call_heading() -> &'static str {
    "  #  START (UTC)              CALLER               CALLEE               OUTCOME         SET-UP    TALK      LEGS  MOS       FINDINGS\n"
}

/// A call in one line. Lists may have a million of them: no text is made that is only copied.
pub fn call_row(out: &mut String, analysis: &Analysis, call: &Call) {
    number(out, call.number);
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

/// A line's number in its column.
fn number(out: &mut String, number: u32) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number);
    (digits.len()..3).for_each(|_| out.push(' '));
    out.push_str(digits);
    out.push_str("  ");
}

/// Writes into a column of at least `width` characters and the blank behind it.
fn wide(out: &mut String, width: usize, write: impl FnOnce(&mut String)) {
    let start = out.len();
    write(out);
    let len = out[start..].chars().count();
    blanks(out, width.saturating_sub(len) + 1);
}

/// Many at once: one after the other they cost more than what stands between them.
fn blanks(out: &mut String, count: usize) {
    const BLANKS: &str = "                                ";
    match BLANKS.get(..count) {
        Some(blanks) => out.push_str(blanks),
        None => out.extend(std::iter::repeat_n(' ', count)),
    }
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
    blanks(out, width - len + 1);
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
    curves(out, analysis, call);
    for finding in &call.findings {
        let shown: Vec<String> = finding.shown_by.iter().map(|at| at.number.to_string()).collect();
        let shown = if shown.is_empty() { String::new() } else { format!(" (packet {})", shown.join(", ")) };
        let _ = writeln!(out, "  {}: {}{shown}", finding.kind.severity().text(), finding.text);
    }
}

/// What phones said more than once, as the call went on.
fn curves(out: &mut String, analysis: &Analysis, call: &Call) {
    for leg in &call.legs {
        if let Some(curve) = super::curve::of(call, leg) {
            let _ = writeln!(out, "  {} said: {curve}", analysis.phone(leg).label());
        }
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
                if stream.lost > 0 {
                    let _ = write!(out, ", loss in {} runs, ", stream.loss_runs);
                    let _ = write!(out, "the longest {}, {} bursts", stream.loss_run_max, stream.bursts);
                }
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
