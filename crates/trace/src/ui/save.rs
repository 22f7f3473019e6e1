//! Saves a call as what its file's name says: `.html`, `.svg`, `.md`, `.txt`, `.pcapng`.

use std::path::Path;

use crate::analysis::{Call, Directory, Event};
use crate::draw::redact::Redactor;
use crate::draw::{Sight, capture, html, markdown, of_call, svg, text};

/// Writes a call; says what was written, or why not.
pub fn save(
    name: &str,
    redact: bool,
    call: &Call,
    events: &[Event],
    directory: &Directory,
) -> Result<String, String> {
    let mut sight = Sight { redactor: redact.then(Redactor::default), brief: false };
    let ladder = |sight: &mut Sight| of_call(call, events, directory, sight);
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let bytes = match ending {
        "html" => html::draw(&ladder(&mut sight)).into_bytes(),
        "svg" => svg::draw(&ladder(&mut sight), false).into_bytes(),
        "md" => markdown::draw(&ladder(&mut sight), false).into_bytes(),
        "txt" => {
            let ladder = ladder(&mut sight);
            text::draw(&ladder, text::Style::default().fitting(&ladder)).into_bytes()
        }
        "pcapng" => capture::write(Vec::new(), call, events, directory, &mut sight)
            .map_err(|error| error.to_string())?,
        _ => return Err("the name must end in .html, .svg, .md, .txt or .pcapng".into()),
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(name);
    let mut file = file.map_err(|error| format!("{name}: {error}"))?;
    std::io::Write::write_all(&mut file, &bytes).map_err(|error| format!("{name}: {error}"))?;
    Ok(format!("{name}: {} bytes written{}", bytes.len(), if redact { ", redacted" } else { "" }))
}
