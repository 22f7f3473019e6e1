//! Calls and registrations as comma-separated values (RFC 4180).

use super::seconds;
use crate::analysis::{Analysis, Call, MILESTONES, SessionId};
use crate::source::Told;

/// Columns of a call, the milestones after them.
pub const CALL_COLUMNS: &str = "number,start,answer,end,caller,caller_name,callee,callee_name,dialled,started_by,outcome,legs,branches,messages,findings";
/// Columns of a registration.
pub const REGISTRATION_COLUMNS: &str = "session,device,address,server,model,firmware,protocol,state,opened,registered,closed,end,keepalive_secs,keepalives,missed,lines,findings";

/// A line of text fields, each quoted when it must be. Fields that a spreadsheet would take for a formula get an
/// apostrophe in front: the text is the network's.
pub(crate) fn line(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| quote(field)).collect();
    quoted.join(",") + "\r\n"
}

fn quote(field: &str) -> String {
    let number = field.parse::<f64>().is_ok();
    let formula = !number && field.starts_with(['=', '+', '-', '@', '\t']);
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// A call.
pub fn call_csv(call: &Call) -> String {
    let time = |at: Option<crate::Timestamp>| at.map_or_else(String::new, |at| format!("{:.6}", seconds(at)));
    let findings: Vec<&str> = call.findings.iter().map(|finding| finding.kind.name()).collect();
    let mut fields = vec![
        call.number.to_string(),
        time(Some(call.start.time)),
        time(call.answer.map(|at| at.time)),
        time(call.end.map(|at| at.time)),
        call.caller.number.to_string(),
        call.caller.name.to_string(),
        call.callee.number.to_string(),
        call.callee.name.to_string(),
        call.dialled.to_string(),
        call.started.text(),
        call.outcome.text().to_owned(),
        call.legs.len().to_string(),
        call.branches.len().to_string(),
        call.messages.to_string(),
        findings.join(" "),
    ];
    fields.extend(MILESTONES.map(|milestone| {
        call.milestones.millis(milestone).map_or_else(String::new, |millis| format!("{millis:.3}"))
    }));
    line(&fields)
}

/// A registration.
pub fn registration_csv(analysis: &Analysis, session: SessionId) -> String {
    let Some(registration) = analysis.registrations.get(session.index()) else { return String::new() };
    let device = registration.device.as_deref().cloned().unwrap_or_default();
    let time = |at: Option<crate::Timestamp>| at.map_or_else(String::new, |at| format!("{:.6}", seconds(at)));
    let address = |endpoint: &crate::analysis::Endpoint| {
        endpoint.address.and_then(Told::of).map_or_else(String::new, |address| address.to_string())
    };
    let lines: Vec<&str> = device.lines.iter().map(|line| &*line.number).collect();
    let findings: Vec<&str> = registration.findings.iter().map(|finding| finding.kind.name()).collect();
    line(&[
        session.0.to_string(),
        registration.phone.name.as_deref().unwrap_or_default().to_owned(),
        address(&registration.phone),
        address(&registration.server),
        device.model.map_or_else(String::new, |(_, name)| name.into()),
        device.firmware.map_or_else(String::new, String::from),
        registration.protocol.to_string(),
        registration.state.text(),
        time(Some(registration.opened)),
        time(registration.registered.map(|at| at.time)),
        time(registration.closed),
        registration.end.text().to_owned(),
        registration.keepalives.interval_secs.to_string(),
        registration.keepalives.sent.to_string(),
        registration.keepalives.missed.to_string(),
        lines.join(" "),
        findings.join(" "),
    ])
}
