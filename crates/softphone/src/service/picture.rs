//! Pictures of the 7940's generation: pixels of one or two bits, four or eight to a byte, the leftmost lowest.

use super::tree::Element;

/// Pixels in a direction.
const SIDE_MAX: usize = 512;

/// A picture in shades of grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 0 is the ground, 3 the darkest.
    pixels: Vec<u8>,
}

impl Picture {
    pub(super) fn of(root: &Element) -> Picture {
        let side = |name| usize::try_from(root.number_of(name).unwrap_or(0)).unwrap_or(0).min(SIDE_MAX);
        let (width, height) = (side("Width"), side("Height"));
        let depth = if root.number_of("Depth") == Some(1) { 1 } else { 2 };
        let data = root.text_of("Data");
        let digits: Vec<u8> = data.chars().filter_map(|c| Some(c.to_digit(16)? as u8)).collect();
        let mask = (1u8 << depth) - 1;
        let bytes = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]);
        let pixels = bytes.flat_map(|byte| (0..8 / depth).map(move |n| byte >> (n * depth) & mask));
        let pixels = pixels.map(|pixel| if depth == 1 { pixel * 3 } else { pixel });
        let mut pixels: Vec<u8> = pixels.take(width * height).collect();
        pixels.resize(width * height, 0);
        Picture { width, height, pixels }
    }

    /// The shade of a pixel, 0 to 3; the ground outside.
    pub fn shade(&self, x: usize, y: usize) -> u8 {
        if x >= self.width { 0 } else { self.pixels.get(y * self.width + x).copied().unwrap_or(0) }
    }

    /// The mean shade of a part of the picture, 0 to 255.
    pub fn mean(&self, (x0, x1): (usize, usize), (y0, y1): (usize, usize)) -> u8 {
        let (x1, y1) = (x1.max(x0 + 1), y1.max(y0 + 1));
        let all = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y)));
        let (sum, count) =
            all.fold((0usize, 0usize), |(sum, n), (x, y)| (sum + usize::from(self.shade(x, y)), n + 1));
        (sum * 85 / count.max(1)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Page};

    #[test]
    fn pixels_are_packed_from_the_right() {
        // Cisco's manual: pixels 1, 3, 2, 0 make the byte 2D.
        let text = "<CiscoIPPhoneImage><Width>4</Width><Height>1</Height><Depth>2</Depth><Data>2D</Data></CiscoIPPhoneImage>";
        let Ok(Page { content: Content::Picture(picture, _), .. }) = Page::read(text.as_bytes()) else {
            panic!("a picture")
        };
        assert_eq!([0, 1, 2, 3].map(|x| picture.shade(x, 0)), [1, 3, 2, 0]);
        assert_eq!(picture.shade(9, 9), 0);
        assert_eq!(picture.mean((0, 4), (0, 1)), 127);
    }
}
