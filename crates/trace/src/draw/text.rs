//! A ladder as text, for terminals, mails and tickets.

use unicode_width::UnicodeWidthStr as _;

use super::{Ladder, Row, RowKind, plain, seconds};

/// How it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns from one lifeline to the next.
    pub spacing: usize,
    /// Letters of ASCII only.
    pub ascii: bool,
    /// Routine (keepalives, lamps, what phones show) too.
    pub routine: bool,
    /// The fields of each message below it, as far as the ladder has them.
    pub fields: bool,
}

/// Narrowest and widest space between lifelines.
pub const SPACING: std::ops::RangeInclusive<usize> = 16..=60;

impl Default for Style {
    fn default() -> Self {
        Self { spacing: 46, ascii: false, routine: true, fields: false }
    }
}

/// The same when the words decide.
const FITTED: std::ops::RangeInclusive<usize> = 30..=46;
/// What stands beside the words of an arrow: its lifeline, its point, a bit of shaft.
const ARROW: usize = 9;

impl Style {
    /// As wide as the words between neighbours need, within limits: longer ones stand beside their arrow.
    #[must_use]
    pub fn fitting(self, ladder: &Ladder) -> Self {
        let shown = ladder.rows.iter().filter(|row| self.routine || !row.kind.is_quiet());
        let between = shown.filter(|row| row.from.abs_diff(row.to) == 1);
        let widest = between.map(|row| row.name.width() + 2 + plain(&row.detail).width()).max();
        Self { spacing: (widest.unwrap_or(0) + ARROW).clamp(*FITTED.start(), *FITTED.end()), ..self }
    }
}

/// Width of a line of fields.
const FIELDS_WIDTH: usize = 110;
/// Width of what is said to nobody, beside the ladder.
const ASIDE_WIDTH: usize = 120;
/// Width of what stands in front of the lifelines.
const MARGIN: usize = 22;

/// The ladder in full: facts, remarks, rows.
pub fn draw(ladder: &Ladder, style: Style) -> String {
    let mut out = format!("{}\n", plain(&ladder.title));
    for (name, value) in &ladder.facts {
        out.push_str(&format!("  {name}: {}\n", plain(value)));
    }
    for remark in &ladder.remarks {
        out.push_str(&format!("  {}: {}\n", remark.severity, plain(&remark.text)));
    }
    out.push('\n');
    out.push_str(&heads(ladder, style));
    let mut before = None;
    for row in ladder.rows.iter().filter(|row| style.routine || !row.kind.is_quiet()) {
        let delta = before.map_or(0, |before| row.time.since(before));
        before = Some(row.time);
        let margin = format!("{:>11} {:>+9.3} ", seconds(row.time.since(ladder.start())), delta as f64 / 1e9);
        out.push_str(&format!("{margin:<MARGIN$}{}\n", line(ladder, row, style).trim_end()));
        if style.fields {
            fields(&mut out, row);
        }
    }
    out
}

/// The fields that say something, wrapped.
fn fields(out: &mut String, row: &Row) {
    let indent = " ".repeat(MARGIN + 4);
    let mut line = String::new();
    for field in &row.fields {
        let name = field.path.rsplit('.').next().unwrap_or_default();
        if crate::messages::is_noise(name) || matches!(&*field.value, "" | "0" | "\"\"" | "0x0") {
            continue;
        }
        let word = format!("{}={}", field.path, plain(&field.value));
        if !line.is_empty() && line.width() + word.width() > FIELDS_WIDTH {
            out.push_str(&format!("{indent}{}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&word);
        line.push(' ');
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{}\n", line.trim_end()));
    }
}

/// The lines that name the columns.
pub fn heads(ladder: &Ladder, style: Style) -> String {
    let mut out = String::new();
    let parts: [fn(&super::Column) -> &str; 2] = [|column| &column.name, |column| &column.detail];
    for part in parts {
        let mut line = " ".repeat(MARGIN);
        for (index, column) in ladder.columns.iter().enumerate() {
            let text = cut(&plain(part(column)), style.spacing.saturating_sub(2));
            let centre = MARGIN + position(style, index);
            let start = centre.saturating_sub(text.width() / 2);
            let used = line.width();
            line.push_str(&" ".repeat(start.saturating_sub(used)));
            line.push_str(&text);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn position(style: Style, column: usize) -> usize {
    style.spacing / 2 + column * style.spacing
}

/// One row without its margin: lifelines and an arrow with its words.
pub fn line(ladder: &Ladder, row: &Row, style: Style) -> String {
    let (lifeline, dash, thick) = if style.ascii { ('|', '-', '=') } else { ('│', '─', '═') };
    let (right, left) = if style.ascii { ('>', '<') } else { ('►', '◄') };
    let width = position(style, ladder.columns.len().saturating_sub(1)) + 1;
    let mut cells: Vec<String> = vec![" ".into(); width];
    for column in 0..ladder.columns.len() {
        cells[position(style, column)] = lifeline.to_string();
    }
    let (a, b) = (position(style, row.from.min(row.to)), position(style, row.from.max(row.to)));
    let shaft = if row.kind == RowKind::Stream { thick } else { dash };
    for cell in cells.get_mut(a + 1..b).unwrap_or_default() {
        *cell = shaft.to_string();
    }
    let room = b.saturating_sub(a).saturating_sub(7);
    let mark = if row.inferred { "~" } else { "" };
    let words = format!("{mark}{} {}", row.name, plain(&row.detail));
    if row.from == row.to {
        return format!("{} {}", cells.concat(), cut(words.trim_end(), ASIDE_WIDTH));
    }
    if row.from < row.to {
        cells[b - 1] = right.to_string();
    } else {
        cells[a + 1] = left.to_string();
    }
    let words = words.trim_end();
    let (start, room) = place(words.width(), (a + 3, room), a, b, style, width);
    write_at(&mut cells, start, &format!(" {} ", cut(words, room)));
    cells.concat()
}

/// Where the words of an arrow begin, and how many columns they get: upon it, or, where they find no room there, beside it, on the
/// side where there is more.
fn place(
    words: usize,
    upon: (usize, usize),
    a: usize,
    b: usize,
    style: Style,
    width: usize,
) -> (usize, usize) {
    let right = (b + 1, (width + style.spacing / 2).saturating_sub(b + 4));
    let left = a.saturating_sub(3);
    match () {
        () if words <= upon.1 || upon.1 >= right.1.max(left) => upon,
        () if words <= right.1 || right.1 >= left => right,
        () => ((a - 2).saturating_sub(words.min(left)), left),
    }
}

/// Writes over the cells from `at` on; there are more of them when that is needed.
fn write_at(cells: &mut Vec<String>, mut at: usize, text: &str) {
    for c in text.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if wide == 0 {
            cells[at.saturating_sub(1)].push(c);
            continue;
        }
        if at + wide > cells.len() {
            cells.resize(at + wide, " ".to_owned());
        }
        cells[at] = c.to_string();
        for cell in cells.get_mut(at + 1..at + wide).unwrap_or_default() {
            cell.clear();
        }
        at += wide;
    }
}

/// `text` in at most `room` columns.
pub fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if out.width() + wide + 1 > room {
            break;
        }
        out.push(c);
    }
    if room > 0 {
        out.push('…');
    }
    out
}
