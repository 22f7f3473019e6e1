//! What the bytes of a label, prompt or name say.
//!
//! Text on the wire is bytes: UTF-8 for phones that announce it (feature bit 20), otherwise the
//! locale's code page; a byte 0x80 or 0x1e begins a two-byte label code that the phone replaces by a
//! string of its own dictionary ([`crate::label`]), also in the middle of literal text.
//!
//! For people, a label code is written `{Enter number}`, a byte that is no text `{x1b}`, and a literal
//! brace `{{`: what the network sends can neither reach the terminal nor be mistaken for a label, and
//! [`parse`] reads it back to the same bytes.

use std::fmt::{self, Write as _};

use encoding_rs::Encoding;

use crate::label;

/// How a phone encodes text outside ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Not known (a capture without the registration): UTF-8 where it fits, else Latin-1, character by
    /// character.
    #[default]
    Unknown,
    /// Announced by feature bit 20 of the registration.
    Utf8,
    /// The code page of the device's locale.
    Page(&'static Encoding),
}

impl Charset {
    /// Windows-1252, a superset of Latin-1: the page of western locales, and the default of phones
    /// without UTF-8.
    pub const LATIN_1: Charset = Charset::Page(encoding_rs::WINDOWS_1252);

    /// The code page by its name in the Encoding standard (`windows-1251`, `iso-8859-2`, `shift_jis`…).
    pub fn by_name(name: &str) -> Option<Charset> {
        let encoding = Encoding::for_label(name.as_bytes())?;
        Some(if encoding == encoding_rs::UTF_8 { Charset::Utf8 } else { Charset::Page(encoding) })
    }

    /// Encodes `text`; a character that the phone can't show becomes its closest ASCII letter where one
    /// is known (é → e), else a blank-width `_`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let Charset::Page(encoding) = self else { return text.as_bytes().to_vec() };
        let mut out = Vec::with_capacity(text.len());
        let mut buffer = [0; 4];
        for character in text.chars() {
            let (bytes, _, unmappable) = encoding.encode(character.encode_utf8(&mut buffer));
            if unmappable {
                out.extend_from_slice(transliteration(character).as_bytes());
            } else {
                out.extend_from_slice(&bytes);
            }
        }
        out
    }

    /// Length of the character that `bytes` begins with, and the character when it is one.
    fn character(self, bytes: &[u8]) -> (usize, Option<char>) {
        match self {
            Charset::Utf8 => utf8_character(bytes),
            Charset::Unknown => match utf8_character(bytes) {
                (_, None) => (1, Some(char::from(bytes[0]))),
                found => found,
            },
            Charset::Page(encoding) => page_character(encoding, bytes),
        }
    }
}

/// Letters that western phones lack, by what a reader accepts in their place.
fn transliteration(character: char) -> &'static str {
    const TABLE: &[(&str, &str)] = &[
        ("ĀĂĄ", "A"),
        ("āăą", "a"),
        ("ĆĈĊČ", "C"),
        ("ćĉċč", "c"),
        ("ĎĐ", "D"),
        ("ďđ", "d"),
        ("ĒĔĖĘĚ", "E"),
        ("ēĕėęě", "e"),
        ("ĜĞĠĢ", "G"),
        ("ĝğġģ", "g"),
        ("ĤĦ", "H"),
        ("ĥħ", "h"),
        ("ĨĪĬĮİ", "I"),
        ("ĩīĭįı", "i"),
        ("Ĵ", "J"),
        ("ĵ", "j"),
        ("Ķ", "K"),
        ("ķ", "k"),
        ("ĹĻĽĿŁ", "L"),
        ("ĺļľŀł", "l"),
        ("ŃŅŇ", "N"),
        ("ńņň", "n"),
        ("ŌŎŐ", "O"),
        ("ōŏő", "o"),
        ("Œ", "OE"),
        ("œ", "oe"),
        ("ŔŖŘ", "R"),
        ("ŕŗř", "r"),
        ("ŚŜŞŠȘ", "S"),
        ("śŝşšș", "s"),
        ("ŢŤŦȚ", "T"),
        ("ţťŧț", "t"),
        ("ŨŪŬŮŰŲ", "U"),
        ("ũūŭůűų", "u"),
        ("Ŵ", "W"),
        ("ŵ", "w"),
        ("ŶŸ", "Y"),
        ("ŷ", "y"),
        ("ŹŻŽ", "Z"),
        ("źżž", "z"),
        ("‘’‚‛", "'"),
        ("“”„‟", "\""),
        ("‐‑‒–—", "-"),
        ("…", "..."),
        ("€", "EUR"),
        ("ẞ", "SS"),
        ("ß", "ss"),
        ("ÀÁÂÃÄÅ", "A"),
        ("àáâãäå", "a"),
        ("Æ", "AE"),
        ("æ", "ae"),
        ("Ç", "C"),
        ("ç", "c"),
        ("ÈÉÊË", "E"),
        ("èéêë", "e"),
        ("ÌÍÎÏ", "I"),
        ("ìíîï", "i"),
        ("Ñ", "N"),
        ("ñ", "n"),
        ("ÒÓÔÕÖØ", "O"),
        ("òóôõöø", "o"),
        ("ÙÚÛÜ", "U"),
        ("ùúûü", "u"),
        ("Ý", "Y"),
        ("ýÿ", "y"),
    ];
    TABLE.iter().find(|(from, _)| from.contains(character)).map_or("_", |(_, to)| to)
}

fn utf8_character(bytes: &[u8]) -> (usize, Option<char>) {
    let window = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or(""),
    };
    match valid.chars().next() {
        Some(character) => (character.len_utf8(), Some(character)),
        None => (1, None),
    }
}

fn page_character(encoding: &'static Encoding, bytes: &[u8]) -> (usize, Option<char>) {
    let double = !encoding.is_single_byte() && bytes[0] > 0x80 && bytes.len() > 1;
    let len = if double { 2 } else { 1 };
    let (text, malformed) = encoding.decode_without_bom_handling(&bytes[..len]);
    let mut characters = text.chars();
    match (malformed, characters.next(), characters.next()) {
        (false, Some(character), None) => (len, Some(character)),
        _ => (1, None),
    }
}

/// The bytes of a text field up to its NUL, and how to read them. Its `Display` is the form for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The bytes before the NUL.
    pub bytes: &'a [u8],
    /// How they are encoded.
    pub charset: Charset,
}

/// A piece of text as [`Text::parts`] yields it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A character.
    Character(char),
    /// A label code: dictionary (0x80 or 0x1e) and number.
    Label(u8, u8),
    /// A byte that is no text, or a control character.
    Byte(u8),
}

impl<'a> Text<'a> {
    /// Text without knowing the phone.
    pub fn new(bytes: &'a [u8]) -> Self {
        Text { bytes, charset: Charset::Unknown }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its characters, label codes and unreadable bytes in order.
    pub fn parts(self) -> impl Iterator<Item = Part> + 'a {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let (len, part) = self.next_part(rest)?;
            rest = &rest[len..];
            Some(part)
        })
    }

    fn next_part(self, bytes: &[u8]) -> Option<(usize, Part)> {
        let first = *bytes.first()?;
        if label::is_prefix(first)
            && let Some(&number) = bytes.get(1)
        {
            return Some((2, Part::Label(first, number)));
        }
        if first.is_ascii() {
            let part =
                if first.is_ascii_control() { Part::Byte(first) } else { Part::Character(char::from(first)) };
            return Some((1, part));
        }
        Some(match self.charset.character(bytes) {
            (len, Some(character)) if !is_unprintable(character) => (len, Part::Character(character)),
            _ => (1, Part::Byte(first)),
        })
    }
}

/// Control characters and the invisible ones that can reorder or hide what follows.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Most texts are nothing else, and go in one piece.
        let (plain, rest) = plain(self.bytes);
        f.write_str(plain)?;
        for part in (Text { bytes: rest, ..*self }).parts() {
            match part {
                Part::Character('{') => f.write_str("{{")?,
                Part::Character(character) => f.write_char(character)?,
                Part::Byte(byte) => write!(f, "{{x{byte:02x}}}")?,
                Part::Label(prefix, number) => match label::name(prefix, number) {
                    Some(name) => write!(f, "{{{name}}}")?,
                    None => write!(f, "{{x{prefix:02x}}}{{x{number:02x}}}")?,
                },
            }
        }
        Ok(())
    }
}

/// What stands for itself at the beginning in every charset, label codes and braces excepted, and the rest.
fn plain(bytes: &[u8]) -> (&str, &[u8]) {
    let stands_for_itself = |byte: &u8| matches!(byte, 0x20..0x7f) && *byte != b'{';
    let end = bytes.iter().position(|byte| !stands_for_itself(byte)).unwrap_or(bytes.len());
    let (plain, rest) = bytes.split_at(end);
    std::str::from_utf8(plain).map_or(("", bytes), |plain| (plain, rest))
}

/// Why a text can't be put into bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A `{` without its `}`.
    #[error(
        "text \"{0}\": an opening brace begins a label or a byte and needs its closing brace; write {{{{ for a literal one"
    )]
    Unclosed(String),
    /// What stands between the braces is neither a label nor a byte.
    #[error("text: {{{0}}} is no label that phones know, nor a byte such as {{x1b}}")]
    UnknownLabel(String),
}

/// Reads the form for people back to bytes: the inverse of [`Text`]'s `Display`.
pub fn parse(shown: &str, charset: Charset) -> Result<Vec<u8>, TextError> {
    let mut out = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(open) = rest.find('{') {
        out.extend_from_slice(&charset.encode(&rest[..open]));
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            out.push(b'{');
            rest = after;
            continue;
        }
        let Some((inside, after)) = rest.split_once('}') else {
            return Err(TextError::Unclosed(shown.to_owned()));
        };
        push_braced(&mut out, inside)?;
        rest = after;
    }
    out.extend_from_slice(&charset.encode(rest));
    Ok(out)
}

fn push_braced(out: &mut Vec<u8>, inside: &str) -> Result<(), TextError> {
    if let Some((prefix, number)) = label::find(inside) {
        out.extend_from_slice(&[prefix, number]);
        return Ok(());
    }
    let byte = inside.strip_prefix('x').filter(|digits| digits.len() == 2);
    match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
        Some(byte) => out.push(byte),
        None => return Err(TextError::UnknownLabel(inside.to_owned())),
    }
    Ok(())
}

/// `bytes` up to its first NUL.
#[inline]
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => &bytes[..end],
        None => bytes,
    }
}

/// Cuts `bytes` to at most `max`, not through a UTF-8 character or a label code.
pub fn cut(bytes: &[u8], max: usize) -> &[u8] {
    if bytes.len() <= max {
        return bytes;
    }
    let text = Text::new(bytes);
    let mut end = plain(&bytes[..max]).0.len();
    while let Some((len, _)) = text.next_part(&bytes[end..]) {
        if end + len > max {
            break;
        }
        end += len;
    }
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], charset: Charset) -> String {
        Text { bytes, charset }.to_string()
    }

    #[test]
    fn label_codes_are_shown_by_name_and_read_back() {
        assert_eq!(shown(b"\x80\x17321", Charset::Unknown), "{From}321");
        assert_eq!(parse("{From}321", Charset::Utf8).unwrap(), b"\x80\x17321");
        assert_eq!(shown(b"\x80\x20", Charset::Utf8), "{Enter number}");
        assert_eq!(shown(b"\x1e\x38 now", Charset::Utf8), "{Do Not Disturb} now");
    }

    #[test]
    fn unknown_labels_controls_and_braces_survive() {
        for bytes in [&b"\x80\xfe"[..], b"a\x1b[2Jb", b"{x}", b"\x80", b"caf\xc3\xa9", b"\xff\xfe{", b"<<"] {
            for charset in [Charset::Utf8, Charset::LATIN_1, Charset::Unknown] {
                let text = shown(bytes, charset);
                assert!(!text.chars().any(char::is_control), "{text:?}");
                if charset != Charset::Unknown {
                    assert_eq!(parse(&text, charset).unwrap(), bytes, "{text}");
                }
            }
        }
    }

    #[test]
    fn pages_and_transliteration() {
        assert_eq!(shown(b"Andr\xe9", Charset::LATIN_1), "André");
        assert_eq!(shown(b"Andr\xe9", Charset::Unknown), "André");
        assert_eq!(Charset::LATIN_1.encode("Łódź — Zoë"), b"L\xf3dz \x97 Zo\xeb");
        let russian = Charset::by_name("windows-1251").unwrap();
        assert_eq!(shown(&russian.encode("Анна"), russian), "Анна");
        let japanese = Charset::by_name("shift_jis").unwrap();
        assert_eq!(shown(&japanese.encode("電話ー"), japanese), "電話ー");
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        assert_eq!(cut("aé".as_bytes(), 2), b"a");
        assert_eq!(cut(b"ab\x80\x17", 3), b"ab");
        assert_eq!(cut(b"abc", 3), b"abc");
    }
}
