//! `lineside encode`: a frame from JSON.

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use skinny::packet::from_json;
use skinny::text::Charset;

/// Make a frame from JSON: the inverse of `decode --json`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The message, by name or id
    #[arg(long, value_name = "MESSAGE")]
    id: String,
    /// Its fields as a JSON object, or a whole object of `decode --json`; `-` is standard input
    #[arg(long, default_value = "{}", value_name = "JSON")]
    json: String,
    /// Protocol version whose layout is written
    #[arg(long, default_value_t = 20, value_name = "N")]
    protocol: u8,
    /// Version word of the header; the protocol version unless given
    #[arg(long, value_name = "N")]
    header_version: Option<u32>,
    /// Write bytes instead of hex digits
    #[arg(long)]
    raw: bool,
}

/// Prints the frame.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    super::message_id(&arguments.id)?;
    let text = super::argument_or_stdin(&arguments.json)?;
    let json: serde_json::Value = serde_json::from_str(&text).context("the JSON")?;
    let fields = json.get("fields").filter(|_| json.get("id").is_some()).unwrap_or(&json);
    let header_version = arguments.header_version.unwrap_or(u32::from(arguments.protocol));
    let frame = from_json(&arguments.id, fields, arguments.protocol, header_version, Charset::Utf8)?;
    let mut out = stdout().lock();
    if arguments.raw {
        out.write_all(&frame)?;
    } else {
        let mut hex = String::new();
        skinny::view::write_hex(&mut hex, &frame)?;
        writeln!(out, "{hex}")?;
    }
    Ok(ExitCode::SUCCESS)
}
