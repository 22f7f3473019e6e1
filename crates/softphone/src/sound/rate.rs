//! From one rate to another, sample by sample, for cards that do not play at the phone's own rate. Between two
//! samples it goes straight; downwards it takes means first. For speech: music would want a better filter.

/// A change of rate that goes on from call to call.
#[derive(Debug, Clone)]
pub struct Rate {
    from_hz: u32,
    to_hz: u32,
    /// Place between the last two samples, in parts of `to_hz`.
    place: u32,
    last: f64,
    /// The mean of what came since the last sample, going down.
    sum: f64,
    count: u32,
}

impl Rate {
    /// From a rate to another; rates of 0 count as 1.
    pub fn new(from_hz: u32, to_hz: u32) -> Rate {
        Rate { from_hz: from_hz.max(1), to_hz: to_hz.max(1), place: 0, last: 0.0, sum: 0.0, count: 0 }
    }

    /// Takes a sample; gives those of the other rate that are due.
    pub fn push(&mut self, sample: i16, out: &mut impl FnMut(i16)) {
        let now = f64::from(sample);
        (self.sum, self.count) = (self.sum + now, self.count + 1);
        let is_down = self.from_hz > self.to_hz;
        // Each step of the input moves on by `to_hz`, each of the output by `from_hz`.
        while self.place < self.to_hz {
            let value = match is_down {
                true => std::mem::take(&mut self.sum) / f64::from(std::mem::take(&mut self.count).max(1)),
                false => self.last + (now - self.last) * f64::from(self.place) / f64::from(self.to_hz),
            };
            out(value as i16);
            self.place += self.from_hz;
        }
        self.place -= self.to_hz;
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use media::tone::{Cadence, Generator, share};

    use super::*;

    fn changed(from_hz: u32, to_hz: u32) -> Vec<i16> {
        let mut pcm = vec![0; from_hz as usize];
        Generator::new(Cadence::sine(800.0, -3.0, 0), from_hz).fill(&mut pcm);
        let (mut rate, mut out) = (Rate::new(from_hz, to_hz), Vec::new());
        pcm.iter().for_each(|sample| rate.push(*sample, &mut |sample| out.push(sample)));
        out
    }

    #[test]
    fn a_tone_stays_that_tone_at_any_rate() {
        for (from, to) in
            [(16_000, 48_000), (48_000, 16_000), (44_100, 16_000), (16_000, 44_100), (16_000, 16_000)]
        {
            let out = changed(from, to);
            assert!(out.len().abs_diff(to as usize) <= 1, "{from} to {to}: {} samples", out.len());
            let share = share(&out, 800.0, to);
            assert!(share > 0.97, "{from} to {to}: {share}");
        }
    }
}
