//! What tells of people is replaced, the same by the same: numbers, names, digits, addresses, devices.
//!
//! A [`Redactor`] counts what it meets and gives each a stand-in by its number, so that nothing can be computed back. It works
//! on the bytes of messages, in place and of the same length: whatever is drawn or written afterwards can't leak. What it does not
//! know to be harmless goes: text is made of `x`, bytes of zeros.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use skinny::packet::view;
use skinny::text::{Charset, Text};
use skinny::view::{Sink, Value};
use skinny::{Frame, Header};

/// Different things of one kind that are told apart; further ones look alike.
pub const MAX_STAND_INS: usize = 1_000_000;

/// Texts that say nothing of people, by the last part of their path.
const HARMLESS: [&str; 8] = [
    "soft_key_label",
    "version",
    "load_info",
    "firmware_load_name",
    "product_specific",
    "load_name",
    "phone_load",
    "config_version_stamp",
];

/// Gives stand-ins.
#[derive(Debug, Default)]
pub struct Redactor {
    numbers: BTreeMap<Vec<u8>, usize>,
    names: BTreeMap<Vec<u8>, usize>,
    devices: BTreeMap<Vec<u8>, usize>,
    addresses: BTreeMap<IpAddr, usize>,
}

/// A place in a body that is overwritten.
struct Patch {
    at: usize,
    bytes: Vec<u8>,
}

impl Redactor {
    /// A stand-in for a number, of the same length.
    pub fn number(&mut self, number: &str) -> String {
        let mut bytes = number.as_bytes().to_vec();
        self.number_bytes(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A stand-in for a person's name.
    pub fn name(&mut self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        format!("Name {}", place(&mut self.names, name.as_bytes()) + 1)
    }

    /// A stand-in for a device's name: what kind it is stays.
    pub fn device(&mut self, name: &str) -> String {
        let mut bytes = name.as_bytes().to_vec();
        self.device_bytes(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A stand-in for an address, of the ranges that are set apart for tests and documents.
    pub fn address(&mut self, address: IpAddr) -> IpAddr {
        if address.is_unspecified() || address.is_loopback() {
            return address;
        }
        let next = self.addresses.len().min(MAX_STAND_INS);
        let place = *self.addresses.entry(address).or_insert(next) as u32;
        match address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(0xc612_0001u32.wrapping_add(place & 0x1_ffff))),
            IpAddr::V6(_) => {
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, (place >> 16) as u16, place as u16))
            }
        }
    }

    /// Replaces in a message's body what tells of people.
    pub fn body(&mut self, id: u32, header_version: u32, negotiated: u8, body: &mut [u8]) {
        let header = Header { length: body.len() as u32 + 4, version: header_version, id };
        let mut finder = Finder { redactor: self, body, patches: Vec::new() };
        let viewed = view(Frame { header, body }, negotiated, &mut finder);
        let patches = finder.patches;
        for Patch { at, bytes } in patches {
            if let Some(place) = body.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(&bytes);
            }
        }
        if let Some(rest) = body.get_mut(viewed.covered..) {
            rest.fill(0);
        }
    }

    fn number_bytes(&mut self, number: &mut [u8]) {
        let len = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let place = if len == 0 { 0 } else { place(&mut self.numbers, number) };
        let mut digits = format!("{place:0len$}").into_bytes();
        let surplus = digits.len().saturating_sub(len);
        digits.drain(..surplus);
        let mut digits = digits.into_iter();
        for byte in number {
            *byte = match *byte {
                b'0'..=b'9' => digits.next().unwrap_or(b'0'),
                b'+' | b'*' | b'#' | b'.' | b'-' | b' ' => *byte,
                _ => b'x',
            };
        }
    }

    fn name_bytes(&mut self, name: &mut [u8]) {
        let stand_in = format!("Name {}", place(&mut self.names, name) + 1);
        let mut letters = stand_in.into_bytes().into_iter();
        name.iter_mut().for_each(|byte| *byte = letters.next().unwrap_or(b' '));
    }

    /// `SEP001122334455`: letters in front stay, the rest is counted.
    fn device_bytes(&mut self, name: &mut [u8]) {
        let place = place(&mut self.devices, name);
        let kind = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count().min(3);
        let Some(rest) = name.get_mut(kind..) else { return };
        let digits = format!("{place:0width$X}", width = rest.len()).into_bytes();
        let surplus = digits.len().saturating_sub(rest.len());
        rest.iter_mut().zip(&digits[surplus..]).for_each(|(byte, digit)| *byte = *digit);
    }
}

fn place(known: &mut BTreeMap<Vec<u8>, usize>, what: &[u8]) -> usize {
    let next = known.len() + 1;
    if next > MAX_STAND_INS && !known.contains_key(what) {
        return 0;
    }
    *known.entry(what.to_vec()).or_insert(next)
}

struct Finder<'r, 'b> {
    redactor: &'r mut Redactor,
    body: &'b [u8],
    patches: Vec<Patch>,
}

impl Finder<'_, '_> {
    fn text(&mut self, name: &str, at: usize, len: usize) {
        let Some(found) = self.body.get(at..at + len) else { return };
        let end = found.iter().position(|byte| *byte == 0).unwrap_or(found.len());
        let mut bytes = found.to_vec();
        let (text, rest) = bytes.split_at_mut(end);
        // Behind the NUL lies what was there before.
        rest.fill(0);
        let is_number = |text: &[u8]| text.iter().all(|b| b.is_ascii_digit() || b"+*#".contains(b));
        if text.is_empty() || HARMLESS.contains(&name) {
        } else if is_number(text) {
            self.redactor.number_bytes(text);
        } else if name.contains("device_name") || is_device(text) {
            self.redactor.device_bytes(text);
        } else if name.ends_with("_name") || name.ends_with("label") {
            self.redactor.name_bytes(text);
        } else {
            self.prose(text);
        }
        self.patches.push(Patch { at, bytes });
    }

    /// Text of any kind: numbers in it keep their stand-ins, label codes stay, other letters go.
    fn prose(&mut self, text: &mut [u8]) {
        let mut at = 0;
        while at < text.len() {
            let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits >= 2 {
                self.redactor.number_bytes(&mut text[at..at + digits]);
                at += digits;
                continue;
            }
            match text[at] {
                // A label code: two bytes of which the first is 0x80 (or 0x1e).
                0x80 | 0x1e => at += 1,
                byte if byte.is_ascii_digit() => text[at] = b'0',
                byte if byte.is_ascii_alphabetic() || byte >= 0x80 => text[at] = b'x',
                _ => {}
            }
            at += 1;
        }
    }
}

/// `SEP` or another kind, then twelve hex digits.
fn is_device(text: &[u8]) -> bool {
    text.len() == 15
        && text[..3].iter().all(u8::is_ascii_uppercase)
        && text[3..].iter().all(u8::is_ascii_hexdigit)
}

impl Sink for Finder<'_, '_> {
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, value: Value<'_>) {
        match value {
            Value::Text(_) => self.text(name, at, len),
            Value::Bytes(_) | Value::Mac(_) => self.patches.push(Patch { at, bytes: vec![0; len] }),
            Value::Ip(address) => {
                let bytes = match self.redactor.address(address) {
                    IpAddr::V4(ip) => ip.octets().to_vec(),
                    IpAddr::V6(ip) => ip.octets().to_vec(),
                };
                // Behind a kind word where there is one.
                let skip = if len == 20 { 4 } else { 0 };
                let mut all = vec![0; len.saturating_sub(skip)];
                let count = all.len().min(bytes.len());
                all[..count].copy_from_slice(&bytes[..count]);
                self.patches.push(Patch { at: at + skip, bytes: all });
            }
            // Digit by digit: each one is hidden, * and # stay.
            Value::Code(0..=9, codes) if codes.name.contains("Keypad") => {
                let mut bytes = vec![0; len];
                bytes.first_mut().into_iter().for_each(|byte| *byte = 0);
                self.patches.push(Patch { at, bytes });
            }
            Value::Code(code, codes)
                if name == "tone" && (1..=0x10).contains(&code) && codes.name.contains("Tone") =>
            {
                // A DTMF tone: the digit 0, or what stands for it.
                let digit = if code >= 0x0e { code } else { 0x0a };
                let mut bytes = digit.to_le_bytes().to_vec();
                bytes.resize(len, 0);
                self.patches.push(Patch { at, bytes });
            }
            _ => {}
        }
    }
    fn begin(&mut self, _name: &'static str) {}
    fn begin_table(&mut self, _name: &'static str) {}
    fn begin_entry(&mut self, _index: usize) {}
    fn charset(&self) -> Charset {
        Charset::Unknown
    }
    fn end(&mut self) {}
}

/// What a text of the network says, for tests and messages.
#[doc(hidden)]
pub fn shown(bytes: &[u8]) -> String {
    Text::new(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use skinny::packet::from_json;
    use skinny::view::Listing;

    /// The fields of a redacted message.
    fn redacted(redactor: &mut Redactor, message: &str, fields: serde_json::Value) -> Vec<(String, String)> {
        let frame = from_json(message, &fields, 20, 20, Charset::Utf8).unwrap();
        let id = skinny::catalogue::find_named(message).unwrap().id;
        let mut body = frame[12..].to_vec();
        let before = body.len();
        redactor.body(id, 20, 20, &mut body);
        assert_eq!(body.len(), before);
        let mut listing = Listing::default();
        let header = Header { length: body.len() as u32 + 4, version: 20, id };
        view(Frame { header, body: &body }, 20, &mut listing);
        listing.fields.into_iter().map(|field| (field.path, field.shown)).collect()
    }

    fn value<'f>(fields: &'f [(String, String)], path: &str) -> &'f str {
        &fields.iter().find(|(found, _)| *found == path).unwrap_or_else(|| panic!("{path} in {fields:?}")).1
    }

    #[test]
    fn the_same_becomes_the_same() {
        let mut redactor = Redactor::default();
        let call = serde_json::json!({"calling_party": "1234567", "called_party": "5551000", "calling_party_name": "Alice B."});
        let fields = redacted(&mut redactor, "CallInfoV2", call);
        assert_eq!(value(&fields, "calling_party"), format!("\"{}\"", redactor.number("1234567")));
        assert_ne!(value(&fields, "called_party"), value(&fields, "calling_party"));
        let all = format!("{fields:?}");
        assert!(!all.contains("Alice") && !all.contains("1234567") && !all.contains("5551000"), "{all}");
    }

    #[test]
    fn digits_keys_addresses_devices_and_prose_go() {
        let mut redactor = Redactor::default();
        let digit = redacted(&mut redactor, "KeypadButton", serde_json::json!({ "kp_button": 7 }));
        assert_eq!(value(&digit, "kp_button"), "Zero");
        let star = redacted(&mut redactor, "KeypadButton", serde_json::json!({ "kp_button": 14 }));
        assert_eq!(value(&star, "kp_button"), "Star");
        let prompt = redacted(
            &mut redactor,
            "DisplayPromptStatus",
            serde_json::json!({ "prompt_status": "{From}Bob 4711" }),
        );
        assert_eq!(value(&prompt, "prompt_status"), format!("\"{{From}}xxx {}\"", redactor.number("4711")));
        let sid =
            serde_json::json!({ "sid": { "device_name": "SEP001122334455" }, "station_ip_addr": "10.1.2.3" });
        let register = redacted(&mut redactor, "RegisterReq", sid);
        assert_eq!(value(&register, "sid.device_name"), "\"SEP000000000001\"");
        assert_eq!(redactor.device("SEP001122334455"), "SEP000000000001");
        assert!(!format!("{register:?}").contains("10.1.2.3"));
        let media = serde_json::json!({ "remote_ip_addr": "10.1.2.3", "remote_port_number": 4000 });
        let media = redacted(&mut redactor, "StartMediaTransmission", media);
        assert_eq!(
            value(&media, "remote_ip_addr"),
            redactor.address("10.1.2.3".parse().unwrap()).to_string()
        );
    }
}
