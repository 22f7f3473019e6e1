//! Putting messages into the write queue, in the form that the model has.

use skinny::codes::HeaderVersion;
use skinny::frame::{HEADER_LEN, Header};
use skinny::message::{Body, Message, Numbered};
use skinny::packet::compose;

use crate::input::Refused;
use crate::phone::Phone;

/// Largest body that is cut or padded.
const CUT_BYTES_MAX: usize = 1024;

impl Phone {
    /// The header's version word.
    fn header_version(&self) -> u32 {
        let negotiated = u32::from(self.link.version);
        let speaks = self.config.profile.header_version && negotiated >= HeaderVersion::PROTOCOL_10.0;
        if speaks { negotiated } else { 0 }
    }

    /// The version whose layouts are sent.
    fn layout(&self) -> u8 {
        if self.link.version == 0 { self.config.profile.version } else { self.link.version }
    }

    /// Sends the full form.
    pub(crate) fn send<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        if !self.link.is_open {
            return;
        }
        let (layout, header) = (self.layout(), self.header_version());
        let sent = self.link.outbound.send(message, layout, header);
        self.count_sent(sent.is_ok());
    }

    /// Sends the full form under header version 0: what belongs to no negotiated session.
    pub(crate) fn send_basic<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        if !self.link.is_open {
            return;
        }
        let layout = self.layout();
        let sent = self.link.outbound.send(message, layout, 0);
        self.count_sent(sent.is_ok());
    }

    /// Sends a body of exactly so many bytes: cut as old models have it, or filled up with zeros.
    pub(crate) fn send_cut<'a, M: Body<'a> + Numbered>(&mut self, message: &M, body_bytes: usize) {
        let header_version = self.header_version();
        self.send_cut_under(message, body_bytes, header_version);
    }

    pub(crate) fn send_cut_under<'a, M: Body<'a> + Numbered>(
        &mut self,
        message: &M,
        body_bytes: usize,
        header_version: u32,
    ) {
        if !self.link.is_open {
            return;
        }
        let mut frame = [0; HEADER_LEN + CUT_BYTES_MAX];
        if compose(message, self.layout(), 0, &mut frame).is_err() {
            return;
        }
        let len = HEADER_LEN + body_bytes.min(CUT_BYTES_MAX);
        let header = Header { length: (len - HEADER_LEN) as u32 + 4, version: header_version, id: M::ID };
        frame[..HEADER_LEN].copy_from_slice(&header.bytes());
        let sent = self.link.outbound.send_bytes(&frame[..len]);
        self.count_sent(sent.is_ok());
    }

    fn count_sent(&mut self, fitted: bool) {
        if fitted {
            self.counts.sent += 1;
        } else {
            self.server_stuck();
        }
    }

    /// Sends any message, whatever the phone's state: to break the rules.
    pub fn send_message(&mut self, message: &Message<'_>) -> Result<(), Refused> {
        if !self.link.is_open {
            return Err(Refused::NotRegistered);
        }
        let (layout, header) = (self.layout(), self.header_version());
        self.link.outbound.send_any(message, layout, header).map_err(|_| Refused::ServerStuck)?;
        self.counts.sent += 1;
        Ok(())
    }

    /// Sends keepalives, as phones do, or none: to break the rules.
    pub fn set_keepalives(&mut self, on: bool) {
        self.is_mute = !on;
    }

    /// Sends any bytes, whatever the phone's state: to break the rules.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        if !self.link.is_open {
            return Err(Refused::NotRegistered);
        }
        self.link.outbound.send_bytes(bytes).map_err(|_| Refused::ServerStuck)
    }
}
