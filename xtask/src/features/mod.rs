//! `docs/features.md`, from the tests of the features: what there is, how it is invoked, on which generations
//! it is tried. And what people complain of at other servers, with the test that covers it.

mod complaints;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use complaints::{COMPLAINTS, Covered};

/// Where the tests of features are.
const TESTS: &str = "crates/exchange/tests/features";
/// Generations on which each of them runs (`GENERATIONS` in the harness).
const GENERATIONS: [&str; 4] = ["v3", "v11", "v20", "v22"];

const HEAD: &str = "# Features

What users can press, dial or have set, made by `cargo xtask docs` from the tests in
`crates/exchange/tests/features/`. Each row is a test that runs on emulated phones of four generations (a 12SP+
at version 3, a 7960 at 11, a 7965 at 20 and at 22): the normal way is compared with a ladder kept in
`crates/exchange/tests/ladders/` (v22 is run without one), then at v3, v11 and v22 the same is broken off after each step by each
phone in five ways (handset down, EndCall, connection lost, reboot, another connection) and by the trunk, and
nothing may be left on. No physical phone was tried, and no public capture of CUCM shows these features: where
messages and their order come from is in `crates/exchange/src/station/leg.rs`.

Races are enumerated: `interleavings.rs` there plays every order in which the keys of two or three phones can arrive
(9,632 orders: both phones of a shared line answer, hang-up during a transfer, pickup of a call that is answered,
…), and the simulator (`cargo xtask sim`) uses all of these features at random.

Beside them, with tests of their own: forwards of a line that has no phone registered, while it is away and over a restart
(`features/forward.rs`), message lamps of each line and the broken dial tone of adapters (`lines.rs`), calls without any
feature (`flows.rs`, `calls.rs`). What is in neither does not exist yet.

";

/// A test of a feature.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    what: String,
    how: String,
    test: String,
}

/// The document.
pub fn markdown(root: &Path) -> Result<String> {
    let mut text = String::from(HEAD);
    writeln!(text, "| feature | how | {} | test |", GENERATIONS.join(" | "))?;
    writeln!(text, "|---|---|{}---|", "---|".repeat(GENERATIONS.len()))?;
    for (file, rows) in rows(root)? {
        for row in rows {
            let marks = GENERATIONS.map(|_| "✔").join(" | ");
            writeln!(text, "| {} | {} | {marks} | `{file}::{}` |", row.what, row.how, row.test)?;
        }
    }
    complaints_table(&mut text)?;
    Ok(text)
}

fn complaints_table(text: &mut String) -> Result<()> {
    text.push_str(
        "\n## What people complain of at other servers\n\nThe themes of the trackers of chan-sccp and its \
         tools, the most frequent first, with the tests that show that it does not happen here, or why it \
         can't.\n\n| theme | here |\n|---|---|\n",
    );
    for (theme, covered) in COMPLAINTS {
        let here = match covered {
            Covered::Tests(tests, note) => {
                let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
                let note = if note.is_empty() { String::new() } else { format!("; {note}") };
                format!("{}{note}", tests.join(", "))
            }
            Covered::CanNot(why) => format!("can't occur: {why}"),
        };
        writeln!(text, "| {theme} | {here} |")?;
    }
    Ok(())
}

/// The features of each file of tests.
fn rows(root: &Path) -> Result<BTreeMap<String, Vec<Row>>> {
    let mut rows = BTreeMap::new();
    for path in sources(&root.join(TESTS))? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let found: Vec<Row> = text.lines().filter_map(row).collect();
        if let Some(name) = path.file_stem().filter(|_| !found.is_empty()) {
            rows.insert(name.to_string_lossy().into_owned(), found);
        }
    }
    Ok(rows)
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    Ok(paths)
}

/// A declaration such as `name("What", "how") on site [`.
fn row(line: &str) -> Option<Row> {
    let (test, rest) = line.trim().split_once("(\"")?;
    let (what, rest) = rest.split_once("\", \"")?;
    let (how, rest) = rest.split_once("\") on ")?;
    let is_name = test.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && rest.ends_with('[');
    is_name.then(|| Row { what: what.into(), how: how.into(), test: test.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::root;

    #[test]
    fn the_document_is_up_to_date() {
        let written = std::fs::read_to_string(root().join("docs/features.md")).unwrap();
        assert!(written == markdown(root()).unwrap(), "run `cargo xtask docs`");
    }

    #[test]
    fn a_declaration_is_read_and_nothing_else_is() {
        let line = r#"    park("Park", "softkey Park") on site ["#;
        let expect = Row { what: "Park".into(), how: "softkey Park".into(), test: "park".into() };
        assert_eq!(row(line), Some(expect));
        assert_eq!(row(r#"        |w| w.press("B", "1003"),"#), None);
    }

    /// Each test that the list of complaints names is there.
    #[test]
    fn every_test_named_is_there() {
        let mut sources_of_tests = String::new();
        for folder in
            ["exchange/tests", TESTS.trim_start_matches("crates/"), "sim/tests", "server/tests/wire"]
        {
            for path in sources(&root().join("crates").join(folder)).unwrap() {
                sources_of_tests.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        for (theme, covered) in COMPLAINTS {
            let Covered::Tests(tests, _) = covered else { continue };
            for test in *tests {
                let name = test.rsplit("::").next().unwrap();
                let is_there = [format!("fn {name}("), format!(" {name}("), format!("{name}.sim")]
                    .iter()
                    .any(|form| sources_of_tests.contains(form.as_str()));
                assert!(is_there, "{theme}: there is no test {test}");
            }
        }
    }
}
