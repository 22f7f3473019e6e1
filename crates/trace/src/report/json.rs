//! One JSON object a call, one a registration.

use media::quality::VoiceQuality;
use serde_json::{Map, Value, json};
use skinny::codes::MediaPayloadType;

use super::seconds;
use crate::analysis::{
    Analysis, Branch, Call, Finding, Leg, MediaOrder, MediaWay, MessageRef, PhoneStatistics, Quality,
    Registration, SessionId, Stream,
};
use crate::source::Told;

/// A call.
pub fn call_json(analysis: &Analysis, call: &Call) -> Value {
    let milestones: Map<String, Value> = call
        .milestones
        .iter()
        .map(|(milestone, micros)| (milestone.name().to_owned(), json!(micros as f64 / 1000.0)))
        .collect();
    let end = |leg: &Leg| analysis.phone(leg).label();
    let caller = if call.caller.is_empty() { first_phone(analysis, call) } else { short(&call.caller) };
    json!({
        "number": call.number,
        "caller": caller,
        "caller_name": call.caller.name,
        "callee": short(&call.callee),
        "callee_name": call.callee.name,
        "original_callee": short(&call.original_callee),
        "dialled": call.dialled,
        "started_by": call.started.text(),
        "start": seconds(call.start.time),
        "answer": call.answer.map(|answer| seconds(answer.time)),
        "end": call.end.map(|end| seconds(end.time)),
        "last": seconds(call.last),
        "from_middle": call.from_middle,
        "outcome": call.outcome.text(),
        "messages": call.messages,
        "inferred_messages": call.inferred,
        "legs": call.legs.iter().map(|leg| leg_json(analysis, leg)).collect::<Vec<_>>(),
        "branches": call.branches.iter().map(|branch| branch_json(call, branch, &end)).collect::<Vec<_>>(),
        "story": call.story.iter().map(|step| json!({
            "time": seconds(step.at.time),
            "leg": step.leg,
            "phone": call.legs.get(usize::from(step.leg)).map(end),
            "what": step.kind.text(),
            "message": place(&step.at),
        })).collect::<Vec<_>>(),
        "milestones_ms": milestones,
        "quality": call.quality.iter().map(|quality| quality_json(call, quality, &end)).collect::<Vec<_>>(),
        "streams": call.streams.iter().map(stream_json).collect::<Vec<_>>(),
        "findings": call.findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}

fn short(party: &crate::analysis::Party) -> String {
    if party.number.is_empty() { party.name.to_string() } else { party.number.to_string() }
}

fn first_phone(analysis: &Analysis, call: &Call) -> String {
    call.legs.first().map(|leg| analysis.phone(leg).label()).unwrap_or_default()
}

fn place(at: &MessageRef) -> Value {
    json!({ "source": at.source, "packet": at.number, "nth": at.nth })
}

fn leg_json(analysis: &Analysis, leg: &Leg) -> Value {
    let phone = analysis.phone(leg);
    json!({
        "phone": phone.label(),
        "address": phone.address.and_then(Told::of).map(|address| address.to_string()),
        "server": analysis.server(leg).address.and_then(Told::of).map(|address| address.to_string()),
        "session": leg.session.0,
        "reference": leg.reference,
        "line": leg.line,
        "role": leg.role.text(),
        "state": leg.state_text(),
        "calling": short(&leg.calling),
        "called": short(&leg.called),
        "start": seconds(leg.start.time),
        "end": leg.end.map(|end| seconds(end.time)),
        "digits": leg.digits,
        "dtmf": leg.dtmf,
        "media": leg.media.iter().map(order_json).collect::<Vec<_>>(),
        "statistics": leg.statistics.iter().map(statistics_json).collect::<Vec<_>>(),
    })
}

fn order_json(order: &MediaOrder) -> Value {
    json!({
        "way": if order.way == MediaWay::Receive { "receive" } else { "send" },
        "party_id": order.party_id,
        "codec": MediaPayloadType(order.codec).to_string(),
        "packet_ms": order.packet_ms,
        "remote": order.remote.map(|address| address.to_string()),
        "local": order.local.map(|address| address.to_string()),
        "ordered": seconds(order.ordered.time),
        "acknowledged": order.acknowledged.map(|at| seconds(at.time)),
        "status": order.status,
        "stopped": order.stopped.map(seconds),
        "encrypted": order.key.is_some(),
    })
}

fn statistics_json(statistics: &PhoneStatistics) -> Value {
    let said = VoiceQuality::parse(&statistics.text);
    json!({
        "time": seconds(statistics.at.time),
        "packets_sent": statistics.packets_sent,
        "octets_sent": statistics.octets_sent,
        "packets_received": statistics.packets_received,
        "octets_received": statistics.octets_received,
        "packets_lost": statistics.packets_lost,
        "jitter_ms": statistics.jitter_ms,
        "latency_ms": statistics.latency_ms,
        "text": statistics.text,
        "mos": said.mos,
        "mos_average": said.mos_average,
        "mos_min": said.mos_min,
        "mos_max": said.mos_max,
        "conceal_ratio": said.conceal_ratio,
        "conceal_ratio_cumulative": said.conceal_ratio_cumulative,
        "conceal_seconds": said.conceal_seconds,
        "conceal_seconds_severe": said.conceal_seconds_severe,
    })
}

fn branch_json(call: &Call, branch: &Branch, end: &dyn Fn(&Leg) -> String) -> Value {
    json!({
        "kind": branch.kind.text(),
        "phone": call.legs.get(usize::from(branch.leg)).map(end),
        "leg": branch.leg,
        "reference": branch.reference,
        "remote": branch.remote.map(|address| address.to_string()),
        "local": branch.local.map(|address| address.to_string()),
        "start": seconds(branch.ordered.time),
        "acknowledged": branch.acknowledged.map(|at| seconds(at.time)),
        "refused": branch.refused,
        "stopped": branch.stopped.map(seconds),
    })
}

fn quality_json(call: &Call, quality: &Quality, end: &dyn Fn(&Leg) -> String) -> Value {
    let leg = |index: u16| call.legs.get(usize::from(index)).map(end);
    let stream = quality.stream.and_then(|index| call.streams.get(usize::from(index)));
    json!({
        "from": leg(quality.from_leg),
        "to": leg(quality.to_leg),
        "sender": quality.sender_sent.map(|sent| json!({ "packets_sent": sent })),
        "wire": stream.map(stream_json),
        "receiver": quality.receiver_received.map(|received| json!({
            "packets_received": received,
            "packets_lost": quality.receiver_lost,
            "jitter_ms": quality.receiver_jitter_ms,
            "latency_ms": quality.receiver_latency_ms,
            "mos": quality.receiver_mos.map(rounded),
            "concealed": quality.receiver_concealed.map(rounded),
        })),
        "verdict": quality.verdict.text(),
    })
}

fn stream_json(stream: &Stream) -> Value {
    json!({
        "src": stream.src.to_string(),
        "dst": stream.dst.to_string(),
        "ssrc": stream.ssrc,
        "payload_type": stream.payload_type,
        "codec": stream.codec,
        "packet_ms": stream.packet_ms,
        "branch": stream.branch,
        "first": seconds(stream.first),
        "last": seconds(stream.last),
        "packets": stream.packets,
        "expected": stream.expected,
        "lost": stream.lost,
        "lost_in_capture": stream.lost_in_capture,
        "duplicates": stream.duplicates,
        "mirrored": stream.mirrored,
        "reordered": stream.reordered,
        "late": stream.late,
        "jitter_ms": rounded(stream.jitter_ms),
        "jitter_ms_max": rounded(stream.jitter_ms_max),
        "delta_ms_max": rounded(stream.delta_ms_max),
        "loss_runs": stream.loss_runs,
        "loss_run_max": stream.loss_run_max,
        "bursts": stream.bursts,
        "mos": stream.mos.map(rounded),
        "silence": stream.silence.map(rounded),
        "encrypted": stream.encrypted,
        "dscp": stream.traffic_class >> 2,
    })
}

/// Three decimals are what these figures are good for.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "kind": finding.kind.name(),
        "severity": finding.kind.severity().text(),
        "text": finding.text,
        "messages": finding.shown_by.iter().map(|at| json!({
            "time": seconds(at.time),
            "source": at.source,
            "packet": at.number,
            "nth": at.nth,
        })).collect::<Vec<_>>(),
    })
}

/// A registration.
pub fn registration_json(analysis: &Analysis, session: SessionId) -> Value {
    let Some(registration) = analysis.registrations.get(session.index()) else { return Value::Null };
    let Registration { phone, server, keepalives, .. } = &registration;
    let device = registration.device.as_deref().cloned().unwrap_or_default();
    json!({
        "session": session.0,
        "device": phone.name,
        "host": analysis.registrations.directory().host(phone.address),
        "address": phone.address.and_then(Told::of).map(|address| address.to_string()),
        "said_address": device.said_address,
        "server": server.address.and_then(Told::of).map(|address| address.to_string()),
        "server_name": device.server_name,
        "server_host": analysis.registrations.directory().host(server.address),
        "model": device.model.as_ref().map(|(_, name)| name),
        "device_type": device.model.as_ref().map(|(number, _)| number),
        "firmware": device.firmware,
        "offered_protocol": device.offered,
        "protocol": registration.protocol,
        "state": registration.state.text(),
        "opened": seconds(registration.opened),
        "from_start": registration.from_start,
        "registered": registration.registered.map(|at| seconds(at.time)),
        "last": seconds(registration.last),
        "closed": registration.closed.map(seconds),
        "end": registration.end.text(),
        "step": analysis.registrations.step(session, &registration),
        "messages": registration.messages,
        "missing_bytes": registration.missing_bytes,
        "keepalive": {
            "interval_secs": keepalives.interval_secs,
            "sent": keepalives.sent,
            "answered": keepalives.answered,
            "missed": keepalives.missed,
            "unanswered": keepalives.unanswered,
            "gap_ms_max": keepalives.gap_ms_max,
        },
        "lines": device.lines.iter().map(|line| json!({
            "instance": line.instance,
            "number": line.number,
            "name": line.name,
        })).collect::<Vec<_>>(),
        "alarms": device.alarms.iter().map(|alarm| json!({
            "time": seconds(alarm.at.time),
            "severity": alarm.severity,
            "text": alarm.text,
            "reason": alarm.reason,
        })).collect::<Vec<_>>(),
        "findings": registration.findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}
