//! Bursts and gaps of loss (RFC 3611 4.7.2, A.2) and the burst ratio of ITU-T G.107.

/// So many packets in a row must arrive to end a burst (RFC 3611 4.7.2, Gmin).
pub const GAP_PACKETS_MIN: u64 = 16;

/// How losses lie in a stream. A burst begins and ends with a loss and holds no [`GAP_PACKETS_MIN`] packets in a
/// row that arrived; a lone loss is no burst.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BurstGap {
    /// Bursts of two losses or more.
    pub bursts: u64,
    /// Packets that were expected within bursts.
    pub burst_packets: u64,
    /// Packets lost within bursts.
    pub burst_lost: u64,
    /// Packets expected altogether.
    pub packets: u64,
    /// Packets lost altogether.
    pub lost: u64,
    /// Losses in a row count as one run.
    pub runs: u64,
    /// Longest run of losses, in packets.
    pub run_max: u64,
    run: u64,
    open: Option<Open>,
}

/// A burst that may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    packets: u64,
    lost: u64,
    since_loss: u64,
}

impl BurstGap {
    /// The fate of the next packet in sequence.
    pub(super) fn push(&mut self, lost: bool) {
        self.packets += 1;
        if lost { self.push_lost() } else { self.push_received() }
    }

    fn push_lost(&mut self) {
        self.lost += 1;
        self.runs += u64::from(self.run == 0);
        self.run += 1;
        self.run_max = self.run_max.max(self.run);
        let Some(open) = &mut self.open else {
            self.open = Some(Open { packets: 1, lost: 1, since_loss: 0 });
            return;
        };
        let more = open.since_loss + 1;
        open.packets += more;
        open.lost += 1;
        open.since_loss = 0;
        let first = open.lost == 2;
        self.bursts += u64::from(first);
        self.burst_packets += if first { open.packets } else { more };
        self.burst_lost += if first { 2 } else { 1 };
    }

    fn push_received(&mut self) {
        self.run = 0;
        if let Some(open) = &mut self.open {
            open.since_loss += 1;
            if open.since_loss >= GAP_PACKETS_MIN {
                self.open = None;
            }
        }
    }

    /// Adds the counts of another run of the stream.
    pub(super) fn add(&mut self, other: &Self) {
        self.bursts += other.bursts;
        self.burst_packets += other.burst_packets;
        self.burst_lost += other.burst_lost;
        self.packets += other.packets;
        self.lost += other.lost;
        self.runs += other.runs;
        self.run_max = self.run_max.max(other.run_max);
    }

    /// Share of packets lost within bursts, 0 to 1 (RFC 3611 4.7.2, burst density).
    pub fn burst_density(&self) -> f64 {
        ratio(self.burst_lost, self.burst_packets)
    }

    /// Share of packets lost outside bursts, 0 to 1 (RFC 3611 4.7.2, gap density).
    pub fn gap_density(&self) -> f64 {
        ratio(self.lost - self.burst_lost, self.packets - self.burst_packets)
    }

    /// Mean length of a burst, in packets.
    pub fn burst_packets_mean(&self) -> f64 {
        ratio(self.burst_packets, self.bursts)
    }

    /// Mean run of losses over the one that random loss of the same share would have: 1 for random loss, more
    /// for bursts (ITU-T G.107 7.4, BurstR).
    pub fn burst_ratio(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        (ratio(self.lost, self.runs) * (1.0 - ratio(self.lost, self.packets))).max(1.0)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> BurstGap {
        let mut bursts = BurstGap::default();
        pattern.chars().for_each(|fate| bursts.push(fate == 'x'));
        bursts
    }

    #[test]
    fn a_lone_loss_is_no_burst() {
        let lone = of(&format!("{0}x{0}x{0}", ".".repeat(16)));
        assert_eq!((lone.bursts, lone.lost, lone.runs), (0, 2, 2));
        assert_eq!(lone.gap_density(), 2.0 / 50.0);
        assert_eq!(lone.burst_ratio(), 1.0);
    }

    #[test]
    fn a_burst_ends_with_its_last_loss() {
        let burst = of(&format!("{0}xx.x{0}", ".".repeat(20)));
        assert_eq!((burst.bursts, burst.burst_packets, burst.burst_lost), (1, 4, 3));
        assert_eq!((burst.run_max, burst.burst_density(), burst.gap_density()), (2, 0.75, 0.0));
        assert!(burst.burst_ratio() > 1.3);
    }
}
