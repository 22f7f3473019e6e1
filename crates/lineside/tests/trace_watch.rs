//! `lineside trace --watch --metrics` on a file that grows, as a user runs it.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use skinny::packet::from_json;
use skinny::text::Charset;
use trace::Timestamp;
use trace::synth::{PcapWriter, Wire};

const BEGIN: Timestamp = Timestamp(1_767_603_600_000_000_000);

/// The program while it watches, and what it says.
struct Watching {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    page: String,
    _stderr: BufReader<ChildStderr>,
}

impl Watching {
    fn new(path: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lineside"))
            .args(["trace", "--follow", "--watch", "--json", "--metrics", "127.0.0.1:0"])
            .arg(path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("it says where the figures are");
        let page = line.trim().strip_prefix("figures at http://").expect("an address").to_owned();
        let page = page.strip_suffix("/metrics").expect("a path").to_owned();
        Self { child, said, page, _stderr: stderr }
    }

    /// The next line, which is said as soon as the figures show it.
    fn finding(&mut self) -> Value {
        let line = self.said.next().expect("it goes on").expect("text");
        serde_json::from_str(&line).expect("JSON")
    }

    fn figures(&self) -> String {
        let mut connection = TcpStream::connect(&self.page).expect("the page is served");
        connection.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("answered");
        let (head, page) = answer.split_once("\r\n\r\n").expect("a head and a page");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", page.len())), "{head}");
        assert!(page.ends_with("# EOF\n"), "{page}");
        page.to_owned()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn phone(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 50_000))
}

fn server() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 2000))
}

fn message(name: &str, fields: &Value) -> Vec<u8> {
    from_json(name, fields, 11, 0, Charset::Utf8).expect("a message")
}

/// A phone asks for a registration at second `at` and is refused.
fn refused(wire: &mut Wire, at: i64, number: u8) {
    let time = BEGIN.plus(at * 1_000_000_000);
    wire.open(time, phone(number), server());
    let asks = json!({ "sid": { "device_name": format!("SEP0011223344{number:02}") }, "protocol_ver": 11 });
    wire.send(time.plus(1_000_000), phone(number), server(), &message("RegisterReq", &asks));
    let refusal = json!({ "text": "Error: DB Config" });
    wire.send(time.plus(2_000_000), server(), phone(number), &message("RegisterReject", &refusal));
}

fn write(out: &mut PcapWriter<File>, wire: &mut Wire) {
    for packet in wire.packets() {
        out.write(packet).expect("written");
    }
    wire.forget_packets();
}

#[test]
fn what_goes_wrong_is_said_as_it_is_seen_and_counted_for_prometheus() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("growing.pcap");
    let mut out = PcapWriter::new(File::create(&path).expect("a file")).expect("written");
    let mut wire = Wire::new();
    refused(&mut wire, 0, 60);
    write(&mut out, &mut wire);
    let mut watching = Watching::new(&path);

    let found = watching.finding();
    assert_eq!((&found["finding"], &found["of"]), (&json!("rejected"), &json!("SEP001122334460")), "{found}");
    let figures = watching.figures();
    for wanted in [
        "sccp_trace_registrations{state=\"rejected\"} 1\n",
        "sccp_trace_findings{finding=\"rejected\"} 1\n",
        "sccp_trace_dropped_packets 0\n",
    ] {
        assert!(figures.contains(wanted), "{wanted} in {figures}");
    }

    // The file grows: another phone is refused, then thirty leave within a second.
    refused(&mut wire, 1, 61);
    for number in 100..130 {
        let time = BEGIN.plus(2_000_000_000 + i64::from(number) * 1_000_000);
        wire.open(time, phone(number), server());
        wire.send(time, phone(number), server(), &message("KeepAliveReq", &json!({})));
        wire.send(time, server(), phone(number), &message("KeepAliveAck", &json!({})));
        wire.close(time.plus(500_000_000), phone(number), server());
    }
    write(&mut out, &mut wire);
    drop(out);
    let (mut kinds, mut storm) = (Vec::new(), Value::Null);
    while storm.is_null() {
        let found = watching.finding();
        kinds.push(found["finding"].clone());
        storm = if found["finding"] == "storm" { found } else { storm };
    }
    assert!(kinds.contains(&json!("rejected")), "{kinds:?}");
    assert_eq!(storm["of"], "all phones");
    let figures = watching.figures();
    for wanted in [
        "sccp_trace_findings{finding=\"rejected\"} 2\n",
        "sccp_trace_findings{finding=\"storm\"} 1\n",
        "sccp_trace_registrations{state=\"rejected\"} 2\n",
    ] {
        assert!(figures.contains(wanted), "{wanted} in {figures}");
    }
}
