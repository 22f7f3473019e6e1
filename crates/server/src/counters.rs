//! What the server counts of itself: read by tests, tools and later the metrics page.

use std::sync::atomic::{AtomicU64, Ordering};

/// Declares the counters once: the shared atomics, and a copy of them at one moment.
macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Counters that the server's thread writes and anybody reads.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: AtomicU64,)+
        }

        /// The counters at one moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
        pub struct Counted {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Counters {
            /// Reads them all.
            pub fn read(&self) -> Counted {
                Counted { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Connections now.
    sessions,
    /// Connections accepted so far.
    accepted,
    /// Connections refused because their address had too many that were not registered.
    refused,
    /// Times that no descriptor was left to accept with.
    exhausted,
    /// Sessions dropped because the peer did not read.
    slow_readers,
    /// Sessions dropped because what they sent is no SCCP.
    bad_frames,
    /// Frames received.
    frames_in,
    /// Turns of the loop.
    turns,
    /// Calls that ended.
    calls,
    /// Recordings that ended before they should: the disk was full, or could not be written.
    recordings_cut,
    /// Records that the database has.
    records_stored,
    /// Times that the database could not be used.
    store_failures,
    /// Lines of the journal that were lost because the disk took none for too long.
    records_lost,
    /// KeepAlives of phones, which the ring does not keep.
    keepalives,
    /// Copies of frames that found no room on their way to the ring.
    tape_dropped,
    /// Frames that the ring could not write.
    ring_lost,
    /// Copies of frames that found no room in the tap.
    tap_dropped,
    /// Events that found no room at their reader.
    events_dropped,
}

/// Adds one. Only the server's thread writes, so plain loads and stores do, without a locked instruction.
#[inline]
pub fn count(counter: &AtomicU64) {
    add(counter, 1);
}

/// Adds some.
#[inline]
pub fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}
