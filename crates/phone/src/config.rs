//! Who the phone is and how patient.

use crate::profile::Profile;
use std::time::Duration;

/// Longest device name in bytes (16 with its NUL).
pub const NAME_BYTES_MAX: usize = 15;

/// What makes one phone differ from another of its model.
#[derive(Debug, Clone)]
pub struct Config {
    /// Device name, such as `SEP001122334455`; cut to [`NAME_BYTES_MAX`] bytes.
    pub name: String,
    /// The model.
    pub profile: &'static Profile,
    /// How many servers the driver's list has; they are tried in order. At least 1.
    pub servers: u8,
    /// Hang up on a server that sends what a real phone of this model chokes on. Otherwise it is only noted
    /// ([`crate::Phone::offences`]).
    pub strict: bool,
    /// Send all requests of a registration at once, as some emulators do, instead of one after the other.
    pub burst: bool,
    /// Come back while a call is up, as wireless phones do, instead of waiting for its end.
    pub reconnect_in_call: bool,
    /// Ask for a token before registering, as a phone does that comes back to its primary server.
    pub token: bool,
    /// Hold a connection to the next server of the list while registered with one, and go there when this one
    /// is lost; come back to an earlier server of the list once it answers again.
    pub standby: bool,
    /// Entries that the call history holds, all lists together.
    pub history_max: u16,
    /// How long things take.
    pub timing: Timing,
}

/// How long the phone waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For an answer to a request of the registration, before it is asked once more, then skipped.
    pub answer: Duration,
    /// For RegisterAck or RegisterReject.
    pub register: Duration,
    /// Before the first attempt to connect anew; doubles up to `reconnect_max`.
    pub reconnect_first: Duration,
    /// Longest wait before an attempt.
    pub reconnect_max: Duration,
    /// How long an earlier server of the list must have answered before the phone comes back to it.
    pub fallback: Duration,
    /// After a RegisterReject.
    pub rejected: Duration,
    /// A reboot (Reset).
    pub boot: Duration,
    /// A restart (Restart, ApplyConfig).
    pub restart: Duration,
    /// Between two digits that [`crate::Act::Dial`] presses; zero: at once.
    pub digit_gap: Duration,
    /// For the driver's counters, before ConnectionStatisticsRes goes out with zeros.
    pub statistics: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            answer: Duration::from_secs(3),
            register: Duration::from_secs(10),
            reconnect_first: Duration::from_secs(1),
            reconnect_max: Duration::from_secs(60),
            fallback: Duration::from_secs(120),
            rejected: Duration::from_secs(20),
            boot: Duration::from_secs(5),
            restart: Duration::from_secs(1),
            digit_gap: Duration::ZERO,
            statistics: Duration::from_millis(500),
        }
    }
}

impl Config {
    /// A phone of a model with usual manners.
    pub fn new(name: &str, profile: &'static Profile) -> Self {
        Config {
            name: name.to_owned(),
            profile,
            servers: 1,
            strict: false,
            burst: false,
            reconnect_in_call: false,
            token: false,
            standby: false,
            history_max: 32,
            timing: Timing::default(),
        }
    }

    /// The hardware address that the name ends with (`SEP001122334455`); otherwise one made of its letters.
    pub fn mac(&self) -> [u8; 6] {
        let bytes = self.name.as_bytes();
        let digits = bytes.len().checked_sub(12).and_then(|from| self.name.get(from..));
        let read = digits.and_then(|digits| {
            let mut mac = [0; 6];
            for (n, byte) in mac.iter_mut().enumerate() {
                *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
            }
            Some(mac)
        });
        read.unwrap_or_else(|| {
            let mut mac = [2, 0, 0, 0, 0, 0];
            bytes.iter().enumerate().for_each(|(n, byte)| mac[1 + n % 5] ^= byte.rotate_left(n as u32 / 5));
            mac
        })
    }
}
