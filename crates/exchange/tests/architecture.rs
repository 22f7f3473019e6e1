//! What the compiler does not check: who may speak Skinny.

use std::fs;
use std::path::Path;

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), fs::read_to_string(&path).expect("a file")));
            }
        }
    }
    found
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
    for (path, text) in sources("") {
        for forbidden in
            ["Instant::", "SystemTime", "std::thread", "HashMap", "Mutex", "RefCell", " Rc<", "rand::"]
        {
            assert!(!text.contains(forbidden), "{path} mentions {forbidden}");
        }
    }
}
