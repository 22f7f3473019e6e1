//! The screen of one ladder, or of two calls side by side: arrows above or beside the chosen message.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Paragraph};
use theme::Theme;
use unicode_width::UnicodeWidthChar as _;

use crate::draw::text::{SPACING, Style as Drawn, heads, line};
use crate::draw::{Ladder, Row, RowKind, plain, seconds};

/// Width of time and delta.
const MARGIN: u16 = 22;
/// Below this width there is no room for lifelines: messages are a list, with the numbers of who speaks to whom.
const LIST_WIDTH: u16 = 56;

/// A call on the screen.
#[derive(Debug)]
pub struct Shown {
    /// What is drawn.
    pub ladder: Ladder,
    /// Its number in the book.
    pub id: u32,
    /// Messages that it had when it was made.
    pub stamp: usize,
    /// The chosen row, among those that show.
    pub chosen: usize,
    top: usize,
    /// Columns scrolled away.
    pub left: usize,
    /// A message to compare the chosen one with.
    pub marked: Option<String>,
}

/// How ladders are shown.
#[derive(Debug)]
pub struct View {
    /// Space between lifelines.
    pub spacing: usize,
    /// Keepalives and lamps too.
    pub routine: bool,
    /// The message beside the ladder.
    pub pane: bool,
    /// Its width, in percent.
    pub pane_percent: u16,
    /// The message alone.
    pub full: bool,
    /// Lines of the message scrolled away.
    pub pane_top: u16,
    /// What is searched.
    pub wanted: String,
}

impl Default for View {
    fn default() -> Self {
        Self {
            spacing: 34,
            routine: false,
            pane: true,
            pane_percent: 38,
            full: false,
            pane_top: 0,
            wanted: String::new(),
        }
    }
}

impl Shown {
    /// A ladder from its beginning.
    pub fn new(id: u32, ladder: Ladder) -> Self {
        Self { stamp: ladder.rows.len(), ladder, id, chosen: 0, top: 0, left: 0, marked: None }
    }

    fn rows<'s>(&'s self, view: &View) -> Vec<&'s Row> {
        self.ladder.rows.iter().filter(|row| view.routine || !row.kind.is_routine()).collect()
    }

    /// The chosen row.
    pub fn row<'s>(&'s self, view: &View) -> Option<&'s Row> {
        self.rows(view).get(self.chosen).copied()
    }

    /// Moves the choice.
    pub fn step(&mut self, view: &View, by: isize) {
        let last = self.rows(view).len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Folds or unfolds; the chosen row stays where it can.
    pub fn refold(&mut self, view: &mut View) {
        let id = self.row(view).map(|row| row.id.clone());
        view.routine = !view.routine;
        let place = self.rows(view).iter().position(|row| Some(&row.id) == id.as_ref());
        self.chosen = place.unwrap_or(self.chosen).min(self.rows(view).len().saturating_sub(1));
    }

    /// Goes to the next row that has the wanted text; `step` is 1 or -1.
    pub fn find(&mut self, view: &View, step: isize) -> bool {
        let wanted = view.wanted.to_lowercase();
        let rows = self.rows(view);
        let count = rows.len();
        let hit = (1..=count)
            .map(|n| (self.chosen as isize + step * n as isize).rem_euclid(count as isize) as usize)
            .find(|at| {
                let row = rows[*at];
                let has = |text: &str| text.to_lowercase().contains(&wanted);
                has(&row.name)
                    || has(&row.detail)
                    || row.fields.iter().any(|field| has(&format!("{}={}", field.path, field.value)))
            });
        drop(rows);
        self.chosen = hit.unwrap_or(self.chosen);
        hit.is_some() && !wanted.is_empty()
    }

    /// Draws the arrows.
    pub fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, view: &View, theme: Theme) {
        let (shown, all) = self.counts(view);
        let folded = if all > shown { format!(", {} folded", all - shown) } else { String::new() };
        let title = format!(" {}: {shown} messages{folded} ", plain(&self.ladder.title));
        let block = Block::bordered().title(title).style(theme.text());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let [head, body] = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]).areas(inner);
        let style = Drawn { spacing: view.spacing, ascii: false, routine: true, fields: false };
        let is_list = inner.width < LIST_WIDTH;
        let all = if is_list { self.numbered() } else { heads(&self.ladder, style) };
        let names: Vec<Line<'_>> =
            all.lines().map(|line| Line::styled(skip(line, self.left, head.width), theme.text())).collect();
        frame.render_widget(Paragraph::new(names), head);
        let height = usize::from(body.height).max(1);
        self.top = self.top.clamp((self.chosen + 1).saturating_sub(height), self.chosen);
        let mut top = self.top;
        let rows = self.rows(view);
        top = top.min(rows.len().saturating_sub(1));
        let start = self.ladder.start();
        let lines: Vec<Line<'_>> = rows
            .iter()
            .enumerate()
            .skip(top)
            .take(height)
            .map(|(place, row)| {
                let before = place.checked_sub(1).map_or(row.time, |before| rows[before].time);
                let delta = row.time.since(before) as f64 / 1e9;
                let text = if is_list {
                    listed(row, seconds(row.time.since(start)))
                } else {
                    let margin = format!("{:>11} {delta:>+9.3} ", seconds(row.time.since(start)));
                    let width = usize::from(MARGIN);
                    format!("{margin:<width$}{}", line(&self.ladder, row, style))
                };
                let mark = self.marked.as_ref() == Some(&row.id);
                let colour = if place == self.chosen { theme.chosen() } else { of_row(theme, row.kind) };
                let text = skip(&text, self.left, body.width);
                let text = if mark { format!("*{}", text.chars().skip(1).collect::<String>()) } else { text };
                Line::from(Span::styled(format!("{text:<width$}", width = usize::from(body.width)), colour))
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), body);
    }

    /// Who stands in the columns, by number.
    fn numbered(&self) -> String {
        let named = self.ladder.columns.iter().enumerate();
        named.map(|(index, column)| format!("{} {}  ", index + 1, plain(&column.name))).collect()
    }

    /// How many rows show, of how many.
    pub fn counts(&self, view: &View) -> (usize, usize) {
        (self.rows(view).len(), self.ladder.rows.len())
    }
}

/// A row where there is no room for lifelines.
fn listed(row: &Row, time: String) -> String {
    let mark = if row.inferred { "~" } else { "" };
    let ends =
        if row.from == row.to { "   ".to_owned() } else { format!("{}→{}", row.from + 1, row.to + 1) };
    format!("{time:>9} {ends} {mark}{} {}", row.name, plain(&row.detail))
}

/// `text` without its first `left` columns, cut to `width`.
fn skip(text: &str, left: usize, width: u16) -> String {
    let (mut at, mut out, end) = (0, String::new(), left + usize::from(width));
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if at >= left && at + wide <= end {
            out.push(c);
        }
        at += wide;
    }
    out
}

/// Space between lifelines that shows all columns in a width, within what reads well.
pub fn fitting(columns: usize, width: u16) -> usize {
    let room = usize::from(width.saturating_sub(MARGIN + 2));
    (room / columns.max(1)).clamp(*SPACING.start(), *SPACING.end())
}

/// A message: fields, then bytes; beside it what another has in the same place.
pub fn message(frame: &mut Frame<'_>, area: Rect, row: &Row, other: Option<&Row>, view: &View, theme: Theme) {
    let title = match other {
        Some(other) => format!(" {} against {} ", row.name, other.name),
        None => format!(" {} ", row.name),
    };
    let mut lines = vec![Line::styled(format!("{} UTC", crate::draw::clock(row.time)), theme.dim())];
    if row.inferred {
        lines.push(Line::styled("attached by phone and time: it bears no reference", theme.dim()));
    }
    let empty = Vec::new();
    let others = other.map_or(&empty, |other| &other.fields);
    let paths: BTreeSet<&str> = row.fields.iter().map(|field| field.path.as_str()).collect();
    for field in &row.fields {
        let beside = others.iter().find(|candidate| candidate.path == field.path);
        let name = Span::styled(format!("{:>4} {}: ", field.at, field.path), theme.dim());
        let value = plain(&field.value);
        match (other, beside) {
            (None, _) => lines.push(Line::from(vec![name, Span::styled(value, theme.text())])),
            (Some(_), Some(beside)) if beside.value == field.value => {
                lines.push(Line::from(vec![name, Span::styled(value, theme.dim())]));
            }
            (Some(_), beside) => {
                let beside = beside.map_or_else(|| "absent".into(), |beside| plain(&beside.value));
                lines.push(Line::from(vec![name, Span::styled(format!("{value} ≠ {beside}"), theme.red())]));
            }
        }
    }
    for field in others.iter().filter(|field| !paths.contains(field.path.as_str())) {
        let text = format!("{:>4} {}: absent ≠ {}", field.at, field.path, plain(&field.value));
        lines.push(Line::styled(text, theme.red()));
    }
    lines.push(Line::default());
    // As many bytes a row as fit: four digits, three columns a byte, one for its letter.
    let per_row = match area.width {
        0..40 => 4,
        40..74 => 8,
        _ => 16,
    };
    for (index, chunk) in row.bytes.chunks(per_row).enumerate() {
        let digits: String = chunk.iter().map(|byte| format!("{byte:02x} ")).collect();
        let letter =
            |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let letters: String = chunk.iter().map(letter).collect();
        let text = format!("{:04x}  {digits:<width$} {letters}", index * per_row, width = per_row * 3);
        lines.push(Line::styled(text, theme.text()));
    }
    let block = Block::bordered().title(title).style(theme.text());
    let paragraph = Paragraph::new(Text::from(lines)).block(block).scroll((view.pane_top, 0));
    frame.render_widget(paragraph, area);
}

/// The colours of a row, by what it is about.
fn of_row(theme: Theme, kind: RowKind) -> Style {
    match kind {
        RowKind::Key => theme.violet(),
        RowKind::Call => theme.blue(),
        // Without colours rows are alike: a bold one would be the chosen one.
        RowKind::Media | RowKind::Stream if theme != Theme::Plain => theme.green(),
        RowKind::Tone if theme != Theme::Plain => theme.amber(),
        RowKind::KeepAlive | RowKind::Lamp | RowKind::Screen | RowKind::Thought => theme.dim(),
        RowKind::Other | RowKind::Media | RowKind::Stream | RowKind::Tone => theme.text(),
    }
}
