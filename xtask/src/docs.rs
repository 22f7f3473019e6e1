//! Documents that are written from the code.

use std::path::Path;

use anyhow::{Context, Result};

/// Folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Writes them; tests hold them up to date.
pub fn write() -> Result<()> {
    let documents = [
        ("docs/protocol/messages.md", skinny::reference::markdown()),
        ("docs/phones.md", exchange::model::markdown::markdown()),
    ];
    for (path, text) in documents {
        let path = root().join(path);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}
