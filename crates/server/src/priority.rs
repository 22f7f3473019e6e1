//! Who goes first when the processors are busy: calls and audio, then files.

/// How much a thread behind the calls gives way: it gets about a third of what a call's thread gets, so that it is
/// late but never still.
const BEHIND: i32 = 5;

/// Puts the calling thread behind those that serve calls and audio. Without this a trace that is written, or a record
/// that is stored, may hold up a dial tone by a whole time slice (milliseconds).
pub fn behind_calls() {
    #[cfg(target_os = "linux")]
    // On Linux "this process" is the calling thread (setpriority(2), "C library/kernel differences").
    if let Ok(now) = rustix::process::getpriority_process(None)
        && let Err(error) = rustix::process::setpriority_process(None, (now + BEHIND).min(19))
    {
        tracing::debug!("a thread that writes files has the priority of calls: {error}");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_calling_thread_gives_way() {
        let here = rustix::process::getpriority_process(None).unwrap();
        let there = std::thread::spawn(|| {
            behind_calls();
            rustix::process::getpriority_process(None).unwrap()
        });
        assert_eq!(there.join().unwrap(), (here + BEHIND).min(19));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), here);
    }
}
