//! One line a message: for people, or as JSON for scripts.
//!
//! A sink of [`crate::reader::FrameReader`] that decodes each frame with `skinny`, in the layout of the
//! version that its phone negotiated, as far as the capture shows the registration.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::ops::ControlFlow;

use skinny::json::{self, JsonSink};
use skinny::message::Message;
use skinny::packet::{Packet, Viewed, view};
use skinny::text::Charset;
use skinny::view::{Sink, Value};
use skinny::{Frame, Header, catalogue};

use crate::Timestamp;
use crate::reader::{ConnectionEvent, DeviceName, FrameSink, Place, RawFrame, Trouble};
use crate::report::csv_line;
use crate::source::Told;

/// Longest line for people; what is longer ends in `…` (`--json` and `--hex` show all).
pub const LINE_MAX: usize = 1000;

/// How messages are printed.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// One JSON object a line.
    pub json: bool,
    /// Comma-separated values, with a heading.
    pub csv: bool,
    /// The bytes too.
    pub hex: bool,
    /// Only these message ids; all when empty.
    pub only: Vec<u32>,
    /// Not these.
    pub except: Vec<u32>,
}

impl Style {
    fn wants(&self, id: u32) -> bool {
        (self.only.is_empty() || self.only.contains(&id)) && !self.except.contains(&id)
    }
}

/// What a connection has shown of its registration.
#[derive(Debug, Clone, Copy, Default)]
struct Dialect {
    offered: u8,
    negotiated: u8,
    charset: Charset,
    /// The phone, where a text trace names it.
    device: Option<DeviceName>,
}

impl Dialect {
    /// Learns from the registration: the server's answer decides, the phone's offer bounds it.
    fn learn(&mut self, frame: Frame<'_>) {
        match Packet::decode(frame, 0).message {
            Message::RegisterReq(request) => self.offered = request.protocol_ver,
            Message::RegisterAck(answer) => {
                self.negotiated =
                    answer.max_protocol_ver.min(self.offered.max(1)).min(catalogue::VERSION_MAX);
                let utf8 = answer.phone_features.0.contains(skinny::codes::PhoneFeatures::UTF_8_TEXT);
                self.charset = if utf8 { Charset::Utf8 } else { Charset::Unknown };
            }
            _ => {}
        }
    }
}

/// Prints the messages of a capture.
#[derive(Debug)]
pub struct Printer<W: Write> {
    out: W,
    style: Style,
    dialects: Vec<Dialect>,
    /// By slot: both directions as JSON, written once for all messages.
    ways: Vec<[Way; 2]>,
    line: Vec<u8>,
    /// Messages printed.
    pub printed: u64,
    /// Why printing ended early.
    pub failure: Option<io::Error>,
}

impl<W: Write> Printer<W> {
    /// Prints to `out`, which should be buffered.
    pub fn new(out: W, style: Style) -> Self {
        Printer {
            out,
            style,
            dialects: Vec::new(),
            ways: Vec::new(),
            line: Vec::new(),
            printed: 0,
            failure: None,
        }
    }

    fn dialect(&mut self, slot: u32) -> &mut Dialect {
        let slot = slot as usize;
        if slot >= self.dialects.len() {
            self.dialects.resize(slot + 1, Dialect::default());
        }
        &mut self.dialects[slot]
    }

    fn print(&mut self, raw: &RawFrame<'_>, frame: Frame<'_>) -> io::Result<()> {
        let dialect = *self.dialect(raw.slot);
        self.line.clear();
        if self.style.json {
            let slot = raw.slot as usize;
            if slot >= self.ways.len() {
                self.ways.resize_with(slot + 1, Default::default);
            }
            let way = self.ways[slot][usize::from(raw.from_server)].of(raw, dialect.device);
            json_line(&mut self.line, raw.time, way, frame, dialect, self.style.hex);
        } else if self.style.csv {
            if self.printed == 0 {
                self.line.extend_from_slice(CSV_COLUMNS.as_bytes());
                self.line.extend_from_slice(b"\r\n");
            }
            self.line.extend_from_slice(csv_row(raw, frame, dialect).as_bytes());
        } else {
            text_line(&mut self.line, raw, frame, dialect);
            if self.style.hex {
                hex_dump(&mut self.line, frame);
            }
        }
        self.printed += 1;
        self.out.write_all(&self.line)
    }

    /// Writes what is still buffered.
    pub fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> FrameSink for Printer<W> {
    fn frame(&mut self, raw: RawFrame<'_>) -> ControlFlow<()> {
        let header = Header { length: raw.body.len() as u32 + 4, version: raw.header_version, id: raw.id };
        let frame = Frame { header, body: raw.body };
        if matches!(raw.id, 0x01 | 0x81) {
            self.dialect(raw.slot).learn(frame);
        }
        if !self.style.wants(raw.id) {
            return ControlFlow::Continue(());
        }
        match self.print(&raw, frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn connection(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Opened { slot, .. } => *self.dialect(slot) = Dialect::default(),
            ConnectionEvent::Named { slot, device, .. } => {
                self.dialect(slot).device = Some(device);
                if let Some(ways) = self.ways.get_mut(slot as usize) {
                    *ways = Default::default();
                }
            }
            _ => {}
        }
    }

    fn idle(&mut self) {
        if let Err(error) = self.out.flush() {
            self.failure.get_or_insert(error);
        }
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        if self.style.json || self.style.csv {
            return;
        }
        let device = self.dialect(place.slot).device;
        self.line.clear();
        clock(&mut self.line, place.time);
        let what = match trouble {
            Trouble::Gap { missing } => format!("{missing} bytes are missing from the capture"),
            Trouble::BadHeader { offset, found } => {
                format!("no frame begins at byte {offset}: found {found:?}")
            }
            Trouble::Resynchronised { offset, skipped } => {
                format!("frames begin again at byte {offset}, {skipped} bytes passed over")
            }
            Trouble::Abandoned { bytes } => format!("a frame broke off, {bytes} bytes lost"),
        };
        let [src, dst] = ends(place.src, place.dst, place.from_server, device);
        let _ = writeln!(self.line, "  {src} → {dst}  -- {what}");
        let _ = self.out.write_all(&self.line);
    }
}

/// Who sends to whom, as members of a JSON object.
#[derive(Debug, Default)]
struct Way {
    ends: Option<(SocketAddr, SocketAddr)>,
    text: Vec<u8>,
}

impl Way {
    /// The text for the ends of a frame.
    #[inline]
    fn of(&mut self, raw: &RawFrame<'_>, device: Option<DeviceName>) -> &[u8] {
        if self.ends != Some((raw.src, raw.dst)) {
            self.write(raw, device);
        }
        &self.text
    }

    #[cold]
    fn write(&mut self, raw: &RawFrame<'_>, device: Option<DeviceName>) {
        let (src, dst) = (raw.src, raw.dst);
        let direction = if raw.from_server { "server-to-phone" } else { "phone-to-server" };
        self.ends = Some((src, dst));
        let quoted = |address| Told::of(address).map_or("null".to_owned(), |told| format!("\"{told}\""));
        // Letters, digits and harmless signs only.
        let device = device.map_or_else(String::new, |device| format!("\"device\":\"{}\",", device.as_str()));
        let (src, dst) = (quoted(src), quoted(dst));
        self.text =
            format!("\"src\":{src},\"dst\":{dst},{device}\"direction\":\"{direction}\",").into_bytes();
    }
}

/// Sender and addressee for people: by the name and the address that the source tells, else by what they are.
fn ends(src: SocketAddr, dst: SocketAddr, from_server: bool, device: Option<DeviceName>) -> [String; 2] {
    let end = |address, is_server: bool| match (Told::of(address), device.filter(|_| !is_server)) {
        (Some(told), Some(device)) => format!("{} ({told})", device.as_str()),
        (None, Some(device)) => device.as_str().to_owned(),
        (Some(told), None) => told.to_string(),
        (None, None) if is_server => "call manager".to_owned(),
        (None, None) => "phone".to_owned(),
    };
    [end(src, from_server), end(dst, !from_server)]
}

/// Columns of a message.
const CSV_COLUMNS: &str = "time,src,dst,device,direction,header_version,id,name,fields";

/// A message as a row; its fields as the JSON object that `--json` has.
fn csv_row(raw: &RawFrame<'_>, frame: Frame<'_>, dialect: Dialect) -> String {
    let mut fields = Vec::new();
    let mut sink = JsonSink::new(&mut fields, dialect.charset);
    view(frame, dialect.negotiated, &mut sink);
    sink.finish();
    let mut time = Vec::new();
    json_time(&mut time, raw.time);
    let told = |address| Told::of(address).map_or_else(String::new, |told| told.to_string());
    csv_line(&[
        String::from_utf8_lossy(&time).into_owned(),
        told(raw.src),
        told(raw.dst),
        dialect.device.map_or_else(String::new, |device| device.as_str().to_owned()),
        if raw.from_server { "server-to-phone" } else { "phone-to-server" }.to_owned(),
        frame.header.version.to_string(),
        frame.header.id.to_string(),
        catalogue::name(frame.header.id).to_string(),
        String::from_utf8_lossy(&fields).into_owned(),
    ])
}

/// Seconds with nine places.
fn json_time(out: &mut Vec<u8>, time: Timestamp) {
    let (seconds, mut rest) = (time.0.div_euclid(1_000_000_000), time.0.rem_euclid(1_000_000_000));
    out.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
    let mut places = *b".000000000";
    for place in places[1..].iter_mut().rev() {
        *place += (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&places);
}

/// `{"time":…, "src":…, "dst":…, "direction":…, …}` and a newline.
fn json_line(
    out: &mut Vec<u8>,
    time: Timestamp,
    way: &[u8],
    frame: Frame<'_>,
    dialect: Dialect,
    with_hex: bool,
) {
    out.extend_from_slice(b"{\"time\":");
    json_time(out, time);
    out.push(b',');
    out.extend_from_slice(way);
    message_members(out, frame, dialect.negotiated, dialect.charset);
    if with_hex {
        out.extend_from_slice(b",\"hex\":");
        json::hex(out, &[&frame.header.bytes()[..], frame.body].concat());
    }
    out.extend_from_slice(b"}\n");
}

/// The members of a message object that do not depend on where it was seen: `"header_version"` to
/// `"unparsed"`, without the braces.
pub fn message_members(out: &mut Vec<u8>, frame: Frame<'_>, negotiated: u8, charset: Charset) {
    let Header { version, id, .. } = frame.header;
    let mut number = itoa::Buffer::new();
    out.extend_from_slice(b"\"header_version\":");
    out.extend_from_slice(number.format(version).as_bytes());
    out.extend_from_slice(b",\"id\":");
    out.extend_from_slice(number.format(id).as_bytes());
    out.extend_from_slice(b",\"name\":");
    json::string(out, &catalogue::name(id));
    out.extend_from_slice(b",\"fields\":");
    let mut sink = JsonSink::new(out, charset);
    let viewed = view(frame, negotiated, &mut sink);
    sink.finish();
    let unparsed = viewed.unparsed(frame.body);
    if !unparsed.is_empty() {
        out.extend_from_slice(b",\"unparsed\":");
        json::hex(out, unparsed);
    }
}

fn text_line(out: &mut Vec<u8>, raw: &RawFrame<'_>, frame: Frame<'_>, dialect: Dialect) {
    clock(out, raw.time);
    let _ = match raw.line {
        None => write!(out, "  {} → {}  ", raw.src, raw.dst),
        Some(_) => {
            let [src, dst] = ends(raw.src, raw.dst, raw.from_server, dialect.device);
            write!(out, "  {src} → {dst}  ")
        }
    };
    out.extend_from_slice(catalogue::name(frame.header.id).as_bytes());
    out.extend_from_slice(fields(frame, dialect.negotiated, dialect.charset).as_bytes());
    out.push(b'\n');
}

/// The fields of a frame as in a line for people, each with a blank before it; what is longer than [`LINE_MAX`] ends in `…`.
pub fn fields(frame: Frame<'_>, negotiated: u8, charset: Charset) -> String {
    let mut sink = LineSink { out: String::new(), depth: Vec::new(), charset };
    let viewed = view(frame, negotiated, &mut sink);
    push_unparsed(&mut sink.out, viewed, frame);
    if let Some((end, _)) = sink.out.char_indices().nth(LINE_MAX) {
        sink.out.truncate(end);
        sink.out.push('…');
    }
    sink.out
}

fn push_unparsed(out: &mut String, viewed: Viewed, frame: Frame<'_>) {
    let unparsed = viewed.unparsed(frame.body);
    if !unparsed.is_empty() {
        out.push_str("  +");
        let _ = skinny::view::write_hex(out, unparsed);
    }
}

/// `YYYY-MM-DD HH:MM:SS.mmmmmm`, UTC.
fn clock(out: &mut Vec<u8>, time: Timestamp) {
    let day = jiff::Timestamp::from_nanosecond(i128::from(time.0))
        .map(|time| time.strftime("%F %T%.6f").to_string());
    out.extend_from_slice(day.as_deref().unwrap_or("time not known").as_bytes());
}

/// Sixteen bytes a row, with their ASCII.
pub fn hex_dump(out: &mut Vec<u8>, frame: Frame<'_>) {
    let bytes = [&frame.header.bytes()[..], frame.body].concat();
    for (row, chunk) in bytes.chunks(16).enumerate() {
        let mut digits = String::new();
        let mut ascii = String::new();
        for byte in chunk {
            let _ = write!(digits, "{byte:02x} ");
            ascii.push(if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' });
        }
        let _ = writeln!(out, "    {:04x}  {digits:<48} {ascii}", row * 16);
    }
}

/// Writes fields as `name=value`, entries of tables in brackets with their values alone.
struct LineSink {
    out: String,
    /// For each open bracket: what closes it.
    depth: Vec<&'static str>,
    charset: Charset,
}

/// Fields that say nothing to a person who reads a call.
pub(crate) fn is_noise(name: &str) -> bool {
    name.starts_with("reserved")
        || name.starts_with("unknown")
        || name.ends_with("padding")
        || name == "leftover"
}

impl Sink for LineSink {
    fn leaf(&mut self, name: &'static str, _at: usize, _len: usize, value: Value<'_>) {
        if value.is_empty() || is_noise(name) {
            return;
        }
        let in_table = self.depth.contains(&"]");
        let separator = if self.out.ends_with(['[', '{', ' ']) { "" } else { " " };
        let _ = match in_table {
            true => write!(self.out, "{separator}{value}"),
            false => write!(self.out, " {name}={value}"),
        };
    }
    fn begin(&mut self, _name: &'static str) {
        self.depth.push("");
    }
    fn begin_table(&mut self, name: &'static str) {
        let separator = if self.depth.contains(&"]") { "" } else { " " };
        let _ = write!(self.out, "{separator}{name}=[");
        self.depth.push("]");
    }
    fn begin_entry(&mut self, index: usize) {
        if index > 0 {
            self.out.push_str("; ");
        }
        self.depth.push("");
    }
    fn charset(&self) -> Charset {
        self.charset
    }
    fn end(&mut self) {
        self.out.push_str(self.depth.pop().unwrap_or(""));
    }
}

/// Any bytes as a capture: reads, decodes and prints without a panic. Body of a fuzz target.
#[doc(hidden)]
pub fn any_capture(data: &[u8]) {
    for json in [true, false] {
        let style = Style { json, hex: true, ..Style::default() };
        if let Ok(reader) = crate::reader::FrameReader::new(data) {
            let _ = reader.run(&mut Printer::new(io::sink(), style));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::FrameReader;
    use crate::synth::{Sent, packets, write_pcap};

    fn printed(capture: &[u8], style: Style) -> String {
        let mut out = Vec::new();
        let _ = FrameReader::new(capture).unwrap().run(&mut Printer::new(&mut out, style));
        String::from_utf8(out).unwrap()
    }

    /// A capture in which a phone sends one message.
    fn one(message: &str, fields: serde_json::Value) -> Vec<u8> {
        let payload = skinny::packet::from_json(message, &fields, 20, 20, Charset::Utf8).unwrap();
        let src = "192.0.2.9:50009".parse().unwrap();
        let dst = "192.0.2.1:2000".parse().unwrap();
        let mut file = Vec::new();
        write_pcap(&mut file, &packets(&[Sent { time: Timestamp(1), src, dst, payload }])).unwrap();
        file
    }

    #[test]
    fn json_lines_have_the_promised_members() {
        let lines = printed(&crate::example::capture(), Style { json: true, ..Style::default() });
        assert_eq!(lines.lines().count(), crate::example::messages());
        for line in lines.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            for member in ["time", "src", "dst", "direction", "header_version", "id", "name", "fields"] {
                assert!(object.get(member).is_some(), "{member} in {line}");
            }
            assert!(object.get("unparsed").is_none(), "{line}");
        }
    }

    /// What a text trace does not tell is not made up.
    #[test]
    fn the_ends_of_a_text_traces_messages_are_what_it_says() {
        let trace = b"16:03:06.703 CCM|StationInit - InboundStim - KeepAliveMessage - Forward KeepAlive to StationD. DeviceName=SEP0A0B0C0D0E0F, TCPHandle=0x4fb, Socket=0x5a4, IPAddr=192.0.2.31, Port=52095, StationD=[1,85,1]\r\n\
            16:05:42.890 CCM|StationInit - InboundStim - KeypadButtonMessageID kpButton: 1 tcpHandle=0x4fc\r\n\
            16:05:43.000 CCM|StationD:    (0000188) SEP0000000000AA , star_MediaExchangeAgenaOpenLogicalChannel packetSize=20.\r\n\
            16:05:44.000 CCM|StationD:    (0000188) StopTone .\r\n";
        let printed = |style: Style| {
            let mut out = Vec::new();
            let mut printer = Printer::new(&mut out, style);
            let mut reader = crate::source::text::TextReader::new(&trace[..], 0);
            while reader.step(&mut printer).is_continue() {}
            reader.finish(&mut printer);
            String::from_utf8(out).unwrap()
        };
        let text = printed(Style::default());
        let json = printed(Style { json: true, ..Style::default() });
        let csv = printed(Style { csv: true, ..Style::default() });
        let ends: Vec<&str> = text.lines().map(|line| line.split("  ").nth(1).unwrap()).collect();
        assert_eq!(
            ends,
            [
                "SEP0A0B0C0D0E0F (192.0.2.31:52095) → call manager",
                "phone → call manager",
                "call manager → SEP0000000000AA"
            ]
        );
        let members = |line: &str, names: [&str; 3]| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            names.map(|name| object[name].as_str().unwrap_or("-").to_owned())
        };
        let ends: Vec<[String; 3]> =
            json.lines().map(|line| members(line, ["src", "dst", "device"])).collect();
        assert_eq!(
            ends,
            [["192.0.2.31:52095", "-", "SEP0A0B0C0D0E0F"], ["-", "-", "-"], ["-", "-", "SEP0000000000AA"]]
        );
        let ends: Vec<Vec<&str>> =
            csv.lines().map(|line| line.split(',').skip(1).take(3).collect()).collect();
        assert_eq!(
            ends,
            [
                vec!["src", "dst", "device"],
                vec!["192.0.2.31:52095", "", "SEP0A0B0C0D0E0F"],
                vec!["", "", ""],
                vec!["", "", "SEP0000000000AA"]
            ]
        );
        assert!(csv.lines().all(|line| line.split(',').count() >= 9), "{csv}");
    }

    #[test]
    fn filters_by_message() {
        let only = printed(&crate::example::capture(), Style { only: vec![0x82], ..Style::default() });
        assert!(
            only.lines().count() == 2 && only.lines().all(|line| line.contains("  StartTone ")),
            "{only}"
        );
        let except = printed(&crate::example::capture(), Style { except: vec![0x82], ..Style::default() });
        assert_eq!(except.lines().count(), crate::example::messages() - 2);
    }

    #[test]
    fn text_of_the_network_reaches_neither_terminal_nor_json_raw() {
        let hostile = "{x1b}[31m';--{x0a}<b>";
        let capture = one("RegisterReq", serde_json::json!({ "sid": { "device_name": hostile } }));
        let text = printed(&capture, Style::default());
        assert!(text.contains(hostile) && text.lines().count() == 1 && !text.contains('\u{1b}'), "{text}");
        let json = printed(&capture, Style { json: true, ..Style::default() });
        let object: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(object["fields"]["sid"]["device_name"], hostile);
    }

    #[test]
    fn trailing_bytes_are_shown_and_padding_is_not() {
        let mut payload =
            skinny::packet::from_json("SetLamp", &serde_json::json!({}), 20, 20, Charset::Utf8).unwrap();
        payload.extend([0xde, 0xad, 0xbe, 0xef]);
        payload[0] += 4;
        let src = "192.0.2.1:2000".parse().unwrap();
        let dst = "192.0.2.9:50009".parse().unwrap();
        let mut file = Vec::new();
        write_pcap(&mut file, &packets(&[Sent { time: Timestamp(1), src, dst, payload }])).unwrap();
        assert!(printed(&file, Style::default()).contains("+deadbeef"));
        assert!(
            printed(&file, Style { json: true, ..Style::default() }).contains("\"unparsed\":\"deadbeef\"")
        );
    }

    #[test]
    fn damaged_captures_do_no_harm() {
        let capture = crate::example::capture();
        for at in (0..capture.len()).step_by(97) {
            any_capture(&capture[..at]);
            let mut flipped = capture.clone();
            flipped[at] ^= 0xff;
            any_capture(&flipped);
        }
    }
}
