//! What systemd is told, when it is systemd that started us: ready, alive, reading the configuration, ending.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use sd_notify::NotifyState;

use crate::running::Stopper;

fn tell(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd can't be told: {error}");
    }
}

/// The thread that says that the calls' thread is alive. Dropping it ends it.
#[derive(Debug)]
pub struct Watchdog {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The server serves. Where a watchdog is wanted, it is told of every answer of the calls' thread from now on: a
/// thread that hangs is restarted.
pub fn ready(orders: Stopper) -> Option<Watchdog> {
    tell(&[NotifyState::Ready]);
    let pause = sd_notify::watchdog_enabled()? / 2;
    let ends = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&ends);
    let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || {
        while !is_over.load(Ordering::Acquire) {
            if orders.ping().is_ok() {
                tell(&[NotifyState::Watchdog]);
            }
            std::thread::park_timeout(pause);
        }
    });
    Some(Watchdog { ends, thread: thread.ok() })
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// The configuration is read again.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// It was read.
pub fn reloaded() {
    tell(&[NotifyState::Ready]);
}

/// The server ends: no new calls.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}
