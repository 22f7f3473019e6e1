//! Orders of the exchange, carried out on the engine.

pub(super) mod announce;
mod mix;
pub(super) mod music;
pub(super) mod tape;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use exchange::media::{MediaEvent, MediaOrder, MediaParty, MediaStream, MixId, OrderId};
use media::codec::CodecKind;
use media::engine::{BridgeId, Engine, Event, Format, PartyId, Setup, SoundId, StreamReport, TapeId};
use mio::Registry;
use skinny::codes::MediaPayloadType;

use super::Report;
use super::ports::Ports;
use super::recorder::Recorder;
use super::sockets::Sockets;

/// Orders at once: each holds a port or two.
pub(super) const ORDERS_MAX: usize = 16_384;
/// Ports that are tried for one party where others have them already.
const BIND_TRIES: usize = 256;

/// Everything of the media thread but its loop.
pub(super) struct Desk {
    pub engine: Engine,
    pub sockets: Sockets,
    pub events: VecDeque<Event>,
    ports: Ports,
    music: music::Music,
    announcements: announce::Announcements,
    orders: BTreeMap<OrderId, Order>,
    mixes: BTreeMap<MixId, mix::Mix>,
    by_party: BTreeMap<PartyId, (OrderId, usize)>,
    pub reels: tape::Reels,
    report: Arc<Report>,
}

/// What an order opened.
#[derive(Debug)]
struct Order {
    parties: Vec<PartyId>,
    bridge: Option<BridgeId>,
    /// Its part in a mix.
    part: Option<mix::Part>,
    /// The tape that it is.
    tape: Option<TapeId>,
    /// What is said to its party when that is there.
    to_say: Option<SoundId>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({} orders)", self.orders.len())
    }
}

impl Desk {
    pub fn new(
        engine: Engine,
        registry: Registry,
        ports: Ports,
        (music, announcements): (music::Music, announce::Announcements),
        recorder: Recorder,
        report: Arc<Report>,
    ) -> Self {
        Self {
            engine,
            sockets: Sockets::new(registry),
            events: VecDeque::new(),
            ports,
            music,
            announcements,
            orders: BTreeMap::new(),
            mixes: BTreeMap::new(),
            by_party: BTreeMap::new(),
            reels: tape::Reels::new(recorder),
            report,
        }
    }

    pub fn carry_out(&mut self, now: Duration, id: OrderId, order: MediaOrder) {
        let done = match order {
            order if is_encrypted(&order) => Err("encrypted audio can't pass through here yet".to_owned()),
            MediaOrder::Relay { parties, .. } => self.connect(now, id, &*parties),
            MediaOrder::Copies { tape, parties, .. } => self.open_copies(now, id, tape, &parties),
            MediaOrder::Announce { party, sound, locale, .. } => {
                self.announce(now, id, &party, (sound, locale))
            }
            MediaOrder::Music { party, source, .. } => self.play_music(now, id, &party, &source),
            MediaOrder::Join { mix, party, muted, tones, .. } => {
                self.join_mix(now, id, mix, &party, (muted, tones))
            }
            MediaOrder::Mute { order, muted } => return self.mute(order, muted),
            MediaOrder::Remote { order, party, address } => {
                return self.tell_remote(now, order, party, address);
            }
            MediaOrder::Tape { file, wideband } => match self.open_tape(now, id, file, wideband) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
            MediaOrder::Attach { tape, order, party, consent } => {
                return self.attach(now, tape, (order, party), consent);
            }
            MediaOrder::Digit { order, party, digit } => return self.say_digit(now, order, party, digit),
            MediaOrder::Close(order) => {
                let is_tape = self.orders.get(&order).is_some_and(|order| order.tape.is_some());
                let streams = self.close(now, order);
                if !is_tape {
                    (self.report)(order, MediaEvent::Closed { streams });
                }
                return;
            }
        };
        let event = match done {
            Ok(addresses) => MediaEvent::Opened { addresses },
            Err(text) => {
                self.close(now, id);
                MediaEvent::Failed(text)
            }
        };
        (self.report)(id, event);
    }

    /// Lets parties hear each other; our addresses for them, in their order.
    fn connect(
        &mut self,
        now: Duration,
        id: OrderId,
        parties: &[MediaParty],
    ) -> Result<Vec<std::net::SocketAddr>, String> {
        let bridge = self.engine.bridge().map_err(|error| error.to_string())?;
        self.begin(id, Some(bridge))?;
        let mut addresses = Vec::with_capacity(parties.len());
        for party in parties {
            let (opened, address) = self.open(now, id, party)?;
            self.engine.join(now, opened, bridge).map_err(|error| error.to_string())?;
            addresses.push(address);
        }
        Ok(addresses)
    }

    fn begin(&mut self, id: OrderId, bridge: Option<BridgeId>) -> Result<(), String> {
        if self.orders.len() >= ORDERS_MAX {
            return Err(format!("there are {ORDERS_MAX} relayed calls already"));
        }
        self.orders.insert(id, Order { parties: Vec::new(), bridge, part: None, tape: None, to_say: None });
        Ok(())
    }

    /// Opens a port for a party.
    fn open(
        &mut self,
        now: Duration,
        id: OrderId,
        party: &MediaParty,
    ) -> Result<(PartyId, std::net::SocketAddr), String> {
        let (port, number) = self.bind(party)?;
        let setup = Setup {
            port,
            format: format_of(party),
            remote: party.remote,
            signals_from: Some(party.signals_from),
        };
        let opened = match self.engine.open(now, &setup) {
            Ok(opened) => opened,
            Err(error) => {
                self.sockets.close(port);
                self.ports.give_back(number);
                return Err(error.to_string());
            }
        };
        if let Some(order) = self.orders.get_mut(&id) {
            self.by_party.insert(opened, (id, order.parties.len()));
            order.parties.push(opened);
        }
        Ok((opened, self.ports.advertised(party.signals_from, party.local, number)))
    }

    fn bind(&mut self, party: &MediaParty) -> Result<(media::engine::Port, u16), String> {
        let mut last = None;
        for _ in 0..BIND_TRIES.min(self.ports.free()) {
            let Some(number) = self.ports.take() else { break };
            match self.sockets.open(party.local, number) {
                Ok(port) => return Ok((port, number)),
                Err(error) => {
                    self.ports.give_back(number);
                    last = Some(error);
                }
            }
        }
        Err(match last {
            Some(error) => format!("no port can be opened at {}: {error}", party.local),
            None => "all ports for audio are in use; widen [media] ports".to_owned(),
        })
    }

    fn tell_remote(&mut self, now: Duration, order: OrderId, party: usize, address: std::net::SocketAddr) {
        let party = self.orders.get(&order).and_then(|order| order.parties.get(party));
        if let Some(party) = party {
            // It is there: the order holds it.
            let _ = self.engine.tell_remote(now, *party, address);
            self.say(now, order);
        }
    }

    /// Says a digit with a party's audio.
    fn say_digit(&mut self, now: Duration, order: OrderId, party: usize, digit: char) {
        let party = self.orders.get(&order).and_then(|order| order.parties.get(party));
        if let (Some(party), Some(event)) = (party, media::dtmf::Event::of_digit(digit))
            && let Err(error) = self.engine.digit(now, *party, event)
        {
            tracing::warn!("a digit is lost: {error}");
        }
    }

    /// Closes what an order opened; what is known of its streams.
    fn close(&mut self, now: Duration, id: OrderId) -> Vec<MediaStream> {
        let Some(order) = self.orders.remove(&id) else { return Vec::new() };
        let mut streams = Vec::with_capacity(order.parties.len());
        for party in order.parties {
            self.by_party.remove(&party);
            let port = self.engine.port(party);
            streams.extend(self.engine.close(now, party).as_ref().map(stream));
            if let Some(number) = port.and_then(|port| self.sockets.close(port)) {
                self.ports.give_back(number);
            }
        }
        if let Some(bridge) = order.bridge {
            self.engine.unbridge(now, bridge);
        }
        if let Some(part) = order.part {
            self.leave_mix(now, part);
        }
        if let Some(tape) = order.tape {
            self.close_tape(now, id, tape);
        }
        streams
    }

    /// Passes on what the engine noticed.
    pub fn heed(&mut self) {
        while let Some(event) = self.events.pop_front() {
            if let Event::Live { live, on } = event {
                self.note_live(live, on);
                continue;
            }
            let (party, what): (_, fn(usize, Event) -> Option<MediaEvent>) = match event {
                Event::Digit { party, .. } => (party, |index, event| match event {
                    Event::Digit { digit, .. } => {
                        digit.digit().map(|digit| MediaEvent::Digit { party: index, digit })
                    }
                    _ => None,
                }),
                Event::Talking { party, .. } => (party, |_, event| match event {
                    Event::Talking { talking, .. } => Some(MediaEvent::Talking { talking }),
                    _ => None,
                }),
                Event::PlayedOut { party } => (party, |_, _| Some(MediaEvent::PlayedOut)),
                Event::Silent { party, .. } => (party, |index, event| match event {
                    Event::Silent { ever_heard, .. } => Some(MediaEvent::Silent { party: index, ever_heard }),
                    _ => None,
                }),
                _ => continue,
            };
            if let Some((order, index)) = self.by_party.get(&party)
                && let Some(event) = what(*index, event)
            {
                (self.report)(*order, event);
            }
        }
    }
}

/// Whether an order is about audio that is encrypted.
fn is_encrypted(order: &MediaOrder) -> bool {
    match order {
        MediaOrder::Relay { keys, .. } => keys.iter().any(Option::is_some),
        MediaOrder::Copies { keys, .. }
        | MediaOrder::Announce { keys, .. }
        | MediaOrder::Music { keys, .. }
        | MediaOrder::Join { keys, .. } => keys.is_some(),
        _ => false,
    }
}

fn stream(report: &StreamReport) -> MediaStream {
    let whole = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let received = &report.received;
    MediaStream {
        from: report.from,
        packets: whole(received.packets),
        lost: whole(received.lost),
        jitter_us: whole((received.jitter_ms * 1000.0) as u64),
        sent: whole(report.counts.sent),
        wrong_source: whole(report.counts.wrong_source),
        peer_lost: report.peer.map(|peer| peer.lost),
        peer_jitter_us: report.peer.map(|peer| peer.jitter_us),
        mos_hundredths: report.mos.map(|mos| (mos * 100.0).round() as u16),
        one_way: report.is_one_way(),
        silent: report.is_silent(),
    }
}

/// How a party sends and receives. What is not known here is passed through.
fn format_of(party: &MediaParty) -> Format {
    let mut format = match codec_of(MediaPayloadType(party.codec)) {
        Some(kind) => Format::new(kind, party.packet_ms),
        // Codecs that need it have their own numbers, but nothing in them is looked at.
        None => Format { codec: None, payload_type: 0, ..Format::new(CodecKind::Pcmu, party.packet_ms) },
    };
    format.event_payload_type = party.event_payload_type;
    format.digits_in_band = party.digits_in_band;
    format
}

/// The codec of an SCCP number.
fn codec_of(code: MediaPayloadType) -> Option<CodecKind> {
    Some(match code {
        MediaPayloadType::G711_ULAW64K | MediaPayloadType::G711_ULAW56K => CodecKind::Pcmu,
        MediaPayloadType::G711_ALAW64K | MediaPayloadType::G711_ALAW56K => CodecKind::Pcma,
        MediaPayloadType::G722_64K => CodecKind::G722,
        MediaPayloadType::G729
        | MediaPayloadType::G729_ANNEX_A
        | MediaPayloadType::G729_ANNEX_B
        | MediaPayloadType::G729_ANNEX_AW_ANNEX_B => CodecKind::G729,
        _ => return None,
    })
}
