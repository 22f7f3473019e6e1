//! The dashboard's lines, most important first: a small window shows as many as fit.

use std::collections::{BTreeMap, VecDeque};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::{Dashboard, Stage};
use crate::Tally;
use crate::measure::Summary;
use crate::options::{Calls, Transport};

/// Reasons of failure that are listed.
const REASONS_SHOWN: usize = 5;
/// Bars of eight heights.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns of a name before its figures.
const NAME: usize = 12;

fn plain(text: impl Into<String>) -> Line<'static> {
    Line::from(text.into())
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// Red, unless nothing is wrong. Colours of the terminal's own: they fit dark and light grounds.
fn alarming(count: u64) -> Style {
    if count > 0 { Style::new().fg(Color::Red).add_modifier(Modifier::BOLD) } else { Style::new() }
}

impl Dashboard {
    /// Draws it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let width = usize::from(area.width);
        let mut lines = vec![self.title()];
        match &self.stage {
            Stage::Registering(stage) => {
                lines.push(self.registrations());
                lines.push(bar(self.registered as f64 / self.options.phones.max(1) as f64, width));
                let rate = self.registered as f64 / stage.elapsed.as_secs_f64().max(0.001);
                lines.push(plain(format!("{:<NAME$} {rate:.0} registrations/s", "rate")));
                lines.extend(percentiles([("registration", &stage.complete)].into_iter()));
                lines.extend(reasons("phones", &stage.failures));
            }
            Stage::Idle(elapsed) => {
                lines.push(self.registrations());
                lines.push(bar(elapsed.as_secs_f64() / self.options.idle.as_secs_f64().max(0.001), width));
                let left = self.options.idle.saturating_sub(*elapsed).as_secs();
                lines.push(plain(format!("{:<NAME$} keepalives only, {left} s left", "idle")));
            }
            Stage::Calls(tally) => self.calls(tally, width, &mut lines),
        }
        let place = lines.len().min(match &self.stage {
            Stage::Calls(_) => 5,
            _ => lines.len(),
        });
        lines.splice(place..place, self.server_line(width));
        let rows = usize::from(area.height);
        let keys =
            if self.is_ending { "ending: calls that are up go to their end" } else { "q end, with a report" };
        if rows > lines.len() {
            lines.resize(rows - 1, Line::default());
            lines.push(Line::styled(keys, dim()));
        }
        for (y, line) in lines.iter().take(rows).enumerate() {
            buffer.set_line(area.x, area.y + y as u16, line, area.width);
        }
    }

    fn title(&self) -> Line<'static> {
        let target = match self.options.transport {
            Transport::Sockets => self.options.target.to_string(),
            Transport::Memory => "in memory".to_owned(),
        };
        let sound = if self.options.rtp { ", with sound" } else { "" };
        let secs = self.elapsed.as_secs();
        let rest = format!(
            " {target}  protocol {}{sound}  {:02}:{:02}:{:02}",
            self.options.protocol,
            secs / 3600,
            secs / 60 % 60,
            secs % 60
        );
        Line::from(vec![Span::styled("lineside load", bold()), Span::raw(rest)])
    }

    fn registrations(&self) -> Line<'static> {
        plain(format!("{:<NAME$} {} of {} registered", "phones", self.registered, self.options.phones))
    }

    fn calls(&self, tally: &Tally, width: usize, lines: &mut Vec<Line<'static>>) {
        let second = &tally.moment;
        let calls = self.options.calls.unwrap_or_default();
        let whole = calls.duration.as_secs_f64().max(0.001);
        let part = (second.at_secs / whole).max(tally.begun as f64 / calls.count_max as f64);
        lines.push(ramp(&calls, tally, whole));
        lines.push(bar(part, width));
        let failed: u64 = tally.failures.values().sum();
        lines.push(plain(format!(
            "{:<NAME$} {:.0} begun, {:.0} completed in the last second; {} up",
            "calls/s", second.begun_per_second, second.completed_per_second, second.open
        )));
        lines.push(Line::from(vec![
            Span::raw(format!("{:<NAME$} {} begun, {} completed, ", "calls", tally.begun, tally.completed)),
            Span::styled(format!("{failed} failed"), alarming(failed)),
            Span::styled(
                if tally.not_begun > 0 {
                    format!(", {} found no free phones", tally.not_begun)
                } else {
                    String::new()
                },
                alarming(tally.not_begun),
            ),
        ]));
        lines.extend(percentiles(tally.latencies.named()));
        lines.extend(reasons("failed", &tally.failures));
        lines.extend(reasons("phones lost", &tally.phones_lost));
        lines.push(seconds("completed/s", &self.completed, width));
    }

    fn server_line(&self, width: usize) -> Vec<Line<'static>> {
        let Some(server) = self.server else { return Vec::new() };
        let text = format!(
            "{:<NAME$} {:.0} % of a core, {:.1} MiB",
            "server",
            server.cpu_percent,
            server.rss_kib as f64 / 1024.0
        );
        vec![plain(text), seconds("server %", &self.cpu, width)]
    }
}

/// Where the rate is on its way.
fn ramp(calls: &Calls, tally: &Tally, whole: f64) -> Line<'static> {
    let towards = match calls.ramp_to {
        Some(end) => format!(" of {:.0} → {end:.0}", calls.rate),
        None => String::new(),
    };
    plain(format!(
        "{:<NAME$} {:.0} calls/s{towards}, {:.0} of {whole:.0} s",
        "wanted",
        tally.rate,
        tally.moment.at_secs.min(whole)
    ))
}

fn bar(part: f64, width: usize) -> Line<'static> {
    let full = ((part.clamp(0.0, 1.0)) * width as f64).round() as usize;
    let rest = width.saturating_sub(full);
    Line::from(vec![
        Span::styled("━".repeat(full), Style::new().fg(Color::Green)),
        Span::styled("─".repeat(rest), dim()),
    ])
}

fn percentiles<'t>(named: impl Iterator<Item = (&'static str, &'t Summary)>) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = named
        .filter(|(_, times)| times.count > 0)
        .map(|(name, times)| {
            let Summary { p50_ms, p90_ms, p99_ms, p999_ms, max_ms, .. } = times;
            plain(format!(
                "{name:<NAME$} {p50_ms:>9.3} {p90_ms:>9.3} {p99_ms:>9.3} {p999_ms:>9.3} {max_ms:>9.3}"
            ))
        })
        .collect();
    if !lines.is_empty() {
        let names =
            format!("{:<NAME$} {:>9} {:>9} {:>9} {:>9} {:>9}", "ms", "p50", "p90", "p99", "p99.9", "longest");
        lines.insert(0, Line::styled(names, dim()));
    }
    lines
}

/// The most frequent reasons first.
fn reasons(what: &str, failures: &BTreeMap<String, u64>) -> Vec<Line<'static>> {
    let mut all: Vec<_> = failures.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let line = |(reason, count): &(&String, &u64)| {
        // Some hold words of the server's.
        let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
        Line::styled(format!("{what:<NAME$} {count} × {reason}"), alarming(**count))
    };
    all.iter().take(REASONS_SHOWN).map(line).collect()
}

/// The last seconds as bars, the newest at the right.
fn seconds(name: &str, values: &VecDeque<u64>, width: usize) -> Line<'static> {
    let room = width.saturating_sub(NAME + 10);
    let shown: Vec<u64> = values.iter().rev().take(room).rev().copied().collect();
    let most = shown.iter().copied().max().unwrap_or(0);
    let height = |value: &u64| BARS[(*value as usize * (BARS.len() - 1)).div_ceil(most.max(1) as usize)];
    let bars: String = shown.iter().map(height).collect();
    Line::from(vec![
        Span::raw(format!("{name:<NAME$} ")),
        Span::styled(bars, Style::new().fg(Color::Cyan)),
        Span::styled(format!(" max {most}"), dim()),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::options::Options;
    use crate::report::Latencies;
    use crate::report::series::Moment;
    use crate::run::Progress;

    fn options() -> Options {
        let calls = Calls {
            rate: 100.0,
            ramp_to: Some(300.0),
            duration: Duration::from_secs(60),
            ..Calls::default()
        };
        Options {
            phones: 2000,
            calls: Some(calls),
            ..Options::new("127.0.0.1:2000".parse().expect("an address"))
        }
    }

    fn screen(board: &Dashboard, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        board.draw(area, &mut buffer);
        let rows = buffer.content.chunks(usize::from(width));
        let row = |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol()).collect::<String>();
        rows.map(|cells| row(cells).trim_end().to_owned() + "\n").collect()
    }

    fn busy() -> Dashboard {
        let mut board = Dashboard::new(&options());
        board.elapsed = Duration::from_secs(31);
        let times =
            Summary { count: 9, p50_ms: 0.11, p90_ms: 0.15, p99_ms: 0.25, p999_ms: 1.5, max_ms: 12.345 };
        for second in 1..=30u64 {
            let moment = Moment {
                at_secs: second as f64,
                begun_per_second: 100.0 + 3.0 * second as f64,
                completed_per_second: 3.0 * second as f64,
                open: 40,
                server_cpu_percent: Some(2.0 * second as f64),
                server_rss_kib: Some(20_480),
                ..Moment::default()
            };
            board.take(Progress::Calls(Box::new(Tally {
                moment,
                rate: 200.0,
                begun: 4500,
                completed: 4452,
                not_begun: 2,
                latencies: Latencies { dial_tone: times, ring: times, ..Latencies::default() },
                failures: BTreeMap::from([("busy".to_owned(), 3), ("no dial\u{1b} tone".to_owned(), 5)]),
                phones_lost: BTreeMap::new(),
            })));
        }
        board
    }

    #[test]
    fn a_run_in_the_middle_of_its_ramp() {
        insta::assert_snapshot!("ramp", screen(&busy(), 72, 19));
    }

    #[test]
    fn registrations_and_idle_phones() {
        let mut board = Dashboard::new(&options());
        board.take(Progress::Registering {
            registered: 500,
            elapsed: Duration::from_secs(2),
            complete: Summary::default(),
            failures: BTreeMap::from([("registration refused".to_owned(), 7)]),
            server: None,
        });
        let shown = screen(&board, 60, 10);
        assert!(shown.contains("500 of 2000 registered") && shown.contains("250 registrations/s"), "{shown}");
        assert!(shown.contains("7 × registration refused"), "{shown}");
        board.options.idle = Duration::from_secs(300);
        let server = Some(crate::ServerNow { cpu_percent: 0.4, rss_kib: 2048 });
        board.take(Progress::Idle { registered: 2000, elapsed: Duration::from_secs(100), server });
        let shown = screen(&board, 60, 10);
        assert!(shown.contains("keepalives only, 200 s left") && shown.contains("2.0 MiB"), "{shown}");
    }

    #[test]
    fn every_window_is_drawn_and_what_matters_most_stays() {
        let board = busy();
        for (width, height) in
            (1..120).step_by(7).flat_map(|width| (1..40).map(move |height| (width, height)))
        {
            screen(&board, width, height);
        }
        let small = screen(&board, 60, 6);
        assert!(small.contains("wanted") && small.contains("8 failed"), "{small}");
    }
}
