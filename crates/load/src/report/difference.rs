//! Two runs beside each other.

use std::fmt::Write;

use serde_json::Value;

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
    use super::table;
    use serde_json::json;

    #[test]
    fn only_what_both_have_is_compared() {
        let first = json!({ "calls": { "per_second": 100.0, "failed": 0 } });
        let second =
            json!({ "calls": { "per_second": 250.0, "failed": 3 }, "registration": { "per_second": 9.0 } });
        let lines: Vec<String> = table(&first, &second).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].ends_with("2.50") && lines[2].ends_with('-'), "{lines:?}");
    }
}
