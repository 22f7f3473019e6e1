//! The crate's own generator (xoshiro256**, seeded by splitmix64): a seed replays a run on any machine and
//! with any version of any other crate.

/// A seeded generator.
#[derive(Debug, Clone)]
pub struct Rng([u64; 4]);

/// One step of splitmix64: spreads a number over all bits.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// A generator for one purpose: generators with different labels have nothing to do with each other, so
    /// that a draw more in one place changes nothing elsewhere.
    pub fn new(seed: u64, labels: &[u64]) -> Rng {
        let mut state = mix(seed);
        for label in labels {
            state = mix(state ^ mix(*label));
        }
        let mut words = [0; 4];
        for word in &mut words {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *word = mix(state);
        }
        Rng(words)
    }

    /// Any number.
    #[allow(clippy::should_implement_trait, reason = "never ends, and takes no adapters")]
    pub fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from).saturating_add(1))
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// True with so many per cent.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// One of these, as often as its weight says; the first when all weigh nothing.
    ///
    /// # Panics
    /// When there is none.
    pub fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let total: u64 = from.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (weight, value) in from {
            if left < u64::from(*weight) {
                return *value;
            }
            left -= u64::from(*weight);
        }
        from[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_other_labels_others() {
        let draw = |labels: &[u64]| {
            let mut rng = Rng::new(7, labels);
            [rng.next(), rng.next(), rng.next()]
        };
        assert_eq!(draw(&[1]), draw(&[1]));
        assert_ne!(draw(&[1]), draw(&[2]));
        assert_ne!(draw(&[1]), draw(&[1, 0]));
    }

    #[test]
    fn numbers_stay_in_their_range_and_weights_hold() {
        let mut rng = Rng::new(1, &[]);
        let mut counts = [0; 3];
        for _ in 0..3000 {
            assert!((5..=9).contains(&rng.between(5, 9)));
            counts[rng.weighted(&[(1, 0), (0, 1), (2, 2)])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((800..1200).contains(&counts[0]), "{counts:?}");
        assert_eq!(rng.below(0), 0);
    }
}
