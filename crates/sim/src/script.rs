//! A run as text: who is there, what the network is like, who decided what and when.

use std::fmt;
use std::str::FromStr;

use phone::profile::{self, Profile};

use crate::decision::{Decided, Unreadable, Words};
use crate::hardware::HardwareSpec;
use crate::network::Weather;

/// First line of a script.
const TITLE: &str = "lineside sim script 1";

/// A phone of the world.
#[derive(Debug, Clone)]
pub struct PhoneSpec {
    /// Its number in the world.
    pub number: u16,
    /// Device name.
    pub name: String,
    /// Its model.
    pub profile: &'static Profile,
    /// Directory numbers of its lines.
    pub lines: Vec<String>,
    /// Numbers of its speed dials.
    pub speed_dials: Vec<String>,
    /// What else is to be said of it.
    pub manners: Manners,
}

/// How a phone differs from others of its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manners {
    /// It sends what it likes.
    pub unruly: bool,
    /// Another phone has the same name: this one is the copy.
    pub copy: bool,
    /// The configuration does not know it.
    pub unknown: bool,
    /// It asks for everything at once.
    pub burst: bool,
    /// It comes back while a call is up.
    pub roams: bool,
    /// It asks for a token first.
    pub token: bool,
}

/// Everything that does not change during a run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where all numbers come from.
    pub seed: u64,
    /// What the network is like.
    pub weather: Weather,
    /// After so many inputs the exchange is replaced by one restored from its snapshot; 0: never.
    pub restore_every: u32,
    /// For so many inputs the two are compared.
    pub restore_for: u32,
    /// After so many steps everything is looked at.
    pub sweep_every: u32,
    /// Bytes that may wait for a phone that does not read.
    pub queue_max: u32,
    /// Whether there is a media engine.
    pub engine: bool,
    /// Findings that are known: each is some words of one.
    pub tolerated: Vec<String>,
    /// Bridges, MTPs and transcoders.
    pub hardware: Vec<HardwareSpec>,
    /// The phones.
    pub phones: Vec<PhoneSpec>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct Script {
    /// What does not change.
    pub setup: Setup,
    /// What happens.
    pub decisions: Vec<Decided>,
}

impl Manners {
    const WORDS: [&'static str; 6] = ["unruly", "copy", "unknown", "burst", "roams", "token"];

    fn flags(&mut self) -> [&mut bool; 6] {
        let Manners { unruly, copy, unknown, burst, roams, token } = self;
        [unruly, copy, unknown, burst, roams, token]
    }
}

impl fmt::Display for PhoneSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "phone {} {} {}", self.number, self.name, self.profile.model)?;
        write!(f, " lines={} speed={}", self.lines.join(","), self.speed_dials.join(","))?;
        let mut manners = self.manners;
        for (word, flag) in Manners::WORDS.iter().zip(manners.flags()) {
            if *flag {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let setup = &self.setup;
        writeln!(f, "{TITLE}")?;
        writeln!(f, "seed {}", setup.seed)?;
        let weather = if setup.weather == Weather::Rough { "rough" } else { "smooth" };
        writeln!(f, "weather {weather}")?;
        writeln!(f, "restore {} {}", setup.restore_every, setup.restore_for)?;
        writeln!(f, "sweep {}", setup.sweep_every)?;
        writeln!(f, "queue {}", setup.queue_max)?;
        if setup.engine {
            writeln!(f, "engine")?;
        }
        for words in &setup.tolerated {
            writeln!(f, "tolerate {words}")?;
        }
        for hardware in &setup.hardware {
            writeln!(f, "{hardware}")?;
        }
        for phone in &setup.phones {
            writeln!(f, "{phone}")?;
        }
        for decided in &self.decisions {
            writeln!(f, "{decided}")?;
        }
        Ok(())
    }
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            seed: 0,
            weather: Weather::Smooth,
            restore_every: 0,
            restore_for: 0,
            sweep_every: 1000,
            queue_max: skinny::connection::WRITE_QUEUE_MAX as u32,
            engine: false,
            tolerated: Vec::new(),
            hardware: Vec::new(),
            phones: Vec::new(),
        }
    }
}

impl FromStr for Script {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Script, Unreadable> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        if lines.next() != Some(TITLE) {
            return Err(Unreadable(format!("a script begins with {TITLE:?}")));
        }
        let mut script = Script { setup: Setup::default(), decisions: Vec::new() };
        for line in lines {
            script.line(line)?;
        }
        Ok(script)
    }
}

impl Script {
    fn line(&mut self, line: &str) -> Result<(), Unreadable> {
        let mut words = Words::new(line);
        let setup = &mut self.setup;
        match words.next()? {
            "seed" => setup.seed = words.next()?.parse().map_err(|_| words.error("no seed"))?,
            "weather" => {
                setup.weather = match words.next()? {
                    "rough" => Weather::Rough,
                    "smooth" => Weather::Smooth,
                    _ => return Err(words.error("the weather is rough or smooth")),
                }
            }
            "restore" => {
                setup.restore_every = words.value("interval")?;
                setup.restore_for = words.value("length")?;
            }
            "sweep" => setup.sweep_every = words.value("interval")?,
            "engine" => setup.engine = true,
            "queue" => setup.queue_max = words.value("limit")?,
            "tolerate" => setup.tolerated.push(line["tolerate".len()..].trim().to_owned()),
            "hardware" => setup.hardware.push(HardwareSpec::read(&mut words)?),
            "phone" => setup.phones.push(phone(&mut words)?),
            "at" => self.decisions.push(line.parse()?),
            _ => return Err(words.error("it begins with a word that is not known")),
        }
        Ok(())
    }
}

fn phone(words: &mut Words<'_>) -> Result<PhoneSpec, Unreadable> {
    let number = words.value("number")?;
    let name = words.value("name")?;
    let model = words.next()?;
    let profile = profile::find(model).ok_or_else(|| words.error("no such model"))?;
    let list = |word: &str, key: &str| -> Option<Vec<String>> {
        let list = word.strip_prefix(key)?;
        Some(list.split(',').filter(|number| !number.is_empty()).map(str::to_owned).collect())
    };
    let mut spec = PhoneSpec {
        number,
        name,
        profile,
        lines: Vec::new(),
        speed_dials: Vec::new(),
        manners: Manners::default(),
    };
    while let Some(word) = words.next_if_any() {
        if let Some(lines) = list(word, "lines=") {
            spec.lines = lines;
        } else if let Some(speed_dials) = list(word, "speed=") {
            spec.speed_dials = speed_dials;
        } else if let Some(index) = Manners::WORDS.iter().position(|known| *known == word) {
            *spec.manners.flags()[index] = true;
        } else {
            return Err(words.error(&format!("{word:?} says nothing about a phone")));
        }
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_back() {
        let text = "lineside sim script 1\nseed 42\nweather rough\nrestore 97 64\nsweep 500\nqueue 4096\nengine\n\
            hardware 0 CFB000000000000 transcoder 112 8 3\n\
            phone 0 SEP000000000000 7960 lines=1000,1001 speed=1002 unruly token\n\
            phone 4 SEP000000000004 CIPC lines= speed= unknown\n\
            at 0.000000005 0 power-on\nat 1.000000005 hardware0 end-conference 2\nat 9.000000005 world settle\n";
        let script: Script = text.parse().unwrap();
        assert_eq!(script.to_string(), text);
        assert_eq!(script.setup.phones[1].number, 4);
        assert!("seed 1".parse::<Script>().is_err());
        assert!(format!("{text}phone 1 X 9999 lines=").parse::<Script>().is_err());
    }
}
