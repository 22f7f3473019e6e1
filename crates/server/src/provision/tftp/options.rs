//! What is agreed on with a client before a transfer.

use std::time::Duration;

use super::packet::Request;

/// Block that is sent when nothing else is agreed on.
const BLOCK_DEFAULT: u16 = 512;
/// Largest block: what fits a frame of Ethernet, so that nothing is cut to pieces on the way.
pub const BLOCK_MAX: u16 = 1468;
const BLOCK_MIN: u16 = 8;
/// Blocks on their way at once. More than a phone's buffer holds is lost.
pub const WINDOW_MAX: u16 = 16;
/// Bounds of the time that a client may ask for before a block is sent again.
const TIMEOUT_SECS: std::ops::RangeInclusive<u64> = 1..=30;
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(1);

/// What is agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Bytes of a block.
    pub block: usize,
    /// Blocks until an acknowledgement.
    pub window: u16,
    /// When a block is sent again, at first.
    pub timeout: Duration,
    /// What goes back to the client; empty: it asked for nothing.
    pub answer: Vec<(&'static str, u64)>,
}

/// Agrees with a request for a file of so many bytes. What can't be read is ignored, as RFC 2347 wants.
pub fn agree(request: &Request<'_>, len: u64) -> Agreed {
    let mut agreed =
        Agreed { block: BLOCK_DEFAULT.into(), window: 1, timeout: TIMEOUT_DEFAULT, answer: Vec::new() };
    for (name, value) in &request.options {
        let Some(value) = number(value) else { continue };
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let is_new = |agreed: &Agreed, known| agreed.answer.iter().all(|(name, _)| *name != known);
        if is("blksize") && value >= BLOCK_MIN.into() && is_new(&agreed, "blksize") {
            let block = value.min(BLOCK_MAX.into());
            agreed.block = usize::try_from(block).unwrap_or(BLOCK_DEFAULT.into());
            agreed.answer.push(("blksize", block));
        } else if is("windowsize") && value >= 1 && is_new(&agreed, "windowsize") {
            let window = value.min(WINDOW_MAX.into());
            agreed.window = u16::try_from(window).unwrap_or(1);
            agreed.answer.push(("windowsize", window));
        } else if is("timeout") && TIMEOUT_SECS.contains(&value) && is_new(&agreed, "timeout") {
            agreed.timeout = Duration::from_secs(value);
            agreed.answer.push(("timeout", value));
        } else if is("tsize") && is_new(&agreed, "tsize") {
            agreed.answer.push(("tsize", len));
        }
    }
    agreed
}

fn number(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(options: &[(&str, &str)]) -> Agreed {
        let options = options.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        agree(&Request { name: b"x", is_netascii: false, options }, 1000)
    }

    #[test]
    fn options_are_taken_within_our_limits() {
        let all = agreed(&[("blksize", "65464"), ("TSIZE", "0"), ("timeout", "5"), ("windowsize", "64")]);
        assert_eq!((all.block, all.window, all.timeout), (1468, 16, Duration::from_secs(5)));
        assert_eq!(all.answer, [("blksize", 1468), ("tsize", 1000), ("timeout", 5), ("windowsize", 16)]);
    }

    #[test]
    fn what_makes_no_sense_is_not_agreed_on() {
        let none = [
            ("blksize", "7"),
            ("blksize", "-1"),
            ("blksize", "99999999999999999999"),
            ("timeout", "0"),
            ("timeout", "256"),
            ("windowsize", "0"),
            ("multicast", "1"),
            ("tsize", "x"),
        ];
        let agreed = agreed(&none);
        assert_eq!((agreed.block, agreed.window), (512, 1));
        assert!(agreed.answer.is_empty());
        assert_eq!(super::tests::agreed(&[("blksize", "16"), ("blksize", "32")]).answer, [("blksize", 16)]);
    }
}
