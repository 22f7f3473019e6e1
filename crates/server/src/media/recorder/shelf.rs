//! The recordings that are there: their names, the list of them, and which have to go.
//!
//! A name is `CALL-PART-SECONDS.wav`: the call's number, which of its recordings, and when it began in seconds since
//! 1970. Nothing else in the folder is looked at, and no name that is asked for leads anywhere else.

use std::io;
use std::path::Path;

/// How many files one look takes in.
pub const FILES_MAX: usize = 1_000_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// How long recordings are kept, and how much of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub days: u32,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Keep { days: 90, bytes: 20 * 1024 * 1024 * 1024 }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shelved {
    /// Its name.
    pub file: String,
    /// The call.
    pub call: u64,
    /// When it began, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// Its bytes.
    pub bytes: u64,
}

/// Call and beginning in seconds, where a name is one of a recording.
fn parts(name: &str) -> Option<(u64, i64)> {
    let mut parts = name.strip_suffix(".wav")?.split('-');
    let mut number = || {
        let part = parts.next().filter(|part| !part.is_empty() && part.len() <= 19)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok()).flatten()
    };
    let (call, _, secs) = (number()?, number()?, number()?);
    if parts.next().is_some() { None } else { Some((u64::try_from(call).ok()?, secs)) }
}

/// Whether a name is one of a recording.
pub fn is_name(name: &str) -> bool {
    parts(name).is_some()
}

/// A name as that of a file in a folder of the asker's: what is none of a recording becomes harmless.
pub fn plain(name: &str) -> &str {
    if is_name(name) { name } else { "recording.wav" }
}

/// All recordings, the oldest first.
pub fn list(directory: &Path) -> io::Result<Vec<Shelved>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries.take(FILES_MAX) {
        let entry = entry?;
        let Ok(file) = entry.file_name().into_string() else { continue };
        let Some((call, secs)) = parts(&file) else { continue };
        // One that went meanwhile is none.
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() {
            found.push(Shelved { file, call, start_ms: secs.saturating_mul(1000), bytes: about.len() });
        }
    }
    found.sort_by(|one, other| (one.start_ms, &one.file).cmp(&(other.start_ms, &other.file)));
    Ok(found)
}

/// Lets those go that are too old or too many, the oldest first; their names and why. One that is being written stays.
pub fn sweep(
    directory: &Path,
    keep: Keep,
    now_ms: i64,
    is_open: impl Fn(&str) -> bool,
) -> io::Result<Vec<(String, String)>> {
    let all = list(directory)?;
    let mut bytes: u64 = all.iter().map(|one| one.bytes).sum();
    let oldest_ms = now_ms.saturating_sub(i64::from(keep.days).saturating_mul(DAY_MS));
    let mut gone = Vec::new();
    for one in all.into_iter().filter(|one| !is_open(&one.file)) {
        let why = if one.start_ms < oldest_ms {
            format!("it is older than {} days", keep.days)
        } else if bytes > keep.bytes {
            format!("all recordings together are larger than {} bytes", keep.bytes)
        } else {
            continue;
        };
        std::fs::remove_file(directory.join(&one.file))?;
        bytes -= one.bytes;
        gone.push((one.file, why));
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_recordings_are_names() {
        for name in ["00000001-1-1764000000.wav", "7-2-0.wav"] {
            assert!(is_name(name), "{name}");
        }
        let wrong =
            ["", ".wav", "1-2.wav", "1-2-3-4.wav", "../1-2-3.wav", "1-2-3.wav/x", "1-+2-3.wav", "a-1-2.wav"];
        for name in wrong {
            assert!(!is_name(name), "{name}");
        }
    }

    fn names(directory: &Path) -> Vec<String> {
        list(directory).unwrap().into_iter().map(|one| one.file).collect()
    }

    #[test]
    fn the_old_go_by_age_and_then_by_size_and_what_is_open_stays() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        assert_eq!(list(&at.join("none")).unwrap(), []);
        let day = 24 * 3600;
        for (name, len) in
            [("1-1-0.wav", 10), ("2-1-86400.wav", 10), ("3-1-172800.wav", 10), ("4-1-259200.wav", 10)]
        {
            std::fs::write(at.join(name), vec![0; len]).unwrap();
        }
        std::fs::write(at.join("notes.txt"), "mine").unwrap();
        let keep = Keep { days: 3, bytes: 25 };
        let gone = sweep(at, keep, 4 * day * 1000 - 1, |name| name == "2-1-86400.wav").unwrap();
        let gone: Vec<&str> = gone.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(gone, ["1-1-0.wav", "3-1-172800.wav"]);
        assert_eq!(names(at), ["2-1-86400.wav", "4-1-259200.wav"]);
        assert!(at.join("notes.txt").exists());
    }
}
