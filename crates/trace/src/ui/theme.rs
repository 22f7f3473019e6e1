//! Colours: for dark and for light terminals, and none at all.

use ratatui::style::{Color, Modifier, Style};

use crate::draw::RowKind;

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Light letters on a dark ground.
    #[default]
    Dark,
    /// Dark letters on a light ground.
    Light,
    /// Bold and reversed only.
    Plain,
}

impl Theme {
    /// The theme that `COLORFGBG` and `NO_COLOR` ask for.
    pub fn of_environment() -> Self {
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Self::Plain;
        }
        let ground =
            std::env::var("COLORFGBG").ok().and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        if ground.is_some_and(|ground| ground == 7 || ground == 15) { Self::Light } else { Self::Dark }
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Plain,
            Self::Plain => Self::Dark,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Plain => "plain",
        }
    }

    /// Ordinary text.
    pub fn text(self) -> Style {
        match self {
            Self::Dark => Style::new().fg(Color::Rgb(0xe6, 0xed, 0xf3)).bg(Color::Rgb(0x0d, 0x11, 0x17)),
            Self::Light => Style::new().fg(Color::Rgb(0x1b, 0x1f, 0x24)).bg(Color::Rgb(0xff, 0xff, 0xff)),
            Self::Plain => Style::new(),
        }
    }

    /// What matters less.
    pub fn dim(self) -> Style {
        match self {
            Self::Dark => self.text().fg(Color::Rgb(0x8b, 0x94, 0x9e)),
            Self::Light => self.text().fg(Color::Rgb(0x57, 0x60, 0x6a)),
            Self::Plain => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// The chosen line.
    pub fn chosen(self) -> Style {
        match self {
            Self::Dark => {
                Style::new().bg(Color::Rgb(0x1f, 0x4b, 0x7a)).fg(Color::White).add_modifier(Modifier::BOLD)
            }
            Self::Light => {
                Style::new().bg(Color::Rgb(0xb6, 0xe3, 0xff)).fg(Color::Black).add_modifier(Modifier::BOLD)
            }
            Self::Plain => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// Titles and keys.
    pub fn bar(self) -> Style {
        match self {
            Self::Dark => Style::new().bg(Color::Rgb(0x21, 0x26, 0x2d)).fg(Color::Rgb(0xe6, 0xed, 0xf3)),
            Self::Light => Style::new().bg(Color::Rgb(0xe1, 0xe6, 0xeb)).fg(Color::Rgb(0x1b, 0x1f, 0x24)),
            Self::Plain => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// A fault.
    pub fn bad(self) -> Style {
        match self {
            Self::Dark => self.text().fg(Color::Rgb(0xff, 0x7b, 0x72)),
            Self::Light => self.text().fg(Color::Rgb(0xb4, 0x23, 0x18)),
            Self::Plain => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// A row of a ladder.
    pub fn row(self, kind: RowKind) -> Style {
        let (dark, light) = match kind {
            RowKind::Key => (Color::Rgb(0xd2, 0xa8, 0xff), Color::Rgb(0x82, 0x50, 0xdf)),
            RowKind::Call => (Color::Rgb(0x79, 0xc0, 0xff), Color::Rgb(0x09, 0x69, 0xda)),
            RowKind::Media | RowKind::Stream => (Color::Rgb(0x56, 0xd3, 0x64), Color::Rgb(0x1a, 0x7f, 0x37)),
            RowKind::Tone => (Color::Rgb(0xe3, 0xb3, 0x41), Color::Rgb(0x9a, 0x67, 0x00)),
            RowKind::KeepAlive | RowKind::Lamp | RowKind::Screen | RowKind::Thought => return self.dim(),
            RowKind::Other => return self.text(),
        };
        match self {
            Self::Dark => self.text().fg(dark),
            Self::Light => self.text().fg(light),
            Self::Plain => Style::new(),
        }
    }
}
