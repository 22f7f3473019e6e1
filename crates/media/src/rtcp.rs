//! RTCP (RFC 3550 6): what a peer reports of the stream that it receives, and our report of its own.
//!
//! Parsing and writing rest on crate `rtcp-types`. Not for telling it from RTP: that is [`crate::rtp::is_rtcp`].

use crate::receive::Report;
use rtcp_types::{
    Compound, Packet, ReceiverReport, ReportBlock, RtcpPacketWriterExt as _, Sdes, SdesChunk, SdesItem,
};
use std::time::Duration;

/// Bytes of the longest packet that is written.
pub const RTCP_BYTES_MAX: usize = 128;
/// Packets of one datagram that are looked at.
const PACKETS_MAX: usize = 16;

/// What a peer says of a stream that it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Whose stream.
    pub ssrc: u32,
    /// Share of packets lost since its last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost in all; negative where copies came.
    pub lost: i32,
    /// Interarrival jitter in ticks of the stream's clock.
    pub jitter_ticks: u32,
}

/// What a datagram of RTCP said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Who says so; nothing where there is no report.
    pub ssrc: Option<u32>,
    /// The middle 32 bits of the NTP time of a sender report, by which an answer names it.
    pub sender_report: Option<u32>,
    /// What it receives: of the stream that was asked about, or of the first.
    pub block: Option<Block>,
    /// It leaves.
    pub bye: bool,
}

/// Reads a datagram; nothing where it is no RTCP. `about` is the stream whose report is wanted where there are several.
pub fn read(bytes: &[u8], about: Option<u32>) -> Option<Told> {
    let mut told = Told::default();
    for packet in Compound::parse(bytes).ok()?.take(PACKETS_MAX) {
        match packet {
            Ok(Packet::Sr(report)) => {
                told.ssrc = Some(report.ssrc());
                told.sender_report = Some((report.ntp_timestamp() >> 16) as u32);
                take_blocks(&mut told, report.report_blocks(), about);
            }
            Ok(Packet::Rr(report)) => {
                told.ssrc = Some(report.ssrc());
                take_blocks(&mut told, report.report_blocks(), about);
            }
            Ok(Packet::Bye(_)) => told.bye = true,
            Ok(_) => {}
            // What came before it holds.
            Err(_) => break,
        }
    }
    Some(told)
}

fn take_blocks<'a>(told: &mut Told, blocks: impl Iterator<Item = ReportBlock<'a>>, about: Option<u32>) {
    for block in blocks {
        let is_wanted = about == Some(block.ssrc());
        if told.block.is_none() || is_wanted {
            told.block = Some(Block {
                ssrc: block.ssrc(),
                fraction_lost: block.fraction_lost(),
                // 24 bits with a sign.
                lost: (block.cumulative_lost() << 8).cast_signed() >> 8,
                jitter_ticks: block.interarrival_jitter(),
            });
        }
        if is_wanted {
            return;
        }
    }
}

/// Our report of a stream.
#[derive(Debug, Clone, Copy)]
pub struct OwnReport<'a> {
    /// Our name.
    pub ssrc: u32,
    /// What was received.
    pub received: &'a Report,
    /// Share of packets lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// The peer's last sender report, and how long ago that came.
    pub sender_report: Option<(u32, Duration)>,
    /// Our name as text (RFC 3550 6.5.1).
    pub cname: &'a str,
}

impl OwnReport<'_> {
    /// Writes it as a datagram to the start of `out`; its length, or nothing where there is no room.
    pub fn write(&self, out: &mut [u8]) -> Option<usize> {
        let mut report = ReceiverReport::builder(self.ssrc);
        if let Some(ssrc) = self.received.ssrc {
            const MASK_24: u32 = 0xff_ffff;
            let mut block = ReportBlock::builder(ssrc)
                .fraction_lost(self.fraction_lost)
                .cumulative_lost(self.received.lost_rtcp.cast_unsigned() & MASK_24)
                .extended_sequence_number(self.received.extended_highest)
                .interarrival_jitter(self.received.jitter_ticks);
            if let Some((ntp, ago)) = self.sender_report {
                let ago_65536 = ago.as_nanos() * 65_536 / 1_000_000_000;
                block = block
                    .last_sender_report_timestamp(ntp)
                    .delay_since_last_sender_report_timestamp(u32::try_from(ago_65536).unwrap_or(u32::MAX));
            }
            report = report.add_report_block(block);
        }
        let name = SdesItem::builder(SdesItem::CNAME, self.cname);
        let names = Sdes::builder().add_chunk(SdesChunk::builder(self.ssrc).add_item(name));
        Compound::builder().add_packet(report).add_packet(names).write_into(out).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtcp_types::{Bye, SenderReport};

    fn written(received: &Report) -> Vec<u8> {
        let own = OwnReport {
            ssrc: 7,
            received,
            fraction_lost: 26,
            sender_report: Some((0x1234_5678, Duration::from_millis(1500))),
            cname: "lineside",
        };
        let mut out = [0; RTCP_BYTES_MAX];
        let len = own.write(&mut out).unwrap();
        out[..len].to_vec()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let received = Report {
            ssrc: Some(99),
            lost_rtcp: -3,
            jitter_ticks: 17,
            extended_highest: 0x1_0005,
            ..Report::default()
        };
        let bytes = written(&received);
        assert!(crate::rtp::is_rtcp(&bytes));
        let told = read(&bytes, None).unwrap();
        let block = Block { ssrc: 99, fraction_lost: 26, lost: -3, jitter_ticks: 17 };
        assert_eq!(told, Told { ssrc: Some(7), block: Some(block), ..Told::default() });
        // RFC 3550 6.4.1: 32 bytes of the report; the last words are LSR and DLSR, 1.5 s in 1/65536 s.
        assert_eq!(bytes[24..32], [0x12, 0x34, 0x56, 0x78, 0, 1, 0x80, 0]);
        assert_eq!(read(&written(&Report::default()), None).unwrap().block, None);
    }

    #[test]
    fn the_block_about_our_stream_is_taken_and_a_sender_report_is_named() {
        let block = |ssrc| ReportBlock::builder(ssrc).cumulative_lost(ssrc).interarrival_jitter(1);
        let report = SenderReport::builder(5)
            .ntp_timestamp(0xAAAA_1234_5678_BBBB)
            .add_report_block(block(1))
            .add_report_block(block(2));
        let mut out = [0; 200];
        let bye = Bye::builder().add_source(5);
        let len = Compound::builder().add_packet(report).add_packet(bye).write_into(&mut out).unwrap();
        for (about, lost) in [(Some(2), 2), (Some(1), 1), (Some(3), 1), (None, 1)] {
            let told = read(&out[..len], about).unwrap();
            assert_eq!(told.block.unwrap().lost, lost, "{about:?}");
            assert_eq!((told.sender_report, told.bye), (Some(0x1234_5678), true));
        }
        assert_eq!(read(&out[..len - 2], None), None);
        assert_eq!(read(b"no RTCP", None), None);
    }
}
