//! One TLS connection: its handshake is listened to, its records are opened.

use super::cipher::{Handshake, Opener, Suite, key_13, keys_12, next_secret};
use super::keylog::{KeyLog, Label};

/// Longest record: 16 KiB and what ciphers add.
pub(super) const MAX_RECORD: usize = 16 * 1024 + 2048;

/// Handshake bytes kept of one side while a message of it is not whole.
const MAX_HANDSHAKE: usize = 64 * 1024;

const CHANGE_CIPHER: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION: u8 = 23;

/// The server's random number when it wants another ClientHello (RFC 8446, 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What bytes of a direction are to who looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// All that could be opened was.
    Fine,
    /// No key, no cipher that we know, or no TLS: nothing more will come of it.
    Lost,
}

/// A TLS connection.
#[derive(Default)]
pub(super) struct Session {
    client_random: Option<[u8; 32]>,
    server_random: Option<[u8; 32]>,
    suite: Option<u16>,
    /// Minor version: 1 for TLS 1.0 to 3 for TLS 1.2.
    minor: u8,
    encrypt_then_mac: bool,
    is_13: bool,
    sides: [Side; 2],
}

/// One direction; the client's is the first.
#[derive(Default)]
struct Side {
    kept: Vec<u8>,
    handshake: Vec<u8>,
    opener: Option<Opener>,
    /// TLS 1.2: the key that comes into use with ChangeCipherSpec.
    next: Option<Opener>,
    /// TLS 1.3: the secret in use, for key updates; and whether it is that of the application.
    secret: Vec<u8>,
    is_application: bool,
}

/// Whether bytes are those with which a client begins: a handshake record, in it a ClientHello.
pub(super) fn begins_session(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, 1, ..])
}

impl Session {
    /// Takes bytes of one side (0 is the client); hands opened application data to `on`.
    pub(super) fn feed(
        &mut self,
        side: usize,
        bytes: &[u8],
        keys: &KeyLog,
        mut on: impl FnMut(&[u8]),
    ) -> Opened {
        let mut kept = std::mem::take(&mut self.sides[side].kept);
        kept.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(header) = kept.get(at..at + 5).and_then(|header| header.first_chunk::<5>()) {
            let header = *header;
            let len = usize::from(u16::from_be_bytes([header[3], header[4]]));
            if len > MAX_RECORD || !matches!(header[0], CHANGE_CIPHER..=APPLICATION) {
                return Opened::Lost;
            }
            let Some(record) = kept.get_mut(at + 5..at + 5 + len) else { break };
            if self.record(side, header, record, keys, &mut on) == Opened::Lost {
                return Opened::Lost;
            }
            at += 5 + len;
        }
        kept.drain(..at);
        self.sides[side].kept = kept;
        Opened::Fine
    }

    fn record(
        &mut self,
        side: usize,
        header: [u8; 5],
        record: &mut [u8],
        keys: &KeyLog,
        on: &mut impl FnMut(&[u8]),
    ) -> Opened {
        if header[0] == CHANGE_CIPHER {
            if !self.is_13 {
                let next = self.sides[side].next.take();
                if next.is_none() {
                    return Opened::Lost;
                }
                self.sides[side].opener = next;
            }
            return Opened::Fine;
        }
        let mut opener = self.sides[side].opener.take();
        let opened = match &mut opener {
            // TLS 1.3 sends alerts in clear while no key is in use.
            Some(opener) => opener.open(header, record),
            None => Some((header[0], &*record)),
        };
        let Some((kind, content)) = opened else { return Opened::Lost };
        let content = match kind {
            APPLICATION if opener.is_some() => {
                on(content);
                None
            }
            APPLICATION => return Opened::Lost,
            HANDSHAKE => Some(content.to_vec()),
            _ => None,
        };
        self.sides[side].opener = opener;
        match content {
            Some(content) => self.handshake(side, &content, keys),
            None => Opened::Fine,
        }
    }

    fn handshake(&mut self, side: usize, content: &[u8], keys: &KeyLog) -> Opened {
        let mut all = std::mem::take(&mut self.sides[side].handshake);
        all.extend_from_slice(content);
        let mut at = 0;
        while let Some([kind, a, b, c]) =
            all.get(at..at + 4).and_then(|head| head.first_chunk::<4>()).copied()
        {
            let len = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            let Some(body) = all.get(at + 4..at + 4 + len) else { break };
            if self.message(side, kind, body, keys).is_none() {
                return Opened::Lost;
            }
            at += 4 + len;
        }
        all.drain(..at);
        if all.len() > MAX_HANDSHAKE {
            return Opened::Lost;
        }
        self.sides[side].handshake = all;
        Opened::Fine
    }

    fn message(&mut self, side: usize, kind: u8, body: &[u8], keys: &KeyLog) -> Option<()> {
        match kind {
            1 => self.client_random = Some(*body.get(2..)?.first_chunk()?),
            2 => {
                self.server_hello(body)?;
                if self.server_random == Some(RETRY) {
                    return Some(());
                }
                self.take_keys(keys)?;
            }
            // Finished: from here on the application's keys.
            20 if self.is_13 && !self.sides[side].is_application => {
                let label = if side == 0 { Label::ClientTraffic } else { Label::ServerTraffic };
                let secret = keys.secret(&self.client_random?, label)?.to_vec();
                self.use_secret(side, secret)?;
                self.sides[side].is_application = true;
            }
            // Key update.
            24 if self.is_13 => {
                let secret = next_secret(Suite::find(self.suite?)?, &self.sides[side].secret)?;
                self.use_secret(side, secret)?;
            }
            _ => {}
        }
        Some(())
    }

    fn server_hello(&mut self, body: &[u8]) -> Option<()> {
        self.minor = *body.get(1)?;
        self.server_random = Some(*body.get(2..)?.first_chunk()?);
        let id_len = usize::from(*body.get(34)?);
        let rest = body.get(35 + id_len..)?;
        self.suite = Some(u16::from_be_bytes(*rest.first_chunk()?));
        self.encrypt_then_mac = false;
        let mut extensions = rest.get(5..).unwrap_or_default();
        while let Some([a, b, c, d]) = extensions.first_chunk::<4>().copied() {
            let len = usize::from(u16::from_be_bytes([c, d]));
            let value = extensions.get(4..4 + len)?;
            // supported_versions
            if u16::from_be_bytes([a, b]) == 43 && value == [3, 4] {
                self.is_13 = true;
            }
            self.encrypt_then_mac |= u16::from_be_bytes([a, b]) == 22;
            extensions = &extensions[4 + len..];
        }
        Some(())
    }

    fn take_keys(&mut self, keys: &KeyLog) -> Option<()> {
        let (client, suite) = (self.client_random?, Suite::find(self.suite?)?);
        if self.is_13 {
            for (side, label) in [(0, Label::ClientHandshake), (1, Label::ServerHandshake)] {
                let secret = keys.secret(&client, label)?.to_vec();
                self.use_secret(side, secret)?;
            }
            return Some(());
        }
        let master = keys.secret(&client, Label::Master)?;
        let server = self.server_random?;
        let handshake =
            Handshake { client, server, minor: self.minor, encrypt_then_mac: self.encrypt_then_mac };
        let [mine, other] = keys_12(suite, master, &handshake)?;
        self.sides[0].next = Some(mine);
        self.sides[1].next = Some(other);
        Some(())
    }

    fn use_secret(&mut self, side: usize, secret: Vec<u8>) -> Option<()> {
        self.sides[side].opener = Some(key_13(Suite::find(self.suite?)?, &secret)?);
        self.sides[side].secret = secret;
        Some(())
    }
}
