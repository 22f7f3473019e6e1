//! Patterns of numbers, written as CUCM's operators know them.
//!
//! | written | stands for |
//! |---|---|
//! | `0`–`9`, `*`, `#`, `A`–`D` | that key |
//! | `\+` | the plus of international numbers |
//! | `X` | one digit 0–9 |
//! | `[2-9]`, `[135]`, `[^0-4]` | one digit of these, or one that is none of these |
//! | `!` | one digit or more |
//! | `?` behind any of these | it may be left out, or repeated |
//! | `+` behind any of these | it may be repeated |
//! | `.` | nothing: here `PreDot` discards |
//!
//! CUCM's `@` (the whole North American numbering plan) is not understood: write the numbers that are meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::symbol::Symbols;

/// Elements of one pattern: more than any number has digits, and few enough for one word of bits.
pub const ELEMENTS_MAX: usize = 48;
/// States of one pattern when it is followed key by key. Only a pattern in which several `!`, `?` and `+` can
/// mean the same digits has more.
pub const STATES_MAX: usize = 256;

/// How often an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repeat {
    /// Once.
    Once,
    /// Once or more.
    Some,
    /// Any number of times, also never.
    Any,
}

/// An element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// Keys that it takes.
    pub symbols: Symbols,
    /// How often.
    pub repeat: Repeat,
}

/// A pattern of numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    elements: Vec<Element>,
    /// Elements before the dot.
    dot: Option<usize>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It says nothing.
    #[error("a pattern has at least one key")]
    Empty,
    /// A character that means nothing in a pattern.
    #[error("`{0}` means nothing in a pattern: write 0-9 * # A-D X [..] ! ? + . and \\+")]
    Unknown(char),
    /// `@` of CUCM.
    #[error("`@` is not understood: write the numbers that are meant, such as 9.1[2-9]XX[2-9]XXXXXX")]
    NumberingPlan,
    /// `?` or `+` at the beginning, or behind another.
    #[error("`{0}` repeats what stands before it, and nothing that can be repeated does")]
    NothingToRepeat(char),
    /// Brackets that do not close, or hold what is no digit.
    #[error("brackets hold digits such as [2-9], [135] or [^0-4]")]
    Brackets,
    /// Two dots.
    #[error("a pattern has one dot at most")]
    Dots,
    /// Too many elements.
    #[error("a pattern has {ELEMENTS_MAX} elements at most")]
    Long,
    /// Its repetitions overlap in too many ways.
    #[error("its repetitions can mean the same digits in too many ways: use fewer of `!`, `?` and `+`")]
    Ambiguous,
}

impl Pattern {
    /// The pattern of a number as it is.
    pub fn exactly(number: &str) -> Result<Pattern, PatternError> {
        number.replace('+', "\\+").parse()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its elements.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// Whether it has a dot.
    pub fn has_dot(&self) -> bool {
        self.dot.is_some()
    }

    /// Whether it takes exactly one number.
    pub fn is_exact(&self) -> bool {
        self.elements.iter().all(|element| element.repeat == Repeat::Once && element.symbols.len() == 1)
    }

    /// Whether it takes a number.
    pub fn matches(&self, number: &str) -> bool {
        matches(&self.elements, number)
    }

    /// What of a number stands before the dot: the least that leaves a fitting rest.
    pub fn before_dot<'n>(&self, number: &'n str) -> &'n str {
        let Some(dot) = self.dot else { return "" };
        let (before, behind) = self.elements.split_at(dot);
        let fits = |end: &usize| matches(before, &number[..*end]) && matches(behind, &number[*end..]);
        let ends = number.char_indices().map(|(place, _)| place).chain([number.len()]);
        ends.into_iter().find(fits).map_or("", |end| &number[..end])
    }

    /// How many numbers of a length it takes: the fewer, the closer it describes one of them.
    pub fn count(&self, len: usize) -> u128 {
        if self.elements.iter().all(|element| element.repeat == Repeat::Once) {
            let product = |count: u128, element: &Element| count.saturating_mul(element.symbols.len().into());
            return if len == self.elements.len() { self.elements.iter().fold(1, product) } else { 0 };
        }
        let mut ways: BTreeMap<States, u128> = BTreeMap::from([(States::start(&self.elements), 1)]);
        for _ in 0..len {
            let mut next: BTreeMap<States, u128> = BTreeMap::new();
            for (states, count) in ways {
                for (states, keys) in states.successors(&self.elements) {
                    let more = count.saturating_mul(keys);
                    let ways = next.entry(states).or_default();
                    *ways = ways.saturating_add(more);
                }
            }
            ways = next;
        }
        let accepted = ways.iter().filter(|(states, _)| states.accept(&self.elements));
        accepted.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    fn is_ambiguous(&self) -> bool {
        let mut seen = BTreeSet::from([States::start(&self.elements)]);
        let mut to_see: Vec<States> = seen.iter().copied().collect();
        while let Some(states) = to_see.pop() {
            for (next, _) in states.successors(&self.elements) {
                if seen.insert(next) {
                    to_see.push(next);
                }
            }
            if seen.len() > STATES_MAX {
                return true;
            }
        }
        false
    }
}

/// Whether elements take a number, all of it.
fn matches(elements: &[Element], number: &str) -> bool {
    let mut states = States::start(elements);
    for key in number.chars() {
        let Some(key) = Symbols::of(key) else { return false };
        states = states.after(elements, key);
    }
    states.accept(elements)
}

/// How far into the elements a number may be: bit n, n of them are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct States(u64);

impl States {
    fn start(elements: &[Element]) -> States {
        States(0).add(elements, 0)
    }

    /// Adds a state, and those behind it that need no key.
    fn add(self, elements: &[Element], done: usize) -> States {
        let mut states = self.0 | 1 << done;
        for (place, element) in elements.iter().enumerate().skip(done) {
            if element.repeat != Repeat::Any {
                break;
            }
            states |= 1 << (place + 1);
        }
        States(states)
    }

    fn after(self, elements: &[Element], key: Symbols) -> States {
        let mut next = States(0);
        for done in (0..=elements.len()).filter(|done| self.0 & 1 << done != 0) {
            if elements.get(done).is_some_and(|element| element.symbols.meets(key)) {
                next = next.add(elements, done + 1);
            }
            let last = done.checked_sub(1).and_then(|last| elements.get(last));
            if last.is_some_and(|last| last.repeat != Repeat::Once && last.symbols.meets(key)) {
                next = next.add(elements, done);
            }
        }
        next
    }

    fn accept(self, elements: &[Element]) -> bool {
        self.0 & 1 << elements.len() != 0
    }

    /// Where keys lead, and how many lead there.
    fn successors(self, elements: &[Element]) -> Vec<(States, u128)> {
        let all = elements.iter().fold(Symbols::NONE, |all, element| all.and(element.symbols));
        let mut found: Vec<(States, u128)> = Vec::new();
        for key in all.each() {
            let next = self.after(elements, key);
            match found.iter_mut().find(|(states, _)| *states == next) {
                _ if next.0 == 0 => {}
                Some((_, keys)) => *keys += 1,
                None => found.push((next, 1)),
            }
        }
        found
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut pattern = Pattern { text: text.to_owned(), elements: Vec::new(), dot: None };
        let mut rest = text.chars();
        while let Some(next) = rest.next() {
            pattern.read(next, &mut rest)?;
            if pattern.elements.len() > ELEMENTS_MAX {
                return Err(PatternError::Long);
            }
        }
        match pattern {
            _ if pattern.elements.is_empty() => Err(PatternError::Empty),
            _ if pattern.is_ambiguous() => Err(PatternError::Ambiguous),
            _ => Ok(pattern),
        }
    }
}

impl Pattern {
    fn read(&mut self, next: char, rest: &mut std::str::Chars<'_>) -> Result<(), PatternError> {
        let (symbols, repeat) = match next {
            'X' | 'x' => (Symbols::DIGITS, Repeat::Once),
            '!' => (Symbols::DIGITS, Repeat::Some),
            '[' => (brackets(rest)?, Repeat::Once),
            '\\' if rest.clone().next() == Some('+') => {
                rest.next();
                (Symbols::of('+').ok_or(PatternError::Unknown('+'))?, Repeat::Once)
            }
            '.' if self.dot.is_some() => return Err(PatternError::Dots),
            '.' => {
                self.dot = Some(self.elements.len());
                return Ok(());
            }
            '?' | '+' => return self.repeat(next),
            '@' => return Err(PatternError::NumberingPlan),
            key => (Symbols::of(key).ok_or(PatternError::Unknown(key))?, Repeat::Once),
        };
        self.elements.push(Element { symbols, repeat });
        Ok(())
    }

    fn repeat(&mut self, sign: char) -> Result<(), PatternError> {
        let nothing = PatternError::NothingToRepeat(sign);
        if self.dot == Some(self.elements.len()) {
            return Err(nothing);
        }
        let last = self.elements.last_mut().filter(|last| last.repeat == Repeat::Once).ok_or(nothing)?;
        last.repeat = if sign == '?' { Repeat::Any } else { Repeat::Some };
        Ok(())
    }
}

fn brackets(rest: &mut std::str::Chars<'_>) -> Result<Symbols, PatternError> {
    let (mut set, mut last, mut excludes) = (Symbols::NONE, None, false);
    loop {
        match rest.next().ok_or(PatternError::Brackets)? {
            ']' => break,
            '^' if last.is_none() && !excludes => excludes = true,
            '-' => {
                let end = rest.next().ok_or(PatternError::Brackets)?;
                let range = last.and_then(|first| Symbols::range(first, end));
                set = set.and(range.ok_or(PatternError::Brackets)?);
            }
            key if key.is_ascii_digit() || key == '*' || key == '#' => {
                set = set.and(Symbols::of(key).ok_or(PatternError::Brackets)?);
                last = Some(key);
            }
            _ => return Err(PatternError::Brackets),
        }
    }
    let set = if excludes { set.other_digits() } else { set };
    if set.is_empty() { Err(PatternError::Brackets) } else { Ok(set) }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, takes: &[&str], not: &[&str]) {
        let pattern: Pattern = pattern.parse().unwrap();
        takes.iter().for_each(|number| assert!(pattern.matches(number), "{pattern} takes {number}"));
        not.iter().for_each(|number| assert!(!pattern.matches(number), "{pattern} does not take {number}"));
    }

    #[test]
    fn what_the_wildcards_take() {
        check("9.1[2-9]XX[2-9]XXXXXX", &["912125551212"], &["911125551212", "91212555121", "9121255512121"]);
        check("9.!", &["91", "9123456789"], &["9", "8123", "9*", "91#"]);
        check("9.!#", &["91#", "9123#"], &["9#", "91"]);
        check("813510[^0-5]", &["8135106", "8135109"], &["8135105", "813510*"]);
        check("91X?", &["91", "915", "91999"], &["9", "91#"]);
        check("91X+", &["915", "91999"], &["91"]);
        check("\\+49!", &["+4930"], &["4930", "+49", "++4930"]);
        check("*0[13][*#]", &["*01*", "*03#"], &["*02*", "01*"]);
        check("5?", &["", "5", "555"], &["4"]);
    }

    #[test]
    fn what_is_no_pattern() {
        for (text, expect) in [
            ("", PatternError::Empty),
            (".", PatternError::Empty),
            ("9.1.2", PatternError::Dots),
            ("9a", PatternError::Unknown('a')),
            ("9.@", PatternError::NumberingPlan),
            ("?", PatternError::NothingToRepeat('?')),
            ("9!?", PatternError::NothingToRepeat('?')),
            ("9.+", PatternError::NothingToRepeat('+')),
            ("[2-", PatternError::Brackets),
            ("[]", PatternError::Brackets),
            ("[9-2]", PatternError::Brackets),
            ("[^0-9]", PatternError::Brackets),
            ("X?5XXXXXXXXXXXX", PatternError::Ambiguous),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(expect), "{text}");
        }
        assert_eq!("1".repeat(ELEMENTS_MAX + 1).parse::<Pattern>(), Err(PatternError::Long));
    }

    #[test]
    fn the_dot_divides() {
        let before = |pattern: &str, number| {
            let pattern: Pattern = pattern.parse().unwrap();
            pattern.before_dot(number).len()
        };
        assert_eq!(before("9.1XXX", "91234"), 1);
        assert_eq!(before("9!.5!", "91555"), 2);
        assert_eq!(before("91XXX", "91234"), 0);
        assert_eq!(before("1234.", "1234"), 4);
    }

    #[test]
    fn closeness_is_counted_as_in_ciscos_example() {
        let count = |pattern: &str, len| pattern.parse::<Pattern>().unwrap().count(len);
        assert_eq!(
            [count("1211", 4), count("1[23]XX", 4), count("13[0-4]X", 4), count("13!", 4)],
            [1, 200, 50, 100]
        );
        assert_eq!((count("131", 4), count("91X?", 2), count("91X?", 4)), (0, 1, 100));
        // Numbers are counted, not the ways to read them: all of 5, 55, 555 are one.
        assert_eq!((count("5?5+", 3), count("[1-5]?5+", 2)), (1, 5));
    }
}
