//! Firmware: whether everything that a load needs is there, before a phone is told to fetch it.
//!
//! A `.loads` file is a signed container that lists the archives of a load by name. Its form is not public, so
//! names are taken from its readable text: whatever looks like an archive. A load of one file (7905, 7912,
//! 7920) has none.

use std::io::Read;

use super::folder::{Folder, open};

/// Bytes of a `.loads` file; real ones have under two thousand.
const LOADS_MAX: u64 = 64 * 1024;
/// Shortest name of an archive.
const NAME_MIN: usize = 5;
/// Endings of archives.
const ARCHIVES: &[&str] = &["sbn", "sb2", "bin", "zz", "zup", "tar", "ebn", "zip", "jar"];

/// How a load stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Everything is there.
    Complete,
    /// Neither list nor image is there.
    Absent,
    /// Archives that the list names are missing.
    Incomplete(Vec<String>),
}

/// How a load stands in a folder; `load` is its name without an ending.
pub fn state(folder: &Folder, load: &str) -> State {
    let has_image = || ARCHIVES.iter().any(|ending| folder.has(&format!("{load}.{ending}")));
    let wanted = format!("{load}.loads").to_ascii_lowercase();
    let Some(path) = folder.ending(&wanted).find(|path| is_called(path, &wanted)) else {
        return if folder.has(load) || has_image() { State::Complete } else { State::Absent };
    };
    let mut bytes = Vec::new();
    let read = open(path).and_then(|(file, _)| file.take(LOADS_MAX).read_to_end(&mut bytes));
    if read.is_err() {
        return State::Absent;
    }
    let missing: Vec<String> = archives(&bytes).into_iter().filter(|name| !folder.has(name)).collect();
    if missing.is_empty() { State::Complete } else { State::Incomplete(missing) }
}

fn is_called(path: &std::path::Path, folded: &str) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.eq_ignore_ascii_case(folded))
}

/// Names of archives in the readable text of a `.loads` file, each once, in their order.
pub fn archives(bytes: &[u8]) -> Vec<String> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    let mut names: Vec<String> = Vec::new();
    for word in bytes.split(|byte| !is_of_name(*byte)) {
        let Ok(word) = std::str::from_utf8(word) else { continue };
        let ending = word.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let is_archive = ending.is_some_and(|ending| ARCHIVES.contains(&ending.as_str()));
        if is_archive && word.len() >= NAME_MIN && !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// A container as they look: a signed head of bytes, then names with NULs and lengths around them.
    fn container() -> Vec<u8> {
        let mut bytes = vec![1, 2, 0, 6, 0x81, 0xff, 0x80];
        for name in ["jar41sccp.9-4-2ES26.sbn", "cnu41.9-4-2ES26.sbn", "apps41.9-4-2ES26.sbn"] {
            bytes.extend_from_slice(&[0, 0, 0, name.len() as u8 | 0x80]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
        }
        bytes.extend_from_slice(b"CN=CiscoCA\0cnu41.9-4-2ES26.sbn\0.sbn\0");
        bytes
    }

    #[test]
    fn archives_are_read_out_of_the_container() {
        assert_eq!(
            archives(&container()),
            ["jar41sccp.9-4-2ES26.sbn", "cnu41.9-4-2ES26.sbn", "apps41.9-4-2ES26.sbn"]
        );
        assert!(archives(&[]).is_empty() && archives(&[0xff; 100]).is_empty());
    }

    #[test]
    fn what_is_missing_is_named_until_it_is_there() {
        let root = tempfile::tempdir().expect("a folder");
        let mut folder = Folder::new(Some(root.path().into()));
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(root.path().join(name), bytes).expect("written");
        let mut now = Instant::now();
        let mut list = |folder: &mut Folder| {
            now += Duration::from_secs(60);
            folder.refresh(now, Duration::from_secs(1));
        };
        list(&mut folder);
        assert_eq!(state(&folder, "SCCP41.9-4-2S"), State::Absent);
        write("SCCP41.9-4-2S.loads", &container());
        write("JAR41sccp.9-4-2ES26.sbn", b"x");
        list(&mut folder);
        let missing = vec!["cnu41.9-4-2ES26.sbn".to_owned(), "apps41.9-4-2ES26.sbn".to_owned()];
        assert_eq!(state(&folder, "SCCP41.9-4-2S"), State::Incomplete(missing));
        write("cnu41.9-4-2ES26.sbn", b"x");
        write("apps41.9-4-2ES26.sbn", b"x");
        write("CP7912080004SCCP080108A.sbn", b"x");
        list(&mut folder);
        assert_eq!(state(&folder, "SCCP41.9-4-2S"), State::Complete);
        assert_eq!(state(&folder, "CP7912080004SCCP080108A"), State::Complete, "one file is a load, too");
    }
}
