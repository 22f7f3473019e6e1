//! A ladder as one HTML file that needs nothing else: search, fold, fields and bytes of each message, links to messages, light
//! and dark, by mouse and by keyboard.
//!
//! The page is drawn here, so that it shows without its script. What the script needs stands in a block of JSON; it puts text
//! into the page as text only. The page may load nothing from anywhere.

use std::fmt::Write as _;

use super::{Column, ColumnKind, Ladder, Row, RowKind, markup, seconds};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub fn draw(ladder: &Ladder) -> String {
    let title = markup(&ladder.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
    );
    facts(&mut out, ladder);
    remarks(&mut out, ladder);
    tools(&mut out);
    out.push_str("</header>\n<main>\n");
    lanes(&mut out, ladder);
    out.push_str(
        "<aside id=\"detail\" aria-live=\"polite\" tabindex=\"-1\"><p class=\"hint\">Choose a message: its fields and bytes show here.<br>\
         Keys: <kbd>j</kbd> <kbd>k</kbd> or arrows move, <kbd>/</kbd> searches, <kbd>n</kbd> finds the next, <kbd>Esc</kbd> ends, <kbd>t</kbd> changes light and dark.</p></aside>\n</main>\n",
    );
    out.push_str("<script type=\"application/json\" id=\"data\">");
    data(&mut out, ladder);
    let _ = write!(out, "</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn facts(out: &mut String, ladder: &Ladder) {
    out.push_str("<dl class=\"facts\">");
    for (name, value) in &ladder.facts {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", markup(name), markup(value));
    }
    out.push_str("</dl>\n");
}

fn remarks(out: &mut String, ladder: &Ladder) {
    if ladder.remarks.is_empty() {
        return;
    }
    out.push_str("<ul class=\"remarks\">");
    for remark in &ladder.remarks {
        let _ = write!(
            out,
            "<li class=\"{}\"><b>{}</b> {}",
            remark.severity,
            remark.severity,
            markup(&remark.text)
        );
        for (index, row) in remark.rows.iter().take(8).enumerate() {
            let _ = write!(out, " <a href=\"#{}\">message {}</a>", markup(row), index + 1);
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>\n");
}

fn tools(out: &mut String) {
    out.push_str(
        "<div class=\"tools\" role=\"toolbar\" aria-label=\"View\"><input id=\"search\" type=\"search\" placeholder=\"search messages and fields\" aria-label=\"Search\">\
         <span id=\"found\" role=\"status\"></span>",
    );
    for (kind, words, checked) in [
        (RowKind::KeepAlive, "keepalives", false),
        (RowKind::Lamp, "lamps", false),
        (RowKind::Screen, "screen", true),
        (RowKind::Stream, "RTP", true),
        (RowKind::Thought, "trace lines", true),
    ] {
        let name = kind.name();
        let checked = if checked { " checked" } else { "" };
        let _ = write!(out, "<label><input type=\"checkbox\" data-kind=\"{name}\"{checked}> {words}</label>");
    }
    out.push_str("<button id=\"theme\" type=\"button\">light / dark</button></div>\n");
}

fn lanes(out: &mut String, ladder: &Ladder) {
    let count = ladder.columns.len().max(1);
    let _ = write!(
        out,
        "<section id=\"ladder\" style=\"--n:{count}\" aria-label=\"Ladder\">\n<div class=\"heads\"><span></span><div class=\"lanes\">"
    );
    for Column { name, detail, kind } in &ladder.columns {
        let class = if *kind == ColumnKind::Server { "server" } else { "phone" };
        let _ = write!(
            out,
            "<div class=\"head {class}\"><b>{}</b><small>{}</small></div>",
            markup(name),
            markup(detail)
        );
    }
    out.push_str("</div></div>\n");
    let mut before = None;
    for row in &ladder.rows {
        let delta = before.map_or(0, |before| row.time.since(before));
        before = Some(row.time);
        lane(out, ladder, row, delta);
    }
    out.push_str("</section>\n");
}

fn lane(out: &mut String, ladder: &Ladder, row: &Row, delta: i64) {
    let Row { from, to, .. } = *row;
    let (first, last) = (from.min(to), from.max(to));
    let way = if to >= from { "right" } else { "left" };
    let inferred = if row.inferred { " inferred" } else { "" };
    let hidden = if row.kind.is_routine() { " hidden" } else { "" };
    let title =
        if row.inferred { " title=\"attached by phone and time: it bears no reference\"" } else { "" };
    let _ = writeln!(
        out,
        "<a class=\"row {}{inferred}\" id=\"{id}\" href=\"#{id}\"{hidden}{title}><time>{} <small>{:+.3}</small></time>\
         <div class=\"lanes\"><span class=\"arrow {way}\" style=\"--a:{first};--w:{}\"><span class=\"words\"><b>{}</b> {}</span></span></div></a>",
        row.kind.name(),
        seconds(row.time.since(ladder.start())),
        delta as f64 / 1e9,
        (last - first).max(1),
        markup(&row.name),
        markup(&row.detail),
        id = markup(&row.id),
    );
}

/// Rows by id with their fields and bytes, as JSON in which no `<` stands.
fn data(out: &mut String, ladder: &Ladder) {
    let mut bytes = vec![b'{'];
    for (index, row) in ladder.rows.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        skinny::json::string(&mut bytes, &row.id);
        bytes.extend_from_slice(b":{\"time\":");
        skinny::json::string(&mut bytes, &super::clock(row.time));
        bytes.extend_from_slice(b",\"name\":");
        skinny::json::string(&mut bytes, &row.name);
        bytes.extend_from_slice(b",\"hex\":");
        skinny::json::hex(&mut bytes, &row.bytes);
        bytes.extend_from_slice(b",\"fields\":[");
        for (index, field) in row.fields.iter().enumerate() {
            bytes.extend_from_slice(if index > 0 { b",[" } else { b"[" });
            skinny::json::string(&mut bytes, &field.path);
            bytes.push(b',');
            skinny::json::string(&mut bytes, &super::plain(&field.value));
            bytes.extend_from_slice(format!(",{},{}]", field.at, field.len).as_bytes());
        }
        bytes.extend_from_slice(b"]}");
    }
    bytes.push(b'}');
    // Within a script element only `<` could end or nest anything.
    out.push_str(
        &String::from_utf8_lossy(&bytes)
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"),
    );
}
