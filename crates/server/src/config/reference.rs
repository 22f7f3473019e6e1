//! The reference of `lineside.toml`, made from the declarations of its sections: each key has its kind and the
//! words that stand before it in the source, so that none can be missing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Files that declare sections.
const SOURCES: [&str; 11] = [
    include_str!("file.rs"),
    include_str!("dial_plan.rs"),
    include_str!("provision.rs"),
    include_str!("screen.rs"),
    include_str!("media.rs"),
    include_str!("recording.rs"),
    include_str!("announcements.rs"),
    include_str!("features.rs"),
    include_str!("groups.rs"),
    include_str!("regions.rs"),
    include_str!("resources.rs"),
];

/// A section as it is declared.
#[derive(Debug, Default)]
struct Section<'s> {
    words: String,
    keys: Vec<Key<'s>>,
}

#[derive(Debug)]
struct Key<'s> {
    name: &'s str,
    kind: &'s str,
    words: String,
}

/// The whole reference.
pub fn markdown() -> String {
    let sections = sections();
    let mut out = String::from(HEAD);
    if let Some(file) = sections.get("File") {
        for key in &file.keys {
            write_section(&mut out, &sections, key.name, key.kind);
        }
    }
    out
}

const HEAD: &str = "# lineside.toml: every key\n\n\
Generated from the source by `cargo xtask docs`; a test holds it up to date. An empty file is a valid one, and none is\n\
needed: `lineside serve` then takes the usual values. `lineside check FILE` says what is wrong, at which line, and what a\n\
reload would change; `lineside ctl reload` or SIGHUP puts a changed file into force without dropping a call. Phones\n\
that are told something else register anew as soon as they are idle.\n\n\
Devices of the file are read-only elsewhere; phones that came by themselves or that an operator adopted\n\
(`lineside ctl adopt`) stand beside them, and the file wins.\n";

/// Writes a section and those within it, whose names begin with its own.
fn write_section(out: &mut String, sections: &BTreeMap<&str, Section<'_>>, path: &str, kind: &str) {
    let Some(section) = sections.get(base(kind)) else { return };
    let title = if kind.contains("Vec<") { format!("[[{path}]]") } else { format!("[{path}]") };
    // Writing to a string does not fail.
    let _ = write!(out, "\n## {title}\n\n{}\n\n| key | kind | meaning |\n|---|---|---|\n", section.words);
    let (inner, keys): (Vec<_>, Vec<_>) =
        section.keys.iter().partition(|key| sections.contains_key(base(key.kind)));
    for key in keys {
        let _ = writeln!(out, "| `{}` | {} | {} |", key.name, kind_words(key.kind), key.words);
    }
    for key in inner {
        write_section(out, sections, &format!("{path}.{}", key.name), key.kind);
    }
}

/// The innermost type: what is left without `Option`, `Vec` and `Spanned`.
fn base(kind: &str) -> &str {
    kind.trim_end_matches('>').rsplit(['<', ' ', ',', ':']).next().unwrap_or(kind)
}

fn kind_words(kind: &str) -> String {
    // A list of keys by their names.
    let kind = if kind == "KeyNames" { "Option<Vec<Spanned<String>>>" } else { kind };
    let one = match base(kind) {
        "String" => "text",
        "bool" => "true or false",
        "PathBuf" => "path",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "number",
        other => other,
    };
    let is_required = !kind.starts_with("Option<") && !kind.starts_with("Vec<") && !kind.contains("Map<");
    let many = kind.contains("Vec<");
    let kind = match (kind.contains("Map<"), many) {
        (true, _) => format!("table of {one}"),
        (false, true) => format!("list of {one}"),
        (false, false) => one.to_owned(),
    };
    if is_required { format!("{kind}, required") } else { kind }
}

fn sections() -> BTreeMap<&'static str, Section<'static>> {
    let mut sections = BTreeMap::new();
    for source in SOURCES {
        read(source, &mut sections);
    }
    sections
}

/// Reads declarations as rustfmt leaves them: one field a line, its words before it.
fn read<'s>(source: &'s str, sections: &mut BTreeMap<&'s str, Section<'s>>) {
    let mut words = Vec::new();
    let mut renamed = None;
    let mut current: Option<(&str, Section<'_>)> = None;
    for line in source.lines().map(str::trim) {
        if let Some(word) = line.strip_prefix("///") {
            words.push(word.trim());
        } else if let Some(rest) = line.strip_prefix("#[serde(") {
            renamed = rest.split_once("rename = \"").and_then(|(_, name)| name.split('"').next()).or(renamed);
        } else if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            let words = std::mem::take(&mut words).join(" ");
            renamed = None;
            current = Some((name, Section { words, keys: Vec::new() }));
        } else if line == "}" {
            if let Some((name, section)) = current.take() {
                sections.insert(name, section);
            }
        } else if let Some((_, section)) = &mut current
            && let Some((name, kind)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": "))
        {
            let words = std::mem::take(&mut words).join(" ").replace('|', "\\|");
            let name = renamed.take().unwrap_or(name);
            section.keys.push(Key { name, kind: kind.trim_end_matches(','), words });
        } else if !line.starts_with("#[") {
            words.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::{ConfigErrors, Problem};
    use super::super::parse;
    use super::*;

    #[test]
    fn the_reference_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(found == markdown(), "docs/configuration.md is out of date: cargo xtask docs");
    }

    /// What the reader itself takes at a place, as its error says.
    fn keys_at(before: &str) -> Vec<String> {
        let text = format!("{before}\nzzzzzz_nobody_knows = 1\n");
        let Err(ConfigErrors(errors)) = parse("x", &text) else { panic!("{text} is taken") };
        match &errors[0].problem {
            Problem::UnknownKey { valid, .. } => valid.clone(),
            // A section whose keys are names of other things, such as sets of softkeys.
            Problem::Syntax(words) if words.starts_with("missing field") => Vec::new(),
            other => panic!("{text}: {other}"),
        }
    }

    #[test]
    fn every_key_that_is_read_is_in_it() {
        let reference = markdown();
        let mut places = 0;
        for title in reference.lines().filter_map(|line| line.strip_prefix("## ")) {
            // A section within a list needs its list's entry before it.
            let chapter = reference.split(&format!("## {title}\n")).nth(1).expect("the title stands there");
            let chapter = chapter.split("\n## ").next().unwrap_or_default();
            let parents = title.trim_matches(['[', ']']).split('.').next().unwrap_or_default();
            let parent = if title.contains('.') && reference.contains(&format!("## [[{parents}]]")) {
                format!("[[{parents}]]\n")
            } else {
                String::new()
            };
            for key in keys_at(&format!("{parent}{title}")) {
                let is_key = chapter.contains(&format!("| `{key}` |"));
                let is_section = reference.contains(&format!("{}.{key}]", title.trim_matches(['[', ']'])));
                assert!(is_key || is_section, "{key} of {title} is not in the reference");
                places += 1;
            }
        }
        assert!(places > 30, "{places} keys");
        for section in keys_at("") {
            assert!(reference.contains(&format!("[{section}]")), "{section} is not in the reference");
        }
    }
}
