//! Makes the body of a message from what a trace line names, so that all else works on text traces as on captures.
//!
//! What the line does not name is zero, and absent behind the last field that it does name.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value as Json};
use skinny::catalogue;
use skinny::frame::HEADER_LEN;
use skinny::packet::from_json;
use skinny::reference::Row;
use skinny::text::{Charset, Text};

use super::names::fold_key;

/// The protocol version whose layouts are written: the newest that a real capture shows.
pub const LAYOUT: u8 = 20;

/// Fields by message, looked up once.
#[derive(Debug, Default)]
pub struct Composer {
    layouts: BTreeMap<u32, Vec<Row>>,
}

impl Composer {
    /// The body of message `id` with the fields that `values` name.
    pub fn body(&mut self, id: u32, values: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let rows = self.layouts.entry(id).or_insert_with(|| rows(id));
        let name = id.to_string();
        let mut fields = Json::Object(Map::new());
        let mut end = Some(0);
        for row in rows.iter() {
            let Some(value) = value_for(row, values) else { continue };
            let taken = candidates(row, value).into_iter().find(|candidate| {
                let mut alone = Json::Object(Map::new());
                put(&mut alone, &row.name, candidate.clone());
                from_json(&name, &alone, LAYOUT, u32::from(LAYOUT), Charset::Utf8).is_ok()
            });
            if let Some(json) = taken {
                put(&mut fields, &row.name, json);
                end = end
                    .max(row.offset.map(|offset| offset + row.size))
                    .filter(|_| row.offset.is_some() && !row.varies);
            }
        }
        let Ok(mut frame) = from_json(&name, &fields, LAYOUT, u32::from(LAYOUT), Charset::Utf8) else {
            return Vec::new();
        };
        let body = frame.split_off(HEADER_LEN);
        match end {
            Some(end) => body.get(..end).map(<[u8]>::to_vec).unwrap_or(body),
            None => body,
        }
    }
}

/// The fields of a message that a line could name: none of a table.
fn rows(id: u32) -> Vec<Row> {
    let variants = catalogue::find(id).map(catalogue::Entry::variants).unwrap_or_default();
    let layout = variants.into_iter().find(|variant| (variant.from..=variant.to).contains(&LAYOUT));
    let rows = layout.map(|variant| variant.layout.rows).unwrap_or_default();
    rows.into_iter().filter(|row| !row.name.contains("[]") && !row.note.contains("case")).collect()
}

fn value_for<'v>(row: &Row, values: &'v [(Vec<u8>, Vec<u8>)]) -> Option<&'v [u8]> {
    let last = row.name.rsplit('.').next().unwrap_or(&row.name);
    let wanted = fold_key(last.as_bytes());
    let found = |key: &str| {
        let pair = values.iter().find(|(name, value)| fold_key(name) == key && !value.is_empty());
        pair.map(|(_, value)| value.as_slice())
    };
    // In a trace the conference of a media order is the call's reference.
    let fallback = || if wanted == "callreference" { found("conferenceid") } else { None };
    found(&wanted).or_else(fallback)
}

/// What a value may be in JSON, the likeliest first.
fn candidates(row: &Row, value: &[u8]) -> Vec<Json> {
    if row.kind.starts_with("text") {
        return vec![Json::String(Text::new(value).to_string())];
    }
    if row.kind.starts_with("IPv4") || row.kind.starts_with("kind u32") {
        return address(value).map(|ip| Json::String(ip.to_string())).into_iter().collect();
    }
    let mut out: Vec<Json> = number(value).map(Json::from).into_iter().collect();
    if row.codes.is_some() {
        out.extend(spellings(value).map(Json::String));
    }
    out
}

/// `LampOn`, `On`: a code's name with less and less in front.
fn spellings(value: &[u8]) -> impl Iterator<Item = String> + '_ {
    let text = String::from_utf8_lossy(value.get(..64).unwrap_or(value)).into_owned();
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| *at == 0 || c.is_ascii_uppercase() || text.as_bytes()[at - 1] == b'_')
        .map(|(at, _)| at)
        .collect();
    starts.into_iter().map(move |at| text[at..].to_owned())
}

/// `20`, `4(Media_Payload_G711Ulaw64k)`, `(4)Media…`, `9=Line`, `0x1c`, `T`, `F`.
pub fn number(value: &[u8]) -> Option<u64> {
    let value = value.strip_prefix(b"(").unwrap_or(value);
    if let Some(hex) = value.strip_prefix(b"0x").or_else(|| value.strip_prefix(b"0X")) {
        let len = hex.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        return u64::from_str_radix(std::str::from_utf8(hex.get(..len)?).ok()?, 16).ok();
    }
    match value {
        b"T" => return Some(1),
        b"F" => return Some(0),
        _ => {}
    }
    let len = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends_well =
        value.get(len).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.' && *byte != b':');
    std::str::from_utf8(value.get(..len)?).ok()?.parse().ok().filter(|_| ends_well)
}

/// An address as traces write it. The hex is trusted: of the old form it is little-endian, behind `ipAddr:` in
/// network order. The dotted form beside it has been seen to be wrong.
pub fn address(value: &[u8]) -> Option<IpAddr> {
    for (marker, reversed) in [(&b"pAddr:0x"[..], false), (b"pv4Addr:0x", false), (b"0x", true), (b"", true)]
    {
        let from =
            if marker.is_empty() { Some(0) } else { position(value, marker).map(|at| at + marker.len()) };
        let Some(digits) = from.and_then(|from| value.get(from..from + 8)) else { continue };
        let Some(mut bytes) = word(digits) else { continue };
        if reversed {
            bytes.reverse();
        }
        return Some(IpAddr::V4(Ipv4Addr::from(bytes)));
    }
    let dotted = value.split(|byte| matches!(byte, b'(' | b')' | b' ')).find_map(dotted);
    dotted.or_else(|| std::str::from_utf8(value).ok()?.trim().parse().ok())
}

/// An address in its usual form.
pub fn dotted(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|ip: &IpAddr| !ip.is_unspecified())
}

fn word(digits: &[u8]) -> Option<[u8; 4]> {
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok().map(u32::to_be_bytes)
}

pub fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn put(object: &mut Json, path: &str, value: Json) {
    match path.split_once('.') {
        None => object[path] = value,
        Some((first, rest)) => {
            if object.get(first).is_none() {
                object[first] = Json::Object(Map::new());
            }
            put(&mut object[first], rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skinny::message::Message;
    use skinny::{Frame, Header, Packet};

    fn values(text: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pairs = super::super::values::pairs(text.as_bytes());
        pairs.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
    }

    #[test]
    fn a_line_becomes_the_message_it_tells_of() {
        let body = Composer::default().body(
            0x8a,
            &values("conferenceID=77 passThruPartyID=5 remoteIpAddress=e98e6b80(64.255.0.0) remotePortNumber=65344 milliSecondPacketSize=20 compressType=4(Media_Payload_G711Ulaw64k) qualifierOut=?."),
        );
        let header = Header { length: body.len() as u32 + 4, version: u32::from(LAYOUT), id: 0x8a };
        let Message::StartMediaTransmission(order) =
            Packet::decode(Frame { header, body: &body }, LAYOUT).message
        else {
            panic!("another message")
        };
        assert_eq!(order.remote_ip_addr.ip().to_string(), "128.107.142.233");
        assert_eq!(
            (order.remote_port_number.0, order.call_reference.0, order.compression_type.0),
            (65344, 77, 4)
        );
    }

    #[test]
    fn names_of_codes_lose_what_traces_put_in_front() {
        let body = Composer::default().body(0x86, &values("stim: 9=Line instance=1 lampMode=LampBlink"));
        assert_eq!(body, [9, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0]);
        // Nothing named: nothing there.
        assert_eq!(Composer::default().body(0x86, &[]), b"");
    }

    #[test]
    fn addresses_in_all_spellings() {
        for (text, expect) in [
            ("0xe64610ac", "172.16.70.230"),
            ("e98e6b80(64.255.0.0)", "128.107.142.233"),
            ("IpAddr.type:0 ipAddr:0x0e30201c000000000000000000000000(10.48.32.28)", "14.48.32.28"),
            ("IpAddr.type:0 ipv4Addr:0x0a30201c(10.48.32.28)", "10.48.32.28"),
            ("172.16.70.231", "172.16.70.231"),
        ] {
            assert_eq!(address(text.as_bytes()).map(|ip| ip.to_string()).as_deref(), Some(expect), "{text}");
        }
    }
}
