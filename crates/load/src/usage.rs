//! What a process has used of the machine, as the kernel counts.

use std::io;

/// Of one process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Usage {
    /// Processor time in user and kernel mode, in microseconds.
    pub cpu_us: u64,
    /// Memory in use, in KiB.
    pub rss_kib: u64,
    /// Threads.
    pub threads: u64,
}

/// The process can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("process {pid} can't be looked at: {error}; is it the server's, on this machine?")]
pub struct UsageError {
    /// The process.
    pub pid: u32,
    /// Why.
    pub error: io::Error,
}

impl Usage {
    /// Of a process.
    pub fn of(pid: u32) -> Result<Usage, UsageError> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        let text = text.map_err(|error| UsageError { pid, error })?;
        let usage =
            parse(&text).ok_or_else(|| UsageError { pid, error: io::ErrorKind::InvalidData.into() })?;
        // The times in `stat` come in steps of 10 ms, those of the threads' schedulers in nanoseconds, but
        // without threads that have ended.
        Ok(Usage { cpu_us: usage.cpu_us.max(scheduled_us(pid)), ..usage })
    }

    /// Of this process.
    pub fn own() -> Result<Usage, UsageError> {
        Usage::of(std::process::id())
    }
}

/// Processor time of all threads that live; 0 when the kernel does not say.
fn scheduled_us(pid: u32) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() / 1000
}

fn parse(stat: &str) -> Option<Usage> {
    // The name in parentheses may hold blanks and parentheses; field 3 follows the last of them.
    let (_, rest) = stat.rsplit_once(')')?;
    let field = |number: usize| rest.split_ascii_whitespace().nth(number - 3)?.parse::<u64>().ok();
    let ticks_per_second = rustix::param::clock_ticks_per_second().max(1);
    let page_kib = rustix::param::page_size() as u64 / 1024;
    Some(Usage {
        cpu_us: (field(14)? + field(15)?) * 1_000_000 / ticks_per_second,
        threads: field(20)?,
        rss_kib: field(24)? * page_kib,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::own().unwrap();
        assert!(usage.rss_kib > 100 && usage.threads >= 1, "{usage:?}");
        assert!(Usage::of(u32::MAX).unwrap_err().to_string().contains("is it the server's"));
    }

    #[test]
    fn names_may_look_like_anything() {
        let fields: Vec<String> = (4..=52).map(|number| number.to_string()).collect();
        let usage = parse(&format!("7 (a) S (b c) R {}", fields.join(" "))).unwrap();
        assert_eq!(usage.cpu_us, 29 * 1_000_000 / rustix::param::clock_ticks_per_second());
        assert_eq!(usage.threads, 20);
    }
}
