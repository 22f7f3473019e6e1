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
        ("docs/configuration.md", server::config::reference::markdown()),
        ("docs/phones.md", exchange::model::markdown::markdown()),
        ("docs/features.md", crate::features::markdown(root())?),
    ];
    for (path, text) in documents {
        let path = root().join(path);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn the_code_map_has_every_crate() {
        let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
        let folders = std::fs::read_dir(root().join("crates")).unwrap();
        let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
        let missing: Vec<_> = names.filter(|name| !map.contains(&format!("| `{name}` |"))).collect();
        assert!(missing.is_empty(), "ARCHITECTURE.md's code map lacks {missing:?}");
    }
}
