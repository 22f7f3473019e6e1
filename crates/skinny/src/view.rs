//! The field view: a frame's fields with names, offsets and values, walked straight over the bytes.
//!
//! Traces, JSON, the `decode` command and the web page are sinks of this one walk.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};

use crate::codes::{Bits, Codes};
use crate::text::{Charset, Text};

/// Receives the fields of a message in wire order. Absent fields are never reported.
pub trait Sink {
    /// A field without parts: `len` bytes at offset `at` of the body.
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, value: Value<'_>);
    /// A struct begins; its parts follow, then [`Sink::end`].
    fn begin(&mut self, name: &'static str);
    /// A table of structs or values begins; `entry` comes before each entry, then [`Sink::end`].
    fn begin_table(&mut self, name: &'static str);
    /// An entry of a table whose entries are structs begins; its parts follow, then [`Sink::end`].
    fn begin_entry(&mut self, index: usize);
    /// How text outside ASCII is encoded.
    fn charset(&self) -> Charset {
        Charset::Unknown
    }
    /// The innermost struct, table or entry ends.
    fn end(&mut self);
}

/// A field's value as found on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Value<'v> {
    /// A number.
    Unsigned(u64),
    /// A number that can be negative.
    Signed(i64),
    /// A number that identifies something and reads best as hex (references, party ids, masks).
    Hex(u32),
    /// A value of an enumeration.
    Code(u32, &'static Codes),
    /// A set of flags.
    Bits(u32, &'static Bits),
    /// Text in the phone's encoding, label codes included.
    Text(Text<'v>),
    /// An IP address.
    Ip(IpAddr),
    /// A hardware address of a registration: six bytes raw or twelve as ASCII hex, as the model does it.
    Mac(&'v [u8; 12]),
    /// Bytes whose meaning is not known or that are no text.
    Bytes(&'v [u8]),
}

impl Value<'_> {
    /// Whether there is nothing to see: an empty text, no bytes.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            Value::Bytes(bytes) => bytes.is_empty(),
            _ => false,
        }
    }
}

/// For people: `5 (Connected)` is written `Connected`, an unknown code as `0x2a`.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unsigned(value) => write!(f, "{value}"),
            Value::Signed(value) => write!(f, "{value}"),
            Value::Hex(value) => write!(f, "{value:#x}"),
            Value::Code(value, codes) => match codes.name(*value) {
                Some(name) => f.write_str(name),
                None => write!(f, "{value:#x}"),
            },
            Value::Bits(value, bits) => bits.write(f, *value),
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Ip(address) => write!(f, "{address}"),
            Value::Mac(bytes) => write_mac(f, bytes),
            Value::Bytes(bytes) => write_hex(f, bytes),
        }
    }
}

/// Writes bytes as lower-case hex without separators.
pub fn write_hex(out: &mut dyn fmt::Write, bytes: &[u8]) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.write_char(DIGITS[usize::from(byte >> 4)] as char)?;
        out.write_char(DIGITS[usize::from(byte & 15)] as char)?;
    }
    Ok(())
}

/// Three forms that read back to the same bytes: `00:11:22:33:44:55` (six bytes, six zeros),
/// `001122334455` (twelve ASCII digits), 24 hex digits (anything else).
fn write_mac(f: &mut fmt::Formatter<'_>, bytes: &[u8; 12]) -> fmt::Result {
    if bytes[6..] == [0; 6] {
        for (n, byte) in bytes[..6].iter().enumerate() {
            let colon = if n == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        return Ok(());
    }
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        return bytes.iter().try_for_each(|digit| f.write_char(*digit as char));
    }
    write_hex(f, bytes)
}

/// The raw IPv4 address in network order, as the protocol writes it everywhere.
pub fn ipv4(bytes: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(bytes))
}

/// A sink that lists fields by dotted path (`sid.device_name`, `caps[0].payload_capability`).
#[derive(Debug, Default)]
pub struct Listing {
    path: Vec<Step>,
    /// How text outside ASCII is encoded.
    pub charset: Charset,
    /// The fields in wire order.
    pub fields: Vec<Listed>,
}

/// Where in the nesting the walk is.
#[derive(Debug)]
enum Step {
    Struct(&'static str),
    Table(&'static str, usize),
    Entry(usize),
}

/// A field of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Dotted path.
    pub path: String,
    /// Offset in the body.
    pub at: usize,
    /// Bytes on the wire.
    pub len: usize,
    /// The value for people.
    pub shown: String,
    /// The number behind it, where it is one.
    pub number: Option<i64>,
}

impl Listing {
    fn full_path(&mut self, name: &str) -> String {
        let mut path = String::new();
        let depth = self.path.len();
        for (level, step) in self.path.iter_mut().enumerate() {
            match step {
                Step::Struct(part) => path.extend([*part, "."]),
                Step::Table(part, next) if level + 1 == depth => {
                    path.push_str(&format!("{part}[{next}]"));
                    *next += 1;
                }
                Step::Table(part, _) => path.push_str(part),
                Step::Entry(index) => path.push_str(&format!("[{index}].")),
            }
        }
        path.push_str(name);
        path
    }
}

impl Sink for Listing {
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, value: Value<'_>) {
        let number = match value {
            Value::Unsigned(n) => i64::try_from(n).ok(),
            Value::Signed(n) => Some(n),
            Value::Hex(n) | Value::Code(n, _) | Value::Bits(n, _) => Some(i64::from(n)),
            _ => None,
        };
        let shown = value.to_string();
        let path = self.full_path(name);
        self.fields.push(Listed { path, at, len, shown, number });
    }
    fn begin(&mut self, name: &'static str) {
        self.path.push(Step::Struct(name));
    }
    fn begin_table(&mut self, name: &'static str) {
        self.path.push(Step::Table(name, 0));
    }
    fn begin_entry(&mut self, index: usize) {
        self.path.push(Step::Entry(index));
    }
    fn charset(&self) -> Charset {
        self.charset
    }
    fn end(&mut self) {
        self.path.pop();
    }
}
