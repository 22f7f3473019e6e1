//! Colours: for dark and for light terminals, and none at all.

use ratatui::style::{Color, Modifier, Style};

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
        let colours = std::env::var("COLORFGBG").ok();
        let ground = colours.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        if matches!(ground, Some(7 | 15)) { Self::Light } else { Self::Dark }
    }

    /// The theme with a name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Dark, Self::Light, Self::Plain].into_iter().find(|theme| theme.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Plain => "plain",
        }
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Plain,
            Self::Plain => Self::Dark,
        }
    }

    fn of(self, dark: (u8, u8, u8), light: (u8, u8, u8), plain: Modifier) -> Style {
        let colour = |(r, g, b)| Color::Rgb(r, g, b);
        match self {
            Self::Dark => self.body().fg(colour(dark)),
            Self::Light => self.body().fg(colour(light)),
            Self::Plain => Style::new().add_modifier(plain),
        }
    }

    /// The case of the phone.
    pub fn body(self) -> Style {
        match self {
            Self::Dark => Style::new().fg(Color::Rgb(0xe6, 0xed, 0xf3)).bg(Color::Rgb(0x0d, 0x11, 0x17)),
            Self::Light => Style::new().fg(Color::Rgb(0x1b, 0x1f, 0x24)).bg(Color::Rgb(0xff, 0xff, 0xff)),
            Self::Plain => Style::new(),
        }
    }

    /// The display.
    pub fn display(self) -> Style {
        match self {
            Self::Dark => Style::new().fg(Color::Rgb(0xd6, 0xe4, 0xd0)).bg(Color::Rgb(0x1a, 0x24, 0x1f)),
            Self::Light => Style::new().fg(Color::Rgb(0x14, 0x24, 0x1a)).bg(Color::Rgb(0xd9, 0xe6, 0xd2)),
            Self::Plain => Style::new(),
        }
    }

    /// What matters less.
    pub fn dim(self) -> Style {
        self.of((0x8b, 0x94, 0x9e), (0x57, 0x60, 0x6a), Modifier::DIM)
    }

    /// The chosen line, a softkey, the key under the cursor.
    pub fn chosen(self) -> Style {
        match self {
            Self::Dark => Style::new().bg(Color::Rgb(0x1f, 0x4b, 0x7a)).fg(Color::White),
            Self::Light => Style::new().bg(Color::Rgb(0x8f, 0xc4, 0xee)).fg(Color::Black),
            Self::Plain => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// A key.
    pub fn key(self) -> Style {
        match self {
            Self::Dark => Style::new().bg(Color::Rgb(0x2d, 0x33, 0x3b)).fg(Color::Rgb(0xe6, 0xed, 0xf3)),
            Self::Light => Style::new().bg(Color::Rgb(0xd8, 0xdd, 0xe3)).fg(Color::Rgb(0x1b, 0x1f, 0x24)),
            Self::Plain => Style::new(),
        }
    }

    /// A lamp that is green.
    pub fn green(self) -> Style {
        self.of((0x56, 0xd3, 0x64), (0x1a, 0x7f, 0x37), Modifier::BOLD)
    }

    /// A lamp that is amber.
    pub fn amber(self) -> Style {
        self.of((0xe3, 0xb3, 0x41), (0x9a, 0x67, 0x00), Modifier::BOLD)
    }

    /// A lamp that is red; a fault.
    pub fn red(self) -> Style {
        self.of((0xff, 0x7b, 0x72), (0xb4, 0x23, 0x18), Modifier::BOLD)
    }
}
