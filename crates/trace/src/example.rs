//! A capture of the project's own: two phones of different generations register, and one calls the other.
//!
//! It is written from a readable script (`example.script`), so that a clone has SCCP to look at, and tests
//! have it to check, without anybody else's captures.

use std::net::SocketAddr;

use serde_json::Value;
use skinny::packet::from_json;
use skinny::text::Charset;

use crate::Timestamp;
use crate::synth::{Sent, packets, write_pcapng};

/// `milliseconds phone arrow version message fields`, a line each; `>`: the phone says it.
const SCRIPT: &str = include_str!("example.script");

/// When it begins: 2026-01-05 09:00:00 UTC.
const BEGIN_NANOS: i64 = 1_767_603_600_000_000_000;

const SERVER: &str = "192.0.2.1:2000";

/// The phones by the name they have in scripts: a 7960 at version 11, a 7965 at version 20, and one for tests. The
/// addresses are those for documentation (RFC 5737).
fn phone(name: &str) -> SocketAddr {
    let address = match name {
        "alice" => "192.0.2.60:50960",
        "bob" => "192.0.2.65:50965",
        _ => "192.0.2.67:50967",
    };
    address.parse().expect("an address")
}

/// Lines of the script that are messages.
fn lines() -> impl Iterator<Item = &'static str> {
    SCRIPT.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many messages the capture holds.
pub fn messages() -> usize {
    lines().count()
}

/// The capture, as a pcapng file.
///
/// # Panics
/// When the script is wrong, which a test would show.
pub fn capture() -> Vec<u8> {
    let said = said(str::to_owned);
    let mut file = Vec::new();
    write_pcapng(&mut file, "lineside", &["example"], &packets(&said)).expect("memory takes everything");
    file
}

/// What is said, each line of the script changed first.
///
/// # Panics
/// When a line is wrong.
pub(crate) fn said(change: impl Fn(&str) -> String) -> Vec<Sent> {
    let sent = |line: &str| sent(&change(line)).unwrap_or_else(|| panic!("the script says {line}"));
    lines().map(sent).collect()
}

/// What another script of this kind says, as a pcap.
#[cfg(test)]
pub(crate) fn capture_of(script: &str) -> Vec<u8> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let said: Vec<Sent> = lines.map(|line| sent(line).unwrap_or_else(|| panic!("{line}"))).collect();
    let mut file = Vec::new();
    crate::synth::write_pcap(&mut file, &packets(&said)).expect("memory takes everything");
    file
}

fn sent(line: &str) -> Option<Sent> {
    let mut words = line.splitn(6, ' ');
    let millis: i64 = words.next()?.parse().ok()?;
    let phone = phone(words.next()?);
    let server: SocketAddr = SERVER.parse().ok()?;
    let (src, dst) = if words.next()? == ">" { (phone, server) } else { (server, phone) };
    let version: u8 = words.next()?.parse().ok()?;
    let message = words.next()?;
    let fields: Value = serde_json::from_str(words.next().unwrap_or("{}")).ok()?;
    let header_version = if version < 17 { 0 } else { u32::from(version) };
    let payload = from_json(message, &fields, version, header_version, Charset::Utf8).ok()?;
    Some(Sent { time: Timestamp(BEGIN_NANOS + millis * 1_000_000), src, dst, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Printer, Style};
    use crate::reader::FrameReader;

    #[test]
    fn it_reads_back_message_by_message() {
        let mut text = Vec::new();
        let mut printer = Printer::new(&mut text, Style::default());
        let capture = capture();
        let summary = FrameReader::new(&capture[..]).unwrap().run(&mut printer);
        assert!(summary.is_whole(), "{summary:?}");
        assert_eq!(printer.printed as usize, messages());
        let text = String::from_utf8(text).unwrap();
        for (line, shown) in lines().zip(text.lines()) {
            let message = line.split(' ').nth(4).unwrap();
            assert!(shown.contains(&format!("  {message}")), "{line}: {shown}");
        }
        assert!(text.contains("SoftKeyTemplateRes") && text.contains("{NewCall}"), "{text}");
        assert!(text.contains("calling_party_name=\"Alice Liddell\""));
    }
}
