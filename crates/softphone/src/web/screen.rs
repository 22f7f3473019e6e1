//! A picture of the phone's display: its words in a font of eight by eight dots.

use font8x8::legacy::{BASIC_LEGACY, LATIN_LEGACY};

use super::Site;
use crate::service::{Content, Page};
use crate::show;

/// Characters of a row.
const COLUMNS: usize = 60;
/// Rows.
const ROWS: usize = 20;
/// Dots of a character, in each direction.
const SIDE: usize = 8;
/// The ground.
const LIGHT: u8 = 0xd8;
/// The letters.
const DARK: u8 = 0x10;

impl Site {
    /// The display as a PNG.
    pub(super) fn screenshot(&self) -> Vec<u8> {
        let words = match self.shown() {
            Some(page) => words(&page),
            None => self.handle.peek(show::draw),
        };
        png(&dots(&words))
    }
}

/// A page in words.
pub(super) fn words(page: &Page) -> String {
    let mut lines = vec![page.title.clone()];
    match &page.content {
        Content::Menu(items) | Content::Directory(items) => {
            lines.extend(items.iter().enumerate().map(|(n, item)| format!("{} {}", n + 1, item.name)));
        }
        Content::Text(text) => lines.extend(text.lines().map(str::to_owned)),
        Content::Input { fields, .. } => lines.extend(fields.iter().map(|field| format!("{}:", field.name))),
        Content::Picture(_, items) => lines.extend(items.iter().map(|item| item.name.clone())),
        Content::PictureAt(url, _) => lines.push(url.clone()),
        Content::Execute(_) => {}
    }
    lines.push(page.prompt.clone());
    lines.join("\n")
}

/// Grey dots, row by row; long lines are wrapped, what has no place is cut.
fn dots(text: &str) -> Vec<u8> {
    let letters: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let rows = letters.iter().flat_map(|line| match line.is_empty() {
        true => vec![&[][..]],
        false => line.chunks(COLUMNS).collect(),
    });
    let mut dots = vec![LIGHT; COLUMNS * SIDE * ROWS * SIDE];
    for (row, line) in rows.take(ROWS).enumerate() {
        for (column, letter) in line.iter().enumerate() {
            for (y, bits) in glyph(*letter).into_iter().enumerate() {
                for x in (0..SIDE).filter(|x| bits >> x & 1 == 1) {
                    dots[(row * SIDE + y) * COLUMNS * SIDE + column * SIDE + x] = DARK;
                }
            }
        }
    }
    dots
}

/// The dots of a letter, the leftmost of a row lowest; a full box for what the font has not.
fn glyph(letter: char) -> [u8; SIDE] {
    const LATIN_FIRST: u32 = 0xa0;
    let code = u32::from(letter);
    let at = |code: u32| usize::try_from(code).unwrap_or(usize::MAX);
    let basic = BASIC_LEGACY.get(at(code));
    let latin = code.checked_sub(LATIN_FIRST).and_then(|code| LATIN_LEGACY.get(at(code)));
    *basic.or(latin).unwrap_or(&[0x7e; SIDE])
}

fn png(dots: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let side = |count: usize| u32::try_from(count * SIDE).expect("the picture is small");
    let mut encoder = png::Encoder::new(&mut bytes, side(COLUMNS), side(ROWS));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a vector takes everything");
    writer.write_image_data(dots).expect("there are as many dots as it was told");
    drop(writer);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Picture;

    #[test]
    fn letters_are_where_they_should_be() {
        let dots = dots("I\n\né€");
        let row = |y: usize| &dots[y * COLUMNS * SIDE..][..2 * SIDE];
        let drawn: Vec<usize> =
            (0..3 * SIDE).map(|y| row(y).iter().filter(|dot| **dot == DARK).count()).collect();
        assert!(drawn[..SIDE].iter().sum::<usize>() > 10, "{drawn:?}");
        assert_eq!(drawn[SIDE..2 * SIDE].iter().sum::<usize>(), 0);
        assert!(drawn[2 * SIDE..].iter().sum::<usize>() > 48, "{drawn:?}");
        let read = Picture::of_png(&png(&dots)).expect("a picture");
        assert_eq!((read.width, read.height), (COLUMNS * SIDE, ROWS * SIDE));
    }
}
