//! Opening and closing the path's streams, and keeping their counters.

use std::time::Duration;

use skinny::codes::MediaPayloadType;
use skinny::types::CallReference;

use super::report::Finished;
use super::talk::Talk;
use super::{AudioPath, CALLS_KEPT_MAX, Stream, TICK_MS, Target};
use crate::media::STREAMS_MAX;
use crate::output::StreamId;

impl AudioPath {
    pub(super) fn start_send(
        &mut self,
        now: Duration,
        stream: StreamId,
        call: CallReference,
        sound: (MediaPayloadType, u32),
        target: Target,
    ) -> bool {
        let talks = self.streams.iter_mut().find(|found| found.id == stream).and_then(|s| s.talk.as_mut());
        if let Some(talk) = talks {
            return talk.redirect(sound, target);
        }
        self.opened += 1;
        let first = seeded(self.settings.seed, self.opened);
        let Some(talk) = Talk::new(sound, target, first) else { return false };
        let Some(index) = self.place(now, stream, call) else { return false };
        self.streams[index].talk = Some(talk);
        true
    }

    /// The stream's place, made where it is not there yet.
    pub(super) fn place(&mut self, now: Duration, id: StreamId, call: CallReference) -> Option<usize> {
        let index = match self.streams.iter().position(|stream| stream.id == id) {
            Some(index) => index,
            None if self.streams.len() >= STREAMS_MAX => return None,
            None => {
                self.streams.push(Stream { id, call, talk: None, listen: None });
                self.streams.len() - 1
            }
        };
        self.next_at.get_or_insert(now + Duration::from_millis(u64::from(TICK_MS)));
        Some(index)
    }

    pub(super) fn stop_receive(&mut self, id: StreamId) -> bool {
        let Some(index) = self.streams.iter().position(|stream| stream.id == id) else { return false };
        self.end_listen(index);
        self.drop_if_over(index);
        true
    }

    pub(super) fn stop_send(&mut self, id: StreamId) -> bool {
        let Some(index) = self.streams.iter().position(|stream| stream.id == id) else { return false };
        if let Some(talk) = self.streams[index].talk.take() {
            self.finished_of(self.streams[index].call).add_talk(&talk);
        }
        self.drop_if_over(index);
        true
    }

    pub(super) fn end_listen(&mut self, index: usize) {
        if let Some(listen) = self.streams[index].listen.take() {
            self.finished_of(self.streams[index].call).add_listen(&listen);
        }
    }

    fn drop_if_over(&mut self, index: usize) {
        if self.streams[index].talk.is_none() && self.streams[index].listen.is_none() {
            self.streams.remove(index);
        }
        if self.streams.is_empty() {
            self.next_at = None;
        }
    }

    /// The counters of a call, the oldest call's forgotten where there is no room.
    fn finished_of(&mut self, call: CallReference) -> &mut Finished {
        let place = match self.finished.iter().position(|one| one.call == call) {
            Some(place) => place,
            None => {
                if self.finished.len() >= CALLS_KEPT_MAX {
                    self.finished.pop_front();
                }
                self.finished.push_back(Finished::new(call));
                self.finished.len() - 1
            }
        };
        &mut self.finished[place]
    }
}

/// Number `nth` of the sequence that a seed begins (SplitMix64).
fn seeded(seed: u64, nth: u64) -> u64 {
    let mut z = seed.wrapping_add(nth.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
