//! Documents that are written from the code.

use std::path::Path;

use anyhow::{Context, Result};

/// Folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Writes them; tests hold them up to date.
pub fn write() -> Result<()> {
    let path = root().join("docs/protocol/messages.md");
    std::fs::write(&path, skinny::reference::markdown()).with_context(|| path.display().to_string())?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
