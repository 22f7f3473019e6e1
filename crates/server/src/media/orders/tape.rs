//! Tapes: sound of the engine on its way to the recorder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use exchange::media::{Consent, MediaParty, OrderId};
use media::engine::tape::{TAPE_HZ, TAPE_HZ_WIDE};
use media::engine::{self, Side, TapeId};
use media::tone::TonePlan;

use super::Desk;
use crate::media::recorder::Recorder;

/// Samples, of both channels, that are handed over at once: a second of a telephone's band.
const PIECE_SAMPLES: usize = 2 * TAPE_HZ as usize;

/// Tapes that run.
#[derive(Debug)]
pub(in crate::media) struct Reels {
    recorder: Recorder,
    by_tape: BTreeMap<TapeId, Reel>,
}

#[derive(Debug)]
struct Reel {
    order: OrderId,
    pcm: Vec<i16>,
    /// Frames that the disk was too slow for.
    left_out: u64,
}

impl Reels {
    pub fn new(recorder: Recorder) -> Self {
        Reels { recorder, by_tape: BTreeMap::new() }
    }

    /// Sound of a tape.
    pub fn recorded(&mut self, tape: TapeId, pcm: &[i16]) {
        let Some(reel) = self.by_tape.get_mut(&tape) else { return };
        reel.pcm.extend_from_slice(pcm);
        if reel.pcm.len() >= PIECE_SAMPLES {
            reel.hand_over(&self.recorder);
        }
    }
}

impl Reel {
    fn hand_over(&mut self, recorder: &Recorder) {
        let frames = self.pcm.len() as u64 / 2;
        let pcm = std::mem::replace(&mut self.pcm, Vec::with_capacity(PIECE_SAMPLES));
        if recorder.sound(self.order, self.left_out, pcm) {
            self.left_out = 0;
        } else {
            self.left_out += frames;
        }
    }
}

impl Desk {
    /// Opens a tape; the recorder answers.
    pub(super) fn open_tape(
        &mut self,
        now: Duration,
        id: OrderId,
        file: String,
        wideband: bool,
    ) -> Result<(), String> {
        self.begin(id, None)?;
        let rate_hz = if wideband { TAPE_HZ_WIDE } else { TAPE_HZ };
        let tape = self.engine.tape(now, rate_hz).map_err(|error| error.to_string())?;
        if let Some(order) = self.orders.get_mut(&id) {
            order.tape = Some(tape);
        }
        let reel = Reel { order: id, pcm: Vec::with_capacity(PIECE_SAMPLES), left_out: 0 };
        self.reels.by_tape.insert(tape, reel);
        self.reels.recorder.begin(id, file, rate_hz);
        Ok(())
    }

    /// Puts a party of an order on a tape. Either may be gone: then there is nothing to do.
    pub(super) fn attach(
        &mut self,
        now: Duration,
        tape: OrderId,
        (order, party): (OrderId, usize),
        consent: Option<Consent>,
    ) {
        let tape_id = self.orders.get(&tape).and_then(|order| order.tape);
        let party = self.orders.get(&order).and_then(|order| order.parties.get(party)).copied();
        let (Some(tape_id), Some(party)) = (tape_id, party) else { return };
        let consent = consent.map(|consent| engine::Consent {
            cadence: TonePlan::NorthAmerica.consent(consent.every_secs),
            to_party: consent.to_recorder,
        });
        if let Err(error) = self.engine.attach(now, tape_id, party, Side::Both, consent) {
            (self.report)(tape, exchange::media::MediaEvent::TapeCut(error.to_string()));
        }
    }

    /// Opens ports for the copies that a phone sends, and puts them on a tape.
    pub(super) fn open_copies(
        &mut self,
        now: Duration,
        id: OrderId,
        tape: OrderId,
        parties: &[MediaParty; 2],
    ) -> Result<Vec<SocketAddr>, String> {
        let tape = self.orders.get(&tape).and_then(|order| order.tape);
        let tape = tape.ok_or("the recording has ended")?;
        self.begin(id, None)?;
        let mut addresses = Vec::with_capacity(parties.len());
        for (party, side) in parties.iter().zip([Side::Near, Side::Far]) {
            let (opened, address) = self.open(now, id, party)?;
            self.engine.attach(now, tape, opened, side, None).map_err(|error| error.to_string())?;
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// Ends a tape; the recorder says how long it is.
    pub(super) fn close_tape(&mut self, now: Duration, id: OrderId, tape: TapeId) {
        self.engine.end_tape(now, tape);
        if let Some(mut reel) = self.reels.by_tape.remove(&tape) {
            reel.hand_over(&self.reels.recorder);
        }
        self.reels.recorder.end(id);
    }
}
