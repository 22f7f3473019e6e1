//! JSON both ways: fields to an object, an object to the bytes of a body.
//!
//! A known code is written by its name, an unknown one as a number; both are read. Sets of flags are
//! numbers. Text is in the form of [`crate::text`], bytes are hex. Fields that are absent on the wire are
//! absent in JSON; keys absent in JSON are zero on the wire, since what we compose is always the full form.

use std::net::IpAddr;
use std::str::FromStr;

use serde_json::{Map, Value as Json};

use crate::codes::{Codes, IpAddrType};
use crate::text::{self, Charset, TextError};
use crate::types::Address;
use crate::view::{Sink, Value};

/// Why JSON can't become a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// No message has this id or name.
    #[error("no message is called {0}; `lineside messages` lists them")]
    UnknownMessage(String),
    /// A value is of the wrong kind.
    #[error("{path}: {found} stands where {expected} is expected")]
    Expected {
        /// Dotted path of the field.
        path: String,
        /// What is expected there.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The message has no such field.
    #[error("{path}: the message has no such field{hint}")]
    UnknownField {
        /// Dotted path of the key.
        path: String,
        /// The nearest valid name, as a sentence.
        hint: String,
    },
    /// A text that can't be put into bytes.
    #[error("{path}: {error}")]
    Text {
        /// Dotted path of the field.
        path: String,
        /// What is wrong with it.
        error: TextError,
    },
    /// More than the field holds.
    #[error("{path}: {found} {unit}, and at most {limit} fit")]
    TooLong {
        /// Dotted path of the field.
        path: String,
        /// How much was given.
        found: usize,
        /// Bytes or entries.
        unit: &'static str,
        /// How much fits.
        limit: usize,
    },
}

/// Writes fields as one JSON object into a buffer, without building a tree.
#[derive(Debug)]
pub struct JsonSink<'o> {
    out: &'o mut Vec<u8>,
    charset: Charset,
    first: bool,
    /// The kind of each open bracket.
    closers: Vec<u8>,
    in_table: bool,
}

impl<'o> JsonSink<'o> {
    /// Begins an object at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>, charset: Charset) -> Self {
        out.push(b'{');
        JsonSink { out, charset, first: true, closers: Vec::new(), in_table: false }
    }

    /// Ends the object.
    pub fn finish(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        if !self.in_table {
            self.out.push(b'"');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"\":");
        }
    }

    fn open(&mut self, bracket: u8, closer: u8) {
        self.out.push(bracket);
        self.closers.push(closer);
        self.in_table = closer == b']';
        self.first = true;
    }

    fn number(&mut self, value: impl itoa::Integer) {
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }
}

impl Sink for JsonSink<'_> {
    fn leaf(&mut self, name: &'static str, _at: usize, _len: usize, value: Value<'_>) {
        self.key(name);
        match value {
            Value::Unsigned(value) => self.number(value),
            Value::Signed(value) => self.number(value),
            Value::Hex(value) | Value::Bits(value, _) => self.number(value),
            Value::Code(value, codes) => match codes.name(value) {
                Some(name) => string(self.out, name),
                None => self.number(value),
            },
            Value::Text(text) => text_string(self.out, text),
            Value::Bytes(bytes) => hex(self.out, bytes),
            Value::Ip(IpAddr::V4(address)) => ipv4(self.out, address.octets()),
            Value::Ip(_) | Value::Mac(_) => string(self.out, &value.to_string()),
        }
    }
    fn begin(&mut self, name: &'static str) {
        self.key(name);
        self.open(b'{', b'}');
    }
    fn begin_table(&mut self, name: &'static str) {
        self.key(name);
        self.open(b'[', b']');
    }
    fn begin_entry(&mut self, _index: usize) {
        self.key("");
        self.open(b'{', b'}');
    }
    fn charset(&self) -> Charset {
        self.charset
    }
    fn end(&mut self) {
        self.out.extend(self.closers.pop());
        self.in_table = self.closers.last() == Some(&b']');
        self.first = false;
    }
}

/// Appends `value` as a JSON string.
pub fn string(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        out.extend_from_slice(&rest[..at]);
        push_escaped(out, rest[at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends a text field as a JSON string; plain ASCII, the usual case, without a detour.
fn text_string(out: &mut Vec<u8>, text: text::Text<'_>) {
    let plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !needs_escape(*byte) && *byte != b'{';
    if text.bytes.iter().all(plain) {
        out.push(b'"');
        out.extend_from_slice(text.bytes);
        out.push(b'"');
    } else {
        string(out, &text.to_string());
    }
}

#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}

fn ipv4(out: &mut Vec<u8>, octets: [u8; 4]) {
    let mut separator = b'"';
    for octet in octets {
        out.push(separator);
        out.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
        separator = b'.';
    }
    out.push(b'"');
}

/// Appends bytes as a JSON string of hex digits.
pub fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    out.push(b'"');
}

/// Reads hex digits, with or without blanks and colons between the bytes.
pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b':').collect();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    pairs.iter().map(|[high, low]| Some((nibble(*high)? * 16 + nibble(*low)?) as u8)).collect()
}

/// An object on its way to the bytes of a body.
#[derive(Debug)]
pub struct FromJson<'o, 'j> {
    value: &'j Json,
    out: &'o mut Vec<u8>,
    version: u8,
    charset: Charset,
    path: String,
    asked: Vec<&'static str>,
    default_number: u64,
    /// The code that chooses the case of the next union: set by a `by` clause.
    pub selector: u32,
}

impl<'o, 'j> FromJson<'o, 'j> {
    /// Reads `value`, writes to the end of `out` in the layout of protocol `version`.
    pub fn new(value: &'j Json, out: &'o mut Vec<u8>, version: u8, charset: Charset) -> Self {
        FromJson {
            value,
            out,
            version,
            charset,
            path: String::new(),
            asked: Vec::new(),
            default_number: 0,
            selector: 0,
        }
    }

    /// The layout that is written.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Appends bytes of the body.
    pub fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends zeros.
    pub fn zeros(&mut self, len: usize) {
        self.out.resize(self.out.len() + len, 0);
    }

    /// Bytes written so far to the whole buffer.
    pub fn written(&self) -> usize {
        self.out.len()
    }

    /// A `counts` clause: when the next number is absent, it is the length of the field `name`.
    pub fn count_of(&mut self, name: &str) {
        self.default_number = match self.value.get(name) {
            Some(Json::Array(entries)) => entries.len() as u64,
            Some(Json::String(shown)) => {
                text::parse(shown, self.charset).map_or(0, |bytes| bytes.len() as u64)
            }
            _ => 0,
        };
    }

    fn find(&mut self, name: &'static str) -> Option<&'j Json> {
        if name.is_empty() {
            return Some(self.value);
        }
        self.asked.push(name);
        self.value.get(name)
    }

    fn path_of(&self, name: &str) -> String {
        match (self.path.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (_, true) => self.path.clone(),
            _ => format!("{}.{name}", self.path),
        }
    }

    fn expected(&self, name: &str, expected: impl Into<String>, found: &Json) -> JsonError {
        let mut found = found.to_string();
        if let Some((end, _)) = found.char_indices().nth(60) {
            found.replace_range(end.., "…");
        }
        JsonError::Expected { path: self.path_of(name), expected: expected.into(), found }
    }

    fn within(&self, name: &str, found: usize, limit: usize, unit: &'static str) -> Result<(), JsonError> {
        if found <= limit {
            return Ok(());
        }
        Err(JsonError::TooLong { path: self.path_of(name), found, unit, limit })
    }

    /// A number of at most `max`, in digits or as a string `"0x…"`.
    pub fn unsigned(&mut self, name: &'static str, max: u64) -> Result<u64, JsonError> {
        let default = std::mem::take(&mut self.default_number);
        let Some(value) = self.find(name) else { return Ok(default) };
        let number = value.as_u64().or_else(|| {
            let digits = value.as_str()?.strip_prefix("0x")?;
            u64::from_str_radix(digits, 16).ok()
        });
        number
            .filter(|n| *n <= max)
            .ok_or_else(|| self.expected(name, format!("a number from 0 to {max}"), value))
    }

    /// A number that can be negative.
    pub fn signed(&mut self, name: &'static str) -> Result<i32, JsonError> {
        let Some(value) = self.find(name) else { return Ok(0) };
        let number = value.as_i64().and_then(|n| i32::try_from(n).ok());
        number.ok_or_else(|| self.expected(name, "a number of 32 bits", value))
    }

    /// A value of an enumeration, by name or number.
    pub fn code(&mut self, name: &'static str, codes: &'static Codes, max: u64) -> Result<u32, JsonError> {
        match self.value_of(name) {
            Some(Json::String(shown)) if !shown.starts_with("0x") => {
                self.asked.push(name);
                codes.by_name(shown).ok_or_else(|| {
                    let expected = format!("a number or a name of {}{}", codes.name, codes.hint(shown));
                    self.expected(name, expected, &Json::String(shown.clone()))
                })
            }
            _ => self.unsigned(name, max).map(|n| n as u32),
        }
    }

    fn value_of(&self, name: &str) -> Option<&'j Json> {
        if name.is_empty() { Some(self.value) } else { self.value.get(name) }
    }

    /// Text as bytes, which together with their NUL fit into `width`.
    pub fn text(&mut self, name: &'static str, width: usize) -> Result<Vec<u8>, JsonError> {
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let Some(shown) = value.as_str() else { return Err(self.expected(name, "a text", value)) };
        let bytes = text::parse(shown, self.charset)
            .map_err(|error| JsonError::Text { path: self.path_of(name), error })?;
        self.within(name, bytes.len(), width, "bytes")?;
        Ok(bytes)
    }

    /// Bytes as hex digits, at most `max`.
    pub fn hex(&mut self, name: &'static str, max: usize) -> Result<Vec<u8>, JsonError> {
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let bytes = value.as_str().and_then(unhex).ok_or_else(|| self.expected(name, "hex digits", value))?;
        self.within(name, bytes.len(), max, "bytes")?;
        Ok(bytes)
    }

    /// A string that parses as `T`; `None` when the key is absent.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Result<Option<T>, JsonError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        match value.as_str().and_then(|text| text.parse().ok()) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(self.expected(name, expected, value)),
        }
    }

    /// An address as `{"kind": …, "bytes": "…"}`, the form of one that carries more than an address.
    pub fn address_parts(&mut self, name: &'static str) -> Option<Address> {
        let value = self.value_of(name)?;
        let kind = match value.get("kind")? {
            Json::String(kind) => IpAddrType::CODES.by_name(kind)?,
            number => u32::try_from(number.as_u64()?).ok()?,
        };
        let bytes = unhex(value.get("bytes")?.as_str()?)?;
        Some(Address { kind: IpAddrType(kind), bytes: bytes.try_into().ok()? })
    }

    /// A hardware address in one of its three forms (see [`crate::view`]).
    pub fn mac(&mut self, name: &'static str) -> Result<[u8; 12], JsonError> {
        let mut mac = [0; 12];
        let Some(value) = self.find(name) else { return Ok(mac) };
        let shown = value.as_str().unwrap_or("");
        let bytes = match shown.len() {
            12 if shown.bytes().all(|digit| digit.is_ascii_hexdigit()) => Some(shown.as_bytes().to_vec()),
            _ => unhex(shown),
        };
        match bytes {
            Some(bytes) if bytes.len() == 6 || bytes.len() == 12 => {
                mac[..bytes.len()].copy_from_slice(&bytes)
            }
            _ => return Err(self.expected(name, "a MAC address such as 00:11:22:33:44:55", value)),
        }
        Ok(mac)
    }

    /// The parts of a struct, from the object under `name` (an absent one is all defaults).
    pub fn nested(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut FromJson<'_, 'j>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        static ABSENT: Json = Json::Null;
        let value = self.find(name).unwrap_or(&ABSENT);
        if !(value.is_object() || value.is_null()) {
            return Err(self.expected(name, "an object", value));
        }
        let path = self.path_of(name);
        self.inner(value, path, true, read)
    }

    fn inner(
        &mut self,
        value: &'j Json,
        path: String,
        complete: bool,
        read: impl FnOnce(&mut FromJson<'_, 'j>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut inner = FromJson {
            value,
            out: &mut *self.out,
            version: self.version,
            charset: self.charset,
            path,
            asked: Vec::new(),
            default_number: 0,
            selector: self.selector,
        };
        read(&mut inner)?;
        if complete { inner.finish() } else { Ok(()) }
    }

    /// A table of `places` entries: those given, then unused ones.
    pub fn table(
        &mut self,
        name: &'static str,
        places: usize,
        structs: bool,
        mut entry: impl FnMut(&mut FromJson<'_, 'j>) -> Result<(), JsonError>,
        unused: impl FnOnce(u8) -> Vec<u8>,
    ) -> Result<(), JsonError> {
        let entries: &[Json] = match self.find(name) {
            None => &[],
            Some(Json::Array(entries)) => entries,
            Some(other) => return Err(self.expected(name, "an array", other)),
        };
        self.within(name, entries.len(), places, "entries")?;
        for (index, value) in entries.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(name));
            self.inner(value, path, structs && value.is_object(), &mut entry)?;
        }
        let filler = unused(self.version);
        (entries.len()..places).for_each(|_| self.write(&filler));
        Ok(())
    }

    /// Every key must have been asked for.
    pub fn finish(&self) -> Result<(), JsonError> {
        let Some(object) = self.value.as_object() else { return Ok(()) };
        match first_unknown(object, &self.asked) {
            None => Ok(()),
            Some(key) => {
                let hint = nearest(key, self.asked.iter().copied())
                    .map_or_else(String::new, |name| format!("; the nearest is {name}"));
                Err(JsonError::UnknownField { path: self.path_of(key), hint })
            }
        }
    }
}

fn first_unknown<'j>(object: &'j Map<String, Json>, asked: &[&str]) -> Option<&'j str> {
    object.keys().map(String::as_str).find(|key| !asked.contains(key))
}

/// The name nearest to `wanted`, for errors that teach; none when nothing is near.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = wanted.len() / 2 + 1;
    names
        .map(|name| (distance(&wanted.to_ascii_lowercase(), &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, cb) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
