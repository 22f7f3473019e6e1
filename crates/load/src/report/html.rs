//! The report as one page that needs nothing else.

use std::fmt::Write;

use super::plot::{Line, plot};
use super::series::Moment;
use super::{CallReport, Report};
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
    if let Some(calls) = &report.calls {
        latencies(html, calls)?;
        plots(html, &calls.series)?;
    }
    // Reasons of failure hold words of the server's messages.
    writeln!(html, "<h2>All of it</h2><pre>{}</pre></html>", escaped(&report.to_string()))
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
