//! Two runs beside each other.

use std::fmt::Write;

use serde_json::Value;

use super::html;
use super::plot::{Line, plot};

/// A figure that is compared: its name and its place in the JSON of a report.
const FIGURES: &[(&str, &str)] = &[
    ("registrations per second", "/registration/per_second"),
    ("registration p50, ms", "/registration/complete/p50_ms"),
    ("registration p99, ms", "/registration/complete/p99_ms"),
    ("server µs per registration", "/registration/server/cpu_us_each"),
    ("calls per second", "/calls/per_second"),
    ("calls failed", "/calls/failed"),
];

/// The rest, after what calls took.
const FIGURES_OF_SERVER: &[(&str, &str)] = &[
    ("server µs per call", "/calls/server/cpu_us_each"),
    ("server memory after, KiB", "/calls/server/rss_after_kib"),
    ("idle, server µs per phone", "/idle/server/cpu_us_each"),
];

/// What calls took, in the order in which it happens.
const LATENCIES: &[&str] = &[
    "dial_tone",
    "ring",
    "media",
    "hold",
    "resume",
    "consult",
    "join",
    "pick_up",
    "park",
    "retrieve",
    "release",
];

/// A figure of both.
struct Row {
    name: String,
    before: f64,
    after: f64,
}

impl Row {
    fn ratio(&self) -> String {
        if self.before == 0.0 { "–".to_owned() } else { format!("{:.2}", self.after / self.before) }
    }
}

/// The figures that both runs have.
fn rows(first: &Value, second: &Value) -> Vec<Row> {
    let places = |all: &[(&str, &str)]| {
        all.iter().map(|(name, place)| ((*name).to_owned(), (*place).to_owned())).collect::<Vec<_>>()
    };
    // Of what no call did there are no times.
    let did = |report: &Value, what: &str| {
        report.pointer(&format!("/calls/latencies/{what}/count")).and_then(Value::as_u64) != Some(0)
    };
    let times = LATENCIES.iter().filter(|what| did(first, what) && did(second, what)).flat_map(|what| {
        let place = |share| format!("/calls/latencies/{what}/{share}_ms");
        let name = what.replace('_', " ");
        [(format!("{name} p50, ms"), place("p50")), (format!("{name} p99, ms"), place("p99"))]
    });
    let all = places(FIGURES).into_iter().chain(times).chain(places(FIGURES_OF_SERVER));
    all.filter_map(|(name, place)| {
        let figure = |report: &Value| report.pointer(&place).and_then(Value::as_f64);
        Some(Row { name, before: figure(first)?, after: figure(second)? })
    })
    .collect()
}

/// As many digits as say something.
fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        1000.0.. => format!("{value:.0}"),
        100.0.. => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// What was asked for; older files do not say.
fn plan(report: &Value) -> &str {
    report["plan"].as_str().unwrap_or("not told")
}

/// Both runs on one page: the table, and their seconds over each other.
pub fn page(first: &Value, second: &Value) -> String {
    let mut html = html::head("Two runs");
    // A String takes everything.
    let _ = writeln!(
        html,
        "<h1>Two runs</h1><p>First: {}.<br>Second: {}.</p><table><tr><th></th><th>first</th><th>second</th><th>ratio</th></tr>",
        html::escaped(plan(first)),
        html::escaped(plan(second))
    );
    for row in rows(first, second) {
        let (before, after) = (digits(row.before), digits(row.after));
        let (name, ratio) = (&row.name, row.ratio());
        let _ = writeln!(html, "<tr><td>{name}</td><td>{before}</td><td>{after}</td><td>{ratio}</td></tr>");
    }
    html.push_str("</table>");
    for (title, key) in PLOTS {
        let lines = [("first", first), ("second", second)];
        let lines = lines.map(|(name, report)| Line { name, points: points(report, key) });
        if lines.iter().all(|line| !line.points.is_empty()) {
            html.push_str(&plot(title, &lines));
        }
    }
    html.push_str("</html>\n");
    html
}

/// What is drawn of the seconds: caption and field.
const PLOTS: &[(&str, &str)] = &[
    ("Calls completed per second", "completed_per_second"),
    ("Off hook → dial tone, p99, milliseconds", "dial_tone_p99_ms"),
    ("Last digit → ring, p99, milliseconds", "ring_p99_ms"),
    ("Calls that are up", "open"),
    ("The server's processor time, percent of one core", "server_cpu_percent"),
];

fn points(report: &Value, key: &str) -> Vec<(f64, f64)> {
    let seconds = report.pointer("/calls/series").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let point = |second: &Value| Some((second["at_secs"].as_f64()?, second[key].as_f64()?));
    seconds.iter().filter_map(point).collect()
}

/// A table of the figures that both runs have: first, second, second over first.
pub fn table(first: &Value, second: &Value) -> String {
    let mut text = format!("first   {}\nsecond  {}\n\n", plan(first), plan(second));
    // A String takes everything.
    let _ = writeln!(text, "{:<28} {:>12} {:>12} {:>8}", "", "first", "second", "ratio");
    for row in rows(first, second) {
        let (before, after) = (digits(row.before), digits(row.after));
        let _ = writeln!(text, "{:<28} {before:>12} {after:>12} {:>8}", row.name, row.ratio());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{page, table};
    use serde_json::json;

    #[test]
    fn only_what_both_have_is_compared() {
        let first = json!({ "calls": { "per_second": 100.0, "failed": 0 } });
        let second =
            json!({ "calls": { "per_second": 250.0, "failed": 3 }, "registration": { "per_second": 9.0 } });
        let lines: Vec<String> = table(&first, &second).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 6);
        let held = json!({ "calls": { "latencies": { "hold": { "count": 3, "p50_ms": 1.0, "p99_ms": 1234.5 } } }, "plan": "<3>" });
        assert!(
            table(&held, &held)
                .ends_with("hold p99, ms                         1234         1234     1.00\n"),
            "{}",
            table(&held, &held)
        );
        assert!(page(&held, &held).contains("First: &lt;3&gt;."));
        let none =
            json!({ "calls": { "latencies": { "hold": { "count": 0, "p50_ms": 0.0, "p99_ms": 0.0 } } } });
        assert_eq!(table(&held, &none).lines().count(), 4, "nobody held in the second");
        let series = json!([{ "at_secs": 1.0, "open": 3 }, { "at_secs": 2.0, "open": 4 }]);
        let both = json!({ "calls": { "per_second": 9.0, "series": series } });
        let html = page(&both, &both);
        assert!(html.contains("<td>calls per second</td><td>9.000</td>"), "{html}");
        assert_eq!(html.matches("<svg").count(), 1, "only what both have is drawn: {html}");
        assert_eq!(html.matches("<polyline").count(), 2, "{html}");
        assert!(lines[4].ends_with("2.50") && lines[5].ends_with('–'), "{lines:?}");
    }
}
