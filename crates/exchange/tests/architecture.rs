//! What the compiler does not check: who may speak Skinny.

use std::fs;
use std::path::Path;

fn sources(folder: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let entries = fs::read_dir(path).expect("a folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(path).expect("a file"))).collect()
}

#[test]
fn only_station_speaks_skinny() {
    for folder in ["call", "feature", "plan"] {
        for (path, text) in sources(folder) {
            for forbidden in ["skinny::message", "skinny::packet", "skinny::Message"] {
                assert!(!text.contains(forbidden), "{path} mentions {forbidden}");
            }
        }
    }
}

#[test]
fn no_clock_no_thread_no_randomness() {
    for folder in ["", "call", "feature", "plan", "station"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a file");
            for forbidden in
                ["Instant::", "SystemTime", "std::thread", "HashMap", "Mutex", "RefCell", "Rc<", "rand::"]
            {
                assert!(!text.contains(forbidden), "{} mentions {forbidden}", path.display());
            }
        }
    }
}
