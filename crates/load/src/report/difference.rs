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
    ("dial tone p50, ms", "/calls/latencies/dial_tone/p50_ms"),
    ("dial tone p99, ms", "/calls/latencies/dial_tone/p99_ms"),
    ("ring p50, ms", "/calls/latencies/ring/p50_ms"),
    ("ring p99, ms", "/calls/latencies/ring/p99_ms"),
    ("media p50, ms", "/calls/latencies/media/p50_ms"),
    ("media p99, ms", "/calls/latencies/media/p99_ms"),
    ("release p99, ms", "/calls/latencies/release/p99_ms"),
    ("server µs per call", "/calls/server/cpu_us_each"),
    ("server memory after, KiB", "/calls/server/rss_after_kib"),
];

/// Both runs on one page: the table, and their seconds over each other.
pub fn page(first: &Value, second: &Value) -> String {
    let mut html = html::head("Two runs");
    // A String takes everything.
    let _ = writeln!(
        html,
        "<h1>Two runs</h1><table><tr><th></th><th>first</th><th>second</th><th>ratio</th></tr>"
    );
    for (name, place) in FIGURES {
        let figure = |report: &Value| report.pointer(place).and_then(Value::as_f64);
        let (Some(before), Some(after)) = (figure(first), figure(second)) else { continue };
        let ratio = if before == 0.0 { "–".to_owned() } else { format!("{:.2}", after / before) };
        let _ =
            writeln!(html, "<tr><td>{name}</td><td>{before:.3}</td><td>{after:.3}</td><td>{ratio}</td></tr>");
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
    let mut text = format!("{:<28} {:>12} {:>12} {:>8}\n", "", "first", "second", "ratio");
    for (name, place) in FIGURES {
        let figure = |report: &Value| report.pointer(place).and_then(Value::as_f64);
        let (Some(before), Some(after)) = (figure(first), figure(second)) else { continue };
        let ratio = if before == 0.0 { "-".to_owned() } else { format!("{:.2}", after / before) };
        // A String takes everything.
        let _ = writeln!(text, "{name:<28} {before:>12.3} {after:>12.3} {ratio:>8}");
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
        assert_eq!(lines.len(), 3);
        let series = json!([{ "at_secs": 1.0, "open": 3 }, { "at_secs": 2.0, "open": 4 }]);
        let both = json!({ "calls": { "per_second": 9.0, "series": series } });
        let html = page(&both, &both);
        assert!(html.contains("<td>calls per second</td><td>9.000</td>"), "{html}");
        assert_eq!(html.matches("<svg").count(), 1, "only what both have is drawn: {html}");
        assert_eq!(html.matches("<polyline").count(), 2, "{html}");
        assert!(lines[1].ends_with("2.50") && lines[2].ends_with('-'), "{lines:?}");
    }
}
