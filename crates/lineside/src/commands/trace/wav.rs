//! `lineside trace --wav`: the sound of one call.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use trace::analysis::Call;
use trace::audio::Recorder;

use super::sources::Sources;

/// Reads the sources a second time and writes what is to be heard; says what is not, and why.
pub(super) fn write(folder: &Path, call: &Call, sources: &Sources, out: &mut impl Write) -> Result<ExitCode> {
    let mut recorder = Recorder::new(call)?;
    if recorder.is_empty() {
        bail!(
            "call {} has no RTP in the capture that an order explains: there is nothing to hear",
            call.number
        );
    }
    sources.read(&mut recorder)?;
    let sound = recorder.finish(folder)?;
    for file in &sound.files {
        let channels = if file.channels == 2 { ", the caller left" } else { "" };
        writeln!(out, "{}: {:.1} s{channels}", file.path.display(), file.seconds)?;
    }
    for (src, dst, why) in &sound.silent {
        writeln!(out, "{src} → {dst}: not heard: {why}")?;
    }
    out.flush()?;
    Ok(if sound.files.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
