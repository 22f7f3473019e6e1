//! RTCP of a party: what it says of the stream that it gets is kept for the report, and it is answered with ours.
//!
//! It is not passed on: each side of a relay is told what its own way to us loses. Who sends no RTCP gets none.

use super::party::{Party, Port};
use super::{Engine, Outlet};
use crate::rtcp::{self, OwnReport, RTCP_BYTES_MAX};
use std::net::SocketAddr;
use std::time::Duration;

/// Between two answers.
pub const ANSWER_EVERY: Duration = Duration::from_secs(2);
/// Our name in all of them: nobody's address stands in it.
const CNAME: &str = "lineside";

/// What a party says of the stream that it gets from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeerReport {
    /// Packets that did not reach it.
    pub lost: u32,
    /// Interarrival jitter, in microseconds.
    pub jitter_us: u32,
}

/// The RTCP of a party that sends some.
#[derive(Debug, Default)]
pub(crate) struct Control {
    pub peer: Option<PeerReport>,
    sender_report: Option<(u32, Duration)>,
    answered_at: Option<Duration>,
}

impl Engine {
    /// A packet came to the port of ours that is for a party's RTCP (`via`); `port` is that of its RTP.
    pub fn control_packet(
        &mut self,
        now: Duration,
        (port, via): (Port, Port),
        from: SocketAddr,
        bytes: &[u8],
        out: &mut impl Outlet,
    ) {
        let Some(&Some(index)) = self.ports.get(port.0 as usize) else { return };
        let Some(party) = self.parties.at(index) else { return };
        if !party.flow.admit(now) {
            party.counts.flooded += 1;
        } else if crate::rtp::is_rtcp(bytes) {
            party.control(now, via, from, bytes, out);
        } else {
            party.counts.malformed += 1;
        }
    }
}

impl Party {
    /// A packet of RTCP, to whichever port; the answer goes back the same way.
    pub(super) fn control(
        &mut self,
        now: Duration,
        via: Port,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut impl Outlet,
    ) {
        if !self.latch.may_be_at(from.ip()) {
            self.counts.wrong_source += 1;
            return;
        }
        let ours = self.voice.as_ref().map(|voice| voice.ssrc());
        let about = ours.or(self.splice.last.map(|last| last.ssrc));
        let Some(told) = rtcp::read(bytes, about) else {
            self.counts.malformed += 1;
            return;
        };
        self.counts.rtcp += 1;
        let clock_hz = u64::from(self.format.clock_hz());
        let control = self.control.get_or_insert_default();
        if let Some(block) = told.block {
            let jitter_us = u64::from(block.jitter_ticks) * 1_000_000 / clock_hz;
            control.peer = Some(PeerReport {
                lost: u32::try_from(block.lost).unwrap_or(0),
                jitter_us: u32::try_from(jitter_us).unwrap_or(u32::MAX),
            });
        }
        if let Some(ntp) = told.sender_report {
            control.sender_report = Some((ntp, now));
        }
        let is_due = control.answered_at.is_none_or(|at| now.saturating_sub(at) >= ANSWER_EVERY);
        if told.ssrc.is_some() && !told.bye && is_due {
            control.answered_at = Some(now);
            let sender_report = control.sender_report.map(|(ntp, at)| (ntp, now.saturating_sub(at)));
            self.answer(via, from, sender_report, out);
        }
    }

    fn answer(
        &mut self,
        via: Port,
        to: SocketAddr,
        sender_report: Option<(u32, Duration)>,
        out: &mut impl Outlet,
    ) {
        let fraction_lost = self.receiver.fraction_lost();
        let received = self.receiver.report();
        let own = OwnReport {
            ssrc: self.own_ssrc,
            received: &received,
            fraction_lost,
            sender_report,
            cname: CNAME,
        };
        let mut bytes = [0; RTCP_BYTES_MAX];
        if let Some(len) = own.write(&mut bytes) {
            out.send(via, to, &bytes[..len]);
        }
    }
}
