//! `lineside decode`: one frame, byte by byte.

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use skinny::frame::{Split, split};
use skinny::json::unhex;
use skinny::packet::view;
use skinny::text::Charset;
use skinny::view::Listing;
use skinny::{Frame, catalogue};
use trace::messages::message_members;

/// Show the fields of frames given as hex: offset, bytes, name and value.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Frames as hex digits, header included; blanks and colons do not matter; `-` is standard input
    #[arg(required = true, value_name = "HEX")]
    hex: Vec<String>,
    /// Protocol version that the phone negotiated, when the header does not tell
    #[arg(long, default_value_t = 0, value_name = "N")]
    protocol: u8,
    /// One JSON object a frame
    #[arg(long)]
    json: bool,
}

/// Decodes each frame in the hex.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let digits = match &arguments.hex[..] {
        [only] => super::argument_or_stdin(only)?,
        several => several.concat(),
    };
    let digits = digits.trim();
    let Some(bytes) = unhex(digits.strip_prefix("0x").unwrap_or(digits)) else {
        bail!("that is no hex: an even number of the digits 0-9 and a-f is needed");
    };
    let mut rest = &bytes[..];
    let mut out = stdout().lock();
    while !rest.is_empty() {
        match split(rest) {
            Split::Frame(frame, behind) => {
                show(&mut out, frame, &arguments)?;
                rest = behind;
            }
            Split::Incomplete(needed) => {
                bail!(
                    "the frame at byte {} needs {needed} bytes, {} are there",
                    bytes.len() - rest.len(),
                    rest.len()
                )
            }
            Split::Invalid(header) => bail!(
                "no frame begins at byte {}: its length word is {:#x}, and a frame has {} to {}",
                bytes.len() - rest.len(),
                header.length,
                skinny::frame::LENGTH_MIN,
                skinny::frame::LENGTH_MAX,
            ),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl Write, frame: Frame<'_>, arguments: &Arguments) -> Result<()> {
    if arguments.json {
        let mut line = b"{".to_vec();
        message_members(&mut line, frame, arguments.protocol, Charset::Unknown);
        line.extend_from_slice(b"}\n");
        return Ok(out.write_all(&line)?);
    }
    let header = frame.header.bytes();
    let row = |out: &mut dyn Write, at: usize, bytes: &[u8], name: &str, value: &str| {
        field(out, at, bytes, name, value)
    };
    let mut out: &mut dyn Write = out;
    row(&mut out, 0, &header[..4], "length", &frame.header.length.to_string())?;
    row(&mut out, 4, &header[4..8], "header version", &frame.header.version.to_string())?;
    let name = format!("{:#06x} {}", frame.header.id, catalogue::name(frame.header.id));
    row(&mut out, 8, &header[8..], "message", &name)?;
    let mut listing = Listing::default();
    let viewed = view(frame, arguments.protocol, &mut listing);
    for listed in &listing.fields {
        let bytes = frame.body.get(listed.at..listed.at + listed.len).unwrap_or(&[]);
        let number = listed
            .number
            .filter(|number| number.to_string() != listed.shown && !listed.shown.starts_with("0x"));
        let value =
            number.map_or_else(|| listed.shown.clone(), |number| format!("{number} {}", listed.shown));
        row(&mut out, 12 + listed.at, bytes, &listed.path, &value)?;
    }
    let behind = &frame.body[viewed.covered..];
    if !behind.is_empty() {
        let what = if viewed.unparsed(frame.body).is_empty() { "(padding)" } else { "(not in the layout)" };
        row(&mut out, 12 + viewed.covered, behind, what, "")?;
    }
    if viewed.short {
        writeln!(
            out,
            "        the body ends before the layout of version {} does: its later fields are absent",
            viewed.layout
        )?;
    }
    Ok(())
}

/// `offset  bytes  name  value`, eight bytes a row.
fn field(out: &mut dyn Write, at: usize, bytes: &[u8], name: &str, value: &str) -> Result<()> {
    const ROW: usize = 8;
    for (index, chunk) in bytes.chunks(ROW).enumerate() {
        let digits: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = digits.join(" ");
        if index == 0 {
            writeln!(out, "{at:6}  {digits:<24}{name:<36} {value}")?;
        } else {
            writeln!(out, "{:6}  {digits}", at + index * ROW)?;
        }
    }
    Ok(())
}
