//! tshark shows no field behind our last one, however long the body is: an optional tail that we do not
//! know would show nowhere else.

use std::collections::BTreeSet;

use super::catalogue::{Case, composed, dissected};
use super::program;
use super::seeded::Seeded;

/// Bytes behind the full form.
const MORE: usize = 64;

/// The only case, and it is no tail: tshark reads a longer number at version 18; see the catalogue's
/// exceptions.
const KNOWN: &[(u32, u32, &str)] = &[(0x0107, 18, "statsProcessingMode")];

#[test]
fn nothing_stands_behind_our_last_field() {
    if program::version().is_none() {
        return;
    }
    let mut random = Seeded::new(64);
    let mut seen = BTreeSet::new();
    let first = composed().into_iter().filter(|case| seen.insert((case.entry.id, case.version)));
    let (lengths, longer): (Vec<usize>, Vec<Case>) = first
        .map(|mut case| {
            let len = case.body.len();
            case.body.extend((0..MORE).map(|_| random.next() as u8 | 1));
            (len, case)
        })
        .unzip();
    let longer = dissected(longer);
    let behind = lengths.iter().zip(&longer).flat_map(|(len, case)| {
        let fields = case.theirs.fields.iter().filter(|their| their.at >= *len);
        fields.map(|their| (case.entry.id, case.version, their.name.as_str()))
    });
    assert_eq!(behind.collect::<Vec<_>>(), KNOWN);
}
