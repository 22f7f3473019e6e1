//! Playing a scenario: the stage, its phones, and what comes of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use phone::audio::Say;
use phone::{Act, Config, Registration, Timing, profile};
use serde::Serialize;

use super::model::{Scenario, Seat};
use super::step::Walker;
use super::variables::Variables;
use crate::driver::{Driver, Setup};
use crate::fetch::Boot;
use crate::handle::Handle;
use crate::record::read_wav;
use crate::run::resolve;

/// How long phones have at the end to leave the server in good order.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);

/// How long a phone waits for an answer that some servers never give, such as chan_skinny to ConfigStatReq.
const ANSWER_WAIT: Duration = Duration::from_millis(500);

/// What the command line adds to a scenario.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Servers for the phones that name none.
    pub servers: Vec<SocketAddr>,
    /// Variables that override those of the file.
    pub variables: BTreeMap<String, String>,
    /// What `choose` chooses by.
    pub seed: u64,
    /// The model of all phones, in place of those of the file.
    pub model: Option<String>,
}

/// Plays scenarios.
#[derive(Debug, Clone, Default)]
pub struct Runner {
    settings: Settings,
}

/// What happens while a scenario is played.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A scenario begins.
    Began {
        /// Its name.
        scenario: String,
    },
    /// A step was done.
    Step {
        /// Its line in the file.
        line: usize,
        /// What it was.
        step: String,
        /// How long it took, in milliseconds.
        took_ms: f64,
        /// What was found: how well a voice was heard.
        found: Option<String>,
        /// Why it failed.
        failed: Option<String>,
    },
    /// The scenario says something.
    Said {
        /// What.
        text: String,
    },
    /// A scenario is over.
    Ended(Outcome),
}

/// How a scenario went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Its name.
    pub scenario: String,
    /// Steps that were done.
    pub steps: usize,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// What failed; nothing when all is well.
    pub failed: Option<StepFailed>,
}

impl Outcome {
    /// Whether all went as it should.
    pub fn is_passed(&self) -> bool {
        self.failed.is_none()
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepFailed {
    /// Its line in the file.
    pub line: usize,
    /// What it was.
    pub step: String,
    /// Why, in words: what was seen instead.
    pub why: String,
    /// The screen of its phone at the end.
    pub screen: String,
    /// The last messages of its phone.
    pub messages: Vec<String>,
}

impl std::fmt::Display for StepFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "line {}: {}", self.line, self.step)?;
        writeln!(f, "  {}", self.why)?;
        if !self.screen.is_empty() {
            writeln!(f, "  the screen at the end:")?;
            self.screen.lines().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        if !self.messages.is_empty() {
            writeln!(f, "  the last messages:")?;
            self.messages.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        Ok(())
    }
}

/// Whoever is told what happens.
pub(super) type Tell<'t> = &'t mut (dyn FnMut(&Event) + Send);

/// What all branches share.
pub(super) struct Stage<'t> {
    pub phones: BTreeMap<String, Handle>,
    /// What the boots of those that boot came to.
    pub boots: BTreeMap<String, Boot>,
    /// For each phone, the messages that were looked through.
    pub looked_through: Mutex<BTreeMap<String, u64>>,
    pub seed: Mutex<u64>,
    told: Mutex<(Tell<'t>, usize)>,
}

impl Stage<'_> {
    pub fn tell(&self, event: &Event) {
        let mut told = lock(&self.told);
        told.1 += usize::from(matches!(event, Event::Step { .. }));
        (told.0)(event);
    }
}

/// A panic elsewhere does not make the stage unusable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runner {
    /// A player with these settings.
    pub fn new(settings: Settings) -> Self {
        Runner { settings }
    }

    /// Plays a scenario from plugging its phones in to unplugging them.
    pub fn run(&self, scenario: &Scenario, tell: &mut (dyn FnMut(&Event) + Send)) -> Outcome {
        let began = Instant::now();
        tell(&Event::Began { scenario: scenario.name.clone() });
        let mut told = tell;
        let (failed, steps) = self.play(scenario, &mut told);
        let took_ms = began.elapsed().as_secs_f64() * 1000.0;
        let outcome = Outcome { scenario: scenario.name.clone(), steps, took_ms, failed };
        told(&Event::Ended(outcome.clone()));
        outcome
    }

    fn play(&self, scenario: &Scenario, tell: Tell<'_>) -> (Option<StepFailed>, usize) {
        let mut variables = Variables::default();
        let all = scenario.variables.iter().chain(&self.settings.variables);
        all.for_each(|(name, value)| variables.set(name, value.clone()));
        if let Some(server) = self.settings.servers.first() {
            variables.set("server", server.to_string());
        }
        let driver = match Driver::start() {
            Ok(driver) => driver,
            Err(error) => return (Some(unready("the phones", error.to_string())), 0),
        };
        let mut boots = BTreeMap::new();
        let mut booted = |name: &str, boot: Boot| {
            boot.asked.iter().for_each(|asked| tell(&Event::Said { text: format!("{name} asks: {asked}") }));
            boots.insert(name.to_owned(), boot);
        };
        let phones = match self.plug_in(scenario, &variables, &driver, &mut booted) {
            Ok(phones) => phones,
            Err(failed) => return (Some(*failed), 0),
        };
        let stage = Stage {
            phones,
            boots,
            looked_through: Mutex::default(),
            seed: Mutex::new(self.settings.seed | 1),
            told: Mutex::new((tell, 0)),
        };
        let mut walker = Walker::new(&stage, scenario, variables);
        let failed = walker.steps(&scenario.steps).err();
        stage.phones.values().for_each(say_goodbye);
        let steps = lock(&stage.told).1;
        (failed.map(|failed| *failed), steps)
    }

    fn plug_in(
        &self,
        scenario: &Scenario,
        variables: &Variables,
        driver: &Driver,
        booted: &mut dyn FnMut(&str, Boot),
    ) -> Result<BTreeMap<String, Handle>, Box<StepFailed>> {
        let mut seats = scenario.phones.clone();
        super::step::scenarios(&scenario.steps, &mut |other: &Scenario| {
            for (name, seat) in &other.phones {
                seats.entry(name.clone()).or_insert_with(|| seat.clone());
            }
        });
        let mut plug = |(name, seat): (&String, &Seat)| {
            let failed = |why: String| Box::new(unready(&format!("phone {name}"), why));
            let mut setup = self.setup(seat, variables, &scenario.folder).map_err(failed)?;
            if let Some(boot) = super::boot::boot(seat, &setup.config, variables).map_err(failed)? {
                if seat.servers.is_empty() {
                    setup.servers.clone_from(&boot.servers);
                }
                booted(name, boot);
            }
            let phone = if seat.off { driver.add_unplugged(setup) } else { driver.add(setup) };
            let phone = phone.map_err(|error| failed(error.to_string()))?;
            Ok((name.clone(), phone))
        };
        seats.iter().map(&mut plug).collect()
    }

    fn setup(&self, seat: &Seat, variables: &Variables, folder: &Path) -> Result<Setup, String> {
        let fill = |text: &str| variables.fill(text).map_err(|name| format!("nobody set ${name}"));
        let model = fill(self.settings.model.as_ref().unwrap_or(&seat.model))?;
        let model = if model.is_empty() { "7960" } else { &model };
        let profile = profile::find(model)
            .ok_or_else(|| format!("no model \"{model}\"; there are: {}", profile::names()))?;
        let named = seat.servers.iter().map(|server| fill(server)).collect::<Result<Vec<_>, _>>()?;
        let servers = if named.is_empty() {
            self.settings.servers.clone()
        } else {
            resolve(&named).map_err(|error| error.to_string())?
        };
        let config = Config {
            strict: seat.strict,
            token: seat.token,
            standby: seat.standby,
            reconnect_in_call: seat.reconnect_in_call,
            timing: Timing { answer: ANSWER_WAIT, ..Timing::default() },
            ..Config::new(&fill(&seat.device)?, profile)
        };
        let mut setup = Setup::new(config, servers);
        let bind = fill(&seat.bind)?;
        if !bind.is_empty() {
            setup.bind = Some(bind.parse().map_err(|_| format!("\"{bind}\" is no address"))?);
        }
        match fill(&seat.say)?.as_str() {
            "" => {}
            "nothing" => setup.audio.say = Say::Silence,
            other => match other.strip_prefix("speech") {
                Some(number) => {
                    let number =
                        number.trim().parse().map_err(|_| format!("speech{number}: no talker's number"))?;
                    setup.audio.say = Say::Speech(number);
                }
                None => setup.audio.say = read_wav(&folder.join(other), true).map_err(|e| e.to_string())?,
            },
        }
        Ok(setup)
    }
}

fn unready(step: &str, why: String) -> StepFailed {
    StepFailed { line: 0, step: step.to_owned(), why, screen: String::new(), messages: Vec::new() }
}

fn say_goodbye(phone: &Handle) {
    phone.disturb(crate::driver::Faults::default());
    let is_off = phone.look(|phone| *phone.registration() == Registration::Off);
    // A server that does not let go is left anyway.
    let left = !is_off
        && phone.act(Act::Unregister).is_ok()
        && phone
            .wait_for("goodbye", GOODBYE_WAIT, |phone| *phone.registration() == Registration::Off)
            .is_ok();
    if !left {
        phone.power_off();
    }
}
