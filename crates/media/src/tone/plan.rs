//! Which tones there are, as tables: frequencies, levels, cadences.
//!
//! North America by Telcordia GR-506-CORE (precise tone plan), the others by the list of ITU-T E.180
//! supplement 2. A tone that a country does not have is taken from North America. Zip tones follow no standard:
//! they are short 480 Hz signals here.

/// A sine in a tone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Frequency in Hz.
    pub hz: f64,
    /// Level in dBm0.
    pub dbm0: f64,
}

/// Most sines that sound at once.
pub const PARTS_MAX: usize = 4;

/// A stretch of time within a tone; silence where no part has a frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What sounds; parts with 0 Hz are none.
    pub parts: [Part; PARTS_MAX],
    /// How long, in milliseconds; 0 for ever.
    pub ms: u32,
}

/// What follows the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Silence.
    Once,
    /// The first step, so many times in all.
    Times(u32),
    /// The first step, for ever.
    Forever,
}

/// A tone: its steps and what follows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Cadence {
    /// In their order.
    pub steps: Vec<Step>,
    /// After the last.
    pub repeat: Repeat,
}

/// Tones by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Dial now.
    Dial,
    /// Dial now, and there is a message or a forward (stutter).
    StutterDial,
    /// Dial further digits (outside line).
    OutsideDial,
    /// The called party is busy.
    Busy,
    /// The call cannot be completed.
    Reorder,
    /// The called phone rings.
    RingBack,
    /// Another call waits.
    CallWaiting,
    /// Done as asked.
    Confirmation,
    /// A call was put through to a headset, or parties joined.
    Zip,
    /// Two of them.
    ZipZip,
    /// The handset lies beside the phone.
    OffHook,
    /// The call is recorded (FCC: 1400 Hz, half a second each 15 seconds).
    Recording,
    /// Short beep.
    Beep,
}

impl Tone {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Dial,
        Self::StutterDial,
        Self::OutsideDial,
        Self::Busy,
        Self::Reorder,
        Self::RingBack,
        Self::CallWaiting,
        Self::Confirmation,
        Self::Zip,
        Self::ZipZip,
        Self::OffHook,
        Self::Recording,
        Self::Beep,
    ];
}

/// A country's tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TonePlan {
    /// United States and Canada.
    #[default]
    NorthAmerica,
    /// 425 Hz as in Germany, the Netherlands and most of Europe.
    Europe,
    /// United Kingdom.
    UnitedKingdom,
    /// Japan.
    Japan,
}

/// One row: tone, frequencies in Hz, level of each in dBm0, milliseconds on and off in turn (0 for ever),
/// how often (0 for ever).
type Row = (Tone, &'static [f64], f64, &'static [u32], u32);

const NORTH_AMERICA: &[Row] = &[
    (Tone::Dial, &[350.0, 440.0], -13.0, &[0], 1),
    (Tone::StutterDial, &[350.0, 440.0], -13.0, &[100, 100, 100, 100, 100, 100, 100, 100, 0], 1),
    (Tone::OutsideDial, &[480.0, 440.0], -13.0, &[0], 1),
    (Tone::Busy, &[480.0, 620.0], -24.0, &[500, 500], 0),
    (Tone::Reorder, &[480.0, 620.0], -24.0, &[250, 250], 0),
    (Tone::RingBack, &[440.0, 480.0], -19.0, &[2000, 4000], 0),
    (Tone::CallWaiting, &[440.0], -13.0, &[300, 9700], 0),
    (Tone::Confirmation, &[350.0, 440.0], -13.0, &[100, 100], 3),
    (Tone::Zip, &[480.0], -16.0, &[300], 1),
    (Tone::ZipZip, &[480.0], -16.0, &[300, 100, 300], 1),
    (Tone::OffHook, &[1400.0, 2060.0, 2450.0, 2600.0], -12.0, &[100, 100], 0),
    (Tone::Recording, &[1400.0], -14.0, &[500, 14_500], 0),
    (Tone::Beep, &[1000.0], -16.0, &[200], 1),
];

const EUROPE: &[Row] = &[
    (Tone::Dial, &[425.0], -10.0, &[0], 1),
    (Tone::StutterDial, &[425.0], -10.0, &[500, 50], 0),
    (Tone::OutsideDial, &[425.0], -10.0, &[0], 1),
    (Tone::Busy, &[425.0], -10.0, &[480, 480], 0),
    (Tone::Reorder, &[425.0], -10.0, &[240, 240], 0),
    (Tone::RingBack, &[425.0], -10.0, &[1000, 4000], 0),
    (Tone::CallWaiting, &[425.0], -13.0, &[200, 200, 200, 5000], 0),
    (Tone::Confirmation, &[425.0], -10.0, &[100, 100], 3),
];

const UNITED_KINGDOM: &[Row] = &[
    (Tone::Dial, &[350.0, 440.0], -13.0, &[0], 1),
    (Tone::StutterDial, &[350.0, 440.0], -13.0, &[750, 750], 0),
    (Tone::Busy, &[400.0], -13.0, &[375, 375], 0),
    (Tone::Reorder, &[400.0], -13.0, &[400, 350, 225, 525], 0),
    (Tone::RingBack, &[400.0, 450.0], -16.0, &[400, 200, 400, 2000], 0),
    (Tone::CallWaiting, &[400.0], -16.0, &[100, 3000], 0),
];

const JAPAN: &[Row] = &[
    (Tone::Dial, &[400.0], -13.0, &[0], 1),
    (Tone::StutterDial, &[400.0], -13.0, &[250, 250], 0),
    (Tone::Busy, &[400.0], -13.0, &[500, 500], 0),
    (Tone::Reorder, &[400.0], -13.0, &[250, 250], 0),
    (Tone::RingBack, &[385.0, 400.0, 415.0], -20.0, &[1000, 2000], 0),
];

impl TonePlan {
    /// The tone as it sounds in this country.
    pub fn cadence(self, tone: Tone) -> Cadence {
        let own = match self {
            Self::NorthAmerica => NORTH_AMERICA,
            Self::Europe => EUROPE,
            Self::UnitedKingdom => UNITED_KINGDOM,
            Self::Japan => JAPAN,
        };
        let row = own.iter().chain(NORTH_AMERICA).find(|row| row.0 == tone);
        row.map_or_else(Cadence::silence, |&(_, hz, dbm0, times, repeat)| {
            Cadence::of_row(hz, dbm0, times, repeat)
        })
    }
}

impl TonePlan {
    /// The tone that tells that a call is recorded: at once, and again after so many seconds; 0: at once only.
    pub fn consent(self, every_secs: u32) -> Cadence {
        let mut cadence = self.cadence(Tone::Recording);
        let sound_ms = cadence.steps.first().map_or(0, |step| step.ms);
        match cadence.steps.get_mut(1) {
            Some(pause) if every_secs > 0 => {
                pause.ms = every_secs.saturating_mul(1000).saturating_sub(sound_ms).max(1);
            }
            _ => cadence.repeat = Repeat::Once,
        }
        cadence
    }
}

impl Cadence {
    /// Nothing to hear.
    pub fn silence() -> Self {
        Self { steps: Vec::new(), repeat: Repeat::Once }
    }

    /// The same sines, on and off in turn for `times` milliseconds.
    pub fn of_row(hz: &[f64], dbm0: f64, times: &[u32], repeat: u32) -> Self {
        let on = parts(&hz.iter().map(|&hz| Part { hz, dbm0 }).collect::<Vec<_>>());
        let steps = times
            .iter()
            .enumerate()
            .map(|(n, &ms)| Step { parts: if n % 2 == 0 { on } else { parts(&[]) }, ms })
            .collect();
        let repeat = match repeat {
            0 => Repeat::Forever,
            1 => Repeat::Once,
            more => Repeat::Times(more),
        };
        Self { steps, repeat }
    }

    /// One sine for `ms` milliseconds, 0 for ever.
    pub fn sine(hz: f64, dbm0: f64, ms: u32) -> Self {
        Self::of_row(&[hz], dbm0, &[ms], 1)
    }

    /// DTMF digits, each `on_ms` long and followed by `off_ms` of silence. The columns sound 2 dB above the rows,
    /// as phones do it, at -9 and -7 dBm0. What is no digit is left out.
    pub fn dtmf(digits: &str, on_ms: u32, off_ms: u32) -> Self {
        let pairs = digits.chars().filter_map(super::dtmf_pair);
        let steps = pairs.flat_map(|(low, high)| {
            let on = parts(&[Part { hz: low, dbm0: -9.0 }, Part { hz: high, dbm0: -7.0 }]);
            [Step { parts: on, ms: on_ms.max(1) }, Step { parts: parts(&[]), ms: off_ms.max(1) }]
        });
        Self { steps: steps.collect(), repeat: Repeat::Once }
    }
}

/// The first [`PARTS_MAX`] parts.
fn parts(some: &[Part]) -> [Part; PARTS_MAX] {
    std::array::from_fn(|at| some.get(at).copied().unwrap_or(Part { hz: 0.0, dbm0: 0.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_every_tone() {
        for plan in [TonePlan::NorthAmerica, TonePlan::Europe, TonePlan::UnitedKingdom, TonePlan::Japan] {
            for tone in Tone::ALL {
                assert!(!plan.cadence(tone).steps.is_empty(), "{plan:?} {tone:?}");
            }
        }
    }
}
