//! What is wrong with a configuration, where, and what would be right.

use std::fmt;
use std::ops::Range;

use skinny::json::nearest;

/// Everything that is wrong with a file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ConfigError::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigErrors(pub Vec<ConfigError>);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// A place in a file, as editors count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Line and column from 1; `None` when the whole file is meant.
    pub at: Option<(usize, usize)>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.at.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file can't be read.
    #[error("can't be read: {0}; give another with --config FILE")]
    Unreadable(String),
    /// Not TOML, or a value of the wrong kind.
    #[error("{0}")]
    Syntax(String),
    /// A key that nobody knows.
    #[error("there is no key `{found}` here{}", hint(.found, .valid))]
    UnknownKey {
        /// The key.
        found: String,
        /// Keys that may stand there.
        valid: Vec<String>,
    },
    /// A name that nobody knows.
    #[error("`{found}` is no {what}{}", hint(.found, .valid))]
    UnknownName {
        /// What it should be.
        what: &'static str,
        /// The name.
        found: String,
        /// Names that there are.
        valid: Vec<String>,
    },
    /// A value that can't be taken.
    #[error("`{found}` is no {what}: {rule}")]
    BadValue {
        /// The value.
        found: String,
        /// What it should be.
        what: &'static str,
        /// What would be right.
        rule: String,
    },
    /// Something that may stand once only.
    #[error("{what} `{found}` stands here again; it is first at line {first}: take one of them away")]
    Duplicate {
        /// What.
        what: &'static str,
        /// Its name.
        found: String,
        /// Line of the first.
        first: usize,
    },
    /// Too many of something.
    #[error("{found} {what}, and the limit is {limit}")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Something about the dial plan, which says itself what.
    #[error("{0}")]
    DialPlan(String),
    /// A name that stands for nothing.
    #[error("there is no {what} `{found}`{}", hint(.found, .valid))]
    NoSuch {
        /// What it should be.
        what: &'static str,
        /// The name.
        found: String,
        /// Names that there are.
        valid: Vec<String>,
    },
    /// A button that is nothing, or several things.
    #[error(
        "a button has one of `line`, `speed_dial`, `busy_lamp`, `intercom`, `feature`, `night_service` and \
         `unused = true`; this one has {0}"
    )]
    Button(usize),
    /// A key beside one that it does not belong to.
    #[error("`{key}` belongs to a button with `{to}`")]
    Misplaced {
        /// The key.
        key: &'static str,
        /// The key that it belongs to.
        to: &'static str,
    },
}

fn hint(found: &str, valid: &[String]) -> String {
    let all = || valid.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    match nearest(found, valid.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; there may be {}", all()),
    }
}

/// A file's text, for turning byte offsets into places.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// Its name.
    pub file: &'t str,
    /// Its text.
    pub text: &'t str,
}

impl Source<'_> {
    /// The line, from 1, in which a span begins.
    pub fn line(&self, span: Range<usize>) -> usize {
        self.position(span.start).0
    }

    /// An error at a span.
    pub fn error(&self, span: Option<Range<usize>>, problem: Problem) -> ConfigError {
        let at = span.map(|span| self.position(span.start));
        ConfigError { place: Place { file: self.file.to_owned(), at }, problem }
    }

    /// The error that the TOML reader found.
    pub fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        self.error(error.span(), explain(error.message()))
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Serde's words in ours. Serde has no other way to hand over an unknown key than in its message.
fn explain(message: &str) -> Problem {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    if message.starts_with("unknown field") {
        let mut names = quoted(message).into_iter();
        return Problem::UnknownKey { found: names.next().unwrap_or_default(), valid: names.collect() };
    }
    if message.starts_with("invalid type: integer") && message.contains("expected a string") {
        let found = quoted(message).into_iter().next().unwrap_or_default();
        return Problem::Syntax(format!("numbers that are dialled are text: write \"{found}\" in quotes"));
    }
    Problem::Syntax(message.lines().next().unwrap_or_default().to_owned())
}
