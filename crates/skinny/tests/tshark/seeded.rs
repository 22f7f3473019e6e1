//! Random numbers that are the same on every run.

/// A generator of our own: a failing frame is the same frame tomorrow.
pub struct Seeded(u64);

impl Seeded {
    /// Numbers that depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }

    /// One of several.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A number as fields hold them: often small, sometimes any.
    pub fn number(&mut self) -> u32 {
        match self.next() % 4 {
            0 => (self.next() % 8) as u32,
            1 => (self.next() % 3000) as u32,
            _ => self.next() as u32,
        }
    }

    /// Printable text of up to `limit` bytes.
    pub fn text(&mut self, limit: usize) -> Vec<u8> {
        let len = self.below(limit + 1);
        (0..len).map(|_| b' ' + self.below(95) as u8).collect()
    }
}
