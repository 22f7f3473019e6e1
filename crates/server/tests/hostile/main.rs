//! Text that a phone sends, through log, journal and JSON.

#[path = "../wire/support.rs"]
#[allow(dead_code, reason = "shared with the tests over the wire, which use all of it")]
mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use skinny::message::{Alarm, XMLAlarm};
use skinny::types::{FixedText, NulText};
use support::*;
use tracing_subscriber::fmt::MakeWriter;

/// Names that were the end of somebody's server, database, web page, file or terminal.
const HOSTILE: &[&[u8]] = &[
    b"SEP'; DROP TABL",
    b"' OR '1'='1",
    b"<script>alert(",
    b"../../etc/passw",
    b"SEP\x1b[2J\x1b[31m",
    b"SEP1\r\nERROR x",
    b"%s%s%s%n%n",
    b"$(reboot)`id`",
    b"SEP\xff\xfe\x80\x81\xc3\x28",
    b"\xc2\x9b2J\xe2\x80\xae",
    b"{\"record\":\"c\"}",
    b"\x00",
    b"",
    b"SEP00112233445566",
    b"AAAAAAAAAAAAAAAAAAAAAAAA",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;
    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

#[test]
fn hostile_names_reach_nothing_unescaped() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .init();
    let data = tempfile::tempdir().unwrap();
    let (events, changes) = crossbeam_channel::bounded(1_000);
    let mut config =
        server::Config { data: Some(data.path().into()), events: Some(events), ..config_with(2) };
    config.plan.site.auto_register = true;
    let server = start(config);
    for name in HOSTILE {
        let mut phone = Phone::connect(server.addresses[0]);
        phone.send(&Alarm { text: FixedText::new(name), ..Alarm::default() });
        phone.send(&XMLAlarm { alarm_info: NulText::new(name) });
        phone.send(&register(name));
        phone.send(&skinny::message::KeepAliveReq {});
        // It is refused, put off or served, but the server lives and answers.
        assert!(phone.next().is_ok(), "{}", name.escape_ascii());
    }
    let mut caller = Phone::registered(server.addresses[0], 1);
    let mut callee = Phone::registered(server.addresses[0], 2);
    connect_call(&mut caller, &mut callee, "1002");
    end_call(&mut caller, &mut callee);
    server.halt();
    drop((caller, callee));
    server.join().expect("ends well");

    let log = String::from_utf8(log.0.lock().expect("whole").clone()).expect("the log is text");
    for line in log.lines() {
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        assert!(line.starts_with("20"), "a line that a phone made: {line:?}");
    }
    let journal = std::fs::read(data.path().join(server::journal::FILE_NAME)).unwrap();
    for line in journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let text = std::str::from_utf8(line).expect("text");
        assert!(!text.contains(|c: char| c.is_control() || c == '<' || c == '\u{202e}'), "{text:?}");
        serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    }
    for event in changes.iter() {
        let json = serde_json::to_string(&event).expect("JSON");
        assert!(!json.contains(char::is_control), "{json:?}");
    }
}
