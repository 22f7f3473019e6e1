//! What a line of SDI text says of a phone: a message on the wire, more of the message before, or talk.

use super::compose::{address, dotted, number};
use super::names::{Names, is_output};
use super::phones::{Key, Known};
use super::values::{begins_with_pair, pairs, value};
use crate::reader::DeviceName;

/// A line of a phone's process.
#[derive(Debug, PartialEq)]
pub struct Saying<'a> {
    /// Whether the call manager's side of the phone says it.
    pub from_server: bool,
    /// Which phone's.
    pub key: Option<Key>,
    /// What else the line tells of the phone.
    pub known: Known,
    /// What it says.
    pub what: What<'a>,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub enum What<'a> {
    /// A message of the catalogue, with the text of its pairs.
    Message {
        id: u32,
        /// Told by the number of the message only (`…MessageID`), so that another line may tell it again.
        bare: bool,
        rest: &'a [u8],
    },
    /// A message that the catalogue does not know.
    Unknown,
    /// Fields of the message before.
    More(&'a [u8]),
    /// Nothing that was on the wire.
    Talk,
}

/// Words with which talk begins.
const TALK: [&[u8]; 10] =
    [b"DEBUG", b"INFO", b"ERROR", b"WARN", b"WARNING", b"TRACE", b"New", b"Processing", b"Device", b"Error"];

/// Reads the text of one record; none when no phone's process speaks.
pub fn read<'a>(text: &'a [u8], names: &Names) -> Option<Saying<'a>> {
    let text = text.trim_ascii_start();
    let len = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (from_server, is_resource) = match &text[..len] {
        b"StationInit" => (false, false),
        b"StationD" => (true, false),
        b"MediaTerminationPointControl" | b"UnicastBridgeControl" | b"TranscoderControl" => (true, true),
        _ => return None,
    };
    let (body, trailer) = split_trailer(&text[len..]);
    let (key, body) = address_part(body);
    let all = pairs(body);
    let key = key.or_else(|| value(&all, "tcpHandle").and_then(handle));
    let mut known = known(&all, trailer);
    let (bare_stim, body) = match body.strip_prefix(b"InboundStim - ") {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let what = what(body, names, from_server, key.is_some(), is_resource, bare_stim);
    let name_len = body.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if body[name_len..].starts_with(b" , ") {
        known.device = known.device.or_else(|| DeviceName::new(&body[..name_len]));
    }
    Some(Saying { from_server, key, known, what })
}

fn what<'a>(
    body: &'a [u8],
    names: &Names,
    from_server: bool,
    keyed: bool,
    is_resource: bool,
    bare_stim: bool,
) -> What<'a> {
    let len = body.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let (name, rest) = body.split_at(len);
    let trimmed = rest.trim_ascii_start();
    let is_list = trimmed.is_empty() || matches!(trimmed[0], b'.' | b':' | b',') || begins_with_pair(trimmed);
    let forwarded = bare_stim && trimmed.starts_with(b"- Forward");
    if is_resource && !is_output(name) {
        return What::Talk;
    }
    if (is_list || forwarded)
        && let Some(id) = names.find(name, from_server)
    {
        let rest = trimmed.strip_prefix(b":").unwrap_or(trimmed);
        return What::Message { id, bare: bare_stim && !forwarded, rest };
    }
    if !is_list || name.is_empty() || TALK.contains(&name) {
        return What::Talk;
    }
    if trimmed.starts_with(b":") && !keyed && !bare_stim {
        return What::More(body);
    }
    // `Msg k=v …` of whatever message: begins with a letter, in one word, more than an abbreviation.
    let worded = name.len() >= 4 && !name.contains(&b'_') && name.iter().any(u8::is_ascii_uppercase);
    let called = keyed || is_output(name) || bare_stim;
    if worded
        && called
        && (begins_with_pair(trimmed)
            || bare_stim
            || is_output(name)
            || trimmed == b"."
            || trimmed.is_empty())
    {
        What::Unknown
    } else {
        What::Talk
    }
}

/// `|<CT::…><IP::…>` behind the text.
fn split_trailer(text: &[u8]) -> (&[u8], &[u8]) {
    match super::compose::position(text, b"|<") {
        Some(at) => (&text[..at], &text[at..]),
        None => (text, b""),
    }
}

/// `(1):   TCPPid = [1.100.117.1] `, `: (0000188) `, ` - `: which phone's process, and what it says.
fn address_part(text: &[u8]) -> (Option<Key>, &[u8]) {
    let mut rest = text.trim_ascii_start();
    let mut key = None;
    if let Some((inside, behind)) = bracketed(rest, b'(', b')')
        && let Some(behind) = behind.strip_prefix(b":")
    {
        // The number of the process on its node; a phone's only in later releases, where it has seven digits.
        if inside.len() >= 7 {
            key = super::head::digits(inside).and_then(|n| u32::try_from(n).ok()).map(Key::Instance);
        }
        rest = behind.trim_ascii_start();
    }
    rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    rest = rest.strip_prefix(b"- ").unwrap_or(rest).trim_ascii_start();
    if let Some((inside, behind)) = bracketed(rest, b'(', b')')
        && let Some(instance) = super::head::digits(inside).and_then(|n| u32::try_from(n).ok())
    {
        return (Some(Key::Instance(instance)), behind.trim_ascii_start());
    }
    if rest.starts_with(b"TCPPid")
        && let Some(at) = rest.iter().position(|byte| *byte == b'[')
        && let Some((inside, behind)) = bracketed(&rest[at..], b'[', b']')
        && let Some(pid) = pid(inside)
    {
        return (Some(pid), behind.trim_ascii_start());
    }
    (key, rest)
}

fn bracketed(text: &[u8], open: u8, close: u8) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(&[open])?;
    let end = inside.iter().take(64).position(|byte| *byte == close)?;
    Some((&inside[..end], &inside[end + 1..]))
}

fn pid(inside: &[u8]) -> Option<Key> {
    let mut numbers = [0; 4];
    let mut parts = inside.split(|byte| *byte == b'.');
    for number in &mut numbers {
        *number = u32::try_from(super::head::digits(parts.next()?)?).ok()?;
    }
    parts.next().is_none().then_some(Key::Pid(numbers))
}

/// `0x4fbbc30` or without `0x`; hex all the same.
fn handle(value: &[u8]) -> Option<Key> {
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    let len = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    u64::from_str_radix(std::str::from_utf8(digits.get(..len)?).ok()?, 16).ok().map(Key::Handle)
}

fn known(all: &[super::values::Pair<'_>], trailer: &[u8]) -> Known {
    let plain = value(all, "IPAddr").and_then(dotted);
    let mine = value(all, "myIP").and_then(address);
    let tags = || trailer.split(|byte| matches!(byte, b'<' | b'>' | b':')).find_map(dotted);
    let port = value(all, "Port").filter(|_| plain.is_some()).and_then(number);
    let tagged = super::compose::position(trailer, b"<DEV::").map(|at| &trailer[at + 6..]);
    let tagged = tagged.and_then(|rest| rest.split(|byte| *byte == b'>').next()).and_then(DeviceName::new);
    Known {
        device: value(all, "DeviceName").and_then(DeviceName::new).or(tagged),
        address: plain.or(mine).or_else(tags),
        port: port.and_then(|port| u16::try_from(port).ok()),
    }
}
