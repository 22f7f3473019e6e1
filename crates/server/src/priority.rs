//! Who goes first when the processors are busy: calls and audio, then files.

/// How much a thread behind the calls gives way: it gets about a third of what a call's thread gets, so that it is
/// late but never still.
const BEHIND: i32 = 5;
/// How much the thread of the calls goes before others, where the system allows it: at 1,500 calls a second the 99th
/// percentile of a dial tone falls from about 2.0 to 1.4 ms (docs/performance.md).
const CALLS: i32 = -10;
/// Audio goes before calls: a packet that is late is heard, a lamp that is late is not.
const AUDIO: i32 = -12;

/// Puts the calling thread behind those that serve calls and audio. Without this a trace that is written, or a record
/// that is stored, may hold up a dial tone by a whole time slice (milliseconds).
pub fn behind_calls() {
    moved_by(BEHIND);
}

/// Puts the calling thread, which serves calls, before others. Needs root, `CAP_SYS_NICE` or `LimitNICE` of systemd;
/// without them it stays where it is.
pub fn of_calls() {
    moved_by(CALLS);
}

/// The same for the thread that serves audio.
pub fn of_audio() {
    moved_by(AUDIO);
}

#[cfg_attr(
    not(target_os = "linux"),
    expect(unused_variables, reason = "elsewhere a thread has no priority of its own")
)]
fn moved_by(levels: i32) {
    #[cfg(target_os = "linux")]
    // On Linux "this process" is the calling thread (setpriority(2), "C library/kernel differences").
    if let Ok(now) = rustix::process::getpriority_process(None)
        && let Err(error) = rustix::process::setpriority_process(None, (now + levels).clamp(-20, 19))
    {
        tracing::debug!("a thread keeps the priority of the process: {error}");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn here() -> i32 {
        rustix::process::getpriority_process(None).expect("a thread may ask for its own")
    }

    #[test]
    fn only_the_calling_thread_moves_and_never_the_wrong_way() {
        let before = here();
        let after = |moves: fn()| {
            let there = std::thread::spawn(move || {
                moves();
                here()
            });
            there.join().unwrap()
        };
        assert_eq!(after(behind_calls), (before + BEHIND).min(19));
        // Where the system forbids it, nothing changes.
        assert!([before, (before + CALLS).max(-20)].contains(&after(of_calls)));
        assert!([before, (before + AUDIO).max(-20)].contains(&after(of_audio)));
        assert_eq!(here(), before);
    }
}
