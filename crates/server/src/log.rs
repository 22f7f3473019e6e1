//! The log: where it goes, and how text of the network gets into it unharmed and in bounds.

use std::fmt;

/// Characters of foreign text that one line of the log shows.
const FOREIGN_MAX: usize = 200;

/// Text that somebody else wrote, without what could steer a terminal or feign another line: control
/// characters appear as `\u{1b}`, and what is too long is cut.
#[derive(Debug, Clone, Copy)]
pub struct Plain<'t>(pub &'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (count, character) in self.0.chars().enumerate() {
            if count == FOREIGN_MAX {
                return f.write_str("…");
            }
            if is_harmful(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Whether a character steers a terminal, ends a line or turns the direction of text.
pub(crate) fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// How many lines were held back; shown only when there were any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held(pub u64);

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " (and {count} more lines before)"),
        }
    }
}

/// Lets a few lines of a kind through in each window of time and counts the rest, so that nobody fills
/// a disk by being wrong often.
#[derive(Debug)]
pub struct Throttle {
    window_ns: u64,
    lines_max: u32,
    window_start_ns: Option<u64>,
    lines: u32,
    held_back: u64,
}

impl Throttle {
    /// `lines_max` lines in each `window_ns`.
    pub fn new(lines_max: u32, window_ns: u64) -> Self {
        Throttle { window_ns, lines_max, window_start_ns: None, lines: 0, held_back: 0 }
    }

    /// Whether a line may be written now; if so, how many were held back since the last one, to stand at its
    /// end.
    pub fn admit(&mut self, now_ns: u64) -> Option<Held> {
        let is_over = self.window_start_ns.is_none_or(|start| now_ns.saturating_sub(start) >= self.window_ns);
        if is_over {
            self.window_start_ns = Some(now_ns);
            self.lines = 0;
        }
        if self.lines >= self.lines_max {
            self.held_back += 1;
            return None;
        }
        self.lines += 1;
        Some(Held(std::mem::take(&mut self.held_back)))
    }
}

/// Sends the program's log to standard error in one line each. `LINESIDE_LOG` chooses what is shown, such
/// as `debug` or `server=debug`; left out: `info`. A second call changes nothing.
pub fn install() {
    let wanted = std::env::var("LINESIDE_LOG").unwrap_or_default();
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .parse_lossy(wanted);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .compact()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_target(false)
        .with_writer(std::io::stderr);
    // Another subscriber that is already there is what the caller wanted.
    let _ = subscriber.try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_neither_steer_nor_fill_the_terminal() {
        let shown = Plain("SEP\u{1b}[2J\r\nERROR fake\u{9b}31m\u{202e}").to_string();
        assert_eq!(shown, r"SEP\u{1b}[2J\u{d}\u{a}ERROR fake\u{9b}31m\u{202e}");
        assert_eq!(Plain(&"é".repeat(500)).to_string().chars().count(), FOREIGN_MAX + 1);
    }

    #[test]
    fn a_flood_of_lines_becomes_a_few_and_a_number() {
        let mut throttle = Throttle::new(2, 1_000);
        let admitted: Vec<_> = [0, 1, 2, 3, 999].map(|now| throttle.admit(now)).to_vec();
        assert_eq!(admitted, [Some(Held(0)), Some(Held(0)), None, None, None]);
        assert_eq!(
            (Held(0).to_string(), Held(3).to_string()),
            ("".into(), " (and 3 more lines before)".into())
        );
        assert_eq!(throttle.admit(1_000), Some(Held(3)));
        assert_eq!(throttle.admit(1_001), Some(Held(0)));
    }
}
