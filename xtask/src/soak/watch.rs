//! What a process holds open: descriptors, and which of them are UDP sockets.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How long a server may take to let go of what ended calls had open.
const SETTLE_WAIT: Duration = Duration::from_secs(30);

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Descriptors of all kinds.
    pub descriptors: usize,
    /// UDP sockets.
    pub udp: usize,
}

impl Held {
    /// By a process now.
    pub fn by(pid: u32) -> Result<Held> {
        let process = Path::new("/proc").join(pid.to_string());
        let entries = std::fs::read_dir(process.join("fd")).context("what the server has open")?;
        let targets: Vec<_> =
            entries.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect();
        let udp = udp_inodes(&process);
        let is_udp = |target: &&std::path::PathBuf| {
            let inode = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
            inode.is_some_and(|inode| udp.contains(inode))
        };
        Ok(Held { descriptors: targets.len(), udp: targets.iter().filter(is_udp).count() })
    }

    /// By a process, once it has no more than `least`; what it has by then where it does not get there.
    pub fn settled(pid: u32, least: Held) -> Result<Held> {
        let since = Instant::now();
        loop {
            let held = Held::by(pid)?;
            let is_settled = held.descriptors <= least.descriptors && held.udp <= least.udp;
            if is_settled || since.elapsed() > SETTLE_WAIT {
                return Ok(held);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} descriptors, of which {} UDP sockets", self.descriptors, self.udp)
    }
}

/// Of all UDP sockets in the network that the process sees.
fn udp_inodes(process: &Path) -> BTreeSet<String> {
    const INODE: usize = 9;
    let tables =
        ["net/udp", "net/udp6"].map(|name| std::fs::read_to_string(process.join(name)).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines.filter_map(|line| line.split_ascii_whitespace().nth(INODE)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_is_opened_is_seen() {
        let before = Held::by(std::process::id()).unwrap();
        let sockets: Vec<_> = (0..8).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let held = Held::by(std::process::id()).unwrap();
        assert!(held.udp >= before.udp + sockets.len(), "{before:?} {held:?}");
        assert!(held.descriptors >= held.udp);
    }
}
