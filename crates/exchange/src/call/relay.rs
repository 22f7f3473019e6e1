//! What passes through the media engine: pairs that can't send to each other directly or have no codec in common,
//! and music for those who are held. Everything else goes directly, and without an engine so does all.
//!
//! An order belongs to its legs: when the stream of one is closed, so is the order. A pair that only had better be
//! relayed (somebody is behind a NAT, as far as we can tell) goes directly where the engine fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Cause, End, EndedBy, LegId, LegState, Media, Receiving, Sending, Stream, codec};
use crate::Exchange;
use crate::limit::{MEDIA_ACK_NS, MEDIA_CLOSING_MAX};
use crate::media::{MediaEvent, MediaOrder, MediaParty, MediaStream, OrderId, SrtpKeys};
use crate::output::{Output, Severity};
use crate::plan::{CodecPolicy, DigitPath, First, Region};
use crate::record::{Record, RelayRecord};
use crate::station::media as stream_at;
use crate::table::StationId;
use crate::timer::{Timer, TimerKey};

/// What records say of a party whose audio was mixed.
const CONFERENCE: &str = "conference";

/// What is known of the media engine and its orders.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Engine {
    /// Whether there is one.
    present: bool,
    last: u64,
    orders: BTreeMap<OrderId, Order>,
    /// The order of each leg that has one.
    by_leg: BTreeMap<LegId, OrderId>,
    /// Orders that were closed and whose figures are awaited.
    closing: BTreeMap<OrderId, Closing>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    /// Number of the call.
    call: u64,
    legs: Vec<LegId>,
    what: What,
    /// Our addresses, once they are known; the timer that waits for them until then.
    state: Answer,
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Awaited(TimerKey),
    Opened(Vec<SocketAddr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    Relay(Why),
    Music,
    /// A party of a conference.
    Mix,
    /// Somebody is told why his call failed.
    Announce,
}

#[derive(Debug, Serialize, Deserialize)]
struct Closing {
    call: u64,
    /// Its devices, and the algorithms by which their streams were encrypted.
    devices: Vec<(String, Option<u32>)>,
    why: String,
}

/// Why a pair is relayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Why {
    /// They have no codec in common.
    Codec,
    /// Neither reaches the other's address.
    NoPath,
    /// One receives at another address than it signals from: it is behind a NAT, and the other is not with it.
    Nat,
    /// They could talk directly, and one of them is recorded.
    Recorded,
    /// Digits come from one in another way than the other takes them.
    Digits,
}

impl Why {
    /// As records have it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Why::Codec => "no common codec",
            Why::NoPath => "no direct path",
            Why::Nat => "behind a NAT",
            Why::Recorded => "recorded",
            Why::Digits => "digits in another way",
        }
    }

    pub(super) fn cause(self) -> Cause {
        match self {
            Why::Codec => Cause::NO_CODEC,
            Why::NoPath | Why::Nat | Why::Recorded | Why::Digits => Cause::NO_PATH_FOR_MEDIA,
        }
    }
}

/// Whether digits go with the audio.
fn is_in_stream(path: DigitPath) -> bool {
    matches!(path, DigitPath::Events | DigitPath::Audio)
}

impl Engine {
    /// Whether there is one.
    pub(crate) fn is_present(&self) -> bool {
        self.present
    }

    /// What an order is about.
    pub(super) fn about(&self, order: OrderId) -> Option<(&[LegId], What)> {
        self.orders.get(&order).map(|order| (order.legs.as_slice(), order.what))
    }

    /// Whether something is said on a leg, or about to be.
    pub(crate) fn is_announced(&self, leg: LegId) -> bool {
        self.order_of(leg).and_then(|order| self.about(order)).is_some_and(|(_, what)| what == What::Announce)
    }

    /// The first of our addresses that an order has open.
    pub(super) fn address_of(&self, order: OrderId) -> Option<SocketAddr> {
        match &self.orders.get(&order)?.state {
            Answer::Opened(addresses) => addresses.first().copied(),
            Answer::Awaited(_) => None,
        }
    }

    /// The name of the next order.
    pub(super) fn next_order(&mut self) -> OrderId {
        self.last += 1;
        OrderId(self.last)
    }

    /// The order of a leg.
    pub(crate) fn order_of(&self, leg: LegId) -> Option<OrderId> {
        self.by_leg.get(&leg).copied()
    }
}

impl Exchange {
    /// The codec and packet time of two parties; with an engine also where they have none in common but
    /// one each that it knows: then it is the one of the first.
    pub(crate) fn stream_for(&self, one: LegId, other: LegId) -> Option<Stream> {
        let policy = self.policy_between(self.region_at(one), self.region_at(other));
        let (codecs, others) = (self.codecs_at(one), self.codecs_at(other));
        // What is to be recorded is said in a codec that can be, where both have one.
        let taped =
            self.is_pair_taped(one, other).then(|| codec::choose_inside(&policy, codecs, others)).flatten();
        taped.or_else(|| self.stream_by(&policy, codecs, others))
    }

    /// The same by a policy: what it allows, in common or transcoded, and otherwise whatever there is, unless it is
    /// required.
    pub(super) fn stream_by(
        &self,
        policy: &CodecPolicy,
        one: &[super::Codec],
        other: &[super::Codec],
    ) -> Option<Stream> {
        let allowed = codec::choose_by(policy, one, other).or_else(|| self.transcoded(policy, one, other));
        if allowed.is_some() || policy.required || policy.codecs.is_empty() {
            return allowed;
        }
        let any = CodecPolicy::default();
        codec::choose(one, other).or_else(|| self.transcoded(&any, one, other))
    }

    /// The first one's codec where the engine, or hardware, can stand between the two.
    fn transcoded(
        &self,
        policy: &CodecPolicy,
        one: &[super::Codec],
        other: &[super::Codec],
    ) -> Option<Stream> {
        let here = || {
            codec::inside_by(policy, other).filter(|_| self.state.engine.present)?;
            codec::inside_by(policy, one)
        };
        let there = || self.hardware_transcodes(policy, one, other);
        if self.is_hardware_first() { there().or_else(here) } else { here().or_else(there) }
    }

    fn is_hardware_first(&self) -> bool {
        self.plan.site.features.hardware.transcoding == First::Hardware
    }

    /// Which codecs may be used between two regions.
    pub(super) fn policy_between(&self, one: Option<&Region>, other: Option<&Region>) -> CodecPolicy {
        self.plan.regions.between(one, other)
    }

    /// The region of whoever is at a leg.
    pub(super) fn region_at(&self, id: LegId) -> Option<&Region> {
        self.region_of(self.state.calls.legs.get(id)?.appearance()?.station)
    }

    /// The region of a phone.
    pub(super) fn region_of(&self, id: StationId) -> Option<&Region> {
        if self.plan.regions.regions.is_empty() {
            return None;
        }
        let station = self.state.stations.get(id)?;
        let own = self.plan.devices.get(&station.device).map_or("", |device| &device.region);
        self.plan.regions.of(own, Some(station.peer.remote.ip()))
    }

    /// Why two legs use their codec, where a policy says something about it.
    pub(super) fn codec_by(&self, one: LegId, other: LegId, codec: u32) -> Option<String> {
        let (a, b) = (self.region_at(one), self.region_at(other));
        let name = |region: Option<&Region>| region.map_or("no region", |region| &region.name).to_owned();
        let policy = self.policy_between(a, b);
        let kept = if policy.allows(codec) { "" } else { ", which allows none that both have" };
        a.or(b).map(|_| format!("{} to {}{kept}", name(a), name(b)))
    }

    /// The stream of a call as a leg can have it.
    pub(super) fn adapted(&self, id: LegId, stream: Stream) -> Stream {
        let codecs = self.codecs_at(id);
        if codec::can(codecs, stream.codec) {
            return stream;
        }
        let here = || codec::inside(codecs).filter(|_| self.state.engine.present);
        let there = || self.hardware_stream(codecs);
        let found = if self.is_hardware_first() { there().or_else(here) } else { here().or_else(there) };
        found.or_else(|| codec::inside(codecs)).unwrap_or(stream)
    }

    /// Why a pair is to be relayed, as far as is known: `at` is where each receives.
    pub(super) fn why_relay(&self, one: LegId, other: LegId, at: Option<[SocketAddr; 2]>) -> Option<Why> {
        let stream = |leg| Some(self.state.calls.legs.get(leg)?.media.as_ref()?.stream.codec);
        if stream(one)? != stream(other)? {
            return Some(Why::Codec);
        }
        let recorded =
            self.state.engine.present && [one, other].into_iter().any(|leg| self.is_taped_by_relay(leg));
        // Whoever is not heard yet gets no stream to wait for.
        let recorded = recorded && (at.is_some() || !self.whispers(one));
        let recorded = recorded.then_some(Why::Recorded);
        let Some([here, there]) = at else { return recorded };
        if !super::media::reach_each_other(here, there) {
            return Some(Why::NoPath);
        }
        let nat = match (self.signals_from(one), self.signals_from(other)) {
            (Some(a), Some(b)) => a != b && (a != here.ip() || b != there.ip()),
            _ => false,
        };
        let in_stream = |leg| Some(self.digits_at(leg)).filter(|path| is_in_stream(*path));
        let digits = (in_stream(one) != in_stream(other)).then_some(Why::Digits);
        if nat { Some(Why::Nat) } else { digits.or(recorded) }
    }

    /// How digits reach whoever is at a leg. Without an engine there is only what goes beside the audio.
    pub(super) fn digits_at(&self, id: LegId) -> DigitPath {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance());
        let station = at.and_then(|at| self.state.stations.get(at.station));
        let path = station.map_or(DigitPath::Keys, |station| station.config.digits);
        if is_in_stream(path) && !self.state.engine.present { DigitPath::Keys } else { path }
    }

    /// A digit for a leg that the engine can say in its stream; false where that is not its way.
    pub(super) fn digit_in_stream(&mut self, id: LegId, digit: char) -> bool {
        let engine = &self.state.engine;
        let order = engine.by_leg.get(&id).and_then(|order| Some((*order, engine.orders.get(order)?)));
        let Some((order, found)) = order.filter(|_| is_in_stream(self.digits_at(id))) else { return false };
        if self.state.hardware.station_of(order).is_some() {
            return false;
        }
        let Some(party) = found.legs.iter().position(|leg| *leg == id) else { return false };
        self.out.push(Output::Media(order, MediaOrder::Digit { order, party, digit }));
        true
    }

    /// A pair passes through this server, or through hardware; false where neither can.
    pub(super) fn relay(&mut self, one: LegId, other: LegId, why: Why) -> bool {
        let recorded = [one, other].into_iter().any(|leg| self.is_taped_by_relay(leg));
        if self.is_hardware_first() && !recorded {
            return self.relay_there(one, other, why) || self.relay_here(one, other, why);
        }
        self.relay_here(one, other, why) || self.relay_there(one, other, why)
    }

    /// Orders a relay; false where there is no engine.
    pub(super) fn relay_here(&mut self, one: LegId, other: LegId, why: Why) -> bool {
        if !self.state.engine.present {
            return false;
        }
        let (Some(first), Some(second)) = (self.media_party(one, other), self.media_party(other, one)) else {
            return false;
        };
        let order = MediaOrder::Relay {
            parties: Box::new([first, second]),
            keys: [self.keys_at(one), self.keys_at(other)],
        };
        let order = self.order(vec![one, other], What::Relay(why), order);
        self.tape_along(one, order, 0);
        self.tape_along(other, order, 1);
        true
    }

    /// Keys of the stream of a leg, where it is encrypted.
    pub(super) fn keys_at(&self, id: LegId) -> SrtpKeys {
        self.state.calls.legs.get(id)?.media.as_ref()?.keys.clone()
    }

    /// Music for a leg whose other side holds it.
    pub(crate) fn play_music(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let listens = leg.state == LegState::Connected && leg.media.is_none();
        if !listens || !self.state.engine.present || self.state.engine.by_leg.contains_key(&id) {
            return;
        }
        let Some(stream) = self.music_stream(id) else { return };
        let source = self.music_for(id).to_owned();
        if let Some(group) = self.plan.music.get(&source).and_then(|music| music.group(stream.codec))
            && self.hear_group(id, stream, group)
        {
            return;
        }
        self.order_music(id, stream, source);
    }

    fn order_music(&mut self, id: LegId, stream: Stream, source: String) {
        if let Some(party) = self.party_with(id, id, stream) {
            self.order(vec![id], What::Music, MediaOrder::Music { party, source, keys: self.keys_at(id) });
        }
    }

    /// The music of whoever holds a leg: that of his line, of his phone, of the site.
    fn music_for(&self, id: LegId) -> &str {
        let holder = self.other_leg(id).and_then(|other| self.state.calls.legs.get(other)?.appearance());
        let line = holder.and_then(|at| self.plan.lines.get(&self.state.lines.get(at.line)?.number));
        let station = holder.and_then(|at| self.state.stations.get(at.station));
        let device = station.and_then(|station| self.plan.devices.get(&station.device));
        let of_line = line.map_or("", |line| &line.music);
        let of_device = device.map_or("", |device| &device.music);
        let all = [of_line, of_device, &self.plan.site.music];
        all.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// A phone that can listens to the group to which music is sent; false where it can't.
    fn hear_group(&mut self, id: LegId, stream: Stream, group: SocketAddr) -> bool {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance());
        let station = at.and_then(|at| self.state.stations.get(at.station));
        let Some(station) = station.filter(|station| station.session.is_some()) else { return false };
        if !stream_at::knows_multicast(station, &mut self.out) {
            return false;
        }
        let party = self.state.parties.take();
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return false };
        leg.media = Some(Media::new(party, stream, Receiving::Group(group)));
        self.tell_group(id);
        true
    }

    /// Says to a phone which group it hears.
    pub(super) fn tell_group(&mut self, id: LegId) {
        let media = self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref());
        let Some(&Media { party, stream, receiving: Receiving::Group(group), .. }) = media else { return };
        self.on_phone(id, |phone, shown, _| stream_at::hear_group(phone, shown, party, stream, group));
    }

    /// A phone can't listen to its group: it gets the music by itself.
    pub(crate) fn group_failed(&mut self, id: LegId) {
        let media = self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref());
        let Some(&Media { stream, receiving: Receiving::Group(_), .. }) = media else { return };
        self.close_media(id);
        let source = self.music_for(id).to_owned();
        self.order_music(id, stream, source);
    }

    /// How a leg hears music: as its call sounds, where the engine can say it like that.
    fn music_stream(&self, id: LegId) -> Option<Stream> {
        let stream = self.adapted(id, self.stream_of(id)?);
        if codec::is_inside(stream.codec) { Some(stream) } else { codec::inside(self.codecs_at(id)) }
    }

    /// Ends the music of a leg.
    pub(crate) fn stop_music(&mut self, id: LegId) {
        let engine = &self.state.engine;
        let order = engine.by_leg.get(&id).and_then(|order| engine.orders.get(order));
        let media = self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref());
        let in_group = media.is_some_and(|media| matches!(media.receiving, Receiving::Group(_)));
        if in_group || order.is_some_and(|order| order.what == What::Music) {
            self.close_order(id);
            self.close_media(id);
        }
    }

    pub(super) fn order(&mut self, legs: Vec<LegId>, what: What, order: MediaOrder) -> OrderId {
        let id = self.expect(legs, what);
        self.out.push(Output::Media(id, order));
        id
    }

    /// An order whose answer is awaited, of the engine or of hardware.
    pub(super) fn expect(&mut self, legs: Vec<LegId>, what: What) -> OrderId {
        let at = self.after(MEDIA_ACK_NS);
        let call = legs.first().and_then(|leg| self.state.calls.legs.get(*leg)).map(|leg| leg.call);
        let call = call.and_then(|call| self.state.calls.calls.get(call)).map_or(0, |call| call.number);
        let engine = &mut self.state.engine;
        let id = engine.next_order();
        let timer = self.state.timers.set(at, Timer::Media(id));
        for leg in &legs {
            engine.by_leg.insert(*leg, id);
        }
        engine.orders.insert(id, Order { call, legs, what, state: Answer::Awaited(timer) });
        id
    }

    /// The stream of a leg is closed: what the engine does for it ends.
    pub(crate) fn close_order(&mut self, id: LegId) {
        let Some(order) = self.state.engine.by_leg.get(&id).copied() else { return };
        let Some(Order { call, legs, what, state }) = self.forget(order) else { return };
        legs.iter().for_each(|leg| self.touch_media(*leg));
        if let Answer::Awaited(timer) = state {
            self.state.timers.cancel(Some(timer));
        }
        if self.close_at_hardware(order) {
            return;
        }
        match (state, what) {
            (Answer::Awaited(_), _) => {}
            (Answer::Opened(_), What::Relay(why)) => self.await_figures(order, call, &legs, why.words()),
            (Answer::Opened(_), What::Mix) => self.await_figures(order, call, &legs, CONFERENCE),
            (Answer::Opened(_), What::Music | What::Announce) => {}
        }
        self.out.push(Output::Media(order, MediaOrder::Close(order)));
    }

    fn forget(&mut self, id: OrderId) -> Option<Order> {
        let engine = &mut self.state.engine;
        let order = engine.orders.remove(&id)?;
        for leg in &order.legs {
            engine.by_leg.remove(leg);
        }
        Some(order)
    }

    pub(super) fn await_figures(&mut self, id: OrderId, call: u64, legs: &[LegId], why: &str) {
        let devices = legs.iter().map(|leg| (self.device_at(*leg).to_owned(), self.srtp_at(*leg))).collect();
        let closing = &mut self.state.engine.closing;
        if closing.len() >= MEDIA_CLOSING_MAX {
            closing.pop_first();
        }
        closing.insert(id, Closing { call, devices, why: why.into() });
    }

    /// The engine says something.
    pub(crate) fn media_event(&mut self, id: OrderId, event: MediaEvent) {
        match event {
            MediaEvent::Engine { present } => self.state.engine.present = present,
            MediaEvent::Opened { .. } if self.tape_opened(id) => {}
            MediaEvent::Opened { addresses } if self.copies_opened(id, &addresses) => {}
            MediaEvent::Opened { addresses } if self.state.hardware.station_of(id).is_none() => {
                self.engine_opened(id, addresses);
            }
            MediaEvent::Opened { .. } => {}
            MediaEvent::Failed(text) if self.copies_failed(id, &text) => {}
            MediaEvent::Failed(text) | MediaEvent::TapeCut(text) if self.tape_failed(id, &text) => {}
            MediaEvent::Failed(text) => self.engine_failed(id, &text),
            MediaEvent::TapeCut(_) => {}
            MediaEvent::Talking { talking } => self.talks_in_mix(id, talking),
            MediaEvent::PlayedOut => self.played_out(id),
            MediaEvent::Taped { length_ms, bytes, cut } => self.taped(id, length_ms, bytes, cut),
            MediaEvent::Digit { party, digit } => {
                let leg = self.state.engine.orders.get(&id).and_then(|order| order.legs.get(party));
                if let Some(leg) = leg.copied() {
                    self.dtmf(leg, digit);
                }
            }
            MediaEvent::Silent { ever_heard: false, .. }
                if self.copies_failed(id, "the phone sends no copies") => {}
            MediaEvent::Silent { party, ever_heard } => self.engine_hears_nothing(id, party, ever_heard),
            MediaEvent::Closed { .. } if self.is_tape_closing(id) => self.taped(id, 0, 0, None),
            MediaEvent::Closed { streams } => self.engine_closed(id, &streams),
        }
    }

    pub(super) fn engine_opened(&mut self, id: OrderId, addresses: Vec<SocketAddr>) {
        let by = self.state.hardware.station_of(id).and_then(|station| self.state.stations.get(station));
        let by = by.map_or_else(|| "this server".to_owned(), |station| station.device.clone());
        let Some(order) = self.state.engine.orders.get_mut(&id) else { return };
        let Answer::Awaited(timer) = order.state else { return };
        if addresses.len() != order.legs.len() {
            return self.engine_failed(id, "it opened another number of ports");
        }
        let (legs, what) = (order.legs.clone(), order.what);
        order.state = Answer::Opened(addresses.clone());
        self.state.timers.cancel(Some(timer));
        legs.iter().for_each(|leg| self.touch_media(*leg));
        match what {
            What::Relay(why) => {
                let (one, two) = (self.device_at(legs[0]), self.device_at(legs[1]));
                let text = format!("{one} and {two} talk through {by}: {}", why.words());
                self.out.note(Severity::Info, text);
                for (leg, address) in legs.iter().zip(&addresses) {
                    self.send_anew(*leg, *address);
                }
                self.report_complete(legs[1], legs[0]);
            }
            What::Music => self.hear_music(legs[0]),
            What::Announce => self.hear_announcement(legs[0]),
            What::Mix => self.mix_opened(legs[0], addresses[0]),
        }
    }

    /// Sends to another place than before.
    pub(super) fn send_anew(&mut self, id: LegId, to: SocketAddr) {
        let media = self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref());
        let Some((party, sending)) = media.map(|media| (media.party, media.sending)) else { return };
        if matches!(sending, Sending::To { .. }) {
            self.on_phone(id, |phone, shown, _| stream_at::stop_sending(phone, shown, party));
        }
        self.send_from(id, to);
    }

    /// Sends nowhere.
    pub(super) fn send_no_more(&mut self, id: LegId) {
        let Some(media) = self.state.calls.legs.get_mut(id).and_then(|leg| leg.media.as_mut()) else {
            return;
        };
        let party = media.party;
        if std::mem::replace(&mut media.sending, Sending::Not) != Sending::Not {
            self.on_phone(id, |phone, shown, _| stream_at::stop_sending(phone, shown, party));
        }
    }

    fn hear_music(&mut self, id: LegId) {
        let Some(stream) = self.music_stream(id) else { return };
        if let Some(order) = self.open_beside(id, stream) {
            self.tell_open(id, &order);
        }
    }

    /// The engine can't, or does not answer.
    fn engine_failed(&mut self, id: OrderId, text: &str) {
        let Some(order) = self.forget(id) else { return };
        if let Answer::Awaited(timer) = order.state {
            self.state.timers.cancel(Some(timer));
        }
        let why = match order.what {
            What::Relay(why) => why,
            What::Mix => return self.mix_failed(order.legs[0], text),
            What::Announce => {
                self.out.note(Severity::Warning, format!("nothing can be announced: {text}"));
                return self.announcement_over(order.legs[0]);
            }
            What::Music => {
                return self.out.note(Severity::Warning, format!("no music for a held party: {text}"));
            }
        };
        let [one, other] = order.legs[..] else { return };
        self.out.note(Severity::Warning, format!("no relay ({}): {text}", why.words()));
        if matches!(why, Why::Nat | Why::Recorded | Why::Digits) {
            self.relay_failed_for_tape([one, other], text);
            return self.send_directly(one, other);
        }
        if let Some(leg) = self.state.calls.legs.get(one) {
            self.end_call(leg.call, why.cause(), EndedBy::Server);
        }
    }

    /// The engine did not answer in time.
    pub(crate) fn engine_due(&mut self, id: OrderId) {
        self.tape_due(id);
        self.copies_failed(id, "the media engine did not answer");
        let awaited = self.state.engine.orders.get(&id).map(|order| &order.state);
        if self.state.hardware.station_of(id).is_some() {
            if matches!(awaited, Some(Answer::Awaited(_))) {
                self.hardware_failed(id, "it does not answer", false);
            }
            return;
        }
        if self.state.engine.orders.get(&id).is_some_and(|order| matches!(order.state, Answer::Awaited(_))) {
            self.out.push(Output::Media(id, MediaOrder::Close(id)));
            self.engine_failed(id, "the media engine did not answer");
        }
    }

    fn send_directly(&mut self, one: LegId, other: LegId) {
        let at = |leg| self.state.calls.legs.get(leg).and_then(super::Leg::address);
        if let (Some(here), Some(there)) = (at(one), at(other)) {
            self.send_anew(one, there);
            self.send_anew(other, here);
            self.report_complete(other, one);
        }
    }

    fn engine_hears_nothing(&mut self, id: OrderId, party: usize, ever_heard: bool) {
        let Some(order) = self.state.engine.orders.get(&id) else { return };
        let (What::Relay(_), Some(leg)) = (order.what, order.legs.get(party)) else { return };
        let device = self.device_at(*leg);
        let since = if ever_heard { "no audio comes any more" } else { "no audio ever came" };
        self.out.note(Severity::Warning, format!("{since} from {device} to the port that it was told"));
    }

    fn engine_closed(&mut self, id: OrderId, streams: &[MediaStream]) {
        let Some(Closing { call, devices, why }) = self.state.engine.closing.remove(&id) else { return };
        for ((device, srtp), stream) in devices.into_iter().zip(streams) {
            let record = RelayRecord { call, device, why: why.clone(), srtp, stream: *stream };
            self.out.push(Output::Record(Box::new(Record::Relay(record))));
        }
    }

    /// A leg receives here; true where the engine was told, and nobody else need be.
    pub(super) fn engine_knows(&mut self, id: LegId, address: SocketAddr) -> bool {
        let engine = &self.state.engine;
        let Some(order_id) = engine.by_leg.get(&id) else { return false };
        let Some(order) = engine.orders.get(order_id) else { return false };
        let Some(party) = order.legs.iter().position(|leg| *leg == id) else { return false };
        let order = *order_id;
        if !self.tell_hardware(order, party, address) {
            self.out.push(Output::Media(order, MediaOrder::Remote { order, party, address }));
        }
        true
    }

    /// Why a leg is relayed, while it is.
    pub(super) fn relayed(&self, id: LegId) -> Option<&'static str> {
        let engine = &self.state.engine;
        match engine.orders.get(engine.by_leg.get(&id)?)?.what {
            What::Relay(why) => Some(why.words()),
            What::Mix => Some(CONFERENCE),
            What::Music | What::Announce => None,
        }
    }

    fn media_party(&self, id: LegId, other: LegId) -> Option<MediaParty> {
        let stream = self.state.calls.legs.get(id)?.media.as_ref()?.stream;
        self.party_with(id, other, stream)
    }

    pub(super) fn party_with(&self, id: LegId, other: LegId, stream: Stream) -> Option<MediaParty> {
        let leg = self.state.calls.legs.get(id)?;
        let remote = leg.media.as_ref().and_then(|media| match media.receiving {
            Receiving::Open(address) => Some(address),
            Receiving::Not | Receiving::Owed | Receiving::Opening | Receiving::Group(_) => None,
        });
        // A trunk is told an address of ours in the network of the phone at the other side.
        let peer = self.peer_of(id).or_else(|| self.peer_of(other))?;
        let signals_from = match leg.end {
            End::Station(_) => peer.remote.ip(),
            End::Trunk(_) => remote?.ip(),
            // Who waits under a number has no audio.
            End::Park(_) | End::CallBack { .. } | End::Bridge(_) => return None,
        };
        let digits = self.digits_at(id);
        Some(MediaParty {
            codec: stream.codec,
            packet_ms: stream.packet_ms,
            event_payload_type: (digits == DigitPath::Events).then_some(stream_at::EVENT_PAYLOAD_TYPE),
            digits_in_band: digits == DigitPath::Audio,
            remote,
            signals_from,
            local: peer.local.ip(),
        })
    }

    pub(super) fn peer_of(&self, id: LegId) -> Option<crate::input::Peer> {
        let at = self.state.calls.legs.get(id)?.appearance()?;
        Some(self.state.stations.get(at.station)?.peer)
    }

    fn signals_from(&self, id: LegId) -> Option<std::net::IpAddr> {
        Some(self.peer_of(id)?.remote.ip())
    }

    /// What of the engine's orders does not fit together, for [`Exchange::audit`].
    pub(crate) fn audit_orders(&self, found: &mut Vec<String>) {
        let engine = &self.state.engine;
        for (id, order) in &engine.orders {
            for leg in &order.legs {
                if engine.by_leg.get(leg) != Some(id) || self.state.calls.legs.get(*leg).is_none() {
                    found.push(format!("{id:?} is for {leg:?}, which does not know it"));
                }
            }
        }
        if engine.by_leg.values().any(|id| !engine.orders.contains_key(id)) {
            found.push("a leg has an order that is not there".into());
        }
    }
}
