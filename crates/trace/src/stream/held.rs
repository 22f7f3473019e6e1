//! Pieces of one direction that came before their turn.

use std::collections::VecDeque;

use super::Stamp;
use super::half::distance;

/// What a piece costs beside its bytes.
const PIECE_OVERHEAD: usize = size_of::<Piece>();

/// Bytes with where they belong and what brought them.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) seq: u32,
    pub(super) stamp: Stamp,
    pub(super) bytes: Box<[u8]>,
}

impl Piece {
    fn end(&self) -> u32 {
        self.seq.wrapping_add(self.bytes.len() as u32)
    }

    fn cost(&self) -> usize {
        self.bytes.len() + PIECE_OVERHEAD
    }
}

/// Pieces in the order of their sequence numbers; they never overlap, since the first to come wins.
#[derive(Debug, Default)]
pub(super) struct Held {
    pieces: VecDeque<Piece>,
    cost: usize,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Memory in use, for the limits.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(super) fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    pub(super) fn pop(&mut self) -> Option<Piece> {
        let piece = self.pieces.pop_front()?;
        self.cost -= piece.cost();
        Some(piece)
    }

    /// Keeps those of the bytes that are not here yet.
    pub(super) fn add(&mut self, mut seq: u32, mut bytes: &[u8], stamp: Stamp) {
        // Mostly a piece comes behind all others: then there is nothing to compare.
        let mut index = match self.pieces.back() {
            Some(last) if distance(seq, last.end()) >= 0 => self.pieces.len(),
            _ => 0,
        };
        while let (Some(piece), false) = (self.pieces.get(index), bytes.is_empty()) {
            let before = distance(piece.seq, seq);
            let piece_end = piece.end();
            if before > 0 {
                let (fresh, rest) = bytes.split_at(bytes.len().min(before as usize));
                self.insert(index, Piece { seq, stamp, bytes: fresh.into() });
                index += 1;
                seq = seq.wrapping_add(fresh.len() as u32);
                bytes = rest;
                continue;
            }
            let covered = distance(piece_end, seq).max(0) as usize;
            let covered = covered.min(bytes.len());
            bytes = &bytes[covered..];
            seq = seq.wrapping_add(covered as u32);
            index += 1;
        }
        if !bytes.is_empty() {
            self.insert(index, Piece { seq, stamp, bytes: bytes.into() });
        }
    }

    fn insert(&mut self, index: usize, piece: Piece) {
        self.cost += piece.cost();
        self.pieces.insert(index, piece);
    }
}
