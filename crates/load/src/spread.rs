//! How long people talk: the lengths of calls.

use std::str::FromStr;
use std::time::Duration;

use crate::options::STEP_MAX;

/// A distribution of lengths around a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// All are as long as the mean.
    #[default]
    Fixed,
    /// As calls are: many short ones, a few long ones.
    Exponential,
    /// From nothing to twice the mean, all alike.
    Uniform,
    /// Half the mean at least, and very long ones now and then (Pareto, shape 2).
    Pareto,
}

/// No such distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no distribution; there are: fixed, exponential, uniform, pareto")]
pub struct UnknownSpread(String);

impl FromStr for Spread {
    type Err = UnknownSpread;

    fn from_str(name: &str) -> Result<Self, UnknownSpread> {
        match name {
            "fixed" => Ok(Spread::Fixed),
            "exponential" => Ok(Spread::Exponential),
            "uniform" => Ok(Spread::Uniform),
            "pareto" => Ok(Spread::Pareto),
            other => Err(UnknownSpread(other.to_owned())),
        }
    }
}

impl Spread {
    /// A length, by a number from 0 to below 1.
    pub fn length(self, mean: Duration, unit: f64) -> Duration {
        let factor = match self {
            Spread::Fixed => 1.0,
            Spread::Exponential => -(1.0 - unit).ln(),
            Spread::Uniform => 2.0 * unit,
            Spread::Pareto => 0.5 / (1.0 - unit).sqrt(),
        };
        Duration::try_from_secs_f64(mean.as_secs_f64() * factor).unwrap_or(STEP_MAX).min(STEP_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_kept() {
        let mean = Duration::from_secs(10);
        for spread in [Spread::Fixed, Spread::Exponential, Spread::Uniform] {
            let lengths = (0..10_000).map(|n| spread.length(mean, f64::from(n) / 10_000.0).as_secs_f64());
            let found = lengths.sum::<f64>() / 10_000.0;
            assert!((9.9..10.1).contains(&found), "{spread:?}: {found}");
        }
        // Its longest are too rare for a mean of so few; half of them last no longer than the median.
        let lengths = (0..10_000).map(|n| Spread::Pareto.length(mean, f64::from(n) / 10_000.0).as_secs_f64());
        let short = lengths.filter(|length| *length <= 10.0 / 2f64.sqrt()).count();
        assert!((4_990..5_010).contains(&short), "{short}");
        assert!("gauss".parse::<Spread>().is_err());
    }
}
