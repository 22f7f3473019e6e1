//! Plain-language findings about a call, each with the messages that show it.

use std::net::IpAddr;

use skinny::codes::{MediaPayloadType, MediaStatus};

use super::{Wording, callee, caller};
use crate::analysis::media::codec_of;
use crate::analysis::model::{
    Call, Endpoint, Finding, FindingKind as K, Label, Leg, MediaOrder, MediaWay, MessageRef, Milestone,
    Outcome, Role, SessionId, Stream, Verdict,
};
use crate::analysis::{Directory, Face};

/// A phone that has not answered an order after this long will not.
const ACK_NANOS: i64 = 5_000_000_000;
/// Media that is not there after so long a conversation is missing.
const MEDIA_NANOS: i64 = 2_000_000_000;
/// Thresholds of milestones, in milliseconds.
const SETUP_MS: f64 = 1000.0;
const DIAL_TONE_MS: f64 = 500.0;
const AUDIO_MS: f64 = 1000.0;
/// Share of lost packets that is worth a word.
const LOSS: f64 = 0.01;
/// Jitter that is, in milliseconds.
const JITTER_MS: f32 = 30.0;
/// A gap that long is heard as one; shorter ones are concealed.
const BURST_MS: u64 = 100;
/// Where packets do not show theirs.
const USUAL_PACKET_MS: u32 = 20;
/// Below this MOS people complain.
const MOS: f32 = 3.6;
/// A stream shorter than this is not judged.
const JUDGED_PACKETS: u64 = 25;

struct Diagnosis<'a> {
    call: &'a Call,
    /// Who is at both ends of its legs.
    faces: &'a [(SessionId, Face<'a>)],
    wording: Wording,
    found: Vec<Finding>,
}

/// Words, where words are wanted: to write them costs more than to find out.
macro_rules! say {
    ($diagnosis:expr, $($words:tt)+) => {
        if $diagnosis.wording == Wording::Full { format!($($words)+) } else { String::new() }
    };
}

/// A phone by its name.
#[derive(Clone, Copy)]
struct Phone<'a>(Option<&'a Endpoint>);

impl std::fmt::Display for Phone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(endpoint) => Label(endpoint).fmt(f),
            None => f.write_str("the phone"),
        }
    }
}

/// A stream by its two ends.
struct Way<'a>(&'a Stream);

impl std::fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {}", self.0.src, self.0.dst)
    }
}

/// Adds what is remarkable.
pub(super) fn diagnose(call: &mut Call, directory: &Directory, wording: Wording) {
    let mut faces: Vec<(SessionId, Face<'_>)> = Vec::with_capacity(call.legs.len());
    for session in call.legs.iter().map(|leg| leg.session) {
        if !faces.iter().any(|(known, _)| *known == session) {
            faces.extend(directory.get(session.index()).map(|face| (session, face)));
        }
    }
    let mut diagnosis = Diagnosis { call, faces: &faces, wording, found: Vec::new() };
    diagnosis.outcome();
    diagnosis.times();
    for leg in &diagnosis.call.legs {
        diagnosis.orders(leg);
    }
    diagnosis.pairs();
    diagnosis.addresses();
    diagnosis.streams();
    diagnosis.audio();
    diagnosis.capture();
    let mut found = diagnosis.found;
    let stored = std::mem::take(&mut call.findings);
    let mut all: Vec<Finding> = stored;
    all.append(&mut found);
    all.sort_by_key(|finding| std::cmp::Reverse(finding.kind.severity()));
    call.findings = all;
}

impl<'a> Diagnosis<'a> {
    fn add(&mut self, kind: K, text: impl Into<Box<str>>, shown_by: Vec<MessageRef>) {
        self.found.push(Finding { kind, text: text.into(), shown_by });
    }

    /// A leg's phone, written out only where something is found.
    fn phone(&self, leg: &Leg) -> Phone<'a> {
        Phone(self.face(leg).map(|face| &face.phone))
    }

    /// Who is at both ends of a leg.
    fn face(&self, leg: &Leg) -> Option<&'a Face<'a>> {
        let found = self.faces.iter().find(|(session, _)| *session == leg.session);
        found.map(|(_, face)| face)
    }

    fn step(&self, wanted: fn(&crate::analysis::model::StepKind) -> bool) -> Vec<MessageRef> {
        self.call.story.iter().filter(|step| wanted(&step.kind)).map(|step| step.at).collect()
    }

    fn outcome(&mut self) {
        use crate::analysis::model::StepKind as S;
        let callee = self.call.callee.text();
        match self.call.outcome {
            Outcome::Busy => self.add(K::Busy, say!(self, "{callee} was busy."), self.step(|kind| *kind == S::Busy)),
            Outcome::InvalidNumber => self.add(
                K::InvalidNumber,
                say!(self, "The call manager knows no number {}.", self.dialled()),
                self.step(|kind| *kind == S::InvalidNumber),
            ),
            Outcome::Congestion => self.add(
                K::Congestion,
                say!(self, "The caller heard reorder tone: the call manager found no way to {}. No route, no free channel, no common codec or no permission look like this.", self.dialled()),
                self.step(|kind| *kind == S::Congestion),
            ),
            Outcome::NoAnswer => {
                self.add(K::NoAnswer, say!(self, "{callee} rang and nobody answered."), self.step(|kind| *kind == S::Rings));
            }
            Outcome::Abandoned if caller(self.call).is_some() => {
                let what = if self.call.dialled.is_empty() { "dialling anything" } else { "anything rang" };
                self.add(K::Abandoned, say!(self, "The caller hung up before {what}."), self.call.end.into_iter().collect());
            }
            _ => {}
        }
    }

    fn dialled(&self) -> String {
        let digits = caller(self.call).map(|leg| self.call.legs[leg].digits.to_string()).unwrap_or_default();
        match self.call.dialled.is_empty() {
            true if digits.is_empty() => "that was dialled".into(),
            true => digits,
            false => self.call.dialled.to_string(),
        }
    }

    fn times(&mut self) {
        let slow = |milestone: Milestone, limit: f64| {
            self.call.milestones.millis(milestone).filter(|millis| *millis > limit)
        };
        let (setup, dial_tone) = (slow(Milestone::SetUp, SETUP_MS), slow(Milestone::DialTone, DIAL_TONE_MS));
        let audio =
            [Milestone::AudioToCaller, Milestone::AudioToCallee].map(|side| (side, slow(side, AUDIO_MS)));
        let start = vec![self.call.start];
        let answer: Vec<MessageRef> = self.call.answer.into_iter().collect();
        if let Some(millis) = setup {
            self.add(
                K::SlowSetUp,
                say!(self, "From the last digit to ring-back it took {millis:.0} ms."),
                start.clone(),
            );
        }
        if let Some(millis) = dial_tone {
            self.add(K::SlowDialTone, say!(self, "Dial tone came {millis:.0} ms after off hook."), start);
        }
        for (side, millis) in audio {
            let Some(millis) = millis else { continue };
            let who = if side == Milestone::AudioToCaller { "caller" } else { "callee" };
            self.add(
                K::LateMedia,
                say!(self, "The {who} was sent audio only {millis:.0} ms after the answer."),
                answer.clone(),
            );
        }
    }

    fn orders(&mut self, leg: &Leg) {
        let phone = self.phone(leg);
        for order in &leg.media {
            let what = if order.way == MediaWay::Receive { "receive" } else { "send" };
            if order.status != 0 {
                let status = MediaStatus(order.status);
                let codec = MediaPayloadType(order.codec);
                self.add(
                    K::MediaRefused,
                    say!(
                        self,
                        "{phone} refused to {what} ({status}; codec {codec}, {} ms).",
                        order.packet_ms
                    ),
                    order.acknowledged.into_iter().chain([order.ordered]).collect(),
                );
            }
            let waited = order.stopped.unwrap_or(self.call.last).since(order.ordered.time);
            if order.way == MediaWay::Receive && order.acknowledged.is_none() && waited > ACK_NANOS {
                self.add(
                    K::NoChannelAck,
                    say!(self, "{phone} was told to open a channel and never answered. Its audio path does not exist: the other side is not told where to send."),
                    vec![order.ordered],
                );
            }
        }
        let receives =
            leg.media.iter().find(|order| order.way == MediaWay::Receive && order.acknowledged.is_some());
        let sends = leg.media.iter().any(|order| order.way == MediaWay::Transmit);
        let talked =
            leg.marks.connected.map(|since| leg.end.map_or(self.call.last, |end| end.time).since(since));
        if let (Some(receives), false, Some(talked)) = (receives, sends, talked)
            && talked > MEDIA_NANOS
            && leg.marks.connected.is_some()
        {
            self.add(
                K::NoStartMedia,
                say!(self, "{phone} was told to receive and never where to send: the other side hears nothing from it."),
                vec![receives.ordered],
            );
        }
    }

    /// Orders of two legs that should fit each other.
    fn pairs(&mut self) {
        for quality in &self.call.quality {
            let (from, to) = (usize::from(quality.from_leg), usize::from(quality.to_leg));
            let sends = self.call.legs[from].media.iter().filter(|order| order.way == MediaWay::Transmit);
            let pairs: Vec<(&MediaOrder, &MediaOrder)> = sends
                .filter_map(|send| {
                    let receive = self.call.legs[to].media.iter().find(|receive| {
                        receive.way == MediaWay::Receive
                            && receive.local.is_some()
                            && receive.local == send.remote
                    })?;
                    Some((send, receive))
                })
                .collect();
            for (send, receive) in pairs {
                self.pair(from, to, send, receive);
            }
        }
    }

    fn pair(&mut self, from: usize, to: usize, send: &MediaOrder, receive: &MediaOrder) {
        let (from, to) = (self.phone(&self.call.legs[from]), self.phone(&self.call.legs[to]));
        if (send.codec, send.packet_ms) != (receive.codec, receive.packet_ms) {
            let of = |order: &MediaOrder| {
                say!(self, "{} in packets of {} ms", MediaPayloadType(order.codec), order.packet_ms)
            };
            self.add(
                K::OrdersDiffer,
                say!(self, "{from} is told to send {}, {to} to receive {}.", of(send), of(receive)),
                vec![send.ordered, receive.ordered],
            );
        }
        if let Some(acknowledged) = receive.acknowledged
            && acknowledged.time > send.ordered.time
        {
            self.add(
                K::OrderOfMedia,
                say!(self, "{from} was told to send before {to} had opened its channel: the first packets meet a closed port."),
                vec![send.ordered, acknowledged],
            );
        }
    }

    fn addresses(&mut self) {
        let call: &'a Call = self.call;
        let locals = locals(call);
        for (index, order) in &locals {
            let leg = &self.call.legs[*index];
            let peer = self.face(leg).and_then(|face| face.phone.address);
            let (Some(local), Some(peer)) = (order.local, peer) else { continue };
            if local.ip() != peer.ip() && !local.ip().is_ipv6() {
                let phone = self.phone(leg);
                self.add(
                    K::AddressTranslation,
                    say!(self, "{phone} wants its audio at {}, its signalling comes from {}: an address translation stands between. Unless both phones are behind it, audio to {} does not arrive.", local.ip(), peer.ip(), local.ip()),
                    order.acknowledged.into_iter().collect(),
                );
            }
        }
        for (index, order) in &locals {
            self.inspected(*index, order);
        }
        if let [(one, first), .., (other, second)] = &locals[..]
            && one != other
            && first.local == second.local
        {
            let text = "Both phones name the same address and port for their audio: a proxy or container stands between, and neither hears the other.";
            self.add(
                K::SameAddress,
                text,
                first.acknowledged.into_iter().chain(second.acknowledged).collect(),
            );
        }
        for index in 0..self.call.legs.len() {
            self.sent_to(index, &locals);
        }
    }

    /// A phone that names an address of itself which only the other side of an address translation can know.
    fn inspected(&mut self, index: usize, order: &MediaOrder) {
        let leg = &self.call.legs[index];
        let Some(face) = self.face(leg) else { return };
        let (Some(local), Some(peer), Some((said, asked))) = (order.local, face.phone.address, face.said)
        else {
            return;
        };
        if local.ip() == peer.ip() && said != peer.ip() {
            let text = say!(
                self,
                "{} registered with the address {said}, its packets come from {}, and its acknowledgement names {} for its audio, which it can't know: SCCP inspection of a firewall rewrites what it says.",
                self.phone(leg),
                peer.ip(),
                local.ip()
            );
            self.add(K::Inspection, text, order.acknowledged.into_iter().chain([asked]).collect());
        }
    }

    fn sent_to(&mut self, index: usize, locals: &[(usize, &MediaOrder)]) {
        let call: &'a Call = self.call;
        let leg = &call.legs[index];
        let phone = self.phone(leg);
        for send in leg.media.iter().filter(|order| order.way == MediaWay::Transmit) {
            let Some(remote) = send.remote else { continue };
            if locals.iter().any(|(_, order)| order.local == Some(remote)) {
                continue;
            }
            let same_port = locals.iter().find(|(other, order)| {
                *other != index && order.local.is_some_and(|local| local.port() == remote.port())
            });
            if let Some((_, order)) = same_port
                && let Some(local) = order.local
            {
                self.add(
                    K::RewrittenAddress,
                    say!(self, "{phone} is told to send to {remote}, the other phone said {local}: something on the way (address translation, SCCP inspection of a firewall) changed the address."),
                    vec![send.ordered].into_iter().chain(order.acknowledged).collect(),
                );
            }
            let own = self.face(leg).and_then(|face| face.phone.address);
            if let (IpAddr::V4(to), Some(IpAddr::V4(from))) = (remote.ip(), own.map(|own| own.ip()))
                && to.is_private()
                && !from.is_private()
                && !from.is_loopback()
                && !from.is_documentation()
            {
                self.add(
                    K::PrivateAddress,
                    say!(self, "{phone} has the public address {from} and is told to send to the private address {to}: that does not arrive."),
                    vec![send.ordered],
                );
            }
        }
    }

    fn streams(&mut self) {
        for stream in &self.call.streams {
            self.stream(stream);
        }
        let mirrored = self.call.streams.iter().filter(|stream| stream.mirrored).count();
        if mirrored > 0 {
            let text = say!(
                self,
                "{mirrored} of {} streams are in the capture twice, packet by packet: a mirror port that shows traffic on its way in and out. The copies are counted apart and are no loss.",
                self.call.streams.len()
            );
            self.add(K::MirrorCopies, text, Vec::new());
        }
    }

    fn stream(&mut self, stream: &Stream) {
        let call: &'a Call = self.call;
        let order = stream.from_leg.and_then(|leg| {
            let orders = &call.legs.get(usize::from(leg))?.media;
            orders
                .iter()
                .rev()
                .find(|order| order.way == MediaWay::Transmit && order.remote == Some(stream.dst))
        });
        let shown: Vec<MessageRef> = order.iter().map(|order| order.ordered).collect();
        let name = Way(stream);
        if let Some(order) = order
            && stream.packets >= 2
        {
            let ordered = codec_of(order.codec);
            if let Some(expected) = ordered.and_then(|kind| kind.payload_type())
                && stream.payload_type < 96
                && expected != stream.payload_type
            {
                let text = say!(
                    self,
                    "{name} carries {} (payload type {}), ordered was {}.",
                    stream.codec,
                    stream.payload_type,
                    MediaPayloadType(order.codec)
                );
                self.add(K::WrongCodec, text, shown.clone());
            }
            if stream.packet_ms != 0 && order.packet_ms != 0 && stream.packet_ms != order.packet_ms {
                let text = say!(
                    self,
                    "{name} has packets of {} ms, ordered were {} ms.",
                    stream.packet_ms,
                    order.packet_ms
                );
                self.add(K::WrongPacketTime, text, shown.clone());
            }
        }
        // Smaller numbers are no type of service but the old precedence.
        if let Some(order) = order
            && let Ok(ordered @ 64..) = u8::try_from(order.precedence)
            && ordered >> 2 != stream.traffic_class >> 2
        {
            let text = say!(
                self,
                "{name} is marked DSCP {}, ordered was {}: routers on the way may not prefer it.",
                stream.traffic_class >> 2,
                ordered >> 2
            );
            self.add(K::WrongMark, text, shown.clone());
        }
        if stream.packets < JUDGED_PACKETS {
            return;
        }
        let network = stream.lost - stream.lost_in_capture.min(stream.lost);
        let share = network as f64 / stream.expected.max(1) as f64;
        if share > LOSS {
            let verdict = self.verdict_of(stream);
            let text = say!(
                self,
                "{name} lost {network} of {} packets ({:.1} %), {} at a time at most: {verdict}.",
                stream.expected,
                share * 100.0,
                stream.loss_run_max
            );
            self.add(K::Loss, text, shown.clone());
        } else if let Some(millis) = self.burst(stream) {
            let text = say!(
                self,
                "{name} lost {} packets in a row, a gap of {millis} ms, though only {network} of {} in all ({} runs): {}.",
                stream.loss_run_max,
                stream.expected,
                stream.loss_runs,
                self.verdict_of(stream)
            );
            self.add(K::LossBurst, text, shown.clone());
        }
        if stream.lost_in_capture > 0 {
            let text = say!(
                self,
                "{name}: {} packets are missing where the capture itself has a hole.",
                stream.lost_in_capture
            );
            self.add(K::CaptureLoss, text, Vec::new());
        }
        if stream.jitter_ms_max > JITTER_MS {
            let text = say!(self, "{name} comes unevenly: jitter up to {:.0} ms.", stream.jitter_ms_max);
            self.add(K::Jitter, text, shown.clone());
        }
        if let Some(mos) = stream.mos.filter(|mos| *mos < MOS) {
            self.add(K::LowMos, say!(self, "{name} rates MOS {mos:.1} by the E-model."), shown.clone());
        }
        if stream.silence.is_some_and(|share| share > 0.999) && stream.branch.is_none() {
            let text =
                say!(self, "{name} carries silence only: a muted or missing microphone, or a silent file.");
            self.add(K::Silence, text, shown);
        }
    }

    /// How long the longest run of loss is, when that is heard and not the capture's own.
    fn burst(&self, stream: &Stream) -> Option<u64> {
        let packet_ms = if stream.packet_ms == 0 { USUAL_PACKET_MS } else { stream.packet_ms };
        let millis = stream.loss_run_max * u64::from(packet_ms);
        let is_captures = stream.lost_in_capture >= stream.loss_run_max
            || self.verdict_of(stream) == Verdict::Capture.text();
        (millis >= BURST_MS && !is_captures).then_some(millis)
    }

    fn verdict_of(&self, stream: &Stream) -> &'static str {
        let quality = self.call.quality.iter().find(|quality| {
            quality.stream.and_then(|index| self.call.streams.get(usize::from(index))) == Some(stream)
        });
        quality.map_or(Verdict::BeforeCapture, |quality| quality.verdict).text()
    }

    /// Who hears whom.
    fn audio(&mut self) {
        let (Some(from), Some(to)) = (caller(self.call), callee(self.call)) else { return };
        let until = self.call.end.map_or(self.call.last, |end| end.time);
        let talked = self.call.answer.map(|answer| until.since(answer.time));
        if talked.is_none_or(|talked| talked < MEDIA_NANOS) {
            return;
        }
        let heard = |from: usize, to: usize| -> Option<bool> {
            let quality =
                self.call.quality.iter().find(|quality| {
                    (usize::from(quality.from_leg), usize::from(quality.to_leg)) == (from, to)
                })?;
            if let Some(received) = quality.receiver_received {
                return Some(received > 0);
            }
            let any = self.call.streams.iter().any(|stream| stream.branch.is_none());
            any.then_some(quality.stream.is_some())
        };
        let (there, back) = (heard(from, to), heard(to, from));
        let shown: Vec<MessageRef> = self.call.answer.into_iter().collect();
        match (there, back) {
            (Some(false), Some(false)) => {
                self.add(K::NoAudio, "The call was answered, and neither side was sent anything.", shown)
            }
            (Some(false), Some(true)) => self.one_way(from, to, shown),
            (Some(true), Some(false)) => self.one_way(to, from, shown),
            _ => {}
        }
    }

    fn one_way(&mut self, silent: usize, deaf: usize, mut shown: Vec<MessageRef>) {
        let (silent, deaf) = (&self.call.legs[silent], &self.call.legs[deaf]);
        let sends = silent.media.iter().find(|order| order.way == MediaWay::Transmit);
        let opened = deaf.media.iter().find(|order| order.way == MediaWay::Receive);
        let why = match (sends, opened) {
            (_, Some(opened)) if opened.acknowledged.is_none() => {
                "the listener never acknowledged its channel"
            }
            (None, _) => "the sender was never told where to send",
            (Some(sends), Some(opened)) if sends.remote != opened.local => {
                "the sender was told another address than the listener named"
            }
            _ => {
                "the orders fit: packets are lost on the way (a firewall, a missing route, address translation) or the sender's microphone path is dead"
            }
        };
        shown.extend(sends.map(|order| order.ordered));
        shown.extend(opened.map(|order| order.ordered));
        let text = say!(
            self,
            "One-way audio: {} hears nothing from {}; {why}.",
            self.phone(deaf),
            self.phone(silent)
        );
        self.add(K::OneWayAudio, text, shown);
    }

    fn capture(&mut self) {
        let call = self.call;
        if call.from_middle {
            self.add(K::FromMiddle, "The call began before the capture.", vec![call.start]);
        }
        let alone = call.legs.iter().filter(|leg| leg.role != Role::Shared).count() == 1;
        if alone && call.outcome == Outcome::Answered {
            let text = "Only one side of the call is in the capture: the other is a trunk, another call manager's phone, or was not captured.";
            self.add(K::OneSide, text, vec![call.start]);
        }
        if call.end.is_none() && call.outcome == Outcome::Answered {
            self.add(K::StillOpen, "The capture ends before the call does.", vec![]);
        }
    }
}

/// Acknowledged channels with their legs.
fn locals(call: &Call) -> Vec<(usize, &MediaOrder)> {
    let legs = call.legs.iter().enumerate();
    legs.flat_map(|(index, leg)| leg.media.iter().map(move |order| (index, order)))
        .filter(|(_, order)| order.way == MediaWay::Receive && order.local.is_some())
        .collect()
}
