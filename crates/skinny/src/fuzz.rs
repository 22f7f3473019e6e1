//! What must hold for any bytes: the bodies of the fuzz targets, which stable tests run too.

use crate::catalogue::CATALOGUE;
use crate::connection::Connection;
use crate::frame::{Frame, HEADER_LEN, Header, resynchronise};
use crate::json::{JsonError, JsonSink};
use crate::message::Message;
use crate::packet::{Packet, compose_any, from_json, view};
use crate::text::Charset;

/// Any stream: `Connection` yields the same frames however the bytes are split, and each of them
/// re-encodes to itself.
pub fn stream(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let step = usize::from(*first).max(1);
    let whole = frames(bytes, bytes.len().max(1));
    assert_eq!(whole, frames(bytes, step), "splitting changed the frames");
    let _ = resynchronise(bytes);
}

fn frames(bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, bool) {
    let mut connection = Connection::default();
    let mut found = Vec::new();
    for piece in bytes.chunks(step) {
        let mut frames = connection.receive(piece);
        while let Some(frame) = frames.next() {
            let Ok(frame) = frame else { return (found, true) };
            found.push([&frame.header.bytes()[..], frame.body].concat());
        }
    }
    (found, false)
}

/// Any body of any message at any version: decodes, views, re-encodes to itself, and what its fields mean
/// survives composing and JSON.
pub fn body(data: &[u8]) {
    let [place_low, place_high, version, body @ ..] = data else { return };
    let place = usize::from(u16::from_le_bytes([*place_low, *place_high]));
    let id = CATALOGUE.get(place % (CATALOGUE.len() + 1)).map_or(0x7777, |entry| entry.id);
    message(id, u32::from(*version % 24), body);
}

/// What [`body`] says, for one message.
pub fn message(id: u32, header_version: u32, body: &[u8]) {
    let header = Header { length: body.len() as u32 + 4, version: header_version, id };
    let frame = Frame { header, body };
    let packet = Packet::decode(frame, 0);
    let mut buffer = vec![0; HEADER_LEN + body.len()];
    assert_eq!(packet.encode(&mut buffer), Ok(buffer.len()), "{id:#06x}: length changed");
    assert_eq!(buffer[..HEADER_LEN], header.bytes(), "{id:#06x}: header changed");
    assert_eq!(buffer[HEADER_LEN..], *body, "{id:#06x} at {header_version}: body changed");

    let mut json = Vec::new();
    let mut sink = JsonSink::new(&mut json, Charset::Utf8);
    let viewed = view(frame, 0, &mut sink);
    sink.finish();
    assert!(viewed.covered <= body.len());
    let fields = serde_json::from_slice(&json)
        .unwrap_or_else(|error| panic!("{id:#06x}: {error} in {}", String::from_utf8_lossy(&json)));

    // Composing is the full form, padded, in the version's own layout: only then it can mean the same.
    let own_layout = packet.layout == header_version.min(22) as u8;
    if packet.is_short() || !own_layout || !body.len().is_multiple_of(4) || is_ambiguous(&packet.message) {
        return;
    }
    let mut composed = vec![0; 16 * 1024];
    let len = compose_any(&packet.message, packet.layout, header_version, &mut composed).expect("room");
    same_meaning(&packet, &composed[..len], "composing");
    if crate::catalogue::find(id).is_some() {
        match from_json(&format!("{id:#x}"), &fields, packet.layout, header_version, Charset::Utf8) {
            Ok(frame) => same_meaning(&packet, &frame, "JSON"),
            // A peer may send a longer text than we do.
            Err(JsonError::TooLong { .. }) => {}
            Err(error) => panic!("{id:#06x} at {header_version}: {error}"),
        }
    }
}

/// A line above 2^24, packed behind an unaligned number, can't be told from a small one that is aligned.
fn is_ambiguous(message: &Message<'_>) -> bool {
    matches!(message, Message::EnblocCall(call) if call.line_instance.line >= 1 << 24)
}

fn same_meaning(before: &Packet<'_>, frame: &[u8], by: &str) {
    let (head, body) = frame.split_first_chunk::<HEADER_LEN>().expect("a header");
    let header = Header::read(head);
    assert_eq!(body.len() % 4, 0, "what we compose is padded");
    let after = Packet::decode(Frame { header, body }, 0);
    if after.layout == before.layout && after.message.id() == before.message.id() {
        let (before, after) = (before.message, after.message);
        assert!(before == after, "{by} changed the meaning: {before:.300?} became {after:.300?}");
    }
}
