//! Compares the fields of one message, ours against tshark's, by place, size and value.

use super::fields::{Found, Ours};
use super::names;
use super::pdml::Theirs;

/// A way to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Same bytes, another value.
    Value,
    /// Same bytes, another name.
    Name,
    /// A value of an enumeration has another name.
    Label,
    /// A flag has another mask.
    Flag,
    /// We have a field here, tshark has none of this place and size.
    OursAlone,
    /// tshark has a field here, we have none of this place and size.
    TheirsAlone,
}

/// One difference.
#[derive(Debug, Clone)]
pub struct Difference {
    pub way: Way,
    /// The path of our field without places in tables; tshark's name when only it has one.
    pub field: String,
    /// What was found, for people.
    pub found: String,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Fields that both know and agree on.
    pub agreed: usize,
    pub differences: Vec<Difference>,
}

/// Compares one message.
pub fn compare(ours: &[Ours], theirs: &[Theirs], body: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut matched = vec![false; ours.len()];
    for their in theirs.iter().filter(|their| !repeats(their, theirs)) {
        if let Some(n) = ours.iter().position(|our| is_byte_of(our, their)) {
            matched[n] = true;
            continue;
        }
        let place = ours.iter().enumerate().position(|(n, our)| !matched[n] && same_place(our, their));
        match place {
            Some(n) => {
                matched[n] = true;
                outcome.fields(&ours[n], their, body);
            }
            None => outcome.differences.push(Difference {
                way: Way::TheirsAlone,
                field: their.name.clone(),
                found: format!("{}+{} {}", their.at, their.len, their.shown),
            }),
        }
    }
    for (our, _) in ours.iter().zip(matched).filter(|(_, matched)| !matched) {
        if is_structural(our) {
            continue;
        }
        outcome.differences.push(Difference {
            way: Way::OursAlone,
            field: our.plain_path(),
            found: format!("{}+{} {:?}", our.at, our.len, our.value),
        });
    }
    outcome
}

/// tshark shows XML twice: as a field, and as a document.
fn repeats(their: &Theirs, theirs: &[Theirs]) -> bool {
    their.name == "xmlData" && theirs.iter().any(|other| other.at == their.at && other.name != their.name)
}

/// tshark shows bytes one by one.
fn is_byte_of(our: &Ours, their: &Theirs) -> bool {
    our.value == Found::Bytes
        && their.len == 1
        && our.name() == their.name
        && (our.at..our.at + our.len).contains(&their.at)
}

fn is_structural(our: &Ours) -> bool {
    match &our.value {
        Found::Text(text) => text.is_empty() && our.len == 1,
        Found::Bytes => our.name() == "rest",
        _ => false,
    }
}

/// Same offset and size. A text in a list may be counted without its NUL.
fn same_place(our: &Ours, their: &Theirs) -> bool {
    let without_nul = matches!(&our.value, Found::Text(text) if text.len() == their.len);
    our.at == their.at && (our.len == their.len || without_nul)
}

impl Outcome {
    fn fields(&mut self, our: &Ours, their: &Theirs, body: &[u8]) {
        let before = self.differences.len();
        if !same_value(our, their, body) {
            self.differ(Way::Value, our, format!("{:?}, tshark {}", our.value, their.show));
        }
        if !names::same(our, their) {
            self.differ(Way::Name, our, their.name.clone());
        }
        if let Some(found) = names::label_difference(our, their) {
            self.differ(Way::Label, our, found);
        }
        for found in names::flag_differences(our, their) {
            self.differ(Way::Flag, our, found);
        }
        if self.differences.len() == before {
            self.agreed += 1;
        }
    }

    fn differ(&mut self, way: Way, our: &Ours, found: String) {
        self.differences.push(Difference { way, field: our.plain_path(), found });
    }
}

fn same_value(our: &Ours, their: &Theirs, body: &[u8]) -> bool {
    match &our.value {
        Found::Number(number) => number_shown(&their.show) == Some(*number & 0xffff_ffff),
        Found::Code(code, _) => number_shown(&their.show) == Some(i64::from(*code)),
        Found::Flags(flags, _) => number_shown(&their.show) == Some(i64::from(*flags)),
        Found::Ip(address) => their.show == address.to_string(),
        Found::Text(text) => {
            let shown = their.show.split("\\000").next().unwrap_or_default();
            let printable = text.iter().all(|byte| (b' '..=b'~').contains(byte));
            !printable || shown.as_bytes() == text.as_slice()
        }
        Found::Bytes => their.show.replace(':', "") == hex(&body[our.at..our.at + our.len]),
    }
}

fn number_shown(show: &str) -> Option<i64> {
    match show.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => show.parse().ok(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
