//! Compares the fields of one message, ours against tshark's, by place, size, name and value.

use super::fields::{Found, Ours};
use super::names;
use super::pdml::{Dissected, Theirs};

/// The place of a difference that has none: behind all fields.
pub const NOWHERE: usize = usize::MAX;

/// A way to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Same bytes, another value.
    Value,
    /// Same bytes, another name.
    Name,
    /// We have a field here, tshark has none of this place and size.
    OursAlone,
    /// tshark has a field here, we have none of this place and size.
    TheirsAlone,
    /// tshark ran out of bytes, or of its own bookkeeping.
    Malformed,
}

/// One difference.
#[derive(Debug, Clone)]
pub struct Difference {
    pub way: Way,
    /// Offset in the body; [`NOWHERE`] for a message that tshark calls malformed.
    pub at: usize,
    /// The path of our field without places in tables; tshark's name when only it has one.
    pub field: String,
    /// What was found, for people.
    pub found: String,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Fields that both know and agree on, by their place among ours.
    pub agreed: Vec<usize>,
    /// Fields that only one shows, by its nature: empty texts of a list, what a union leaves over.
    pub structural: usize,
    pub differences: Vec<Difference>,
    /// Aliases that were needed, by their place in the table.
    pub aliases: Vec<usize>,
    /// Enumerations that stand at the same place: our name, tshark's field.
    pub enumerations: Vec<(&'static str, String)>,
    /// Flags that stand at the same place: our set, mask, tshark's name.
    pub flags: Vec<(&'static str, u32, String)>,
}

/// Compares one message.
pub fn compare(ours: &[Ours], theirs: &Dissected, body: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut matched = vec![false; ours.len()];
    for their in &theirs.fields {
        // Ours ascend; what holds their first byte is the last that begins no later.
        let end = ours.partition_point(|our| our.at <= their.at);
        let near = end.saturating_sub(2)..end;
        if is_trivial(their, &theirs.fields) {
            outcome.structural += 1;
        } else if let Some(n) = near.clone().find(|n| is_byte_of(&ours[*n], their, body)) {
            matched[n] = true;
            outcome.agreed.push(n);
        } else if let Some(n) = near.rev().find(|n| !matched[*n] && same_place(&ours[*n], their)) {
            matched[n] = true;
            if outcome.fields(&ours[n], their, body) {
                outcome.agreed.push(n);
            }
        } else {
            outcome.theirs_alone(their);
        }
    }
    for (n, our) in ours.iter().enumerate().filter(|(n, _)| !matched[*n]) {
        outcome.ours_alone(our, &ours[..n]);
    }
    if theirs.malformed {
        outcome.differ(Way::Malformed, NOWHERE, String::new(), String::new());
    }
    outcome
}

/// tshark shows data of no bytes, and XML twice: as a field, and as a document.
fn is_trivial(their: &Theirs, theirs: &[Theirs]) -> bool {
    let repeats = |other: &Theirs| other.at == their.at && other.name != their.name;
    their.len == 0 || their.name == "xmlData" && theirs.iter().any(repeats)
}

/// tshark shows bytes one by one.
fn is_byte_of(our: &Ours, their: &Theirs, body: &[u8]) -> bool {
    our.value == Found::Bytes
        && their.len == 1
        && (our.at..our.at + our.len).contains(&their.at)
        && our.name() == their.name
        && number_shown(&their.show) == body.get(their.at).map(|byte| i64::from(*byte))
}

/// A key or salt whose length field says nothing of it is in use: tshark shows none of its bytes.
fn is_unused_key(our: &Ours, before: &[Ours]) -> bool {
    let length = before.iter().rev().find(|field| field.path == format!("{}len", our.path));
    length.and_then(Ours::number) == Some(0)
}

/// Same offset and size. A text in a list may be counted without its NUL.
fn same_place(our: &Ours, their: &Theirs) -> bool {
    let without_nul = matches!(&our.value, Found::Text(text) if text.len() == their.len);
    our.at == their.at && (our.len == their.len || without_nul)
}

impl Outcome {
    /// Compares two fields of the same bytes; returns whether they agree.
    fn fields(&mut self, our: &Ours, their: &Theirs, body: &[u8]) -> bool {
        let before = self.differences.len();
        if !same_value(our, their) {
            let value = &body[our.at..our.at + our.len];
            self.differ(Way::Value, our.at, our.plain_path(), format!("{value:02x?}, tshark {}", their.show));
        }
        match names::alias(our, their) {
            names::Match::Same => self.meanings(our, their),
            names::Match::Alias(place) => {
                self.aliases.push(place);
                self.meanings(our, their);
            }
            names::Match::Other => self.differ(Way::Name, our.at, our.plain_path(), their.name.clone()),
        }
        self.differences.len() == before
    }

    /// What values of the field mean is compared by enumeration, not by message.
    fn meanings(&mut self, our: &Ours, their: &Theirs) {
        match our.value {
            Found::Code(_, codes) => self.enumerations.push((codes.name, their.name.clone())),
            Found::Flags(_, bits) => {
                self.flags.extend(their.flags.iter().map(|(mask, name)| (bits.0.name, *mask, name.clone())));
            }
            _ => {}
        }
    }

    fn theirs_alone(&mut self, their: &Theirs) {
        let found = format!("{} bytes: {}", their.len, their.shown);
        self.differ(Way::TheirsAlone, their.at, their.name.clone(), found);
    }

    fn ours_alone(&mut self, our: &Ours, before: &[Ours]) {
        let structural = match &our.value {
            Found::Text(text) => text.is_empty() && our.len == 1,
            Found::Bytes => our.name() == "rest" || is_unused_key(our, before),
            _ => false,
        };
        if structural {
            self.structural += 1;
        } else {
            self.differ(Way::OursAlone, our.at, our.plain_path(), format!("{} bytes", our.len));
        }
    }

    fn differ(&mut self, way: Way, at: usize, field: String, found: String) {
        self.differences.push(Difference { way, at, field, found });
    }
}

fn same_value(our: &Ours, their: &Theirs) -> bool {
    match &our.value {
        Found::Number(number) => number_shown(&their.show) == Some(*number),
        Found::Code(code, _) => number_shown(&their.show) == Some(i64::from(*code)),
        Found::Flags(flags, _) => number_shown(&their.show) == Some(i64::from(*flags)),
        Found::Ip(address) => their.show == address.to_string(),
        // What else there is besides printable ASCII, each shows in its own way.
        Found::Text(text) if !text.iter().all(|byte| (b' '..=b'~').contains(byte)) => true,
        Found::Text(text) => their.show.split("\\000").next().unwrap_or_default().as_bytes() == text,
        Found::Bytes => false,
    }
}

fn number_shown(show: &str) -> Option<i64> {
    match show.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => show.parse().ok(),
    }
}
