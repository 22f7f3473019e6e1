//! The clock of the display: what the server told, and what has passed since.

use std::time::Duration;

use jiff::civil::DateTime;
use phone::Phone;

/// Date and time as the date template writes them; nothing before the server told.
pub(super) fn shown(phone: &Phone, now: Duration) -> Option<(String, String)> {
    let told = phone.clock()?;
    let small = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(told.year).ok()?;
    let at = DateTime::new(
        year,
        small(told.month)?,
        small(told.day)?,
        small(told.hour)?,
        small(told.minute)?,
        small(told.second.min(59))?,
        0,
    );
    let at = at.ok()?.checked_add(now.saturating_sub(told.told_at)).ok()?;
    Some((date(at, phone.date_template()), time(at, phone.date_template())))
}

/// `M/D/Y` and its kin: letters in order, whatever stands between them.
fn date(at: DateTime, template: &str) -> String {
    let template = template.trim_end_matches(['A', 'a']);
    if !template.contains(['M', 'D', 'Y']) {
        return format!("{:02}/{:02}/{:02}", at.month(), at.day(), at.year() % 100);
    }
    let mut text = String::new();
    for letter in template.chars().take(8) {
        match letter {
            'M' => text.push_str(&format!("{:02}", at.month())),
            'D' => text.push_str(&format!("{:02}", at.day())),
            'Y' => text.push_str(&format!("{:02}", at.year() % 100)),
            other => text.push(other),
        }
    }
    text
}

/// Twelve hours where the template ends with `A`.
fn time(at: DateTime, template: &str) -> String {
    if !template.ends_with(['A', 'a']) {
        return format!("{:02}:{:02}", at.hour(), at.minute());
    }
    let hour = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    format!("{hour}:{:02}{}", at.minute(), if at.hour() < 12 { "a" } else { "p" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_server_wants() {
        let at = DateTime::constant(2026, 11, 5, 0, 7, 0, 0);
        for (template, written) in [
            ("M/D/Y", "11/05/26 00:07"),
            ("D.M.YA", "05.11.26 12:07a"),
            ("Y-M-D", "26-11-05 00:07"),
            ("", "11/05/26 00:07"),
        ] {
            assert_eq!(format!("{} {}", date(at, template), time(at, template)), written);
        }
    }
}
