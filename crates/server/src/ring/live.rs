//! `serve --trace`: what phones and server say, as it happens, in the form that call managers write:
//! `StationInit: (0000001) OffHook …` from the phone, `StationD:    (0000001) StartTone …` to it. The number
//! is the connection's.

use std::io::Write;

use exchange::input::SessionId;
use skinny::catalogue;
use skinny::frame::Frame;
use skinny::text::Charset;

use crate::tap::Direction;

/// Prints lines.
pub struct LiveLines {
    out: Box<dyn Write + Send>,
    has_failed: bool,
}

impl std::fmt::Debug for LiveLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveLines").field("has_failed", &self.has_failed).finish_non_exhaustive()
    }
}

impl LiveLines {
    /// Prints to `out`.
    pub fn new(out: Box<dyn Write + Send>) -> LiveLines {
        LiveLines { out, has_failed: false }
    }

    /// Prints one frame of a peer that negotiated a version.
    pub fn line(
        &mut self,
        unix_ns: u64,
        session: SessionId,
        direction: Direction,
        frame: Frame<'_>,
        version: u8,
    ) {
        if self.has_failed {
            return;
        }
        let side = match direction {
            Direction::FromPhone => "StationInit:",
            Direction::ToPhone => "StationD:   ",
        };
        let time = jiff::Timestamp::from_nanosecond(i128::from(unix_ns)).unwrap_or_default();
        let name = catalogue::name(frame.header.id);
        let fields = trace::messages::fields(frame, version, Charset::Unknown);
        let line = format!("{} |{side} ({:07}) {name}{fields}\n", time.strftime("%F %T%.3f"), session.0);
        // Nobody reads any more (`| head`): the server goes on.
        self.has_failed = self.out.write_all(line.as_bytes()).is_err();
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) {
        if !self.has_failed {
            self.has_failed = self.out.flush().is_err();
        }
    }
}
