//! Packets of TFTP: RFC 1350, options of RFC 2347 to 2349 and 7440.

/// Bytes of a request; RFC 2347 allows 512.
pub const REQUEST_MAX: usize = 512;
/// Options of one request that are looked at.
const OPTIONS_MAX: usize = 16;

const RRQ: u16 = 1;
const WRQ: u16 = 2;
const DATA: u16 = 3;
const ACK: u16 = 4;
const ERROR: u16 = 5;
const OACK: u16 = 6;

/// Codes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Code {
    /// See its text.
    Other = 0,
    /// File not found.
    NotFound = 1,
    /// Access violation.
    Access = 2,
    /// Illegal operation.
    Illegal = 4,
}

/// A request to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'p> {
    /// The name, as it came.
    pub name: &'p [u8],
    /// Whether ends of lines are to be turned into those of a terminal.
    pub is_netascii: bool,
    /// Options, in their order.
    pub options: Vec<(&'p [u8], &'p [u8])>,
}

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'p> {
    /// It wants a file.
    Read(Request<'p>),
    /// It wants to leave one here.
    Write,
    /// It has everything up to this block, whose number goes round after 65535.
    Ack(u16),
    /// It gives up.
    Error(&'p [u8]),
    /// Anything else.
    Unknown,
}

/// Reads a packet.
pub fn read(bytes: &[u8]) -> Packet<'_> {
    let Some((code, rest)) = bytes.split_first_chunk::<2>() else { return Packet::Unknown };
    match u16::from_be_bytes(*code) {
        RRQ => request(rest).map_or(Packet::Unknown, Packet::Read),
        WRQ => Packet::Write,
        ACK => {
            rest.first_chunk::<2>().map_or(Packet::Unknown, |block| Packet::Ack(u16::from_be_bytes(*block)))
        }
        ERROR => {
            let text = rest.get(2..).unwrap_or_default();
            Packet::Error(text.split(|byte| *byte == 0).next().unwrap_or_default())
        }
        _ => Packet::Unknown,
    }
}

/// Name, mode and options, each with its NUL; the last one's is forgiven.
fn request(bytes: &[u8]) -> Option<Request<'_>> {
    if bytes.len() > REQUEST_MAX {
        return None;
    }
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let mut texts = bytes.split(|byte| *byte == 0);
    let name = texts.next()?;
    let mode = texts.next()?;
    let is_netascii = mode.eq_ignore_ascii_case(b"netascii");
    if !is_netascii && !mode.eq_ignore_ascii_case(b"octet") {
        return None;
    }
    let mut options = Vec::new();
    while let (Some(option), Some(value)) = (texts.next(), texts.next()) {
        if options.len() < OPTIONS_MAX {
            options.push((option, value));
        }
    }
    Some(Request { name, is_netascii, options })
}

/// A block of a file.
pub fn data(block: u16, content: &[u8], into: &mut Vec<u8>) {
    into.clear();
    into.extend_from_slice(&DATA.to_be_bytes());
    into.extend_from_slice(&block.to_be_bytes());
    into.extend_from_slice(content);
}

/// An error.
pub fn error(code: Code, text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5 + text.len());
    bytes.extend_from_slice(&ERROR.to_be_bytes());
    bytes.extend_from_slice(&(code as u16).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// Options that are accepted.
pub fn oack(options: &[(&str, u64)]) -> Vec<u8> {
    let mut bytes = OACK.to_be_bytes().to_vec();
    for (name, value) in options {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.to_string().as_bytes());
        bytes.push(0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_with_and_without_options() {
        let bytes = b"\0\x01SEP.xml\0OCTET\0tsize\x000\0BLKSIZE\x001428\0";
        let Packet::Read(request) = read(bytes) else { panic!("a request") };
        assert_eq!((request.name, request.is_netascii), (&b"SEP.xml"[..], false));
        assert_eq!(request.options, [(&b"tsize"[..], &b"0"[..]), (b"BLKSIZE", b"1428")]);
        assert!(matches!(read(b"\0\x01a\0netascii\0"), Packet::Read(Request { is_netascii: true, .. })));
        assert!(matches!(read(b"\0\x01a\0octet"), Packet::Read(_)), "the last NUL is forgiven");
    }

    #[test]
    fn what_is_no_request_is_unknown() {
        let long = [&b"\0\x01"[..], &[b'a'; REQUEST_MAX], b"\0octet\0"].concat();
        for bytes in
            [&b""[..], b"\0", b"\0\x01", b"\0\x01a", b"\0\x01a\0mail\0", b"\0\x03\0\x01x", b"\0\x04\0", &long]
        {
            assert_eq!(read(bytes), Packet::Unknown, "{bytes:?}");
        }
        assert_eq!(read(b"\0\x04\x01\x02"), Packet::Ack(0x102));
        assert_eq!(read(b"\0\x05\0\x01gone\0more"), Packet::Error(b"gone"));
        assert_eq!(read(b"\0\x05"), Packet::Error(b""));
    }
}
