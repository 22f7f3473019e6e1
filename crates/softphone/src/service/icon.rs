//! Icons of menus, small enough for a line of text: sixteen by ten pixels become three letters of dots (Braille).

use super::picture::Picture;
use super::tree::Element;

/// Letters of an icon.
pub const ICON_CELLS: usize = 3;
/// Icons of a page, as phones take them.
const ICONS_MAX: usize = 10;
/// Dots of a letter.
const DOTS_WIDE: usize = 2;
const DOTS_HIGH: usize = 4;
/// A part of the picture is a dot when it is darker than this on average.
const DARK: u8 = 96;

/// An icon of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Icon {
    /// As it is shown.
    Shown(String),
    /// Not fetched yet, or not to be had: where it is.
    At(String),
}

impl Icon {
    /// A picture in dots.
    pub fn of(picture: &Picture) -> Icon {
        if picture.width == 0 || picture.height == 0 {
            return Icon::Shown(String::new());
        }
        Icon::Shown((0..ICON_CELLS).map(|cell| letter(picture, cell)).collect())
    }

    /// What stands beside an item.
    pub fn text(&self) -> &str {
        match self {
            Icon::Shown(text) => text,
            Icon::At(_) => "",
        }
    }
}

/// The letter whose dots are a part of the picture.
fn letter(picture: &Picture, cell: usize) -> char {
    // Bits of the dots, from the upper left: down the left column, down the right one, then the lowest row.
    const BITS: [[u32; DOTS_WIDE]; DOTS_HIGH] = [[0, 3], [1, 4], [2, 5], [6, 7]];
    const BLANK: u32 = 0x2800;
    let part = |at: usize, of: usize, side: usize| (at * side / of, (at + 1) * side / of);
    let mut code = BLANK;
    for (y, row) in BITS.iter().enumerate() {
        for (x, bit) in row.iter().enumerate() {
            let across = part(cell * DOTS_WIDE + x, ICON_CELLS * DOTS_WIDE, picture.width);
            let down = part(y, DOTS_HIGH, picture.height);
            if picture.mean(across, down) > DARK {
                code |= 1 << bit;
            }
        }
    }
    char::from_u32(code).unwrap_or(' ')
}

/// The icons that a page holds or names.
pub(super) fn of_page(root: &Element) -> Vec<(u32, Icon)> {
    let of_item = |element: &Element| {
        let index = u32::try_from(element.number_of("Index")?).ok()?;
        let url = element.text_of("URL");
        let icon = match url.strip_prefix("Resource:") {
            Some(name) => Icon::Shown(resource(name).to_owned()),
            None if url.is_empty() => Icon::of(&Picture::of(element)),
            None => Icon::At(url),
        };
        Some((index, icon))
    };
    root.all("IconItem").take(ICONS_MAX).filter_map(of_item).collect()
}

/// Icons that phones have themselves.
fn resource(name: &str) -> &'static str {
    match name.trim_start_matches("Icon.") {
        "Connected" => "✆",
        "Hold" => "‖",
        "Transfer" => "→",
        "Speaker" => "◁",
        "Headset" | "Mic" => "∩",
        "Messages" | "Voicemail" => "✉",
        "Missed" => "✗",
        "Received" => "↙",
        "Placed" => "↗",
        "SecureCall" => "⚿",
        "Info" => "i",
        _ => "•",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Page};

    #[test]
    fn icons_become_dots_beside_their_items() {
        // Sixteen by ten pixels, two bits each: the left half is dark.
        let row = "FFFF0000";
        let text = format!(
            "<CiscoIPPhoneIconMenu><MenuItem><IconIndex>4</IconIndex><Name>A</Name><URL>Dial:1</URL></MenuItem>\
             <IconItem><Index>4</Index><Width>16</Width><Height>10</Height><Depth>2</Depth><Data>{}</Data></IconItem>\
             <IconItem><Index>5</Index><URL>Resource:Icon.Hold</URL></IconItem>\
             <IconItem><Index>6</Index><URL>http://h/i.png</URL></IconItem></CiscoIPPhoneIconMenu>",
            row.repeat(10)
        );
        let page = Page::read(text.as_bytes()).expect("a page");
        let Content::Menu(items) = &page.content else { panic!("a menu") };
        assert_eq!(items[0].icon, Some(4));
        let shown: Vec<_> = page.icons.iter().map(|(index, icon)| (*index, icon.text())).collect();
        assert_eq!(shown, [(4, "⣿⡇⠀"), (5, "‖"), (6, "")]);
    }
}
