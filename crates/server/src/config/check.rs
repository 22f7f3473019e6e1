//! Judges what stands in the file, value by value, and gathers every error instead of the first.

use std::ops::Range;

use toml::Spanned;

use super::error::{ConfigError, Problem, Source};

/// Bytes of a device name on the wire, less the NUL.
pub const DEVICE_NAME_MAX: usize = 15;
/// Bytes of a directory number in the static messages, less the NUL.
pub const NUMBER_MAX: usize = 23;
/// Bytes of a name or label in the static messages, less the NUL.
pub const LABEL_MAX: usize = 39;
/// Characters of a date template.
pub const DATE_TEMPLATE_MAX: usize = 6;
/// Places of a button template.
pub const BUTTONS_MAX: usize = 42;
/// Devices of one server: four times the largest site that one node shall carry.
pub const DEVICES_MAX: usize = 160_000;
/// Calls that a line may hold: what a phone can list.
pub const CALLS_MAX: u32 = 200;

/// What is wrong so far.
#[derive(Debug)]
pub struct Checker<'t> {
    /// The file.
    pub source: Source<'t>,
    /// What was found.
    pub errors: Vec<ConfigError>,
}

impl Checker<'_> {
    /// Notes an error.
    pub fn fault(&mut self, span: Range<usize>, problem: Problem) {
        self.errors.push(self.source.error(Some(span), problem));
    }

    /// Notes a value that can't be taken.
    pub(super) fn bad<T: ToString>(
        &mut self,
        value: &Spanned<T>,
        what: &'static str,
        rule: impl Into<String>,
    ) {
        let problem = Problem::BadValue { found: value.get_ref().to_string(), what, rule: rule.into() };
        self.fault(value.span(), problem);
    }

    /// A text that fits its place on the wire.
    pub fn text(&mut self, value: Option<&Spanned<String>>, what: &'static str) -> Option<String> {
        let value = value?;
        if value.get_ref().len() > LABEL_MAX {
            self.bad(value, what, format!("phones have room for {LABEL_MAX} bytes"));
        } else if value.get_ref().contains(char::is_control) {
            self.bad(value, what, "control characters are not shown by phones");
        }
        Some(value.get_ref().clone())
    }

    /// A number within bounds.
    pub fn within<T: Copy + PartialOrd + ToString>(
        &mut self,
        value: Option<&Spanned<T>>,
        what: &'static str,
        (least, most): (T, T),
    ) -> Option<T> {
        let value = value?;
        if !(least..=most).contains(value.get_ref()) {
            self.bad(value, what, format!("it is {} to {}", least.to_string(), most.to_string()));
        }
        Some(*value.get_ref())
    }

    /// A device name, in upper case.
    pub fn device_name(&mut self, value: &Spanned<String>) -> String {
        let name = value.get_ref().to_ascii_uppercase();
        if let Err(rule) = judge_device_name(&name) {
            self.bad(value, "device name", rule);
        }
        name
    }

    /// A number that can be dialled.
    pub fn number(&mut self, value: &Spanned<String>) -> String {
        if !is_number(value.get_ref()) {
            self.bad(value, "number", format!("it has 1 to {NUMBER_MAX} of 0–9, *, # and a leading +"));
        }
        value.get_ref().clone()
    }

    /// A date template.
    pub fn date_template(&mut self, value: Option<&Spanned<String>>) -> Option<String> {
        let value = value?;
        let shown = value.get_ref();
        let has_each_once = ['D', 'M', 'Y'].iter().all(|letter| shown.matches(*letter).count() == 1);
        let is_known = shown.chars().all(|c| matches!(c, 'D' | 'M' | 'Y' | 'A' | '.' | '/' | '-'));
        if !has_each_once || !is_known || shown.len() > DATE_TEMPLATE_MAX {
            self.bad(
                value,
                "date template",
                "write D, M and Y once each, such as D.M.Y or M/D/YA (12-hour clock)",
            );
        }
        Some(shown.clone())
    }

    /// An offset from UTC, in seconds.
    pub fn utc_offset(&mut self, value: Option<&Spanned<String>>) -> Option<i32> {
        let value = value?;
        let parsed = parse_offset(value.get_ref());
        if parsed.is_none() {
            self.bad(value, "offset from UTC", "write it as \"+01:00\" or \"-03:30\"");
        }
        parsed
    }

    /// Anything that its own type can read.
    pub fn parsed<T: std::str::FromStr>(
        &mut self,
        value: &Spanned<String>,
        what: &'static str,
        rule: &'static str,
    ) -> Option<T> {
        let parsed = value.get_ref().parse().ok();
        if parsed.is_none() {
            self.bad(value, what, rule);
        }
        parsed
    }
}

/// Whether a device may have this name; the rule, if not. Names come from the network too.
pub fn judge_device_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > DEVICE_NAME_MAX || !name.chars().all(is_plain) {
        return Err(format!("it has 1 to {DEVICE_NAME_MAX} letters, digits, hyphens, dots and underscores"));
    }
    match name.strip_prefix("SEP") {
        Some(mac) if mac.len() != 12 || !mac.chars().all(|c| c.is_ascii_hexdigit()) => {
            Err("after SEP stand the 12 hexadecimal digits of the phone's MAC address".into())
        }
        _ => Ok(()),
    }
}

/// Whether a text can be dialled.
pub fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    !digits.is_empty() && text.len() <= NUMBER_MAX && digits.chars().all(is_key)
}

fn parse_offset(text: &str) -> Option<i32> {
    const HOURS_MAX: i32 = 14;
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let is_pair = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_pair(hours) || !is_pair(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    (hours <= HOURS_MAX && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
