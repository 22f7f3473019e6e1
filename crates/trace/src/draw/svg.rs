//! A ladder as SVG: stands alone, light or dark as its viewer is, each row with its fields as a tooltip.

use std::fmt::Write as _;

use super::{ColumnKind, Ladder, RowKind, markup, seconds};

const MARGIN: usize = 130;
const SPACING: usize = 300;
const HEAD: usize = 70;
const STEP: usize = 26;
/// Fields in a tooltip.
const MAX_FIELDS: usize = 24;

const STYLE: &str = "text{font:12px ui-monospace,monospace;fill:#1b1f24}.t{fill:#57606a}.h{font-weight:600}.d{fill:#57606a}\
.bg{fill:#fff}.l{stroke:#d0d7de;stroke-width:1.5}.a{stroke:#57606a;stroke-width:1.3}.key .a{stroke:#8250df}.call .a{stroke:#0969da}\
.media .a{stroke:#1a7f37}.stream .a{stroke:#1a7f37;stroke-width:4}.tone .a{stroke:#9a6700}.lamp text,.keepalive text,.screen text{fill:#57606a}\
.inferred .a{stroke-dasharray:4 3}.n{stroke:#fff;stroke-width:4;paint-order:stroke}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.t,.d{fill:#8b949e}.bg{fill:#0d1117}.l{stroke:#30363d}.a{stroke:#8b949e}.n{stroke:#0d1117}\
.key .a{stroke:#a371f7}.call .a{stroke:#58a6ff}.media .a,.stream .a{stroke:#3fb950}.tone .a{stroke:#d29922}.lamp text,.keepalive text,.screen text{fill:#8b949e}}";

/// The drawing, with or without routine (keepalives, lamps).
pub fn draw(ladder: &Ladder, routine: bool) -> String {
    let rows: Vec<_> = ladder.rows.iter().filter(|row| routine || !row.kind.is_routine()).collect();
    let width = MARGIN + SPACING * ladder.columns.len().max(1);
    let height = HEAD + STEP * (rows.len() + 1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n",
        markup(&ladder.title)
    );
    for (index, column) in ladder.columns.iter().enumerate() {
        let x = centre(index);
        let _ = writeln!(
            out,
            "<line class=\"l\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{height}\"/><text class=\"h\" x=\"{x}\" y=\"26\" text-anchor=\"middle\">{}{}</text><text class=\"d\" x=\"{x}\" y=\"44\" text-anchor=\"middle\">{}</text>",
            HEAD - 16,
            if column.kind == ColumnKind::Server { "▣ " } else { "" },
            markup(&column.name),
            markup(&column.detail),
        );
    }
    for (index, row) in rows.iter().enumerate() {
        let y = HEAD + STEP * index + 14;
        let (x1, x2) = (centre(row.from), centre(row.to));
        let inferred = if row.inferred { " inferred" } else { "" };
        let _ = write!(
            out,
            "<g class=\"{}{inferred}\" id=\"{}\"><title>{}",
            row.kind.name(),
            markup(&row.id),
            markup(&row.name)
        );
        for field in row.fields.iter().filter(|field| !field.value.is_empty()).take(MAX_FIELDS) {
            let _ = write!(out, "\n{} = {}", markup(&field.path), markup(&field.value));
        }
        out.push_str("</title>");
        let _ = write!(
            out,
            "<text class=\"t\" x=\"8\" y=\"{}\">{}</text>",
            y + 4,
            seconds(row.time.since(ladder.start()))
        );
        let _ = write!(
            out,
            "<line class=\"a\" x1=\"{x1}\" y1=\"{y}\" x2=\"{x2}\" y2=\"{y}\"/>{}",
            head(x1, x2, y)
        );
        let words = super::text::cut(&format!("{} {}", row.name, row.detail), words_room(row.from, row.to));
        let lift = if row.kind == RowKind::Stream { 7 } else { 5 };
        let _ = writeln!(
            out,
            "<text class=\"n\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
            (x1 + x2) / 2,
            y - lift,
            markup(words.trim_end())
        );
    }
    out.push_str("</svg>\n");
    out
}

fn centre(column: usize) -> usize {
    MARGIN + SPACING / 2 + SPACING * column
}

/// Letters that fit onto an arrow.
fn words_room(from: usize, to: usize) -> usize {
    from.abs_diff(to).max(1) * (SPACING - 30) / 7
}

fn head(x1: usize, x2: usize, y: usize) -> String {
    let back = if x2 >= x1 { x2 - 8 } else { x2 + 8 };
    format!("<path class=\"a\" fill=\"none\" d=\"M{back} {} L{x2} {y} L{back} {}\"/>", y - 4, y + 4)
}
