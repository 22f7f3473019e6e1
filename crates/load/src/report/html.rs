//! The report as one page that needs nothing else.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::plot::{Line, plot};
use super::series::Moment;
use super::{CallReport, RegistrationReport, Report};
use crate::options::Transport;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.15rem .8rem;text-align:right;border-bottom:1px solid #ddd}\
td:first-child,th:first-child{text-align:left}figure{margin:1.5rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}\
svg text{font-size:11px;fill:#555}.grid{stroke:#e3e3e3}.key{margin:0;font-size:13px}pre{background:#f6f6f6;padding:1rem;overflow:auto}\
@media(prefers-color-scheme:dark){body{background:#16181b;color:#ddd}td,th{border-color:#333}.grid{stroke:#333}svg text{fill:#aaa}pre{background:#222}}";

/// The beginning of a page.
pub(super) fn head(title: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style>\n"
    )
}

/// The page.
pub fn page(report: &Report) -> String {
    let mut html = String::new();
    // A String takes everything.
    let _ = write(&mut html, report);
    html
}

fn write(html: &mut String, report: &Report) -> std::fmt::Result {
    html.push_str(&head("lineside load"));
    match report.transport {
        Transport::Sockets => writeln!(html, "<h1>Load on {}</h1>", escaped(&report.target.to_string()))?,
        Transport::Memory => writeln!(html, "<h1>Load in memory, without sockets</h1>")?,
    }
    writeln!(html, "<p>{}; protocol version {}.</p>", escaped(&report.plan), report.protocol)?;
    registrations(html, &report.registration)?;
    if let Some(calls) = &report.calls {
        latencies(html, calls)?;
        reasons(html, "Why calls failed", &calls.failures)?;
        reasons(html, "Phones that were lost meanwhile", &calls.phones_lost)?;
        plots(html, &calls.series)?;
    }
    // Reasons of failure hold words of the server's messages.
    writeln!(html, "<h2>All of it</h2><pre>{}</pre></html>", escaped(&report.to_string()))
}

fn registrations(html: &mut String, all: &RegistrationReport) -> std::fmt::Result {
    writeln!(
        html,
        "<p>{} of {} phones registered in {:.2} s, {:.0} per second; RegisterReq to the last answer p50 {:.3} ms, \
         p99 {:.3} ms.</p>",
        all.registered, all.phones, all.seconds, all.per_second, all.complete.p50_ms, all.complete.p99_ms
    )?;
    reasons(html, "Why phones did not register", &all.failures)
}

/// Reasons, the most frequent first; nothing where there are none.
fn reasons(html: &mut String, title: &str, all: &BTreeMap<String, u64>) -> std::fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(html, "<table><tr><th>{title}</th><th>how many</th></tr>")?;
    let mut rows: Vec<_> = all.iter().collect();
    rows.sort_by_key(|(_, count)| Reverse(**count));
    for (reason, count) in rows {
        writeln!(html, "<tr><td>{}</td><td>{count}</td></tr>", escaped(reason))?;
    }
    writeln!(html, "</table>")
}

fn latencies(html: &mut String, calls: &CallReport) -> std::fmt::Result {
    writeln!(
        html,
        "<p>{} of {} calls complete, {} failed, {:.1} per second.</p>",
        calls.completed, calls.begun, calls.failed, calls.per_second
    )?;
    writeln!(
        html,
        "<table><tr><th>ms</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>longest</th></tr>"
    )?;
    for (name, times) in calls.latencies.named() {
        writeln!(
            html,
            "<tr><td>{name}</td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td></tr>",
            times.p50_ms, times.p90_ms, times.p99_ms, times.p999_ms, times.max_ms
        )?;
    }
    writeln!(html, "</table>")
}

fn plots(html: &mut String, series: &[Moment]) -> std::fmt::Result {
    let line = |name: &'static str, value: &dyn Fn(&Moment) -> f64| Line {
        name,
        points: series.iter().map(|moment| (moment.at_secs, value(moment))).collect(),
    };
    html.push_str(&plot(
        "Calls per second",
        &[
            line("begun", &|moment| moment.begun_per_second),
            line("completed", &|moment| moment.completed_per_second),
            line("failed", &|moment| moment.failed as f64),
        ],
    ));
    html.push_str(&plot(
        "Milliseconds",
        &[
            line("off hook → dial tone, p50", &|moment| moment.dial_tone_p50_ms),
            line("off hook → dial tone, p99", &|moment| moment.dial_tone_p99_ms),
            line("last digit → ring, p99", &|moment| moment.ring_p99_ms),
        ],
    ));
    html.push_str(&plot("Calls that are up", &[line("calls", &|moment| moment.open as f64)]));
    if series.iter().any(|moment| moment.server_cpu_percent.is_some()) {
        let cpu = line("of one core", &|moment| moment.server_cpu_percent.unwrap_or(f64::NAN));
        html.push_str(&plot("The server's processor time, percent", &[cpu]));
        let memory = line("MiB", &|moment| moment.server_rss_kib.map_or(f64::NAN, |kib| kib as f64 / 1024.0));
        html.push_str(&plot("The server's memory, MiB", &[memory]));
    }
    Ok(())
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_and_harm_no_page() {
        let mut html = String::new();
        let all = BTreeMap::from([("rare".to_owned(), 1), ("<b>often</b>".to_owned(), 7)]);
        reasons(&mut html, "Why", &all).expect("a text takes everything");
        let (often, rare) = (html.find("&lt;b&gt;often&lt;/b&gt;"), html.find("rare"));
        assert!(often.is_some() && often < rare, "{html}");
        html.clear();
        reasons(&mut html, "Why", &BTreeMap::new()).expect("a text takes everything");
        assert_eq!(html, "");
    }
}
