//! Our side: the fields of a frame as the field view reports them.

use skinny::codes::{Bits, Codes, IpAddrType};
use skinny::view::{Listing, Sink, Value};
use skinny::{Frame, Header};

/// A field as we read it.
#[derive(Debug, Clone)]
pub struct Ours {
    /// Dotted path.
    pub path: String,
    /// Offset in the body.
    pub at: usize,
    /// Bytes.
    pub len: usize,
    /// What is there.
    pub value: Found,
}

/// A field's value, owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Number(i64),
    Code(u32, &'static Codes),
    Flags(u32, &'static Bits),
    Text(Vec<u8>),
    Ip(std::net::IpAddr),
    Bytes,
}

impl Ours {
    /// The last name of the path, without the place in a table.
    pub fn name(&self) -> &str {
        let last = self.path.rsplit('.').next().unwrap_or_default();
        last.split('[').next().unwrap_or_default()
    }

    /// The path without places in tables.
    pub fn plain_path(&self) -> String {
        let parts = self.path.split('.').map(|part| part.split('[').next().unwrap_or_default());
        parts.collect::<Vec<_>>().join(".")
    }

    /// The number behind it, where it is one.
    pub fn number(&self) -> Option<i64> {
        match self.value {
            Found::Number(number) => Some(number),
            Found::Code(number, _) | Found::Flags(number, _) => Some(i64::from(number)),
            _ => None,
        }
    }
}

/// The header of a frame around `body`.
pub fn header(id: u32, version: u32, body: &[u8]) -> Header {
    Header { length: body.len() as u32 + 4, version, id }
}

/// The fields of a frame. A typed address counts as two: its kind, and the address of that kind, which
/// the filler behind an IPv4 address does not belong to.
pub fn of(frame: Frame<'_>) -> Vec<Ours> {
    let mut walk = Walk::default();
    skinny::packet::view(frame, 0, &mut walk);
    let mut fields = Vec::new();
    for (listed, value) in walk.listing.fields.into_iter().zip(walk.values) {
        let field = Ours { path: listed.path, at: listed.at, len: listed.len, value };
        if matches!(field.value, Found::Ip(_)) && field.len == 20 {
            let kind = word(frame.body, field.at);
            let (at, path) = (field.at, format!("{}.kind", field.path));
            fields.push(Ours { path, at, len: 4, value: Found::Code(kind, IpAddrType::CODES) });
            fields.extend(address(kind, field.path, field.at + 4, frame.body));
        } else if let Some(path) = field.path.strip_suffix(".bytes") {
            let kind = word(frame.body, field.at - 4);
            fields.extend(address(kind, path.to_owned(), field.at, frame.body));
        } else {
            fields.push(field);
        }
    }
    fields
}

fn word(body: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*body[at..].first_chunk().expect("the kind of an address"))
}

/// The sixteen bytes behind a kind word as that kind says; nothing when it says nothing known.
fn address(kind: u32, path: String, at: usize, body: &[u8]) -> Option<Ours> {
    let bytes: [u8; 16] = *body[at..].first_chunk().expect("an address");
    let [a, b, c, d, ..] = bytes;
    match IpAddrType(kind) {
        IpAddrType::V4 => Some(Ours { path, at, len: 4, value: Found::Ip([a, b, c, d].into()) }),
        IpAddrType::V6 | IpAddrType::V4_V6 => {
            Some(Ours { path, at, len: 16, value: Found::Ip(bytes.into()) })
        }
        _ => None,
    }
}

/// A [`Listing`] that keeps the values as well.
#[derive(Default)]
struct Walk {
    listing: Listing,
    values: Vec<Found>,
}

impl Sink for Walk {
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, value: Value<'_>) {
        self.listing.leaf(name, at, len, value);
        self.values.push(match value {
            Value::Unsigned(number) => Found::Number(number as i64),
            Value::Signed(number) => Found::Number(number),
            Value::Hex(number) => Found::Number(i64::from(number)),
            Value::Code(number, codes) => Found::Code(number, codes),
            Value::Bits(number, bits) => Found::Flags(number, bits),
            Value::Text(text) => Found::Text(text.bytes.to_vec()),
            Value::Ip(address) => Found::Ip(address),
            Value::Mac(_) | Value::Bytes(_) => Found::Bytes,
        });
    }
    fn begin(&mut self, name: &'static str) {
        self.listing.begin(name);
    }
    fn begin_table(&mut self, name: &'static str) {
        self.listing.begin_table(name);
    }
    fn begin_entry(&mut self, index: usize) {
        self.listing.begin_entry(index);
    }
    fn end(&mut self) {
        self.listing.end();
    }
}
