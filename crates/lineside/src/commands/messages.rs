//! `lineside messages`: the catalogue.

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};
use skinny::catalogue::{CATALOGUE, Direction, Entry, Evidence, Kind, find, find_named};
use skinny::reference::{Layout, Row};

/// List the messages, or show layouts by protocol version.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Messages by name or id, or parts of names; all are listed when none is given
    #[arg(value_name = "MESSAGE")]
    names: Vec<String>,
    /// As JSON, for other tools
    #[arg(long)]
    json: bool,
}

/// Prints the catalogue or part of it.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let entries = chosen(&arguments.names)?;
    let mut out = stdout().lock();
    if arguments.json {
        let all: Vec<Value> = entries.iter().map(|entry| entry_json(entry)).collect();
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    } else if arguments.names.is_empty() {
        for entry in entries {
            let answers: Vec<&str> = entry.pairs.iter().filter_map(|id| Some(find(*id)?.name)).collect();
            let arrow = match entry.direction {
                Direction::FromPhone | Direction::FromResource => "→ server",
                Direction::ToPhone | Direction::ToResource => "server →",
                Direction::Both | Direction::Unknown => "both",
            };
            writeln!(out, "{:#06x}  {arrow:8}  {:<34} {}", entry.id, entry.name, answers.join(", "))?;
        }
    } else {
        entries.iter().try_for_each(|entry| describe(&mut out, entry))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Entry>> {
    let mut entries: Vec<&Entry> = Vec::new();
    if names.is_empty() {
        entries.extend(CATALOGUE);
        entries.sort_by_key(|entry| entry.id);
    }
    for name in names {
        let part = name.to_lowercase();
        match find_named(name) {
            Some(entry) => entries.push(entry),
            None => {
                let found = CATALOGUE.iter().filter(|entry| entry.name.to_lowercase().contains(&part));
                let before = entries.len();
                entries.extend(found);
                if entries.len() == before {
                    bail!("no message is called {name}{}", super::nearest_message(name));
                }
            }
        }
    }
    Ok(entries)
}

fn describe(out: &mut impl Write, entry: &Entry) -> Result<()> {
    writeln!(out, "{:#06x} {} ({})", entry.id, entry.name, entry.direction.words())?;
    for line in entry.about.doc.lines().map(str::trim).filter(|line| !line.is_empty()) {
        writeln!(out, "  {line}")?;
    }
    for pair in entry.pairs.iter().filter_map(|id| find(*id)) {
        let verb = if entry.kind == Kind::Response { "answers" } else { "answered by" };
        writeln!(out, "  {verb} {:#06x} {}", pair.id, pair.name)?;
    }
    writeln!(out, "  known from {}: {}", evidence(entry), entry.about.known_from)?;
    for variant in entry.variants() {
        layout(out, &format!("versions {} to {}", variant.from, variant.to), &variant.layout)?;
    }
    if let Some((about, other)) = entry.alternative() {
        layout(out, &format!("another form ({})", about.known_from), &other)?;
    }
    writeln!(out)?;
    Ok(())
}

fn layout(out: &mut impl Write, title: &str, layout: &Layout) -> Result<()> {
    let size = layout.size().map_or_else(|| "length varies".into(), |size| format!("{size} bytes"));
    writeln!(out, "\n  {title}: {size}")?;
    for row in &layout.rows {
        let offset = row.offset.map_or_else(|| "–".into(), |offset| offset.to_string());
        let size = if row.varies { format!("≤{}", row.size) } else { row.size.to_string() };
        let parts = [row.codes.unwrap_or(""), &row.doc, &row.note];
        let meaning: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        writeln!(out, "  {offset:>6} {size:>5}  {:<12} {:<44} {}", row.kind, row.name, meaning.join("; "))?;
    }
    Ok(())
}

fn evidence(entry: &Entry) -> &'static str {
    match entry.about.evidence {
        Evidence::Capture => "captures",
        Evidence::Implementations => "implementations",
    }
}

fn entry_json(entry: &Entry) -> Value {
    let variants: Vec<Value> = entry
        .variants()
        .iter()
        .map(|variant| {
            json!({
                "from_version": variant.from,
                "to_version": variant.to,
                "body_bytes": variant.layout.size(),
                "fields": variant.layout.rows.iter().map(row_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    let alternative = entry.alternative().map(|(about, layout)| {
        json!({
            "doc": about.doc.trim(),
            "known_from": about.known_from,
            "body_bytes": layout.size(),
            "fields": layout.rows.iter().map(row_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "id": entry.id,
        "name": entry.name,
        "direction": entry.direction.words(),
        "kind": format!("{:?}", entry.kind).to_lowercase(),
        "conversation": entry.conversation,
        "pairs": entry.pairs,
        "doc": entry.about.doc.split_whitespace().collect::<Vec<_>>().join(" "),
        "evidence": evidence(entry),
        "known_from": entry.about.known_from,
        "layout_known": entry.typed,
        "layouts": variants,
        "another_form": alternative,
    })
}

fn row_json(row: &Row) -> Value {
    json!({
        "offset": row.offset,
        "bytes": row.size,
        "varies": row.varies,
        "type": row.kind,
        "name": row.name,
        "codes": row.codes,
        "doc": row.doc,
        "note": row.note,
    })
}
