//! All patterns in one tree of elements: patterns that begin alike share their beginning. A number is
//! followed through it key by key; how many places it can be at is bounded by the size of the tree, and in
//! real plans is two or three.

use super::partition::{PartitionId, PartitionSet};
use super::pattern::{Element, Repeat};
use super::symbol::Symbols;

/// Where a pattern ends, or goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Node {
    /// Keys that lead back here.
    loops: Symbols,
    edges: Vec<Edge>,
    /// Patterns that end here, by their place in the plan.
    ends: Vec<u32>,
    /// Partitions of the patterns that end here or further on.
    below: PartitionSet,
    /// Partitions of the patterns that end further on, or here with more keys.
    beyond: PartitionSet,
    /// Partitions of those patterns from here on that give no outside dial tone.
    plain: PartitionSet,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    element: Element,
    to: u32,
}

/// Of a pattern, what the tree must know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    pub(super) partition: PartitionId,
    pub(super) outside_tone: bool,
}

/// The tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

impl Default for Trie {
    fn default() -> Self {
        Trie { nodes: vec![Node::default()] }
    }
}

/// What is known of a number, for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ahead {
    /// Whether a pattern begins with it, or is it.
    pub(crate) begins: bool,
    /// Whether a longer number may match.
    pub(crate) goes_on: bool,
    /// Whether some pattern that it may become gives no outside dial tone.
    pub(crate) plain: bool,
}

impl Trie {
    /// Adds a pattern.
    pub(super) fn add(&mut self, elements: &[Element], rule: u32, leaf: Leaf) {
        let mut at = 0;
        self.note(at, leaf, !elements.is_empty());
        for (place, element) in elements.iter().enumerate() {
            at = self.child(at, *element);
            let more = place + 1 < elements.len() || element.repeat != Repeat::Once;
            self.note(at, leaf, more);
        }
        self.nodes[at].ends.push(rule);
    }

    fn note(&mut self, at: usize, leaf: Leaf, more: bool) {
        let node = &mut self.nodes[at];
        node.below.insert(leaf.partition);
        if more {
            node.beyond.insert(leaf.partition);
        }
        if !leaf.outside_tone {
            node.plain.insert(leaf.partition);
        }
    }

    fn child(&mut self, at: usize, element: Element) -> usize {
        if let Some(edge) = self.nodes[at].edges.iter().find(|edge| edge.element == element) {
            return edge.to as usize;
        }
        let to = self.nodes.len();
        let loops = if element.repeat == Repeat::Once { Symbols::NONE } else { element.symbols };
        self.nodes.push(Node { loops, ..Node::default() });
        self.nodes[at].edges.push(Edge { element, to: to as u32 });
        to
    }

    /// How many places it has.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Follows a number to where it may be.
    pub(super) fn follow(&self, number: &str) -> Walk<'_> {
        let mut walk = Walk { trie: self, at: Vec::with_capacity(8), next: Vec::new() };
        walk.at.push(0);
        walk.skip();
        for key in number.chars() {
            let Some(key) = Symbols::of(key) else {
                walk.at.clear();
                break;
            };
            walk.step(key);
        }
        walk
    }
}

/// Where a number may be in the tree.
#[derive(Debug)]
pub(super) struct Walk<'t> {
    trie: &'t Trie,
    at: Vec<u32>,
    next: Vec<u32>,
}

impl Walk<'_> {
    fn step(&mut self, key: Symbols) {
        self.next.clear();
        for place in &self.at {
            let node = &self.trie.nodes[*place as usize];
            if node.loops.meets(key) {
                self.next.push(*place);
            }
            let fits = node.edges.iter().filter(|edge| edge.element.symbols.meets(key));
            self.next.extend(fits.map(|edge| edge.to));
        }
        std::mem::swap(&mut self.at, &mut self.next);
        self.skip();
    }

    /// Adds the places that need no key, and removes what is there twice.
    fn skip(&mut self) {
        let mut seen = 0;
        while let Some(place) = self.at.get(seen) {
            let node = &self.trie.nodes[*place as usize];
            let skipped = node.edges.iter().filter(|edge| edge.element.repeat == Repeat::Any);
            // At most as many as the tree has places: each edge leads further down.
            self.next.clear();
            self.next.extend(skipped.map(|edge| edge.to));
            self.at.append(&mut self.next);
            seen += 1;
        }
        if self.at.len() > 1 {
            self.at.sort_unstable();
            self.at.dedup();
        }
    }

    /// Patterns that are just this number.
    pub(super) fn ends(&self) -> impl Iterator<Item = u32> {
        self.at.iter().flat_map(|place| self.trie.nodes[*place as usize].ends.iter().copied())
    }

    /// What may come, for somebody who reaches these partitions.
    pub(super) fn ahead(&self, reach: &PartitionSet) -> Ahead {
        let mut ahead = Ahead::default();
        for place in &self.at {
            let node = &self.trie.nodes[*place as usize];
            ahead.begins |= node.below.meets(reach);
            ahead.goes_on |= node.beyond.meets(reach);
            ahead.plain |= node.plain.meets(reach);
        }
        ahead
    }
}
