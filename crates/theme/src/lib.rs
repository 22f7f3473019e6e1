//! Colours of the terminal UIs: for dark and for light terminals, and none at all.
//!
//! The palette stands once, here; which colour means what in a ladder or on a phone is each UI's own business.

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
    /// All of them, in the order of [`Theme::next`].
    pub const ALL: [Theme; 3] = [Self::Dark, Self::Light, Self::Plain];

    /// The theme that `COLORFGBG` and `NO_COLOR` ask for.
    pub fn of_environment() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self::asked_for(no_color, std::env::var("COLORFGBG").ok().as_deref())
    }

    fn asked_for(no_color: bool, colours: Option<&str>) -> Self {
        let ground = colours.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        match (no_color, ground) {
            (true, _) => Self::Plain,
            (false, Some(7 | 15)) => Self::Light,
            (false, _) => Self::Dark,
        }
    }

    /// The theme with a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
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

    /// Letters and ground for dark and light terminals, what distinguishes it without colours.
    fn pair(self, dark: (u32, u32), light: (u32, u32), plain: Modifier) -> Style {
        match self {
            Self::Dark => Style::new().fg(colour(dark.0)).bg(colour(dark.1)),
            Self::Light => Style::new().fg(colour(light.0)).bg(colour(light.1)),
            Self::Plain => Style::new().add_modifier(plain),
        }
    }

    fn letters(self, dark: u32, light: u32, plain: Modifier) -> Style {
        self.pair((dark, GROUND_DARK), (light, GROUND_LIGHT), plain)
    }

    /// Ordinary text, and the ground of everything.
    pub fn text(self) -> Style {
        self.letters(INK_DARK, INK_LIGHT, Modifier::empty())
    }

    /// What matters less.
    pub fn dim(self) -> Style {
        self.letters(0x8b_949e, 0x57_606a, Modifier::DIM)
    }

    /// The chosen line, a softkey, the key under the cursor.
    pub fn chosen(self) -> Style {
        let style = self.pair((0xff_ffff, 0x1f_4b7a), (0x00_0000, 0xa3_d4f7), Modifier::REVERSED);
        if self == Self::Plain { style } else { style.add_modifier(Modifier::BOLD) }
    }

    /// Titles, and the line that tells the keys.
    pub fn bar(self) -> Style {
        self.pair((INK_DARK, 0x21_262d), (INK_LIGHT, 0xe1_e6eb), Modifier::REVERSED)
    }

    /// A key that can be pressed.
    pub fn key(self) -> Style {
        self.pair((INK_DARK, 0x2d_333b), (INK_LIGHT, 0xd8_dde3), Modifier::empty())
    }

    /// The display of a phone.
    pub fn display(self) -> Style {
        self.pair((0xd6_e4d0, 0x1a_241f), (0x14_241a, 0xd9_e6d2), Modifier::empty())
    }

    /// Good; a lamp that is green.
    pub fn green(self) -> Style {
        self.letters(0x56_d364, 0x1a_7f37, Modifier::BOLD)
    }

    /// Doubtful; a lamp that is amber.
    pub fn amber(self) -> Style {
        self.letters(0xe3_b341, 0x9a_6700, Modifier::BOLD)
    }

    /// A fault; a lamp that is red.
    pub fn red(self) -> Style {
        self.letters(0xff_7b72, 0xb4_2318, Modifier::BOLD)
    }

    /// One more kind beside the others.
    pub fn blue(self) -> Style {
        self.letters(0x79_c0ff, 0x09_69da, Modifier::empty())
    }

    /// And another.
    pub fn violet(self) -> Style {
        self.letters(0xd2_a8ff, 0x82_50df, Modifier::empty())
    }
}

const INK_DARK: u32 = 0xe6_edf3;
const INK_LIGHT: u32 = 0x1b_1f24;
const GROUND_DARK: u32 = 0x0d_1117;
const GROUND_LIGHT: u32 = 0xff_ffff;

fn colour(code: u32) -> Color {
    let [_, red, green, blue] = code.to_be_bytes();
    Color::Rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses() {
        assert_eq!(Theme::asked_for(true, Some("0;15")), Theme::Plain);
        assert_eq!(Theme::asked_for(false, Some("0;15")), Theme::Light);
        assert_eq!(Theme::asked_for(false, Some("15;default;0")), Theme::Dark);
        assert_eq!(Theme::asked_for(false, Some("nonsense")), Theme::Dark);
        assert_eq!(Theme::asked_for(false, None), Theme::Dark);
    }

    #[test]
    fn names_and_order_are_one() {
        for theme in Theme::ALL {
            assert_eq!(Theme::by_name(theme.name()), Some(theme));
        }
        assert_eq!(Theme::ALL.map(Theme::next), [Theme::Light, Theme::Plain, Theme::Dark]);
        assert_eq!(Theme::by_name("pink"), None);
    }

    /// Letters stand out from their ground as WCAG wants it of normal text (4.5 : 1).
    #[test]
    fn letters_can_be_read() {
        fn luminance(colour: Option<Color>) -> f64 {
            let Some(Color::Rgb(red, green, blue)) = colour else { panic!("a colour") };
            let part = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
        }
        for theme in [Theme::Dark, Theme::Light] {
            let styles = [
                theme.text(),
                theme.dim(),
                theme.chosen(),
                theme.bar(),
                theme.key(),
                theme.display(),
                theme.green(),
                theme.amber(),
                theme.red(),
                theme.blue(),
                theme.violet(),
            ];
            for (place, style) in styles.into_iter().enumerate() {
                let (letters, ground) = (luminance(style.fg), luminance(style.bg));
                let contrast = (letters.max(ground) + 0.05) / (letters.min(ground) + 0.05);
                assert!(contrast >= 4.5, "{theme:?} {place}: {contrast:.1}");
            }
        }
    }
}
