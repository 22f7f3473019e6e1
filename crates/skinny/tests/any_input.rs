//! Any message, any body, any stream: nothing panics, nothing is lost, nothing changes.

use proptest::collection::vec;
use proptest::prelude::*;
use skinny::catalogue::{CATALOGUE, VERSION_MAX};
use skinny::fuzz;

/// A generator of our own, so that the exhaustive tests are the same on every run.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Bytes in which numbers are often small, texts often printable, and words often extreme.
    fn body(&mut self, len: usize) -> Vec<u8> {
        let mut body = Vec::with_capacity(len + 4);
        while body.len() < len {
            let word = match self.next() % 8 {
                0 => 0,
                1 => (self.next() % 40) as u32,
                2 => u32::MAX,
                3 => u32::from_le_bytes(*b"Anna"),
                4 => u32::from_le_bytes([0x80, (self.next() % 128) as u8, b'3', 0]),
                5 => (self.next() % 400) as u32,
                _ => self.next() as u32,
            };
            body.extend(word.to_le_bytes());
        }
        body.truncate(len);
        body
    }
}

/// Versions at which some layout changes.
const VERSIONS: [u32; 13] = [0, 3, 8, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22];

fn full_length(entry: &skinny::catalogue::Entry, version: u32) -> usize {
    let variants = entry.variants();
    let version = version as u8;
    let variant =
        variants.iter().find(|variant| (variant.from..=variant.to).contains(&version)).expect("covered");
    variant.layout.size().unwrap_or(160)
}

#[test]
fn every_message_at_every_version_truncated_at_every_byte() {
    let mut seeded = Seeded(0x5ccf);
    for entry in CATALOGUE {
        for version in VERSIONS {
            let full = full_length(entry, version);
            let body = seeded.body(full + 12);
            let step = if full > 600 { 41 } else { 1 };
            for len in (0..=full + 12).filter(|len| len % step == 0 || len + 8 > full) {
                fuzz::message(entry.id, version, &body[..len]);
            }
        }
    }
}

#[test]
fn every_message_with_random_values() {
    let mut seeded = Seeded(77);
    for round in 0..40 {
        for entry in CATALOGUE {
            let version = VERSIONS[round % VERSIONS.len()];
            let body = seeded.body(full_length(entry, version));
            fuzz::message(entry.id, version, &body);
        }
    }
}

/// Counts of 0, the maximum and around it, and absurd ones, in each word of each message; texts without NUL.
#[test]
fn absurd_counts_and_texts_without_nul() {
    for entry in CATALOGUE {
        for version in [0, 11, 17, 22] {
            let full = full_length(entry, version);
            fuzz::message(entry.id, version, &vec![b'A'; full]);
            fuzz::message(entry.id, version, &vec![0xff; full]);
            for at in (0..full.min(200).saturating_sub(3)).step_by(4) {
                for count in [
                    0_u32,
                    5,
                    6,
                    16,
                    17,
                    18,
                    19,
                    32,
                    33,
                    42,
                    43,
                    255,
                    256,
                    257,
                    600,
                    601,
                    2000,
                    2001,
                    1 << 31,
                    u32::MAX,
                ] {
                    let mut body = vec![0x20; full];
                    body[at..at + 4].copy_from_slice(&count.to_le_bytes());
                    fuzz::message(entry.id, version, &body);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes_as_a_body(data in vec(any::<u8>(), 0..900)) {
        fuzz::body(&data);
    }

    #[test]
    fn any_bytes_as_a_stream(data in vec(any::<u8>(), 0..600)) {
        fuzz::stream(&data);
    }

    #[test]
    fn frames_with_random_bodies_as_a_stream(
        first in any::<u8>(),
        frames in vec((0..CATALOGUE.len(), 0..=u32::from(VERSION_MAX), vec(any::<u8>(), 0..80)), 0..8),
    ) {
        let mut data = vec![first];
        for (place, version, body) in frames {
            let header = skinny::Header { length: body.len() as u32 + 4, version, id: CATALOGUE[place].id };
            data.extend(header.bytes());
            data.extend(body);
        }
        fuzz::stream(&data);
    }
}
