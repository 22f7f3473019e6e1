//! What can be dialled: sixteen keys and the plus, and sets of them.

use std::fmt;

/// Keys in the order of their bits.
const KEYS: &str = "0123456789*#+ABCD";
/// The ten digits.
const DIGITS: u32 = 0x3ff;

/// A set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbols(u32);

impl Symbols {
    /// No key.
    pub const NONE: Symbols = Symbols(0);
    /// The digits 0 to 9: what `X` stands for.
    pub const DIGITS: Symbols = Symbols(DIGITS);

    /// The set of one key; none when it is no key.
    pub fn of(key: char) -> Option<Symbols> {
        KEYS.find(key).map(|place| Symbols(1 << place))
    }

    /// The keys from one to another, both of them digits.
    pub fn range(first: char, last: char) -> Option<Symbols> {
        let (first, last) = (first.to_digit(10)?, last.to_digit(10)?);
        (first <= last).then(|| Symbols((first..=last).fold(0, |set, digit| set | 1 << digit)))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Symbols) -> Symbols {
        Symbols(self.0 | other.0)
    }

    /// The digits that are not in it.
    #[must_use]
    pub fn other_digits(self) -> Symbols {
        Symbols(DIGITS & !self.0)
    }

    /// Whether it has a key.
    pub fn has(self, key: char) -> bool {
        Symbols::of(key).is_some_and(|key| self.0 & key.0 != 0)
    }

    /// Whether it has all keys of a set that is not empty.
    #[inline]
    pub(super) fn meets(self, other: Symbols) -> bool {
        self.0 & other.0 != 0
    }

    /// How many keys it has.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether it has no key.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its keys, each as a set of its own.
    pub(super) fn each(self) -> impl Iterator<Item = Symbols> {
        (0..KEYS.len()).map(|place| Symbols(1 << place)).filter(move |key| self.meets(*key))
    }
}

impl fmt::Display for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        KEYS.chars().filter(|key| self.has(*key)).try_for_each(|key| write!(f, "{key}"))
    }
}
