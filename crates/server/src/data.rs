//! Where data is when nobody says where.

use std::path::PathBuf;

/// There is no usual place for data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no home directory to keep data in: name a directory with --data DIR")]
pub struct NoHome;

/// The data directory: the one that is named, systemd's for a service, `$XDG_DATA_HOME/lineside`, or
/// `~/.local/share/lineside`.
pub fn directory(given: Option<PathBuf>) -> Result<PathBuf, NoHome> {
    choose(given, |name| std::env::var_os(name).map(PathBuf::from))
}

fn choose(given: Option<PathBuf>, variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, NoHome> {
    // Relative paths are to be ignored, says the specification of these variables.
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    given
        .or_else(|| absolute("STATE_DIRECTORY"))
        .or_else(|| absolute("XDG_DATA_HOME").map(|home| home.join("lineside")))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share/lineside")))
        .ok_or(NoHome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: Option<&str>, variables: &[(&str, &str)], expect: Option<&str>) {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let found = choose(given.map(PathBuf::from), find);
        assert_eq!(found.ok(), expect.map(PathBuf::from), "{given:?} {variables:?}");
    }

    #[test]
    fn the_nearest_word_counts() {
        let home = ("HOME", "/home/a");
        check(Some("x"), &[home], Some("x"));
        check(None, &[home], Some("/home/a/.local/share/lineside"));
        check(None, &[home, ("XDG_DATA_HOME", "/data")], Some("/data/lineside"));
        check(None, &[home, ("XDG_DATA_HOME", "data")], Some("/home/a/.local/share/lineside"));
        check(None, &[home, ("STATE_DIRECTORY", "/var/lib/lineside")], Some("/var/lib/lineside"));
        check(None, &[], None);
    }
}
