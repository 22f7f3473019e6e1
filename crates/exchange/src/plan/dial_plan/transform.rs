//! What happens to a number on its way: digits discarded, a mask laid over it, a prefix put before it, in
//! this order, which is CUCM's.

use super::pattern::Pattern;

/// Digits that are discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Discard {
    /// None.
    #[default]
    None,
    /// What stands before the dot of the pattern.
    PreDot,
    /// A `#` at the end.
    TrailingPound,
    /// Both.
    PreDotTrailingPound,
}

/// What happens to a number.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Transform {
    /// Digits that are discarded first.
    pub discard: Discard,
    /// Then a mask, from the right: `X` keeps a digit, any other key takes its place. What reaches beyond the
    /// mask is cut.
    pub mask: Option<String>,
    /// Then this is put before it.
    pub prefix: String,
}

impl Transform {
    /// The number that a dialled one becomes.
    pub fn apply(&self, pattern: &Pattern, number: &str) -> String {
        let mut kept = number;
        if matches!(self.discard, Discard::PreDot | Discard::PreDotTrailingPound) {
            kept = &kept[pattern.before_dot(number).len()..];
        }
        if matches!(self.discard, Discard::TrailingPound | Discard::PreDotTrailingPound) {
            kept = kept.strip_suffix('#').unwrap_or(kept);
        }
        let masked = match &self.mask {
            Some(mask) => under_mask(mask, kept),
            None => kept.to_owned(),
        };
        if self.prefix.is_empty() { masked } else { format!("{}{masked}", self.prefix) }
    }

    /// Whether it changes nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Transform::default()
    }
}

/// A number with a mask laid over it.
pub(crate) fn under_mask(mask: &str, number: &str) -> String {
    let mut digits = number.chars().rev();
    let laid = mask.chars().rev().filter_map(|key| {
        let digit = digits.next();
        if matches!(key, 'X' | 'x') { digit } else { Some(key) }
    });
    let backwards: Vec<char> = laid.collect();
    backwards.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, discard: Discard, mask: Option<&str>, prefix: &str, number: &str, expect: &str) {
        let transform = Transform { discard, mask: mask.map(str::to_owned), prefix: prefix.to_owned() };
        assert_eq!(transform.apply(&pattern.parse().unwrap(), number), expect);
    }

    #[test]
    fn discard_then_mask_then_prefix() {
        check("9.!", Discard::PreDot, None, "", "91234", "1234");
        check("9.!#", Discard::PreDotTrailingPound, None, "00", "91234#", "001234");
        check("9.!#", Discard::TrailingPound, None, "", "91234#", "91234");
        check("9.8XXX", Discard::PreDot, Some("20XX"), "5", "98123", "52023");
        check("8XXX", Discard::None, Some("1XXX"), "", "8123", "1123");
        check("XX", Discard::None, Some("555XXXX"), "", "12", "55512");
        check("XXXX", Discard::None, Some("XX"), "", "1234", "34");
        check("XXXX", Discard::None, None, "", "1234", "1234");
    }
}
