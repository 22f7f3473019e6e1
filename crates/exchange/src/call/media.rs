//! Where the audio goes. Each side is asked to receive; as soon as one says where, the other is told to
//! send there. Neither waits for its own acknowledgement (nDPI frames 27 to 64).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::relay::Why;
use super::{Cause, End, EndedBy, LegId, LegState, Media, Receiving, Sending, Stream};
use crate::Exchange;
use crate::limit::{DTMF_NS, MEDIA_ACK_NS};
use crate::output::Severity;
use crate::plan::DigitPath;
use crate::station::{MediaOrder, leg as on_station};
use crate::timer::Timer;

/// Whether two parties can send to each other directly. While nothing relays, a pair that can't is refused
/// aloud instead of being connected in silence (real-phones.md 20).
pub(super) fn reach_each_other(one: SocketAddr, other: SocketAddr) -> bool {
    let usable = |address: SocketAddr| {
        let ip = address.ip();
        let broadcast = ip == IpAddr::V4(Ipv4Addr::BROADCAST);
        address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
    };
    usable(one)
        && usable(other)
        // The same place twice: something between us and the phones put its own address there.
        && one != other
        && one.is_ipv4() == other.is_ipv4()
        && one.ip().is_loopback() == other.ip().is_loopback()
}

impl Exchange {
    /// A stream for a leg of a connected call; what its end must be told.
    pub(crate) fn open_stream(&mut self, id: LegId, stream: Stream) -> Option<MediaOrder> {
        if self.is_place(id) {
            return None;
        }
        self.stop_music(id);
        self.open_beside(id, stream)
    }

    /// The same while music is ordered for it.
    pub(super) fn open_beside(&mut self, id: LegId, stream: Stream) -> Option<MediaOrder> {
        let here = self.is_here(id);
        let party = self.state.parties.take();
        let stream = self.adapted(id, stream);
        let leg = self.state.calls.legs.get_mut(id)?;
        let receiving = if here { Receiving::Opening } else { Receiving::Owed };
        leg.media = Some(Media::new(party, stream, receiving));
        leg.had_media = true;
        if here {
            self.await_acknowledgement(id);
        }
        self.order_for(id)
    }

    /// A stream on which a leg only sends, until the other side is to be heard.
    pub(super) fn open_to_send(&mut self, id: LegId, stream: Stream) {
        let party = self.state.parties.take();
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        leg.media = Some(Media::new(party, stream, Receiving::Not));
        leg.had_media = true;
    }

    /// The other side is to be heard now.
    pub(crate) fn open_late(&mut self, id: LegId) {
        let here = self.is_here(id);
        let Some(media) = self.state.calls.legs.get_mut(id).and_then(|leg| leg.media.as_mut()) else {
            return;
        };
        if media.receiving != Receiving::Not {
            return;
        }
        media.receiving = if here { Receiving::Opening } else { Receiving::Owed };
        if here {
            self.await_acknowledgement(id);
        }
        if let Some(order) = self.order_for(id).filter(|_| here) {
            self.tell_open(id, &order);
        }
    }

    /// What a leg must be told about its stream.
    pub(super) fn order_for(&self, id: LegId) -> Option<MediaOrder> {
        let media = self.state.calls.legs.get(id)?.media.as_ref()?;
        let key = media.keys.as_ref().map(|keys| keys[1].clone());
        Some(MediaOrder { party: media.party, stream: media.stream, from: self.address_of_other(id), key })
    }

    /// Whether a leg can be told something now: its phone may be away.
    pub(super) fn is_here(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| match &leg.end {
            End::Station(at) => {
                self.state.stations.get(at.station).is_some_and(|station| station.session.is_some())
            }
            End::Trunk(_) | End::Park(_) | End::CallBack { .. } | End::Bridge(_) => true,
        })
    }

    /// A phone must say where it receives, within a time. (A trunk takes its own time.)
    fn await_acknowledgement(&mut self, id: LegId) {
        let at = self.after(MEDIA_ACK_NS);
        if let Some(leg) = self.state.calls.legs.get_mut(id)
            && matches!(leg.end, End::Station(_))
        {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        }
    }

    /// The phone of a leg is back: it gets the orders that it missed. What it may have missed on a connection
    /// that was breaking is said again.
    pub(crate) fn make_up(&mut self, id: LegId) {
        let doubtful_since = self.doubtful_since(id);
        let Some(media) = self.state.calls.legs.get_mut(id).and_then(|leg| leg.media.as_mut()) else {
            return;
        };
        let (receiving, sending) = (media.receiving, media.sending);
        if matches!(receiving, Receiving::Group(_)) {
            return self.tell_group(id);
        }
        if !matches!(receiving, Receiving::Open(_) | Receiving::Not) {
            media.receiving = Receiving::Opening;
            self.await_acknowledgement(id);
            if let Some(order) = self.order_for(id) {
                self.tell_open(id, &order);
            }
        }
        match sending {
            Sending::Owed(to) => self.send_from(id, to),
            Sending::To { to, at_ns } if at_ns >= doubtful_since => self.send_from(id, to),
            _ => {}
        }
        self.tell_copies(id);
    }

    /// From when on a phone may have missed what it was told over its last session.
    fn doubtful_since(&self, id: LegId) -> u64 {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance());
        let station = at.and_then(|at| self.state.stations.get(at.station));
        station.map_or(u64::MAX, |station| station.doubtful_since())
    }

    /// The address of the other side, as far as it is known before it says where it receives. CUCM tells
    /// the phone that (nDPI frame 27); to a trunk it is not known.
    fn address_of_other(&self, id: LegId) -> IpAddr {
        let other = self.other_leg(id).and_then(|other| self.state.calls.legs.get(other));
        let at = other.and_then(|other| other.appearance());
        let station = at.and_then(|at| self.state.stations.get(at.station));
        station.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |station| station.address())
    }

    /// Codec and packet time of the call of a leg.
    pub(crate) fn stream_of(&self, id: LegId) -> Option<Stream> {
        let leg = self.state.calls.legs.get(id)?;
        self.state.calls.calls.get(leg.call)?.stream
    }

    /// The leg on the other side of an answered call.
    pub(crate) fn other_leg(&self, id: LegId) -> Option<LegId> {
        let leg = self.state.calls.legs.get(id)?;
        self.state.calls.calls.get(leg.call)?.other(id)
    }

    /// A leg receives here from now on.
    pub(crate) fn media_opened(&mut self, id: LegId, address: SocketAddr) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let call_id = leg.call;
        let Some(media) = leg.media.as_mut().filter(|media| media.receiving == Receiving::Opening) else {
            return;
        };
        media.receiving = Receiving::Open(address);
        if matches!(leg.state, LegState::Failed(_)) {
            self.announcement_opened(id);
        } else {
            self.state.timers.cancel(leg.timer.take());
        }
        if self.engine_knows(id, address) {
            return;
        }
        let Some(other) = self.other_leg(id) else { return };
        self.check_tape(id);
        self.check_tape(other);
        if self.is_place(other) {
            return self.join_mix(id, other);
        }
        let other_address = self.state.calls.legs.get(other).and_then(|leg| leg.address());
        if let Some(why) = self.why_relay(id, other, other_address.map(|there| [address, there])) {
            // Where the codecs differ, that is known before the other side receives.
            if other_address.is_none() || self.relay(id, other, why) {
                return;
            }
            if why == Why::Codec {
                return self.end_call(call_id, Cause::NO_CODEC, EndedBy::Server);
            }
        }
        if let Some(there) = other_address.filter(|there| !reach_each_other(address, *there)) {
            let (one, two) = (self.device_at(id), self.device_at(other));
            let text = format!(
                "{one} at {address} and {two} at {there} can't send to each other directly: call refused"
            );
            self.out.note(Severity::Warning, text);
            return self.end_call(call_id, Cause::NO_PATH_FOR_MEDIA, EndedBy::Server);
        }
        self.send_from(other, address);
        self.copy_for_tape(other);
        self.copy_for_tape(id);
        self.report_complete(id, other);
    }

    pub(super) fn send_from(&mut self, id: LegId, to: SocketAddr) {
        let (here, at_ns) = (self.is_here(id), self.now.monotonic_ns);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let Some(media) = leg.media.as_mut() else { return };
        media.sending = if here { Sending::To { to, at_ns } } else { Sending::Owed(to) };
        let (party, stream) = (media.party, media.stream);
        self.tell_send(id, party, stream, to);
    }

    /// Both send: both phones get the caller id once more, the one first that was told to send last.
    pub(super) fn report_complete(&mut self, one: LegId, other: LegId) {
        let sends = |id: LegId| {
            let media = self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref());
            media.is_some_and(|media| media.sending != Sending::Not)
        };
        if sends(one) && sends(other) {
            for leg in [other, one] {
                self.on_phone(leg, |phone, shown, _| on_station::audio_complete(phone, shown));
            }
        }
    }

    /// A leg could not open its stream, or send.
    pub(crate) fn media_failed(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id).filter(|leg| leg.media.is_some()) else { return };
        let call = leg.call;
        if self.is_announced(id) {
            return self.announcement_over(id);
        }
        self.end_call(call, Cause::NO_PATH_FOR_MEDIA, EndedBy::Server);
    }

    /// A leg did not say in time where it receives. A phone that announced its port once and for all when it
    /// registered never says it: it receives there.
    fn media_due(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let opening = leg.media.as_ref().is_some_and(|media| media.receiving == Receiving::Opening);
        let Some(at) = leg.appearance().filter(|_| opening) else { return };
        let station = self.state.stations.get(at.station);
        let announced =
            station.and_then(|station| Some(SocketAddr::new(station.address(), station.rtp_port?)));
        match announced {
            Some(address) => self.media_opened(id, address),
            None => {
                let (call, device) = (leg.call, self.device_at(id));
                let text = format!("{device} did not acknowledge OpenReceiveChannel: call ended");
                self.out.note(Severity::Warning, text);
                self.end_call(call, Cause::MEDIA_TIMEOUT, EndedBy::Server);
            }
        }
    }

    /// The timer of a leg fired.
    pub(crate) fn leg_due(&mut self, id: LegId) {
        let announced = self.is_announced(id);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        leg.timer = None;
        match &leg.state {
            LegState::Dialing(dialing) => {
                let until = dialing.until_ns;
                self.digits_due(id, until);
            }
            LegState::Failed(_) if announced => self.announcement_over(id),
            LegState::Failed(_) => self.end_leg(id, Cause::NORMAL, EndedBy::Server),
            LegState::Held if matches!(leg.end, End::Park(_)) => self.park_due(id),
            LegState::Held => self.remind_of_held(id),
            LegState::RingingIn => self.waits_still(id),
            _ => self.media_due(id),
        }
    }

    /// A key while connected: a tone for the other side. Who sends digits with the audio is heard there, and only
    /// there: once.
    pub(super) fn key_while_connected(&mut self, id: LegId, digit: char) {
        if !matches!(self.digits_at(id), DigitPath::Events | DigitPath::Audio) {
            self.dtmf(id, digit);
        }
    }

    /// A digit of a leg, however it came: a tone for the other side.
    pub(super) fn dtmf(&mut self, id: LegId, digit: char) {
        let Some(other) = self.other_leg(id) else { return };
        let at = self.after(DTMF_NS);
        let Some(leg) = self.state.calls.legs.get_mut(other) else { return };
        if leg.state != LegState::Connected || self.digit_in_stream(other, digit) {
            return;
        }
        let Some(leg) = self.state.calls.legs.get_mut(other) else { return };
        if matches!(leg.end, End::Station(_)) {
            self.state.timers.reset(&mut leg.tone, at, Timer::Tone(other));
        }
        self.tell_digit(other, digit);
    }

    /// That tone has played long enough.
    pub(crate) fn dtmf_over(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        leg.tone = None;
        self.on_phone(id, |phone, shown, _| on_station::tone_over(phone, shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_without_a_path_are_told_from_those_with_one() {
        let check = |one: &str, other: &str, expect: bool| {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(reach_each_other(one, other), expect, "{one} and {other}");
            assert_eq!(reach_each_other(other, one), expect, "{other} and {one}");
        };
        check("192.168.1.5:20000", "192.168.1.6:20000", true);
        check("192.168.1.5:20000", "192.168.1.5:20002", true);
        check("127.0.0.1:20000", "127.0.0.1:20002", true);
        check("127.0.0.1:20000", "192.168.1.5:20000", false);
        check("172.17.0.1:20000", "172.17.0.1:20000", false);
        check("0.0.0.0:20000", "192.168.1.5:20000", false);
        check("192.168.1.5:0", "192.168.1.6:20000", false);
        check("239.1.1.1:20000", "192.168.1.5:20000", false);
        check("[2001:db8::1]:20000", "192.168.1.5:20000", false);
    }
}
