//! Where tshark is known to differ: each case with what it does, and why ours is right.

pub mod captures;
pub mod catalogue;
mod lost;
pub mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use skinny::{Frame, Header};

use super::compare::{Difference, NOWHERE, Way};
use super::fields::Ours;

/// A known difference.
pub struct Exception {
    /// The message.
    pub id: u32,
    /// Header versions at which it occurs, each of them.
    pub versions: RangeInclusive<u32>,
    pub place: Place,
    /// What tshark does.
    pub theirs: &'static str,
    /// Why ours is right, or that nobody knows.
    pub proof: &'static str,
}

impl Exception {
    fn unseen(&self, version: u32) -> String {
        let Exception { id, theirs, proof, .. } = self;
        let name = skinny::catalogue::name(*id);
        format!("{name} {id:#06x} at {version}: not seen that tshark {theirs} ({proof})")
    }
}

/// Which differences an exception explains.
pub enum Place {
    /// Those of one field.
    Field(&'static str),
    /// Those of a field and of all that stands behind it.
    From(&'static str),
    /// Those from an offset on that the fields and the body's length tell; none when tshark is right.
    Behind(fn(&[Ours], usize) -> Option<usize>),
    /// No field: only that tshark calls the message malformed.
    Verdict,
}

/// An exception at work in one message.
struct Active {
    /// Its place in the table.
    number: usize,
    /// The one field, and the bytes that it takes.
    field: Option<(&'static str, Vec<Range<usize>>)>,
    /// Where tshark has lost its place.
    from: usize,
}

impl Active {
    fn of(number: usize, exception: &Exception, ours: &[Ours], len: usize) -> Option<Active> {
        let (mut field, mut from) = (None, NOWHERE);
        match exception.place {
            Place::Field(path) => {
                let bytes = named(ours, path).map(|our| our.at..our.at + our.len);
                field = Some((path, bytes.collect()));
            }
            Place::From(path) => from = named(ours, path).map(|our| our.at).min()?,
            Place::Behind(start) => from = start(ours, len)?,
            Place::Verdict => {}
        }
        Some(Active { number, field, from })
    }

    fn explains(&self, difference: &Difference) -> bool {
        match &self.field {
            None => difference.at >= self.from,
            Some((path, _)) if difference.way != Way::TheirsAlone => difference.field == *path,
            Some((_, bytes)) => bytes.iter().any(|bytes| bytes.contains(&difference.at)),
        }
    }
}

fn named<'a>(ours: &'a [Ours], path: &'a str) -> impl Iterator<Item = &'a Ours> {
    let last = path.rsplit('.').next().unwrap_or_default();
    ours.iter().filter(move |our| our.name() == last && our.plain_path() == path)
}

/// Keeps the account of a table: what it explained, what nothing explains.
pub struct Account {
    table: &'static [Exception],
    /// Versions at which each exception was needed.
    needed: Vec<BTreeSet<u32>>,
    /// What no exception explains, with the versions and an example.
    unexplained: BTreeMap<(u32, Way, String), (BTreeSet<u32>, String)>,
    /// Differences that exceptions explained, by what they are.
    pub explained: BTreeMap<Way, usize>,
}

impl Account {
    pub fn new(table: &'static [Exception]) -> Self {
        let needed = table.iter().map(|_| BTreeSet::new()).collect();
        Account { table, needed, unexplained: BTreeMap::new(), explained: BTreeMap::new() }
    }

    /// Finds the exception for each difference in one message.
    pub fn enter(&mut self, frame: Frame<'_>, differences: Vec<Difference>, ours: &[Ours]) {
        if differences.is_empty() {
            return;
        }
        let (Header { id, version, .. }, len) = (frame.header, frame.body.len());
        let table = self.table.iter().enumerate();
        let here = table.filter(|(_, entry)| entry.id == id && entry.versions.contains(&version));
        let active: Vec<Active> =
            here.filter_map(|(number, entry)| Active::of(number, entry, ours, len)).collect();
        for difference in differences {
            match active.iter().find(|active| active.explains(&difference)) {
                Some(active) => {
                    self.needed[active.number].insert(version);
                    *self.explained.entry(difference.way).or_default() += 1;
                }
                None => self.complain(id, version, difference),
            }
        }
    }

    fn complain(&mut self, id: u32, version: u32, difference: Difference) {
        let Difference { way, at, field, found } = difference;
        let example = || if at == NOWHERE { String::new() } else { format!("at {at}: {found}") };
        let entry = self.unexplained.entry((id, way, field));
        let (versions, _) = entry.or_insert_with(|| (BTreeSet::new(), example()));
        versions.insert(version);
    }

    /// What is wrong: differences without an exception, exceptions without a difference at one of the
    /// `versions` that were tried.
    pub fn complaints(&self, versions: &[u32]) -> Vec<String> {
        let unexplained = self.unexplained.iter().map(|((id, way, field), (versions, example))| {
            format!("{} {id:#06x} {versions:?}: {way:?} {field} {example}", skinny::catalogue::name(*id))
        });
        let unused = self.table.iter().zip(&self.needed).flat_map(|(exception, needed)| {
            let tried = versions.iter().filter(|version| exception.versions.contains(version));
            let missing = tried.filter(|version| !needed.contains(version));
            missing.map(|version| exception.unseen(*version))
        });
        unexplained.chain(unused).collect()
    }
}
