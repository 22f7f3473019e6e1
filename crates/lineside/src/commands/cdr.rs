//! `lineside cdr`: records of calls, as CUCM's CDR or CMR, as JSON, or for people.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use exchange::record::{CallRecord, RecordingRecord, RelayRecord};
use hyper::Method;
use server::records::{Filter, PAGE_MAX, StreamRow, cucm};
use server::store::Store;

use super::ctl::clock;
use crate::client::{Client, Place, segment};

/// Records of calls that ended, the oldest first.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Begun at this time or later: 2026-11-22, 2026-11-22T08:00, or how long ago: 30m, 8h, 7d
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<i64>,
    /// Begun before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Called from, dialled or reached this number
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// With this phone
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// What phones counted (CMR) instead of calls (CDR)
    #[arg(long)]
    cmr: bool,
    /// What this server measured of audio that passed through it instead of calls
    #[arg(long, conflicts_with_all = ["cmr", "csv"])]
    relays: bool,
    /// What was recorded instead of calls
    #[arg(long, conflicts_with_all = ["cmr", "csv", "relays"])]
    recordings: bool,
    /// In the columns of CUCM's files
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Where records come from: the server while one runs, its database otherwise.
enum Source {
    Server(Client),
    Database(PathBuf),
}

/// Prints them.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let client = Client::new(&arguments.place)?;
    let source =
        if client.is_there() { Source::Server(client) } else { Source::Database(arguments.place.data()?) };
    let mut filter = Filter {
        since_ms: arguments.since,
        until_ms: arguments.until,
        number: arguments.number.clone(),
        device: arguments.device.clone(),
        ..Filter::default()
    };
    let mut out = BufWriter::new(stdout().lock());
    if arguments.csv {
        out.write_all(cucm::head(if arguments.cmr { cucm::CMR } else { cucm::CDR }).as_bytes())?;
    }
    loop {
        let calls: Vec<CallRecord> = source.page("calls", &filter)?;
        let Some(last) = calls.last().map(|call| call.call) else { break };
        if arguments.cmr {
            let streams: Vec<StreamRow> = source.page("streams", &filter)?;
            streams.iter().try_for_each(|row| stream_line(&mut out, row, &arguments))?;
        } else if arguments.relays {
            let relays: Vec<RelayRecord> = source.page("relays", &filter)?;
            relays.iter().try_for_each(|relay| relay_line(&mut out, relay, &arguments))?;
        } else if arguments.recordings {
            let recordings: Vec<RecordingRecord> = source.page("recordings", &filter)?;
            recordings.iter().try_for_each(|recording| recording_line(&mut out, recording, &arguments))?;
        } else {
            calls.iter().try_for_each(|call| call_line(&mut out, call, &arguments))?;
        }
        if calls.len() < PAGE_MAX as usize {
            break;
        }
        filter.after = Some(last);
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

impl Source {
    fn page<T: Record>(&self, what: &str, filter: &Filter) -> Result<Vec<T>> {
        match self {
            Source::Server(client) => {
                let path = format!("/records/{what}?{}", query(filter));
                Ok(serde_json::from_value(client.ask(Method::GET, &path, None)?)?)
            }
            Source::Database(data) => {
                let mut store = match Store::open(data) {
                    Ok(store) if data.join(server::journal::FILE_NAME).exists() => store,
                    _ => return T::of(&Store::open_to_read(data)?, filter),
                };
                // What the last server had no time for.
                while store.import(data)?.bytes > 0 {}
                T::of(&store, filter)
            }
        }
    }
}

/// What the database has of a kind.
trait Record: serde::de::DeserializeOwned {
    fn of(store: &Store, filter: &Filter) -> Result<Vec<Self>>;
}

impl Record for CallRecord {
    fn of(store: &Store, filter: &Filter) -> Result<Vec<Self>> {
        Ok(store.calls(filter)?)
    }
}

impl Record for StreamRow {
    fn of(store: &Store, filter: &Filter) -> Result<Vec<Self>> {
        Ok(store.streams(filter)?)
    }
}

impl Record for RelayRecord {
    fn of(store: &Store, filter: &Filter) -> Result<Vec<Self>> {
        Ok(store.relays(filter)?)
    }
}

impl Record for RecordingRecord {
    fn of(store: &Store, filter: &Filter) -> Result<Vec<Self>> {
        Ok(store.recordings(filter)?)
    }
}

fn query(filter: &Filter) -> String {
    let Filter { since_ms, until_ms, number, device, after, limit } = filter;
    let mut parts = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!("{key}={}", segment(&value))));
    };
    add("since_ms", since_ms.map(|ms| ms.to_string()));
    add("until_ms", until_ms.map(|ms| ms.to_string()));
    add("number", number.clone());
    add("device", device.clone());
    add("after", after.map(|after| after.to_string()));
    add("limit", limit.map(|limit| limit.to_string()));
    parts.join("&")
}

fn call_line(out: &mut impl Write, call: &CallRecord, style: &Arguments) -> Result<()> {
    if style.csv {
        out.write_all(cucm::cdr(call).as_bytes())?;
    } else if style.json {
        writeln!(out, "{}", server::journal::json_line(call)?)?;
    } else {
        let plain = |text: &str| server::log::Plain(text).to_string();
        let secs = call.answer_ms.map(|answer| (call.end_ms - answer).max(0) / 1000);
        let length =
            secs.map_or_else(|| "not answered".into(), |secs| format!("{}:{:02}", secs / 60, secs % 60));
        let reached = if call.called.is_empty() { &call.dialed } else { &call.called };
        writeln!(
            out,
            "{}  call {}  {} {} → {} {}  {length}, cause {} by {}",
            clock(call.start_ms),
            call.call,
            plain(&call.calling),
            plain(&call.calling_device),
            plain(reached),
            plain(&call.called_device),
            call.cause.0,
            plain(&call.ended_by),
        )?;
    }
    Ok(())
}

fn stream_line(out: &mut impl Write, row: &StreamRow, style: &Arguments) -> Result<()> {
    if style.csv {
        out.write_all(cucm::cmr(row).as_bytes())?;
    } else if style.json {
        writeln!(out, "{}", server::journal::json_line(row)?)?;
    } else {
        let StreamRow { stream, number, .. } = row;
        writeln!(
            out,
            "{}  call {}  {} {}  sent {}, received {}, lost {}, jitter {} ms  {}",
            clock(row.end_ms),
            stream.call,
            server::log::Plain(number),
            server::log::Plain(&stream.device),
            stream.packets_sent,
            stream.packets_received,
            stream.packets_lost,
            stream.jitter,
            server::log::Plain(&stream.quality),
        )?;
    }
    Ok(())
}

fn relay_line(out: &mut impl Write, relay: &RelayRecord, style: &Arguments) -> Result<()> {
    if style.json {
        writeln!(out, "{}", server::journal::json_line(relay)?)?;
        return Ok(());
    }
    let RelayRecord { call, device, why, stream, .. } = relay;
    let mos =
        stream.mos_hundredths.map_or_else(|| "–".into(), |mos| format!("{:.2}", f64::from(mos) / 100.0));
    let wrong = match (stream.one_way, stream.silent) {
        (true, _) => "  one way: nothing came",
        (_, true) => "  silent",
        _ => "",
    };
    // What the phone said of the stream that it got, by RTCP.
    let said = match (stream.peer_lost, stream.peer_jitter_us) {
        (None, None) => String::new(),
        (lost, jitter_us) => format!(
            ", of which it lost {}, jitter {:.1} ms",
            lost.map_or_else(|| "–".into(), |lost| lost.to_string()),
            f64::from(jitter_us.unwrap_or(0)) / 1000.0
        ),
    };
    writeln!(
        out,
        "call {call}  {}  {}  received {}, lost {}, jitter {:.1} ms, sent {}{said}, MOS {mos}{wrong}",
        server::log::Plain(device),
        server::log::Plain(why),
        stream.packets,
        stream.lost,
        f64::from(stream.jitter_us) / 1000.0,
        stream.sent,
    )?;
    Ok(())
}

fn recording_line(out: &mut impl Write, recording: &RecordingRecord, style: &Arguments) -> Result<()> {
    if style.json {
        writeln!(out, "{}", server::journal::json_line(recording)?)?;
        return Ok(());
    }
    let secs = recording.length_ms / 1000;
    let file = if recording.file.is_empty() { "nothing" } else { &recording.file };
    let cut = recording.cut.as_ref().map_or_else(String::new, |cut| format!("  {}", server::log::Plain(cut)));
    writeln!(
        out,
        "{}  call {}  {} {}  {}  {}:{:02}, {} bytes, by {}{cut}",
        clock(recording.start_ms),
        recording.call,
        server::log::Plain(&recording.line),
        server::log::Plain(&recording.device),
        server::log::Plain(file),
        secs / 60,
        secs % 60,
        recording.bytes,
        recording.by,
    )?;
    Ok(())
}

/// A time as people write it, in milliseconds since the Unix epoch.
fn time(text: &str) -> Result<i64> {
    if let Some(ago) = ago(text) {
        return Ok(server::clock::unix_ms() - ago);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_millisecond());
    }
    let civil = text.parse::<jiff::civil::DateTime>();
    let Ok(civil) = civil else {
        bail!("write it as 2026-11-22, 2026-11-22T08:00, or how long ago: 30m, 8h, 7d");
    };
    let zoned = civil.to_zoned(jiff::tz::TimeZone::system()).context("that time does not exist here")?;
    Ok(zoned.timestamp().as_millisecond())
}

fn ago(text: &str) -> Option<i64> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let secs = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    count.parse::<i64>().ok().filter(|count| (0..1_000_000).contains(count)).map(|count| count * secs * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        assert_eq!(ago("30m"), Some(1_800_000));
        assert_eq!(ago("7d"), Some(7 * 86_400_000));
        assert_eq!((ago("m"), ago("-1h"), ago("7x"), ago("")), (None, None, None, None));
        assert_eq!(time("2026-11-22T08:00:00Z").unwrap(), 1_795_334_400_000);
        assert!(time("2026-11-22").is_ok() && time("2026-11-22T08:00").is_ok());
        assert!(time("yesterday").unwrap_err().to_string().contains("30m, 8h, 7d"));
    }
}
