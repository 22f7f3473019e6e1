//! Failing runs of the past, each as short as it became: what failed once does not fail again.
//!
//! A new one: save the script that a failing run prints as `scripts/what_was_wrong.sim`, with a few words in
//! front of why it matters.

use std::path::PathBuf;

use sim::known::KNOWN;
use sim::run::replay;

fn scripts() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut scripts: Vec<_> = files
        .map(|file| {
            let path = file.expect("it can be listed").path();
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("it can be read"))
        })
        .collect();
    scripts.sort();
    scripts
}

#[test]
fn what_failed_once_does_not_fail_again() {
    let mut complaints = Vec::new();
    for (name, text) in scripts() {
        let outcome = replay(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let is_known = KNOWN.iter().any(|known| known.script == name);
        match outcome.failure {
            Some(_) if is_known => eprintln!("{name} still fails"),
            Some(failure) => complaints.push(format!("{name}: {}\n{}", failure.violation, failure.ladder)),
            None if is_known => complaints.push(format!("{name} is mended: take it off sim::known::KNOWN")),
            None => {}
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn what_is_known_has_a_script() {
    let scripts = scripts();
    for known in KNOWN {
        assert!(scripts.iter().any(|(name, _)| name == known.script), "{} has no script", known.script);
    }
}
