//! Pictures: those of the 7940's generation, pixels of one or two bits, four or eight to a byte, the leftmost lowest;
//! and PNG, as newer phones have them.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::tree::Element;

/// Pixels in a direction.
const SIDE_MAX: usize = 1024;
/// Bytes that a PNG may take while it is read.
const DECODED_MAX: usize = 8 * 1024 * 1024;

/// A picture in shades of grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 0 is the ground, 255 the darkest.
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
        let darkest = mask;
        let pixels = pixels.map(|pixel| pixel * (255 / darkest));
        let mut pixels: Vec<u8> = pixels.take(width * height).collect();
        pixels.resize(width * height, 0);
        Picture { width, height, pixels }
    }

    /// Reads a PNG; nothing for what is none, or too large.
    pub fn of_png(bytes: &[u8]) -> Option<Picture> {
        let limits = Limits { bytes: DECODED_MAX };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().ok()?;
        let size = reader.output_buffer_size().filter(|size| *size <= DECODED_MAX)?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).ok()?;
        let (width, height) = (info.width as usize, info.height as usize);
        if width > SIDE_MAX || height > SIDE_MAX {
            return None;
        }
        let pixels = pixels.get(..info.buffer_size())?;
        let pixels = match info.color_type {
            ColorType::Grayscale => pixels.iter().map(|grey| 255 - grey).collect(),
            ColorType::GrayscaleAlpha => pixels.chunks_exact(2).map(|p| darkness([p[0]; 3], p[1])).collect(),
            ColorType::Rgb => pixels.chunks_exact(3).map(|p| darkness([p[0], p[1], p[2]], 255)).collect(),
            ColorType::Rgba => pixels.chunks_exact(4).map(|p| darkness([p[0], p[1], p[2]], p[3])).collect(),
            ColorType::Indexed => return None,
        };
        Some(Picture { width, height, pixels })
    }

    /// The shade of a pixel, 0 to 255; the ground outside.
    pub fn shade(&self, x: usize, y: usize) -> u8 {
        if x >= self.width { 0 } else { self.pixels.get(y * self.width + x).copied().unwrap_or(0) }
    }

    /// The mean shade of a part of the picture, 0 to 255.
    pub fn mean(&self, (x0, x1): (usize, usize), (y0, y1): (usize, usize)) -> u8 {
        let (x1, y1) = (x1.max(x0 + 1), y1.max(y0 + 1));
        let all = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y)));
        let (sum, count) =
            all.fold((0usize, 0usize), |(sum, n), (x, y)| (sum + usize::from(self.shade(x, y)), n + 1));
        (sum / count.max(1)) as u8
    }
}

/// How dark a colour is to the eye (ITU-R BT.601), over a white ground.
fn darkness([red, green, blue]: [u8; 3], alpha: u8) -> u8 {
    let luma = (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000;
    ((255 - luma) * u32::from(alpha) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Page};
    use super::Picture;

    #[test]
    fn pixels_are_packed_from_the_right() {
        // Cisco's manual: pixels 1, 3, 2, 0 make the byte 2D.
        let text = "<CiscoIPPhoneImage><Width>4</Width><Height>1</Height><Depth>2</Depth><Data>2D</Data></CiscoIPPhoneImage>";
        let Ok(Page { content: Content::Picture(picture, _), .. }) = Page::read(text.as_bytes()) else {
            panic!("a picture")
        };
        assert_eq!([0, 1, 2, 3].map(|x| picture.shade(x, 0)), [85, 255, 170, 0]);
        assert_eq!(picture.shade(9, 9), 0);
        assert_eq!(picture.mean((0, 4), (0, 1)), 127);
    }

    #[test]
    fn a_png_is_read_and_nonsense_is_not() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&[0, 0, 0, 255, 255, 0, 0, 0]).expect("pixels");
        writer.finish().expect("an end");
        let picture = Picture::of_png(&bytes).expect("a picture");
        assert_eq!((picture.width, picture.height), (2, 1));
        assert_eq!([picture.shade(0, 0), picture.shade(1, 0)], [255, 0], "black, and clear");
        assert_eq!(Picture::of_png(b"no picture"), None);
        for end in 0..bytes.len() {
            assert_eq!(Picture::of_png(&bytes[..end]).filter(|picture| picture.width > 2), None);
        }
    }
}
