//! Names as phones ask for them: made harmless before anything else sees them.
//!
//! The space is flat and case-blind. A leading `/` and `./` are forgiven (a phone whose locale is empty asks
//! for `/mk-sccp.jar`); anything that could leave the space is no name.

use std::fmt;

use percent_encoding::percent_decode_str;

/// Bytes of a name. The longest that phones ask for are wallpapers, with about sixty.
pub const NAME_MAX: usize = 128;
/// Folders deep.
const PARTS_MAX: usize = 5;

/// A name that can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    shown: String,
    folded: String,
}

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing is left of it.
    #[error("an empty name")]
    Empty,
    /// Too long.
    #[error("a name of more than {NAME_MAX} bytes")]
    TooLong,
    /// It climbs out, or has characters that no file of a phone has.
    #[error("a name that no phone asks for")]
    Forbidden,
}

impl Name {
    /// A name of a TFTP request.
    pub fn of_tftp(bytes: &[u8]) -> Result<Name, BadName> {
        if bytes.len() > NAME_MAX {
            return Err(BadName::TooLong);
        }
        Name::of(std::str::from_utf8(bytes).map_err(|_| BadName::Forbidden)?)
    }

    /// The path of an HTTP request, without its query.
    pub fn of_http(path: &str) -> Result<Name, BadName> {
        if path.len() > 3 * NAME_MAX {
            return Err(BadName::TooLong);
        }
        // Once: what is encoded twice is a strange name, and not there.
        let decoded = percent_decode_str(path).decode_utf8().map_err(|_| BadName::Forbidden)?;
        Name::of(&decoded)
    }

    fn of(text: &str) -> Result<Name, BadName> {
        if text.len() > NAME_MAX {
            return Err(BadName::TooLong);
        }
        let is_plain = |c: char| (' '..='~').contains(&c) && !matches!(c, '\\' | ':' | '<' | '>' | '|' | '"');
        if !text.chars().all(is_plain) {
            return Err(BadName::Forbidden);
        }
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") || parts.len() > PARTS_MAX {
            return Err(BadName::Forbidden);
        }
        if parts.is_empty() {
            return Err(BadName::Empty);
        }
        let shown = parts.join("/");
        Ok(Name { folded: shown.to_ascii_lowercase(), shown })
    }

    /// The name in lower case, by which it is looked up.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The last part, in lower case.
    pub fn file(&self) -> &str {
        self.folded.rsplit('/').next().unwrap_or(&self.folded)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_phones_ask_for_is_a_name() {
        for (asked, folded) in [
            ("SEP001122334455.cnf.xml", "sep001122334455.cnf.xml"),
            ("/mk-sccp.jar", "mk-sccp.jar"),
            ("./RINGLIST.XML", "ringlist.xml"),
            ("German_Germany/mk-sccp.jar", "german_germany/mk-sccp.jar"),
            ("Desktops/320x212x12/List.xml", "desktops/320x212x12/list.xml"),
        ] {
            assert_eq!(Name::of_tftp(asked.as_bytes()).unwrap().folded(), folded);
            assert_eq!(Name::of_http(asked).unwrap().folded(), folded);
        }
        assert_eq!(Name::of_http("/a%20b.raw").unwrap().to_string(), "a b.raw");
    }

    #[test]
    fn what_climbs_or_steers_is_none() {
        for asked in
            ["../etc/passwd", "a/../../b", "..", "a/..", "a\\..\\b", "C:/x", "a\0b", "a\nb", "\u{1b}[2J", "é"]
        {
            assert_eq!(Name::of_tftp(asked.as_bytes()), Err(BadName::Forbidden), "{asked:?}");
        }
        for asked in ["/%2e%2e/etc/passwd", "/..%2fx", "/a%00b", "/%2E%2E%5cx", "/%ff"] {
            assert_eq!(Name::of_http(asked), Err(BadName::Forbidden), "{asked:?}");
        }
        // Encoded twice: a harmless name that is not there.
        assert_eq!(Name::of_http("/%252e%252e/x").unwrap().folded(), "%2e%2e/x");
        for asked in ["", "/", "./", "//"] {
            assert_eq!(Name::of_tftp(asked.as_bytes()), Err(BadName::Empty));
        }
        assert_eq!(Name::of_tftp(&[b'a'; NAME_MAX + 1]), Err(BadName::TooLong));
        assert_eq!(Name::of_http(&"a/".repeat(100)), Err(BadName::TooLong));
        assert_eq!(Name::of_http(&"%61".repeat(NAME_MAX + 1)), Err(BadName::TooLong));
    }
}
