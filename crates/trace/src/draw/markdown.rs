//! A ladder as Markdown with a Mermaid diagram, as code hosts draw it.

use std::fmt::Write as _;

use super::{ColumnKind, Ladder, RowKind, plain, seconds};

/// Rows that a diagram takes: its drawing programs slow down beyond.
pub const MAX_ROWS: usize = 500;

/// The document.
pub fn draw(ladder: &Ladder, routine: bool) -> String {
    let mut out = format!("## {}\n\n", text(&ladder.title));
    for (name, value) in &ladder.facts {
        let _ = writeln!(out, "- {name}: {}", text(value));
    }
    for remark in &ladder.remarks {
        let _ = writeln!(out, "- **{}**: {}", remark.severity, text(&remark.text));
    }
    out.push_str("\n```mermaid\nsequenceDiagram\n");
    for (index, column) in ladder.columns.iter().enumerate() {
        let role = if column.kind == ColumnKind::Phone { "actor" } else { "participant" };
        let detail =
            if column.detail.is_empty() { String::new() } else { format!("<br/>{}", label(&column.detail)) };
        let _ = writeln!(out, "    {role} c{index} as {}{detail}", label(&column.name));
    }
    let rows: Vec<_> = ladder.rows.iter().filter(|row| routine || !row.kind.is_routine()).collect();
    for row in rows.iter().take(MAX_ROWS) {
        let arrow = match (row.kind, row.inferred) {
            (RowKind::Stream, _) => "-)",
            (_, true) => "-->>",
            (_, false) => "->>",
        };
        let words = format!("{} {}", row.name, row.detail);
        let time = seconds(row.time.since(ladder.start()));
        let _ = writeln!(out, "    c{}{arrow}c{}: {time} {}", row.from, row.to, label(words.trim_end()));
    }
    if rows.len() > MAX_ROWS {
        let _ = writeln!(out, "    Note over c0: {} more messages", rows.len() - MAX_ROWS);
    }
    out.push_str("```\n");
    out
}

/// Text of the network in Markdown: nothing in it has a meaning.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if "\\`*_{}[]()#!|~$".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// The same in a diagram, which has entities of its own.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '#' | ';' | '<' | '>' | '"' | '&' | '%' | '`' | '{' | '}' | '[' | ']' | '(' | ')' | '$'
            | '\\' | ':' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    // `end` alone ends a block.
    if out.eq_ignore_ascii_case("end") { format!("#8203;{out}") } else { out }
}
