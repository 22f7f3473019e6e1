//! JSON that is harmless wherever it is shown, and loses nothing.
//!
//! JSON itself escapes quotes, backslashes and control characters below a blank. Here everything else that
//! steers a terminal or a web page is escaped too: `cat` of a journal can't be steered by a phone's name,
//! and a line may stand inside a page's script.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::log::is_harmful;

struct Harmless;

/// Bytes that need a closer look: ends of ASCII's harmless part, and what begins a longer character.
const SUSPECT: [bool; 256] = {
    let mut suspect = [false; 256];
    let mut byte = 0x7f;
    while byte < 256 {
        suspect[byte] = true;
        byte += 1;
    }
    suspect[b'<' as usize] = true;
    suspect[b'>' as usize] = true;
    suspect[b'&' as usize] = true;
    suspect
};

/// Whether a text stands in JSON as it is.
pub fn is_plain(text: &str) -> bool {
    !text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\') || SUSPECT[usize::from(byte)])
}

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if text.bytes().any(|byte| SUSPECT[usize::from(byte)]) {
            write_suspect(out, text)
        } else {
            CompactFormatter.write_string_fragment(out, text)
        }
    }
}

#[cold]
fn write_suspect<W: ?Sized + io::Write>(out: &mut W, text: &str) -> io::Result<()> {
    let mut kept = 0;
    for (at, character) in text.char_indices() {
        if !is_harmful(character) && !matches!(character, '<' | '>' | '&') {
            continue;
        }
        out.write_all(&text.as_bytes()[kept..at])?;
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        kept = at + character.len_utf8();
    }
    out.write_all(&text.as_bytes()[kept..])
}

/// Puts a value and a line end behind what `out` holds.
pub fn append_line<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), serde_json::Error> {
    let start = out.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless);
    let result = value.serialize(&mut serializer);
    match result {
        Ok(()) => out.push(b'\n'),
        Err(_) => out.truncate(start),
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_arrives_harmless_and_whole() {
        let hostile =
            "'; DROP TABLE x;--</script>\u{1b}[31m\r\n{\"record\":\"call\"}\u{9b}2J\u{202e}\0é\u{7f}";
        let mut line = Vec::new();
        append_line(&mut line, &hostile).unwrap();
        let text = std::str::from_utf8(&line).unwrap();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(!text.trim_end().contains(is_harmful), "{text}");
        assert!(!text.contains('<'), "{text}");
        let back: String = serde_json::from_slice(&line).unwrap();
        assert_eq!(back, hostile);
    }
}
