//! `cargo xtask big-capture`: a large capture, one call many times over.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use trace::synth::Pattern;

use crate::docs;

/// Copies of the nDPI call that make a million messages.
pub const COPIES: u32 = 16_130;

/// A large capture.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to
    #[arg(value_name = "FILE")]
    pub out: PathBuf,
    /// How many copies
    #[arg(long, default_value_t = COPIES)]
    pub copies: u32,
    /// The capture to copy: a file, or `example` for our own; the nDPI call when ../shared has it
    #[arg(long, value_name = "FILE")]
    pub of: Option<PathBuf>,
}

/// Writes it.
pub fn write(arguments: &Arguments) -> Result<()> {
    let shared = docs::root().join("../shared/captures/ndpi-skinny.pcap");
    let pattern = match &arguments.of {
        Some(path) if path.as_os_str() == "example" => Pattern::of_capture(&trace::example::capture()[..])?,
        Some(path) => of_file(path)?,
        None if shared.exists() => of_file(&shared)?,
        None => Pattern::of_capture(&trace::example::capture()[..])?,
    };
    let name = arguments.out.display();
    let file = File::create(&arguments.out).with_context(|| name.to_string())?;
    pattern.write(arguments.copies, BufWriter::with_capacity(1 << 20, file))?;
    eprintln!("wrote {name}: {} copies of {} packets", arguments.copies, pattern.len());
    Ok(())
}

fn of_file(path: &Path) -> Result<Pattern> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Pattern::of_capture(file).with_context(|| path.display().to_string())
}
