//! Mixes: the parties of a conference. A mix is a bridge of the engine from its first party to its last; each party
//! comes and goes by an order of its own.

use std::time::Duration;

use exchange::media::{MediaParty, MixId, OrderId};
use media::engine::BridgeId;
use media::tone::Cadence;

use super::Desk;

/// Level of the tones, so that they disturb nobody who talks.
const TONE_DBM0: f64 = -24.0;
/// Tone when somebody comes: its height and milliseconds.
const COMES: (f64, u32) = (620.0, 200);
/// Tone when somebody leaves.
const LEAVES: (f64, u32) = (480.0, 200);

/// A mix.
#[derive(Debug)]
pub(super) struct Mix {
    bridge: BridgeId,
    parties: usize,
}

/// What an order has to do with a mix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    mix: MixId,
    tones: bool,
}

impl Desk {
    /// A party comes to a mix; the address of ours to which it shall send.
    pub(super) fn join_mix(
        &mut self,
        now: Duration,
        id: OrderId,
        mix: MixId,
        party: &MediaParty,
        (muted, tones): (bool, bool),
    ) -> Result<Vec<std::net::SocketAddr>, String> {
        let bridge = match self.mixes.get(&mix) {
            Some(mix) => mix.bridge,
            None => self.engine.bridge().map_err(|error| error.to_string())?,
        };
        self.mixes.entry(mix).or_insert(Mix { bridge, parties: 0 }).parties += 1;
        let part = Part { mix, tones };
        if let Err(error) = self.begin(id, None) {
            self.leave_mix(now, part);
            return Err(error);
        }
        if let Some(order) = self.orders.get_mut(&id) {
            order.part = Some(part);
        }
        let (opened, address) = self.open(now, id, party)?;
        self.engine.join(now, opened, bridge).map_err(|error| error.to_string())?;
        self.engine.mute(opened, muted).map_err(|error| error.to_string())?;
        if tones {
            self.sound(bridge, COMES);
        }
        Ok(vec![address])
    }

    /// The others hear the party of an order no more, or again.
    pub(super) fn mute(&mut self, order: OrderId, muted: bool) {
        for party in self.orders.get(&order).map_or(&[][..], |order| &order.parties) {
            // It is there: the order holds it.
            let _ = self.engine.mute(*party, muted);
        }
    }

    /// A party has left: the last one takes the mix with it.
    pub(super) fn leave_mix(&mut self, now: Duration, part: Part) {
        let Some(mix) = self.mixes.get_mut(&part.mix) else { return };
        mix.parties = mix.parties.saturating_sub(1);
        let (bridge, is_last) = (mix.bridge, mix.parties == 0);
        if is_last {
            self.mixes.remove(&part.mix);
            self.engine.unbridge(now, bridge);
        } else if part.tones {
            self.sound(bridge, LEAVES);
        }
    }

    fn sound(&mut self, bridge: BridgeId, (hz, ms): (f64, u32)) {
        // The bridge is there: somebody is in it.
        let _ = self.engine.announce(bridge, Cadence::sine(hz, TONE_DBM0, ms));
    }
}
