//! Under load, packets are left to gather for a moment before they are taken together.
//!
//! Each time that the thread goes to sleep and is woken costs as much as a fourth of relaying a packet. With a packet
//! every few microseconds it would sleep and wake for nearly each of them. So where that many come, it waits a little
//! after each round: less than anybody hears, and less than the kernel takes to wake it on a busy machine.

use std::time::Duration;

/// How long packets gather.
pub(super) const GATHER: Duration = Duration::from_micros(20);
/// How long packets are counted, to know how many come.
const WINDOW: Duration = Duration::from_millis(10);
/// From so many packets in a [`WINDOW`] on they gather: 40,000 a second, 400 relayed calls.
const BUSY_PACKETS: u32 = 400;
/// A round of so many has gathered them already.
const ENOUGH_PACKETS: u32 = 8;

/// How many packets come.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window_ends: Duration,
    packets: u32,
    is_busy: bool,
}

impl Pace {
    /// A round has taken so many packets; how long to wait before the next.
    pub fn after(&mut self, now: Duration, packets: u32) -> Option<Duration> {
        if now >= self.window_ends {
            // A window that ended long ago says nothing of now.
            let is_recent = now < self.window_ends.saturating_add(WINDOW);
            self.is_busy = is_recent && self.packets >= BUSY_PACKETS;
            self.packets = 0;
            self.window_ends = now.saturating_add(WINDOW);
        }
        self.packets = self.packets.saturating_add(packets);
        (self.is_busy && packets < ENOUGH_PACKETS).then_some(GATHER)
    }
}

/// Lets the calling thread sleep as shortly as it asks to: Linux adds 50 µs unless it is told not to.
#[cfg(target_os = "linux")]
pub(super) fn wake_in_time() {
    let least = std::num::NonZeroU64::MIN;
    if let Err(error) = rustix::thread::set_current_timer_slack(Some(least)) {
        tracing::debug!("audio gathers for longer than it need: {error}");
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn wake_in_time() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of so many packets every so often for 50 ms; how many of them were followed by a pause.
    fn pauses(every_us: u64, packets: u32) -> usize {
        let mut pace = Pace::default();
        let rounds = 50_000 / every_us;
        let at = |round| Duration::from_micros(round * every_us);
        (0..rounds).filter(|round| pace.after(at(*round), packets).is_some()).count()
    }

    #[test]
    fn few_packets_never_wait_and_many_do() {
        assert_eq!(pauses(100, 1), 0, "10,000 a second");
        assert_eq!(pauses(10, 1), 4000, "100,000 a second: all but those of the first window");
        assert_eq!(pauses(1000, ENOUGH_PACKETS), 0, "they have gathered already");
    }

    #[test]
    fn after_a_pause_in_the_traffic_nobody_waits() {
        let mut pace = Pace::default();
        let waits = (0..3000).filter(|round| pace.after(Duration::from_micros(10 * round), 1).is_some());
        assert_eq!(waits.count(), 2000);
        assert!(pace.after(Duration::from_micros(30_005), 1).is_some());
        assert_eq!(pace.after(Duration::from_secs(5), 1), None);
    }
}
