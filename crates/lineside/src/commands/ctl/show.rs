//! Answers of the server for people.

use std::fmt::Write as _;

use serde_json::Value;
use server::log::Plain;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_default()
}

/// A time, as people of this machine read it.
pub fn clock(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%F %T").to_string()
}

/// A word about what was done.
pub fn said(answer: &Value) -> String {
    format!("{}\n", Plain(text(answer, "said")))
}

/// Phones and where they stand.
pub fn boots(answer: &Value) -> String {
    let mut out = String::new();
    for boot in answer.as_array().into_iter().flatten() {
        out.push_str(&standing(boot));
    }
    if out.is_empty() {
        out.push_str(
            "no phone has asked for a file yet; `lineside dhcp` prints how phones learn of this server\n",
        );
    }
    out
}

/// One phone, with each file that it asked for.
pub fn boot(answer: &Value) -> String {
    let mut out = standing(answer);
    for step in answer["steps"].as_array().into_iter().flatten() {
        let became = match text(step, "outcome") {
            "missing" => Plain(text(step, "why")).to_string(),
            "broken_off" => format!("broke off after {} bytes", number(step, "bytes")),
            "begun" => format!("{} bytes, on their way", number(step, "bytes")),
            _ => format!("{} bytes", number(step, "bytes")),
        };
        let (at, way, name) = (clock(number(step, "at_ms")), text(step, "way"), Plain(text(step, "name")));
        let _ = writeln!(out, "  {at}  {way}  {name}, {}: {became}", text(step, "what"));
    }
    out
}

fn standing(boot: &Value) -> String {
    let mut out = format!(
        "{} ({}): {}\n",
        Plain(text(boot, "phone")),
        Plain(text(boot, "address")),
        Plain(text(boot, "what"))
    );
    if !text(boot, "to_do").is_empty() {
        let _ = writeln!(out, "  to do: {}", text(boot, "to_do"));
    }
    out
}

/// How the server is.
pub fn status(answer: &Value) -> String {
    let counters = &answer["counters"];
    let addresses: Vec<_> =
        answer["addresses"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut out = String::new();
    let mut line = |what: &str, value: String| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{what:<12}{value}");
    };
    line("server", format!("Lineside {}, process {}", text(answer, "version"), number(answer, "process")));
    line("since", clock(number(answer, "started_ms")));
    line("listens on", addresses.join(", "));
    line("data in", text(answer, "data").to_owned());
    line(
        "phones",
        format!(
            "{} registered of {}, {} in the lobby",
            number(answer, "registered"),
            number(answer, "devices"),
            number(answer, "in_lobby")
        ),
    );
    line("calls", format!("{} now, {} ended", number(answer, "calls"), number(counters, "calls")));
    line(
        "records",
        format!(
            "{} in the database, {} lost",
            number(counters, "records_stored"),
            number(counters, "records_lost")
        ),
    );
    line(
        "trace",
        format!(
            "{} keepalives not kept, {} frames dropped, {} not written",
            number(counters, "keepalives"),
            number(counters, "tape_dropped"),
            number(counters, "ring_lost")
        ),
    );
    out
}

/// Rows in columns as wide as they need.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<_> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", padded.join("  ").trim_end());
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    out
}

/// Phones.
pub fn devices(answer: &Value, filter: Option<&str>) -> String {
    let filter = filter.unwrap_or_default().to_lowercase();
    let rows = answer.as_array().into_iter().flatten().map(|device| {
        let numbers: Vec<_> =
            device["numbers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let is_here = device["registered"].as_bool().unwrap_or_default();
        let since = device["since_ms"].as_i64().map(clock).unwrap_or_default();
        let state = if is_here {
            format!("registered {since}")
        } else if since.is_empty() {
            "never seen".to_owned()
        } else {
            format!("away {since}: {}", Plain(text(device, "reason")))
        };
        let lobby = device["lobby"].as_bool().unwrap_or_default();
        let origin = if lobby { "lobby" } else { text(device, "origin") };
        vec![
            text(device, "name").to_owned(),
            numbers.join(" "),
            Plain(text(device, "description")).to_string(),
            origin.to_owned(),
            state,
            text(device, "address").to_owned(),
        ]
    });
    let wanted = |row: &Vec<String>| row[..3].iter().any(|cell| cell.to_lowercase().contains(&filter));
    let rows: Vec<_> = rows.filter(wanted).collect();
    if rows.is_empty() {
        return "no phones\n".into();
    }
    table(&["DEVICE", "NUMBER", "DESCRIPTION", "FROM", "STATE", "ADDRESS"], &rows)
}

/// Calls.
pub fn calls(answer: &Value) -> String {
    let rows = answer.as_array().into_iter().flatten().map(|call| {
        vec![
            number(call, "call").to_string(),
            text(call, "state").to_owned(),
            clock(number(call, "since_ms")),
            format!("{} {}", text(call, "calling"), text(call, "calling_device")),
            format!("{} {}", text(call, "called"), text(call, "called_device")),
            audio(call),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return "no calls\n".into();
    }
    table(&["CALL", "STATE", "SINCE", "FROM", "TO", "AUDIO"], &rows)
}

/// The way of a call's audio.
fn audio(call: &Value) -> String {
    let by = match text(call, "hardware") {
        "" => "this server".to_owned(),
        device => Plain(device).to_string(),
    };
    let mut words = match text(call, "relayed") {
        "" if text(call, "state") == "connected" => "direct".to_owned(),
        "" => String::new(),
        "conference" => format!("mixed by {by}"),
        why if call["transcoded"].is_null() => format!("relayed by {by}: {}", Plain(why)),
        why => format!("transcoded by {by}: {}", Plain(why)),
    };
    if call["recorded"].as_bool().unwrap_or_default() {
        words.push_str(", recorded");
    }
    if call["talking"].as_bool().unwrap_or_default() {
        words.push_str(", talks");
    }
    words
}

/// Recordings.
pub fn recordings(answer: &Value) -> String {
    let rows = answer.as_array().into_iter().flatten().map(|recording| {
        let record = &recording["record"];
        let secs = number(record, "length_ms") / 1000;
        let length =
            if record.is_null() { "–".to_owned() } else { format!("{}:{:02}", secs / 60, secs % 60) };
        vec![
            text(recording, "file").to_owned(),
            clock(number(recording, "start_ms")),
            number(recording, "call").to_string(),
            format!("{} {}", text(record, "line"), text(record, "device")),
            length,
            number(recording, "bytes").to_string(),
            text(record, "by").to_owned(),
            Plain(text(record, "cut")).to_string(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return "no recordings\n".into();
    }
    table(&["FILE", "BEGAN", "CALL", "FOR", "LENGTH", "BYTES", "BY", "CUT"], &rows)
}

/// Live music.
pub fn music(answer: &Value) -> String {
    let rows = answer.as_array().into_iter().flatten().map(|source| {
        let heard = if source["live"] == Value::Bool(true) { "live" } else { "its files or the usual music" };
        vec![
            text(source, "name").to_owned(),
            text(source, "source").to_owned(),
            heard.to_owned(),
            number(source, "starts").to_string(),
            Plain(text(source, "problem")).to_string(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return "no live music: no [[music]] has `command` or `rtp`\n".into();
    }
    table(&["MUSIC", "FROM", "HEARD", "STARTS", "LAST PROBLEM"], &rows)
}

/// A change.
pub fn event(kind: &str, data: &str) -> String {
    let Ok(event) = serde_json::from_str::<Value>(data) else { return Plain(data).to_string() };
    if kind == "gap" {
        return format!("… {} were missed", text(&event, "missed"));
    }
    let change = &event["change"];
    let what = text(change, "type");
    let fields = change.as_object().into_iter().flatten().filter(|(key, _)| *key != "type");
    let fields: Vec<_> = fields
        .map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{key}={}", Plain(&value))
        })
        .collect();
    format!(
        "{} {:>6} {what} {}",
        clock(number(&event, "unix_ms")),
        number(&event, "number"),
        fields.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_they_need_and_hostile_text_is_harmless() {
        let device = json!({ "name": "SEP001122334455", "numbers": ["1001"], "description": "a\u{1b}[2J",
            "origin": "file", "lobby": false, "registered": false });
        let shown = devices(&json!([device]), None);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], "DEVICE           NUMBER  DESCRIPTION  FROM  STATE       ADDRESS");
        assert_eq!(lines[1], "SEP001122334455  1001    a\\u{1b}[2J   file  never seen");
        assert_eq!(devices(&json!([]), None), "no phones\n");
    }

    #[test]
    fn live_music_says_what_is_heard() {
        let source = json!({ "name": "radio", "source": "ffmpeg", "live": false, "starts": 3,
            "problem": "ffmpeg ended: exit status: 1" });
        let shown = music(&json!([source]));
        assert_eq!(
            shown.lines().nth(1).unwrap_or_default(),
            "radio  ffmpeg  its files or the usual music  3       ffmpeg ended: exit status: 1"
        );
        assert!(music(&json!([])).starts_with("no live music"));
    }

    #[test]
    fn an_event_is_one_line() {
        let data = r#"{"number":7,"unix_ms":0,"change":{"type":"call_ended","call":3,"cause":16}}"#;
        assert!(
            event("change", data).ends_with("      7 call_ended call=3 cause=16"),
            "{}",
            event("change", data)
        );
        assert_eq!(event("gap", r#"{"missed":"3 events"}"#), "… 3 events were missed");
    }
}
