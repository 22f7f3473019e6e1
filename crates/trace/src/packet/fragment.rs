//! IP fragments, put together in a table of fixed size.

use std::net::IpAddr;

use super::Skip;
use super::ip::Datagram;
use crate::Timestamp;

/// Datagrams that may wait for fragments at a time; the oldest gives way.
pub const MAX_FRAGMENTED_DATAGRAMS: usize = 64;

/// Fragments of one datagram; 64 KiB in the smallest usual fragments stay far below.
pub const MAX_FRAGMENTS: usize = 256;

/// How long a datagram waits for its fragments: what Linux waits.
pub const FRAGMENT_WAIT_NANOS: i64 = 30_000_000_000;

/// The largest datagram that IP can carry.
const MAX_DATAGRAM: usize = 65_535;

/// One fragment of a datagram.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    /// Addresses and protocol of the whole, and this fragment's bytes.
    pub(super) datagram: Datagram<'a>,
    pub(super) id: u32,
    /// Where its bytes belong.
    pub(super) offset: usize,
    /// Whether others follow behind it.
    pub(super) more: bool,
}

/// Which datagram a fragment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    id: u32,
}

/// A datagram in the making.
#[derive(Debug)]
struct Waiting {
    key: Key,
    since: Timestamp,
    bytes: Vec<u8>,
    /// Which parts of `bytes` have come: sorted, disjoint, not touching.
    parts: Vec<(usize, usize)>,
    /// Known once the last fragment has come.
    length: Option<usize>,
    fragments: usize,
}

/// The datagrams in the making.
#[derive(Debug, Default)]
pub(super) struct FragmentTable {
    waiting: Vec<Waiting>,
    /// The last one completed, kept so that it can be lent out.
    whole: Vec<u8>,
    given_up: u64,
}

impl FragmentTable {
    /// Datagrams that will never be whole.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Adds a fragment; gives out the datagram when it is whole now.
    pub(super) fn add<'a>(
        &'a mut self,
        fragment: &Fragment<'a>,
        now: Timestamp,
    ) -> Result<Option<Datagram<'a>>, Skip> {
        let Datagram { src, dst, protocol, payload, uncaptured, traffic_class, tunnels } = fragment.datagram;
        // A fragment with bytes missing leaves a hole that nothing will fill.
        let unusable = uncaptured > 0 || payload.is_empty() || (fragment.more && payload.len() % 8 != 0);
        if unusable || fragment.offset + payload.len() > MAX_DATAGRAM {
            return Err(Skip::BadFragment);
        }
        self.expire(now);
        let key = Key { src, dst, protocol, id: fragment.id };
        let index = self.entry(key, now);
        let Some(waiting) = self.waiting.get_mut(index) else { return Err(Skip::BadFragment) };
        if !waiting.add(fragment.offset, payload, fragment.more) {
            self.waiting.remove(index);
            self.given_up += 1;
            return Err(Skip::BadFragment);
        }
        if !waiting.is_whole() {
            return Ok(None);
        }
        self.whole = self.waiting.remove(index).bytes;
        Ok(Some(Datagram { src, dst, protocol, payload: &self.whole, uncaptured: 0, traffic_class, tunnels }))
    }

    fn expire(&mut self, now: Timestamp) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| now.since(waiting.since) <= FRAGMENT_WAIT_NANOS);
        self.given_up += (before - self.waiting.len()) as u64;
    }

    /// The datagram's index; the table is in order of age, so that the first is the oldest.
    fn entry(&mut self, key: Key, now: Timestamp) -> usize {
        if let Some(index) = self.waiting.iter().position(|waiting| waiting.key == key) {
            return index;
        }
        if self.waiting.len() >= MAX_FRAGMENTED_DATAGRAMS {
            self.waiting.remove(0);
            self.given_up += 1;
        }
        let fresh =
            Waiting { key, since: now, bytes: Vec::new(), parts: Vec::new(), length: None, fragments: 0 };
        self.waiting.push(fresh);
        self.waiting.len() - 1
    }
}

impl Waiting {
    /// Copies a fragment into its place; what came first stays. False when it contradicts the others.
    fn add(&mut self, offset: usize, payload: &[u8], more: bool) -> bool {
        let end = offset + payload.len();
        self.fragments += 1;
        if self.fragments > MAX_FRAGMENTS {
            return false;
        }
        if !more && *self.length.get_or_insert(end) != end {
            return false;
        }
        if self.length.is_some_and(|length| end > length || self.bytes.len() > length) {
            return false;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        for (from, to) in self.missing(offset, end) {
            self.bytes[from..to].copy_from_slice(&payload[from - offset..to - offset]);
        }
        self.note(offset, end);
        true
    }

    /// What is still missing between two offsets.
    fn missing(&self, mut from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut holes = Vec::new();
        for &(part_from, part_to) in &self.parts {
            if part_from >= to {
                break;
            }
            if part_from > from {
                holes.push((from, part_from));
            }
            from = from.max(part_to);
        }
        if from < to {
            holes.push((from, to));
        }
        holes
    }

    /// Marks a part as come, joined with those it touches.
    fn note(&mut self, mut from: usize, mut to: usize) {
        self.parts.retain(|&(part_from, part_to)| {
            let apart = part_to < from || part_from > to;
            if !apart {
                from = from.min(part_from);
                to = to.max(part_to);
            }
            apart
        });
        let index = self.parts.partition_point(|&(part_from, _)| part_from < from);
        self.parts.insert(index, (from, to));
    }

    fn is_whole(&self) -> bool {
        self.length.is_some_and(|length| self.parts == [(0, length)])
    }
}
