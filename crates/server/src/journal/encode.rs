//! Lines of calls and their streams, laid out by hand.
//!
//! Each call writes four of them in the thread that carries all calls, where `serde_json` took a sixth of the
//! time. What is written is byte for byte what it writes: a test holds every field against it.

use std::io::Write as _;
use std::net::SocketAddr;

use exchange::record::{CallRecord, Record, StreamRecord};

use super::escape::{append_line, is_plain};

/// Puts a record as a line behind what `out` holds.
pub fn append_record(out: &mut Vec<u8>, record: &Record) -> Result<(), serde_json::Error> {
    match record {
        Record::CallOpened { call, start_ms, calling, calling_device } => {
            let mut line = Line { out };
            line.number(r#"{"record":"call_opened","call":"#, *call);
            line.number(r#","start_ms":"#, *start_ms);
            line.text(r#","calling":"#, calling)?;
            line.text(r#","calling_device":"#, calling_device)?;
            line.end();
        }
        Record::Call(call) => append_call(Line { out }, call)?,
        Record::Stream(stream) => append_stream(Line { out }, stream)?,
        Record::Relay(_) | Record::Recording(_) => append_line(out, record)?,
    }
    Ok(())
}

fn append_call(mut line: Line<'_>, record: &CallRecord) -> Result<(), serde_json::Error> {
    // All of them: a field that comes later must not be forgotten here.
    let CallRecord {
        call,
        calling,
        calling_name,
        calling_device,
        dialed,
        called,
        called_device,
        start_ms,
        answer_ms,
        end_ms,
        cause,
        ended_by,
        codec,
        codec_by,
        calling_media,
        called_media,
        references,
        continued_as,
        relayed,
        hardware,
        transcoded,
        srtp,
        recordings,
    } = record;
    line.number(r#"{"record":"call","call":"#, *call);
    line.text(r#","calling":"#, calling)?;
    line.text(r#","calling_name":"#, calling_name)?;
    line.text(r#","calling_device":"#, calling_device)?;
    line.text(r#","dialed":"#, dialed)?;
    line.text(r#","called":"#, called)?;
    line.text(r#","called_device":"#, called_device)?;
    line.number(r#","start_ms":"#, *start_ms);
    line.number_or_null(r#","answer_ms":"#, *answer_ms);
    line.number(r#","end_ms":"#, *end_ms);
    line.number(r#","cause":"#, cause.0);
    line.text(r#","ended_by":"#, ended_by)?;
    line.number_or_null(r#","codec":"#, *codec);
    if let Some(codec_by) = codec_by {
        line.text(r#","codec_by":"#, codec_by)?;
    }
    line.address(r#","calling_media":"#, *calling_media);
    line.address(r#","called_media":"#, *called_media);
    line.numbers(r#","references":"#, references);
    if let Some(continued_as) = continued_as {
        line.number(r#","continued_as":"#, *continued_as);
    }
    if let Some(relayed) = relayed {
        line.text(r#","relayed":"#, relayed)?;
    }
    if let Some(hardware) = hardware {
        line.text(r#","hardware":"#, hardware)?;
    }
    for (key, value) in [(r#","transcoded":"#, transcoded), (r#","srtp":"#, srtp)] {
        if let Some(value) = value {
            line.number(key, *value);
        }
    }
    for (place, recording) in recordings.iter().enumerate() {
        line.text(if place == 0 { r#","recordings":["# } else { "," }, recording)?;
    }
    if !recordings.is_empty() {
        line.raw("]");
    }
    line.end();
    Ok(())
}

fn append_stream(mut line: Line<'_>, record: &StreamRecord) -> Result<(), serde_json::Error> {
    let StreamRecord {
        call,
        device,
        reference,
        packets_sent,
        octets_sent,
        packets_received,
        octets_received,
        packets_lost,
        jitter,
        latency,
        srtp,
        quality,
    } = record;
    line.number(r#"{"record":"stream","call":"#, *call);
    line.text(r#","device":"#, device)?;
    line.number(r#","reference":"#, *reference);
    line.number(r#","packets_sent":"#, *packets_sent);
    line.number(r#","octets_sent":"#, *octets_sent);
    line.number(r#","packets_received":"#, *packets_received);
    line.number(r#","octets_received":"#, *octets_received);
    line.number(r#","packets_lost":"#, *packets_lost);
    line.number(r#","jitter":"#, *jitter);
    line.number(r#","latency":"#, *latency);
    if let Some(srtp) = srtp {
        line.number(r#","srtp":"#, *srtp);
    }
    line.text(r#","quality":"#, quality)?;
    line.end();
    Ok(())
}

/// A line being written: each piece is a key with its punctuation, and its value.
struct Line<'o> {
    out: &'o mut Vec<u8>,
}

impl Line<'_> {
    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn integer(&mut self, value: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(value));
    }

    fn number(&mut self, key: &'static str, value: impl itoa::Integer) {
        self.raw(key);
        self.integer(value);
    }

    fn number_or_null(&mut self, key: &'static str, value: Option<impl itoa::Integer>) {
        match value {
            Some(value) => self.number(key, value),
            None => {
                self.raw(key);
                self.raw("null");
            }
        }
    }

    fn numbers(&mut self, key: &'static str, values: &[u32]) {
        self.raw(key);
        self.raw("[");
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                self.raw(",");
            }
            self.integer(*value);
        }
        self.raw("]");
    }

    fn text(&mut self, key: &'static str, text: &str) -> Result<(), serde_json::Error> {
        self.raw(key);
        if is_plain(text) {
            self.raw("\"");
            self.raw(text);
            self.raw("\"");
            return Ok(());
        }
        append_line(self.out, text)?;
        self.out.pop();
        Ok(())
    }

    fn address(&mut self, key: &'static str, address: Option<SocketAddr>) {
        let Some(address) = address else { return };
        self.raw(key);
        self.raw("\"");
        match address {
            SocketAddr::V4(address) => {
                for (place, octet) in address.ip().octets().into_iter().enumerate() {
                    self.raw(if place == 0 { "" } else { "." });
                    self.integer(octet);
                }
                self.raw(":");
                self.integer(address.port());
            }
            // Writing to memory does not fail.
            SocketAddr::V6(address) => drop(write!(self.out, "{address}")),
        }
        self.raw("\"");
    }

    fn end(&mut self) {
        self.raw("}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::call::Cause;

    const TEXTS: [&str; 6] =
        ["", "1001", "Anna \"Bo\" \\ Ë", "</script>", "\u{1b}[31m\r\n\t\0", "MLQK=4.5;\u{202e}\u{7f}"];

    fn assert_same(record: &Record) {
        let (mut ours, mut theirs) = (b"before\n".to_vec(), b"before\n".to_vec());
        append_record(&mut ours, record).unwrap();
        append_line(&mut theirs, record).unwrap();
        assert_eq!(String::from_utf8(ours), String::from_utf8(theirs));
    }

    fn call(text: &str, number: u64) -> CallRecord {
        CallRecord {
            call: number,
            calling: text.into(),
            calling_name: text.into(),
            calling_device: text.into(),
            dialed: text.into(),
            called: text.into(),
            called_device: text.into(),
            start_ms: -(number as i64),
            answer_ms: Some(number as i64),
            end_ms: i64::MAX,
            cause: Cause(255),
            ended_by: text.into(),
            codec: Some(number as u32),
            codec_by: Some(text.into()),
            calling_media: Some("192.168.1.255:65535".parse().unwrap()),
            called_media: Some("[2001:db8::1%3]:2000".parse().unwrap()),
            references: vec![1, number as u32],
            continued_as: Some(number),
            relayed: Some(text.into()),
            hardware: Some(text.into()),
            transcoded: Some(4),
            srtp: (number > 9).then_some(1),
            recordings: vec![text.into(); number.min(3) as usize],
        }
    }

    #[test]
    fn lines_are_those_of_serde() {
        for text in TEXTS {
            for number in [0, 9, 1_795_402_042_820, u64::MAX] {
                assert_same(&Record::Call(call(text, number)));
                let (calling, calling_device) = (text.to_owned(), text.to_owned());
                let start_ms = number as i64;
                assert_same(&Record::CallOpened { call: number, start_ms, calling, calling_device });
                let low = number as u32;
                assert_same(&Record::Stream(StreamRecord {
                    call: number,
                    device: text.into(),
                    reference: low,
                    packets_sent: low,
                    octets_sent: 1,
                    packets_received: 2,
                    octets_received: 3,
                    packets_lost: 4,
                    jitter: 5,
                    latency: 6,
                    srtp: (low > 9).then_some(1),
                    quality: text.into(),
                }));
            }
        }
        assert_same(&Record::Call(CallRecord::default()));
        assert_same(&Record::Recording(exchange::record::RecordingRecord::default()));
        assert_same(&Record::Relay(exchange::record::RelayRecord::default()));
    }
}
