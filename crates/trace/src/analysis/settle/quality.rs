//! Each direction of a call from three places: the sender, the wire, the receiver.

use media::quality::VoiceQuality;

use crate::analysis::model::{Call, Leg, MediaWay, PhoneStatistics, Quality, Role, Stream, Verdict};

/// A receiver that misses this many packets more than the wire, and a quarter more, lost some behind the capture.
const SLACK_PACKETS: u64 = 3;

/// Sets it for each pair of legs that exchange media.
pub(super) fn quality(call: &mut Call) {
    let mut views: Vec<Quality> = Vec::new();
    for (from, to) in pairs(call) {
        views.push(view(call, from, to));
    }
    call.quality = views;
}

/// Which leg sends to which, by orders and acknowledgements; two legs alone send to each other.
fn pairs(call: &Call) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let legs = &call.legs;
    let of_stream = |leg: usize| {
        let ends = |stream: &Stream| [stream.from_leg, stream.to_leg].contains(&Some(leg as u16));
        call.streams.iter().any(|stream| stream.branch.is_none() && ends(stream))
    };
    let takes_part = |at: usize, leg: &Leg| {
        leg.role != Role::Shared && (!leg.media.is_empty() || !leg.statistics.is_empty() || of_stream(at))
    };
    for (from, leg) in legs.iter().enumerate().filter(|(at, leg)| takes_part(*at, leg)) {
        for order in leg.media.iter().filter(|order| order.way == MediaWay::Transmit) {
            let receives = |leg: &Leg| {
                leg.media.iter().any(|other| {
                    other.way == MediaWay::Receive && other.local.is_some() && other.local == order.remote
                })
            };
            let to = legs.iter().enumerate().position(|(to, leg)| to != from && receives(leg));
            if let Some(to) = to
                && !pairs.contains(&(from, to))
            {
                pairs.push((from, to));
            }
        }
    }
    let parts: Vec<usize> = (0..legs.len()).filter(|leg| takes_part(*leg, &legs[*leg])).collect();
    if let [one, other] = parts[..] {
        for pair in [(one, other), (other, one)] {
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

fn view(call: &Call, from: usize, to: usize) -> Quality {
    let stream = stream_of(call, from, to);
    let sender = call.legs[from].statistics.last();
    let receiver = call.legs[to].statistics.last();
    let said = receiver.map(|statistics| VoiceQuality::parse(&statistics.text));
    let mos = said.as_ref().and_then(|said| said.mos_average.or(said.mos));
    let wire = stream.and_then(|stream| call.streams.get(stream));
    Quality {
        from_leg: from as u16,
        to_leg: to as u16,
        sender_sent: sender.map(|statistics| statistics.packets_sent),
        stream: stream.map(|stream| stream as u16),
        receiver_received: receiver.map(|statistics| statistics.packets_received),
        receiver_lost: receiver.map(|statistics| statistics.packets_lost),
        receiver_jitter_ms: receiver.map(|statistics| statistics.jitter_ms),
        receiver_latency_ms: receiver.map(|statistics| statistics.latency_ms),
        receiver_mos: mos.map(|mos| mos as f32),
        receiver_concealed: said.and_then(|said| said.conceal_ratio_cumulative).map(|ratio| ratio as f32),
        verdict: verdict(wire, receiver),
    }
}

/// The stream of a direction with the most packets.
fn stream_of(call: &Call, from: usize, to: usize) -> Option<usize> {
    let sends_there = |stream: &Stream| {
        let from_fits = stream.from_leg.is_none_or(|leg| usize::from(leg) == from);
        let to_fits = stream.to_leg.is_none_or(|leg| usize::from(leg) == to);
        stream.branch.is_none()
            && from_fits
            && to_fits
            && (stream.from_leg.is_some() || stream.to_leg.is_some())
    };
    let streams = call.streams.iter().enumerate().filter(|(_, stream)| sends_there(stream));
    streams.max_by_key(|(_, stream)| stream.packets).map(|(index, _)| index)
}

fn verdict(wire: Option<&Stream>, receiver: Option<&PhoneStatistics>) -> Verdict {
    let missed = receiver.map(|statistics| u64::from(statistics.packets_lost));
    let Some(stream) = wire else {
        return match missed {
            Some(0) => Verdict::Clean,
            Some(_) => Verdict::Somewhere,
            None => Verdict::Unknown,
        };
    };
    let wire = stream.lost;
    match missed {
        None if wire == 0 => Verdict::Clean,
        None if stream.lost_in_capture == wire => Verdict::Capture,
        None => Verdict::BeforeCapture,
        Some(0) if wire == 0 => Verdict::Clean,
        Some(0) => Verdict::Capture,
        Some(_) if wire == 0 => Verdict::AfterCapture,
        Some(missed) if missed > wire + wire / 4 + SLACK_PACKETS => Verdict::Both,
        Some(_) => Verdict::BeforeCapture,
    }
}
