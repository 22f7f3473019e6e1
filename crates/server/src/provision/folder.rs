//! The operator's folder: firmware, locales, wallpapers, ring tones, files that replace generated ones.
//!
//! Phones ask for flat names whatever order people keep on their disk: a file is found by its path, by the end
//! of its path, or by its name alone. Letter case does not matter.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::name::Name;

/// Files of a folder. A full set of firmware and locales for every model has some thousands.
pub const FILES_MAX: usize = 50_000;
/// Folders within each other.
const DEPTH_MAX: usize = 8;
/// How long a list of the folder is believed when a file is missing.
const STALE_MISS: Duration = Duration::from_secs(1);
/// How long it is believed otherwise.
const STALE: Duration = Duration::from_secs(30);

/// A folder with a list of what is in it.
#[derive(Debug, Default)]
pub struct Folder {
    root: Option<PathBuf>,
    /// Paths from the root in lower case, as they are on the disk.
    files: BTreeMap<String, PathBuf>,
    /// The same by the last part of the path.
    by_file: BTreeMap<String, Vec<String>>,
    listed: Option<Instant>,
}

impl Folder {
    /// A folder; `None`: there is none, and nothing in it.
    pub fn new(root: Option<PathBuf>) -> Folder {
        Folder { root, ..Folder::default() }
    }

    /// The file of a name. The folder is listed anew when the list is old, or when a name is missing and the
    /// list is not quite new: files that were just copied are found, and a flood of misses costs nothing.
    pub fn find(&mut self, name: &Name, now: Instant) -> Option<PathBuf> {
        self.refresh(now, STALE);
        let found = self.look_up(name.folded());
        if found.is_some() {
            return found;
        }
        self.refresh(now, STALE_MISS);
        self.look_up(name.folded())
    }

    /// Whether there is a file of a name, by the list as it is.
    pub fn has(&self, name: &str) -> bool {
        self.look_up(&name.to_ascii_lowercase()).is_some()
    }

    /// Files whose name ends so, in their order.
    pub fn ending(&self, ending: &str) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(move |(name, _)| name.ends_with(ending)).map(|(_, path)| path.as_path())
    }

    /// Lists the folder if the list is older than that.
    pub fn refresh(&mut self, now: Instant, age: Duration) {
        let is_new = self.listed.is_some_and(|listed| now.saturating_duration_since(listed) < age);
        let Some(root) = self.root.clone().filter(|_| !is_new) else { return };
        self.listed = Some(now);
        let mut files = BTreeMap::new();
        if let Ok(root) = root.canonicalize() {
            list(&root, &root, "", DEPTH_MAX, &mut files);
        }
        self.by_file.clear();
        for name in files.keys() {
            let file = name.rsplit('/').next().unwrap_or(name);
            self.by_file.entry(file.to_owned()).or_default().push(name.clone());
        }
        self.files = files;
    }

    fn look_up(&self, folded: &str) -> Option<PathBuf> {
        if let Some(path) = self.files.get(folded) {
            return Some(path.clone());
        }
        let file = folded.rsplit('/').next().unwrap_or(folded);
        let ends_so = |name: &&String| name.strip_suffix(folded).is_some_and(|before| before.ends_with('/'));
        // Of several, the one that lies highest; of those, the first by name.
        let found = self.by_file.get(file)?.iter().filter(ends_so);
        let found = found.min_by_key(|name| (name.matches('/').count(), *name))?;
        self.files.get(found).cloned()
    }
}

fn list(root: &Path, folder: &Path, prefix: &str, depth: usize, files: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if files.len() >= FILES_MAX {
            return;
        }
        let Ok(name) = entry.file_name().into_string() else { continue };
        // A link must not lead out of the folder.
        let Ok(path) = entry.path().canonicalize() else { continue };
        if name.starts_with('.') || !path.starts_with(root) {
            continue;
        }
        let folded = format!("{prefix}{}", name.to_ascii_lowercase());
        if path.is_file() {
            files.insert(folded, path);
        } else if path.is_dir() && depth > 0 && path != folder {
            list(root, &path, &format!("{folded}/"), depth - 1, files);
        }
    }
}

/// Opens a file of the folder; its length comes with it.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    Ok((file, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().expect("a folder");
        for (path, text) in [
            ("firmware/7960/P0030801SR02.loads", "a"),
            ("locales/German_Germany/mk-sccp.jar", "b"),
            ("locales/French_France/mk-sccp.jar", "c"),
            ("Ringlist.xml", "d"),
            (".secret", "e"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        let folder = Folder::new(Some(root.path().into()));
        (root, folder)
    }

    fn text(folder: &mut Folder, name: &str, now: Instant) -> Option<String> {
        let name = Name::of_tftp(name.as_bytes()).expect("a name");
        folder.find(&name, now).map(|path| fs::read_to_string(path).expect("read"))
    }

    #[test]
    fn files_are_found_by_flat_names_in_any_case() {
        let (_root, mut folder) = folder();
        let now = Instant::now();
        for (name, expect) in [
            ("p0030801sr02.LOADS", Some("a")),
            ("German_Germany/mk-sccp.jar", Some("b")),
            ("french_france/MK-sccp.jar", Some("c")),
            ("mk-sccp.jar", Some("c")),
            ("/RINGLIST.XML", Some("d")),
            (".secret", None),
            ("Germany/mk-sccp.jar", None),
            ("firmware", None),
        ] {
            assert_eq!(text(&mut folder, name, now).as_deref(), expect, "{name}");
        }
    }

    #[test]
    fn a_new_file_is_seen_soon_and_misses_cost_one_listing_a_second() {
        let (root, mut folder) = folder();
        let now = Instant::now();
        assert_eq!(text(&mut folder, "new.raw", now), None);
        fs::write(root.path().join("new.raw"), "f").expect("written");
        assert_eq!(text(&mut folder, "new.raw", now), None, "the list is new");
        assert_eq!(text(&mut folder, "new.raw", now + STALE_MISS).as_deref(), Some("f"));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let (root, mut folder) = folder();
        std::os::unix::fs::symlink("/etc/hostname", root.path().join("hostname")).expect("a link");
        std::os::unix::fs::symlink("/etc", root.path().join("etc")).expect("a link");
        std::os::unix::fs::symlink(root.path(), root.path().join("round")).expect("a link");
        let now = Instant::now();
        assert_eq!(text(&mut folder, "hostname", now), None);
        assert_eq!(text(&mut folder, "etc/hostname", now), None);
        assert_eq!(text(&mut folder, "Ringlist.xml", now).as_deref(), Some("d"));
    }
}
