//! Streams: opened and closed in pairs, sent to addresses that somebody gave.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use exchange::input::SessionId;
use skinny::codes::MediaStatus;
use skinny::message::{Message, OpenReceiveChannelAck, StartMediaTransmission};

use super::{Check, Invariant, SessionView, wrong};

/// Addresses that are remembered; the rest of a long run would fill the memory.
const ADDRESSES_MAX: usize = 1 << 20;

/// A stream of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stream {
    pub party: u32,
    pub reference: u32,
    pub receives: bool,
    pub sends: bool,
}

/// The streams of all phones.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Party ids that are in use, with their session.
    parties: HashMap<u32, SessionId>,
    /// Where somebody receives, or did.
    addresses: HashSet<SocketAddr>,
}

impl Streams {
    /// A phone says where it receives.
    pub fn acknowledged(&mut self, ack: &OpenReceiveChannelAck) {
        if ack.media_reception_status == MediaStatus::OK {
            self.given(SocketAddr::new(ack.ip_addr.ip().to_canonical(), ack.port_number.0 as u16));
        }
    }

    /// Somebody receives here.
    pub fn given(&mut self, address: SocketAddr) {
        if self.addresses.len() >= ADDRESSES_MAX {
            self.addresses.clear();
        }
        self.addresses.insert(address);
    }

    /// What a phone is told about streams.
    pub fn told(&mut self, message: &Message<'_>, view: &mut SessionView, id: SessionId, now: u64) -> Check {
        if !matches!(
            message,
            Message::OpenReceiveChannel(_)
                | Message::StartMediaTransmission(_)
                | Message::CloseReceiveChannel(_)
                | Message::StopMediaTransmission(_)
        ) {
            return Ok(());
        }
        view.media_at = now;
        match message {
            Message::OpenReceiveChannel(open) => {
                let (party, reference) = (open.pass_through_party_id.0, open.call_reference.0);
                self.open(party, id)?;
                let stream = stream_of(&mut view.streams, party, reference);
                if std::mem::replace(&mut stream.receives, true) {
                    return wrong(Invariant::Media, format!("stream {party:#x} is opened twice"));
                }
            }
            Message::StartMediaTransmission(start) => {
                // A copy for whoever records belongs to the call that it names as its conference.
                let is_copy = start.mixing_mode != 0;
                let call = if is_copy { start.conference_id.0 } else { start.call_reference.0 };
                let (party, reference) = (start.pass_through_party_id.0, call);
                self.open(party, id)?;
                stream_of(&mut view.streams, party, reference).sends = true;
                return self.can_be_reached(start);
            }
            Message::CloseReceiveChannel(close) => {
                self.close(close.pass_through_party_id.0, view, |stream| stream.receives = false);
            }
            Message::StopMediaTransmission(stop) => {
                self.close(stop.pass_through_party_id.0, view, |stream| stream.sends = false);
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, party: u32, id: SessionId) -> Check {
        if party == 0 {
            return wrong(Invariant::Media, "a stream has no party id".into());
        }
        match self.parties.insert(party, id) {
            Some(other) if other != id => {
                wrong(Invariant::Media, format!("stream {party:#x} is one of session {} already", other.0))
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self, party: u32, view: &mut SessionView, half: impl Fn(&mut Stream)) {
        view.streams.iter_mut().filter(|stream| stream.party == party).for_each(half);
        view.streams.retain(|stream| stream.receives || stream.sends);
        if view.streams.iter().all(|stream| stream.party != party) {
            self.parties.remove(&party);
        }
    }

    fn can_be_reached(&self, start: &StartMediaTransmission) -> Check {
        let address =
            SocketAddr::new(start.remote_ip_addr.ip().to_canonical(), start.remote_port_number.0 as u16);
        if address.ip().is_unspecified() || address.port() == 0 || !self.addresses.contains(&address) {
            let text = format!("a stream is to be sent to {address}, where nobody said that he receives");
            return wrong(Invariant::Media, text);
        }
        Ok(())
    }

    /// A session is over, and what it was told with it.
    pub fn forget_session(&mut self, view: &mut SessionView) {
        for stream in view.streams.drain(..) {
            self.parties.remove(&stream.party);
        }
    }
}

fn stream_of(streams: &mut Vec<Stream>, party: u32, reference: u32) -> &mut Stream {
    let index = streams.iter().position(|stream| stream.party == party).unwrap_or_else(|| {
        streams.push(Stream { party, reference, receives: false, sends: false });
        streams.len() - 1
    });
    &mut streams[index]
}
