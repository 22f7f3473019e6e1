//! CSV that billing programs and spreadsheets take unharmed.

use exchange::call::Cause;
use exchange::record::{CallRecord, StreamRecord};

use super::cucm::{CDR, CMR, cdr, cmr, head};
use super::{StreamRow, csv};

fn call() -> CallRecord {
    CallRecord {
        call: 7,
        calling: "+4989123".into(),
        calling_device: "SEP001122334455".into(),
        dialed: "1002".into(),
        called: "1002".into(),
        called_device: "SEP001122334456".into(),
        start_ms: 1_700_000_000_500,
        answer_ms: Some(1_700_000_003_000),
        end_ms: 1_700_000_063_900,
        cause: Cause::NORMAL,
        ended_by: "caller".into(),
        codec: Some(4),
        calling_media: Some("10.48.32.28:17996".parse().unwrap()),
        references: vec![100, 101],
        ..CallRecord::default()
    }
}

fn value<'l>(columns: &[(&str, &str)], line: &'l str, name: &str) -> &'l str {
    let place = columns.iter().position(|(column, _)| *column == name).expect("a column");
    line.trim_end().split(',').nth(place).expect("as many fields as columns")
}

#[test]
fn a_call_in_the_order_of_cucm() {
    let line = cdr(&call());
    assert_eq!(line.matches(',').count() + 1, CDR.len());
    let head = head(CDR);
    assert!(head.starts_with(
        "\"cdrRecordType\",\"globalCallID_callManagerId\",\"globalCallID_callId\",\"origLegCallIdentifier\","
    ));
    assert_eq!(head.lines().map(|line| line.matches(',').count() + 1).collect::<Vec<_>>(), [CDR.len(); 2]);
    for (name, expect) in [
        ("cdrRecordType", "1"),
        ("globalCallID_callId", "7"),
        ("dateTimeOrigination", "1700000000"),
        ("dateTimeConnect", "1700000003"),
        ("duration", "60"),
        ("callingPartyNumber", "+4989123"),
        ("finalCalledPartyNumber", "1002"),
        ("origCause_value", "16"),
        ("destCause_value", "0"),
        ("origMediaCap_payloadCapability", "4"),
        // 10.48.32.28 is 0x0a30201c; CUCM's traces call it 0x1c20300a.
        ("origIpAddr", "471871498"),
        ("origIpv4v6Addr", "10.48.32.28"),
        ("origMediaTransportAddress_Port", "17996"),
        ("destIpAddr", "0"),
        ("pkid", "00000000-0000-8001-8000-000000000007"),
    ] {
        assert_eq!(value(CDR, &line, name), expect, "{name}");
    }
}

#[test]
fn counters_in_the_order_of_cucm() {
    let stream = StreamRecord {
        call: 7,
        device: "SEP001122334455".into(),
        reference: 100,
        packets_sent: 3000,
        packets_lost: 2,
        quality: "MLQK=4.5;ICR=0.0".into(),
        ..StreamRecord::default()
    };
    let call = CallRecord { calling: "1001".into(), ..call() };
    let line = cmr(&StreamRow::of(stream, &call));
    assert_eq!(line.matches(',').count() + 1, CMR.len());
    for (name, expect) in [
        ("cdrRecordType", "2"),
        ("directoryNum", "1001"),
        ("numberPacketsSent", "3000"),
        ("numberPacketsLost", "2"),
        ("varVQMetrics", "MLQK=4.5;ICR=0.0"),
        ("duration", "60"),
    ] {
        assert_eq!(value(CMR, &line, name), expect, "{name}");
    }
}

#[test]
fn no_spreadsheet_calculates_what_a_phone_sent() {
    for (text, expect) in [
        ("1001", "1001"),
        ("+49 89", "\"'+49 89\""),
        ("+4989", "+4989"),
        ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
        ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("-2+3", "\"'-2+3\""),
        ("a,b", "\"a,b\""),
        ("a\nb\u{1b}[2J", "\"a\u{fffd}b\u{fffd}[2J\""),
        ("\u{202e}x", "\u{fffd}x"),
        ("", ""),
    ] {
        let mut out = String::new();
        csv::field(&mut out, text);
        assert_eq!(out, expect, "{text:?}");
    }
}
