//! Secrets of TLS sessions, as browsers and servers log them (`SSLKEYLOGFILE`, NSS key log format).

use std::collections::BTreeMap;

/// Secrets that are kept; those of further sessions are not taken.
pub const MAX_SECRETS: usize = 1_000_000;

/// Longest secret: 48 bytes of TLS 1.2, a hash of TLS 1.3.
const MAX_SECRET: usize = 64;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// The master secret of TLS 1.2 and before.
    Master,
    /// TLS 1.3: the client's handshake.
    ClientHandshake,
    /// TLS 1.3: the server's handshake.
    ServerHandshake,
    /// TLS 1.3: what the client sends.
    ClientTraffic,
    /// TLS 1.3: what the server sends.
    ServerTraffic,
}

/// Secrets by the random number with which their session's client began.
#[derive(Clone, Default)]
pub struct KeyLog(BTreeMap<([u8; 32], Label), Vec<u8>>);

impl std::fmt::Debug for KeyLog {
    /// Shows nothing of the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyLog({} secrets)", self.0.len())
    }
}

impl KeyLog {
    /// Takes the secrets of a text; lines that are none are passed over. Says how many were taken.
    pub fn add(&mut self, text: &[u8]) -> usize {
        text.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| self.add_line(line).is_some()).count()
    }

    fn add_line(&mut self, line: &[u8]) -> Option<()> {
        let mut parts = line.split(|byte| *byte == b' ').filter(|part| !part.is_empty());
        let label = match parts.next()? {
            b"CLIENT_RANDOM" => Label::Master,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Label::ClientHandshake,
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Label::ServerHandshake,
            b"CLIENT_TRAFFIC_SECRET_0" => Label::ClientTraffic,
            b"SERVER_TRAFFIC_SECRET_0" => Label::ServerTraffic,
            _ => return None,
        };
        let random = unhex(parts.next()?)?.try_into().ok()?;
        let secret = unhex(parts.next()?)?;
        if self.0.len() >= MAX_SECRETS || secret.is_empty() {
            return None;
        }
        self.0.insert((random, label), secret);
        Some(())
    }

    /// A session's secret.
    pub fn secret(&self, client_random: &[u8; 32], label: Label) -> Option<&[u8]> {
        self.0.get(&(*client_random, label)).map(Vec::as_slice)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() > 2 * MAX_SECRET {
        return None;
    }
    skinny::json::unhex(std::str::from_utf8(digits).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_secrets_are_taken() {
        let random = "ab".repeat(32);
        let text = format!(
            "# a comment\nCLIENT_RANDOM {random} {}\r\nCLIENT_RANDOM {random} xyz\nOTHER 1 2\n\u{fffd}",
            "cd".repeat(48)
        );
        let mut keys = KeyLog::default();
        assert_eq!(keys.add(text.as_bytes()), 1);
        assert_eq!(keys.secret(&[0xab; 32], Label::Master), Some(&[0xcd; 48][..]));
        assert_eq!(keys.secret(&[0xab; 32], Label::ClientTraffic), None);
        assert_eq!(format!("{keys:?}"), "KeyLog(1 secrets)");
    }
}
