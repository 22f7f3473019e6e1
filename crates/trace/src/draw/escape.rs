//! Text of the network in what we write.

use std::fmt::Write as _;

/// Whether a character may reach a terminal or a page as it is: no control, nothing that turns the direction of text or
/// hides.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text without anything that a terminal would obey; what it has of that is shown as `{u1b}`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            out.push(c);
        } else {
            let _ = write!(out, "{{u{:x}}}", u32::from(c));
        }
    }
    out
}

/// The same for text or attributes of HTML and XML.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_plain(c) => out.push(c),
            c => {
                let _ = write!(out, "{{u{:x}}}", u32::from(c));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_obeyed_passes() {
        assert_eq!(plain("a\u{1b}[31m\u{202e}b\u{9b}c"), "a{u1b}[31m{u202e}b{u9b}c");
        assert_eq!(markup("<b a='\"'>&\u{7}"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;{u7}");
    }
}
