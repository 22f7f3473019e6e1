//! Bytes of the network to what a screen shows.

use skinny::label;
use skinny::text::{Charset, Part, Text};

/// Shown for what is no text.
const REPLACEMENT: char = '\u{fffd}';

/// The text with label codes replaced by the words of the phone's dictionary, and nothing in it that could
/// harm a terminal. Between a label and a number or word that follows it there is a blank, as on the screen
/// ("From 321").
pub(crate) fn expand(bytes: &[u8], charset: Charset) -> Box<str> {
    let mut shown = String::with_capacity(bytes.len());
    let mut after_label = false;
    for part in (Text { bytes, charset }).parts() {
        let was_label = std::mem::replace(&mut after_label, matches!(part, Part::Label(..)));
        match part {
            Part::Label(prefix, number) => shown.push_str(label::name(prefix, number).unwrap_or("?")),
            Part::Character(character) => {
                if was_label && character.is_alphanumeric() {
                    shown.push(' ');
                }
                shown.push(character);
            }
            Part::Byte(_) => shown.push(REPLACEMENT),
        }
    }
    shown.into_boxed_str()
}

/// How the model encodes text.
pub(crate) fn charset(utf8: bool) -> Charset {
    if utf8 { Charset::Utf8 } else { Charset::LATIN_1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_words_and_controls_nothing() {
        let shown = |bytes: &[u8]| expand(bytes, Charset::Utf8);
        assert_eq!(&*shown(b"\x80\x17321"), "From 321");
        assert_eq!(&*shown(b"\x80\x17 321"), "From 321");
        assert_eq!(&*shown(b"\x80\x20"), "Enter number");
        assert_eq!(&*shown(b"a\x1b"), "a\u{fffd}");
        assert_eq!(&*shown(b"\x01\x1b[2J\xff"), "\u{fffd}\u{fffd}[2J\u{fffd}");
    }
}
