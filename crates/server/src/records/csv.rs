//! Comma-separated values that no spreadsheet takes for a formula.

/// Appends a field. Text is quoted when it must be. What a spreadsheet would calculate (a name such as
/// `=HYPERLINK(…)`, which any phone may send) gets an apostrophe before it; a number with a sign stays.
pub fn field(out: &mut String, text: &str) {
    let is_number =
        text.strip_prefix(['+', '-']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let is_plain =
        !text.contains([',', '"', '\n', '\r', '\t']) && !text.starts_with(' ') && !text.ends_with(' ');
    if is_plain && !is_formula {
        out.extend(text.chars().map(harmless));
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    for character in text.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(harmless(character));
    }
    out.push('"');
}

/// One line is one record, and nothing steers a terminal that shows it.
fn harmless(character: char) -> char {
    if crate::log::is_harmful(character) { '\u{fffd}' } else { character }
}

/// A line of fields.
pub fn line<'f>(out: &mut String, fields: impl IntoIterator<Item = &'f str>) {
    for (place, text) in fields.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        field(out, text);
    }
    out.push('\n');
}
