//! A fake trunk: calls come from it and go to it, with progress, answers, keys and releases at any moment.

use std::collections::VecDeque;
use std::net::SocketAddr;

use exchange::call::{Cause, LegId, Party};
use exchange::input::TrunkInput;
use exchange::output::{TrunkMedia, TrunkOutput};

use crate::decision::TrunkMove;
use crate::rng::Rng;
use crate::site;

/// Legs at once from which on the trunk offers none.
const LEGS_MAX: usize = 12;
/// Legs that are over and still get a late message now and then.
const GHOSTS_MAX: usize = 4 * LEGS_MAX;
/// Leg numbers of moves from here on mean legs that are over.
pub const GHOSTS_FROM: u16 = 1000;

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Offered,
    Proceeding,
    Alerting,
    Answered,
}

/// A leg.
#[derive(Debug, Clone)]
struct Leg {
    id: LegId,
    /// Whether the call comes from the trunk.
    comes_in: bool,
    stage: Stage,
    /// It was told to receive.
    is_open: bool,
    receives: Option<SocketAddr>,
    sends: bool,
}

/// The trunk.
#[derive(Debug, Default)]
pub struct FakeTrunk {
    legs: Vec<Leg>,
    /// Calls that were offered and have no leg yet, by token.
    offered: Vec<u64>,
    ghosts: VecDeque<LegId>,
    next_token: u64,
    streams: u16,
    /// Calls from and to the trunk so far.
    pub calls: u64,
}

impl FakeTrunk {
    /// Whether no leg is left.
    pub fn is_idle(&self) -> bool {
        self.legs.is_empty() && self.offered.is_empty()
    }

    /// What is left, for people.
    pub fn rest(&self) -> String {
        format!("legs {:?}, offers without a leg {:?}", self.legs, self.offered)
    }

    /// Takes an order of the exchange; an error says what is wrong with it. A leg that is returned wants its
    /// receiving port.
    pub fn ordered(&mut self, order: &TrunkOutput) -> Result<Option<LegId>, String> {
        match order {
            TrunkOutput::Accepted { token, leg } => {
                let Some(index) = self.offered.iter().position(|offered| offered == token) else {
                    return Err(format!("{leg:?} is accepted for token {token}, which is not offered"));
                };
                self.offered.remove(index);
                self.begin(*leg, true)?;
            }
            TrunkOutput::Offer { leg, trunk, called, .. } => {
                if *trunk != site::TRUNK || !called.starts_with(site::TRUNK_PREFIX) {
                    return Err(format!("{called} is offered to trunk {trunk}, which is not its route"));
                }
                self.begin(*leg, false)?;
            }
            TrunkOutput::Proceeding(leg) => self.progress(*leg, Stage::Proceeding)?,
            TrunkOutput::Alerting(leg) => self.progress(*leg, Stage::Alerting)?,
            TrunkOutput::Answered(leg, _) => self.progress(*leg, Stage::Answered)?,
            TrunkOutput::Digit(leg, _) => self.live(*leg).map(|_| ())?,
            // Orders may cross with a release by the far end.
            TrunkOutput::Released(leg, _) if self.ghosts.contains(leg) => {}
            TrunkOutput::Connected(leg, _) => {
                let leg = self.live(*leg)?;
                if leg.stage != Stage::Answered {
                    return Err(format!("{leg:?} has another party and was never answered"));
                }
            }
            TrunkOutput::Released(leg, _) => {
                self.live(*leg)?;
                self.end(*leg);
            }
            TrunkOutput::Media(leg, media) => return self.media(*leg, media),
        }
        Ok(None)
    }

    fn begin(&mut self, id: LegId, comes_in: bool) -> Result<(), String> {
        if self.legs.iter().any(|leg| leg.id == id) || self.ghosts.contains(&id) {
            return Err(format!("{id:?} is used for a second call"));
        }
        self.calls += 1;
        self.legs.push(Leg {
            id,
            comes_in,
            stage: Stage::Offered,
            is_open: false,
            receives: None,
            sends: false,
        });
        Ok(())
    }

    fn live(&mut self, id: LegId) -> Result<&mut Leg, String> {
        let found = self.legs.iter_mut().find(|leg| leg.id == id);
        found.ok_or_else(|| format!("{id:?} is ordered about and is over, or never was"))
    }

    fn progress(&mut self, id: LegId, stage: Stage) -> Result<(), String> {
        let leg = self.live(id)?;
        if !leg.comes_in || leg.stage >= stage {
            return Err(format!("{leg:?} can't go to {stage:?}"));
        }
        leg.stage = stage;
        Ok(())
    }

    fn media(&mut self, id: LegId, media: &TrunkMedia) -> Result<Option<LegId>, String> {
        if self.ghosts.contains(&id) && *media == TrunkMedia::Close {
            // The order crossed with the release.
            return Ok(None);
        }
        let leg = self.live(id)?;
        match media {
            TrunkMedia::Open { .. } if leg.is_open => Err(format!("{leg:?} receives already")),
            TrunkMedia::Open { .. } => {
                leg.is_open = true;
                Ok(Some(id))
            }
            TrunkMedia::Send { to, .. } if to.ip().is_unspecified() || to.port() == 0 => {
                Err(format!("{leg:?} is to send to {to}"))
            }
            TrunkMedia::Send { .. } => {
                leg.sends = true;
                Ok(None)
            }
            TrunkMedia::Close => {
                (leg.is_open, leg.receives, leg.sends) = (false, None, false);
                Ok(None)
            }
        }
    }

    fn end(&mut self, id: LegId) {
        self.legs.retain(|leg| leg.id != id);
        if self.ghosts.len() >= GHOSTS_MAX {
            self.ghosts.pop_front();
        }
        self.ghosts.push_back(id);
    }

    /// The port of a leg is open, if it still is.
    pub fn opened(&mut self, id: LegId) -> Option<(TrunkInput, SocketAddr)> {
        let streams = self.streams.wrapping_add(1);
        let address = site::trunk_port(streams);
        let leg = self.live(id).ok().filter(|leg| leg.is_open && leg.receives.is_none())?;
        leg.receives = Some(address);
        self.streams = streams;
        Some((TrunkInput::MediaOpened(id, address), address))
    }

    /// Something that the far end could do now.
    pub fn decide(&self, rng: &mut Rng, numbers: &[String]) -> Option<TrunkMove> {
        if !self.ghosts.is_empty() && rng.one_in(20) {
            let ghost = GHOSTS_FROM + rng.below(self.ghosts.len() as u64) as u16;
            let late =
                [TrunkMove::Release(ghost, 16), TrunkMove::Answer(ghost), TrunkMove::Digit(ghost, '1')];
            return Some(rng.pick(&late).clone());
        }
        if self.legs.is_empty() || (self.legs.len() < LEGS_MAX && rng.one_in(3)) {
            let called = if numbers.is_empty() || rng.one_in(10) { "404" } else { rng.pick(numbers) };
            return Some(TrunkMove::Offer(called.to_owned()));
        }
        let index = rng.below(self.legs.len() as u64) as u16;
        let leg = &self.legs[usize::from(index)];
        Some(match (leg.comes_in, leg.stage) {
            (_, Stage::Answered) if rng.percent(40) => {
                TrunkMove::Digit(index, *rng.pick(&['1', '2', '0', '*', '#']))
            }
            (true, _) if rng.percent(50) => return None,
            (_, Stage::Answered) | (true, _) => TrunkMove::Release(index, 16),
            (false, stage) => match rng.below(10) {
                0..2 => TrunkMove::Release(index, *rng.pick(&[1, 17, 19, 21, 27, 34, 127])),
                2..4 if stage < Stage::Proceeding => TrunkMove::Proceeding(index),
                4..7 if stage < Stage::Alerting => TrunkMove::Alerting(index),
                _ => TrunkMove::Answer(index),
            },
        })
    }

    /// What a move tells the exchange; nothing where it means no leg.
    pub fn make(&mut self, what: &TrunkMove) -> Option<TrunkInput> {
        let far = |name: &str| Party { number: "95550100".into(), name: name.into() };
        Some(match what {
            TrunkMove::Offer(called) => {
                let token = self.next_token;
                self.next_token += 1;
                self.offered.push(token);
                let (trunk, called) = (site::TRUNK, called.clone());
                TrunkInput::Offer { token, trunk, calling: far("Far Away"), called }
            }
            TrunkMove::Proceeding(leg) => TrunkInput::Proceeding(self.reach(*leg, Stage::Proceeding)?),
            TrunkMove::Alerting(leg) => TrunkInput::Alerting(self.reach(*leg, Stage::Alerting)?),
            TrunkMove::Answer(leg) => {
                TrunkInput::Answered(self.reach(*leg, Stage::Answered)?, far("Far End"))
            }
            TrunkMove::Digit(leg, digit) => TrunkInput::Digit(self.find(*leg)?, *digit),
            TrunkMove::Release(leg, cause) => {
                let id = self.find(*leg)?;
                if *leg < GHOSTS_FROM {
                    self.end(id);
                }
                TrunkInput::Released(id, Cause(*cause))
            }
        })
    }

    fn reach(&mut self, number: u16, stage: Stage) -> Option<LegId> {
        let id = self.find(number)?;
        if let Ok(leg) = self.live(id) {
            if leg.comes_in || leg.stage >= stage {
                return None;
            }
            leg.stage = stage;
        }
        Some(id)
    }

    fn find(&self, number: u16) -> Option<LegId> {
        if let Some(ghost) = number.checked_sub(GHOSTS_FROM) {
            return self.ghosts.get(usize::from(ghost)).copied();
        }
        let index = usize::from(number).checked_rem(self.legs.len())?;
        Some(self.legs[index].id)
    }

    /// Hangs up the next leg, if there is one: those that are left may be ordered about by what follows.
    pub fn release_next(&mut self) -> Option<TrunkInput> {
        let id = self.legs.first()?.id;
        self.end(id);
        Some(TrunkInput::Released(id, Cause::NORMAL))
    }
}
