//! Doing the steps, one after the other.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use phone::Registration;
use skinny::text::Charset;

use super::model::{Deed, Expectation, Hearing, MessageWanted, ROUNDS_MAX, RawMessage, Scenario, Step};
use super::run::{Event, Stage, StepFailed, lock};
use super::sound;
use super::subject::{self, brief, shows_entry};
use super::together::{Barriers, Stuck};
use super::variables::Variables;
use crate::console::{Command, Console, Reply};
use crate::driver::{Cut, Faults, State};
use crate::handle::Handle;
use crate::transcript::{Entry, Way};

/// Messages that an explanation shows.
const MESSAGES_SHOWN: usize = 12;

/// How long somebody who hangs up waits for the call to go: a server may keep it for reasons of its own.
const CALL_GONE_WAIT: Duration = Duration::from_millis(500);
/// How long a phone that unregisters may take: its own patience, and a little.
const GOODBYE_WAIT: Duration = Duration::from_secs(3);

/// How long a registration is waited for where the file does not say.
const REGISTER_WAIT: Duration = Duration::from_secs(15);

type Failed = Box<StepFailed>;

/// Goes through the steps of one branch.
pub(super) struct Walker<'s, 't> {
    pub(super) stage: &'s Stage<'t>,
    variables: Variables,
    within: f64,
    folder: PathBuf,
    barriers: Option<&'s Barriers>,
}

/// Each scenario that steps run.
pub(super) fn scenarios(steps: &[Step], each: &mut dyn FnMut(&Scenario)) {
    for step in steps {
        match &step.deed {
            Deed::Run { scenario, .. } => {
                each(scenario);
                scenarios(&scenario.steps, each);
            }
            Deed::Repeat { steps, .. } | Deed::Each { steps, .. } => scenarios(steps, each),
            Deed::If { then, otherwise, .. } | Deed::When { then, otherwise, .. } => {
                scenarios(then, each);
                scenarios(otherwise, each);
            }
            Deed::Choose(branches) | Deed::Parallel(branches) => {
                branches.iter().for_each(|branch| scenarios(branch, each));
            }
            _ => {}
        }
    }
}

/// A failure before its step is known.
struct Why {
    why: String,
    phone: Option<Handle>,
}

impl From<String> for Why {
    fn from(why: String) -> Self {
        Why { why, phone: None }
    }
}

impl<'s, 't> Walker<'s, 't> {
    pub fn new(stage: &'s Stage<'t>, scenario: &Scenario, variables: Variables) -> Self {
        let within = scenario.within;
        Walker { stage, variables, within, folder: scenario.folder.clone(), barriers: None }
    }

    pub fn steps(&mut self, steps: &[Step]) -> Result<(), Failed> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Failed> {
        match &step.deed {
            Deed::Repeat { times, counter, steps } => self.repeat(step, times, counter.as_deref(), steps),
            Deed::Each { file, steps } => self.each(step, file, steps),
            Deed::If { expectation, then, otherwise } => {
                let expectation = Expectation {
                    within: Some(expectation.within.clone().unwrap_or("0".into())),
                    ..expectation.clone()
                };
                let is_so = self.expect(&expectation).is_ok();
                self.steps(if is_so { then } else { otherwise })
            }
            Deed::When { text, is, then, otherwise } => {
                let both = self.fill(text).and_then(|text| Ok((text, self.fill(is)?)));
                let (text, is) = both.map_err(|why| failed(step, words(&step.deed), why.into()))?;
                self.steps(if text == is { then } else { otherwise })
            }
            Deed::Choose(branches) => {
                let choice = self.random() as usize % branches.len().max(1);
                branches.get(choice).map_or(Ok(()), |branch| self.steps(branch))
            }
            Deed::Parallel(branches) => self.parallel(branches),
            Deed::Run { scenario, with } => self.run(step, scenario, with),
            _ => self.simple(step),
        }
    }

    /// A step without steps: it is timed and told.
    fn simple(&mut self, step: &Step) -> Result<(), Failed> {
        let began = Instant::now();
        let said = words(&step.deed);
        let said = self.fill(&said).unwrap_or(said);
        let done = self.deed(&step.deed);
        let took_ms = began.elapsed().as_secs_f64() * 1000.0;
        let failed = done.map_err(|why| failed(step, said.clone(), why));
        let why = failed.as_ref().err().map(|failed| failed.why.clone());
        let found = failed.as_ref().ok().cloned().flatten();
        self.stage.tell(&Event::Step { line: step.line, step: said, took_ms, found, failed: why });
        failed.map(|_| ())
    }

    fn deed(&mut self, deed: &Deed) -> Result<Option<String>, Why> {
        match deed {
            Deed::Act { phone, commands, refused, within } => {
                let phone = self.phone(phone)?;
                let within = self.seconds(within.as_deref())?;
                for command in commands {
                    let command = self.fill(command)?;
                    self.act(&phone, &command, refused.as_deref(), within)
                        .map_err(|why| Why { why, phone: Some(phone.clone()) })?;
                }
            }
            Deed::Expect(expectation) => self.expect(expectation)?,
            Deed::Hear(hearing) => return self.hear(hearing),
            Deed::Booted(booting) => self.booted(booting)?,
            Deed::Take { phone, subject, variable } => {
                let phone = self.phone(phone)?;
                let subject = subject::find(subject).ok_or_else(|| format!("no subject {subject}"))?;
                let values = phone.look(|phone| (subject.read)(phone));
                let value = values.into_iter().next().unwrap_or_default();
                self.variables.set(variable, value);
            }
            Deed::Set(values) => {
                for (name, value) in values {
                    let value = self.fill(value)?;
                    self.variables.set(name, value);
                }
            }
            Deed::Wait(time) => std::thread::sleep(self.seconds(Some(time))?),
            Deed::Log(text) => {
                let text = self.fill(text)?;
                self.stage.tell(&Event::Said { text });
            }
            Deed::Fail(text) => return Err(self.fill(text)?.into()),
            Deed::Send(raw) => self.send(raw)?,
            Deed::Network { phone, faults } => self.network(phone, faults)?,
            Deed::Barrier(name) => self.barrier(name)?,
            _ => {}
        }
        Ok(None)
    }

    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        self.variables.fill(text).map_err(|name| format!("nobody set ${name}"))
    }

    fn phone(&self, name: &str) -> Result<Handle, String> {
        let name = self.fill(name)?;
        let known = || self.stage.phones.keys().cloned().collect::<Vec<_>>().join(", ");
        self.stage
            .phones
            .get(&name)
            .cloned()
            .ok_or_else(|| format!("no phone \"{name}\"; there are: {}", known()))
    }

    fn seconds(&self, given: Option<&str>) -> Result<Duration, String> {
        let secs = match given {
            Some(given) => {
                let text = self.fill(given)?;
                text.parse().map_err(|_| format!("\"{text}\" is no number of seconds"))?
            }
            None => self.within,
        };
        Duration::try_from_secs_f64(secs).map_err(|_| format!("{secs} is no time"))
    }

    /// How long an expectation waits: a registration takes its time with servers that leave questions unanswered.
    fn patience(&self, expectation: &Expectation) -> Result<Duration, String> {
        let given = expectation.within.as_deref();
        let registers = expectation.wanted.iter().any(|(name, _)| name == "registration");
        let within = self.seconds(given)?;
        Ok(if registers && given.is_none() && !expectation.never {
            within.max(REGISTER_WAIT)
        } else {
            within
        })
    }

    fn number(&self, given: &str) -> Result<usize, String> {
        let text = self.fill(given)?;
        text.parse().map_err(|_| format!("\"{text}\" is no number"))
    }

    fn random(&self) -> u64 {
        let mut seed = lock(&self.stage.seed);
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    fn act(
        &self,
        phone: &Handle,
        command: &str,
        refused: Option<&str>,
        within: Duration,
    ) -> Result<(), String> {
        let command = Command::parse(command).map_err(|error| error.to_string())?;
        let Some(command) = command else { return Ok(()) };
        let hangs_up = matches!(command, Command::Hangup | Command::OnHook);
        let leaves = matches!(command, Command::Unregister);
        let calls = phone.look(|phone| phone.calls().len());
        let done = match command.act() {
            Some(act) if refused.is_some() => phone.act(act).map_err(|refused| refused.to_string()),
            Some(act) => phone.act_within(act, within).map_err(|refused| refused.to_string()),
            None => self.other(phone, command, within),
        };
        if hangs_up && calls > 0 && done.is_ok() {
            // As a person, who sees it go before doing the next thing; a call that stays is no failure of this step.
            let _ =
                phone.wait("the end of a call", CALL_GONE_WAIT, |state| state.phone.calls().len() < calls);
        }
        if leaves && done.is_ok() {
            // It may be plugged in anew only once it is out; a server that does not let go is left anyway.
            let _ = phone
                .wait("goodbye", GOODBYE_WAIT, |state| *state.phone.registration() != Registration::Leaving);
        }
        match (done, refused) {
            (done, None) => done,
            (Ok(()), Some(_)) => Err("the phone did it".to_owned()),
            (Err(found), Some(wanted)) if found.contains(wanted) => Ok(()),
            (Err(found), Some(wanted)) => Err(format!("refused with \"{found}\", not with \"{wanted}\"")),
        }
    }

    /// What a person does beside keys.
    fn other(&self, phone: &Handle, command: Command, within: Duration) -> Result<(), String> {
        let command = match command {
            Command::Play(file) => Command::Play(self.folder.join(file).display().to_string()),
            other => other,
        };
        if let Command::Choose(entry) = &command {
            // Whether it is there is said by the choice itself.
            let _ = phone.wait("entry", within, |state| shows_entry(&state.phone, entry));
        }
        match Console::new(phone.clone()).command(&command) {
            Ok(Reply::Wait(time)) => {
                std::thread::sleep(time);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn expect(&self, expectation: &Expectation) -> Result<(), Why> {
        let phone = self.phone(&expectation.phone)?;
        let within = self.patience(expectation)?;
        let mut wanted = Vec::new();
        for (name, patterns) in &expectation.wanted {
            let subject = subject::find(name).ok_or_else(|| format!("no subject {name}"))?;
            let patterns = patterns.iter().map(|p| self.fill(p)).collect::<Result<Vec<_>, _>>()?;
            wanted.push((subject, patterns));
        }
        let message = expectation.message.as_ref().map(|message| self.message(message)).transpose()?;
        let name = self.fill(&expectation.phone)?;
        let from = lock(&self.stage.looked_through).get(&name).copied().unwrap_or(0);
        let mut found = None;
        let seen = phone.wait("", within, |state| {
            let shown = wanted.iter().all(|(subject, patterns)| {
                let values = (subject.read)(&state.phone);
                patterns.iter().all(|pattern| subject::matches(subject, &values, pattern))
            });
            shown
                && message.as_ref().is_none_or(|message| {
                    found = find_message(state, from, message);
                    found.is_some()
                })
        });
        if let Some(next) = found {
            lock(&self.stage.looked_through).insert(name, next);
        }
        let is_seen = seen.is_ok();
        if is_seen != expectation.never {
            return Ok(());
        }
        if expectation.never {
            let screen = phone.look(|phone| brief(phone));
            return Err(Why { why: format!("it was seen: {screen}"), phone: Some(phone) });
        }
        let mut why = format!("not within {:.1} s", within.as_secs_f64());
        for (subject, patterns) in &wanted {
            let values = phone.look(|phone| (subject.read)(phone));
            for pattern in patterns.iter().filter(|pattern| !subject::matches(subject, &values, pattern)) {
                let shown = if values.is_empty() { "none".to_owned() } else { values.join(", ") };
                // A String takes everything.
                let _ = write!(why, "; {} was {shown}, not {pattern}", subject.name);
            }
        }
        if let Some(message) = &message {
            let _ = write!(why, "; of {} no message since the last one fits", message.name);
        }
        Err(Why { why, phone: Some(phone) })
    }

    fn message(&self, wanted: &MessageWanted) -> Result<MessageWanted, String> {
        let fields = wanted.fields.iter().map(|(path, value)| Ok((path.clone(), self.fill(value)?)));
        Ok(MessageWanted {
            name: self.fill(&wanted.name)?,
            fields: fields.collect::<Result<_, String>>()?,
            sent: wanted.sent,
        })
    }

    fn hear(&self, hearing: &Hearing) -> Result<Option<String>, Why> {
        let ear = self.phone(&hearing.phone)?;
        let mouth = hearing.from.as_ref().map(|from| self.phone(from)).transpose()?;
        let time = self.seconds(hearing.within.as_deref())?;
        let heard = sound::listen(hearing, &ear, mouth.as_ref(), time, &|text| self.fill(text));
        heard.map_err(|why| Why { why, phone: Some(ear) })
    }

    fn send(&self, raw: &RawMessage) -> Result<(), Why> {
        let phone = self.phone(&raw.phone)?;
        let mut bytes = match (&raw.message, &raw.hex) {
            (Some(message), _) => {
                let message = self.fill(message)?;
                let fill = |text: &str| self.fill(text).unwrap_or_else(|_| text.to_owned());
                let fields =
                    raw.fields.as_ref().map_or_else(|| serde_json::json!({}), |fields| fields.0.json(&fill));
                let version = phone.look(|phone| match phone.version() {
                    0 => phone.profile().version,
                    version => version,
                });
                let header =
                    if phone.look(|phone| phone.profile().header_version) { u32::from(version) } else { 0 };
                skinny::packet::from_json(&message, &fields, version, header, Charset::Utf8)
                    .map_err(|error| error.to_string())?
            }
            (None, Some(hex)) => {
                let hex = self.fill(hex)?;
                skinny::json::unhex(&hex).ok_or_else(|| format!("\"{hex}\" are no hex digits"))?
            }
            (None, None) => Vec::new(),
        };
        if let (Some(length), Some(field)) = (&raw.length, bytes.first_chunk_mut::<4>()) {
            *field = (self.number(length)? as u32).to_le_bytes();
        }
        if let Some(cut) = &raw.cut {
            bytes.truncate(self.number(cut)?);
        }
        phone.look(|phone| phone.send_bytes(&bytes)).map_err(|refused| refused.to_string())?;
        Ok(())
    }

    fn network(&self, phone: &str, wanted: &[(String, String)]) -> Result<(), Why> {
        let phone = self.phone(phone)?;
        let mut faults = phone.faults();
        for (name, value) in wanted {
            let value = self.fill(value)?;
            let is_on = value == "true";
            match name.as_str() {
                "keepalives" => faults.drops_keepalives = !is_on,
                "frozen" => faults.is_frozen = is_on,
                "segment_bytes" => {
                    faults.segment_bytes = Some(self.number(&value)?).filter(|bytes| *bytes > 0)
                }
                "read_bytes_per_sec" => {
                    faults.read_bytes_per_sec =
                        u32::try_from(self.number(&value)?).ok().filter(|rate| *rate > 0);
                }
                "normal" if is_on => faults = Faults::default(),
                "reset" if is_on => phone.cut(Cut::Reset),
                "close" if is_on => phone.cut(Cut::Close),
                _ => {}
            }
        }
        phone.disturb(faults);
        Ok(())
    }

    fn barrier(&self, name: &str) -> Result<(), Why> {
        let Some(barriers) = self.barriers else { return Ok(()) };
        let time = self.seconds(None)?;
        barriers.wait(name, time).map_err(|stuck| match stuck {
            Stuck::OtherFailed => OTHER_FAILED.to_owned().into(),
            Stuck::Alone(there, all) => {
                format!("only {there} of {all} came within {:.1} s", time.as_secs_f64()).into()
            }
        })
    }

    fn repeat(
        &mut self,
        step: &Step,
        times: &str,
        counter: Option<&str>,
        steps: &[Step],
    ) -> Result<(), Failed> {
        let times = self.number(times).map_err(|why| failed(step, words(&step.deed), why.into()))?;
        for round in 1..=times.min(ROUNDS_MAX as usize) {
            if let Some(counter) = counter {
                self.variables.set(counter, round.to_string());
            }
            self.steps(steps)?;
        }
        Ok(())
    }

    fn each(&mut self, step: &Step, file: &str, steps: &[Step]) -> Result<(), Failed> {
        let rows = self.fill(file).and_then(|file| rows(&self.folder.join(file)));
        for row in rows.map_err(|why| failed(step, words(&step.deed), why.into()))? {
            row.into_iter().for_each(|(name, value)| self.variables.set(&name, value));
            self.steps(steps)?;
        }
        Ok(())
    }

    fn parallel(&mut self, branches: &[Vec<Step>]) -> Result<(), Failed> {
        let barriers = Barriers::of(branches);
        let go = |branch: &Vec<Step>| {
            let mut walker = Walker {
                stage: self.stage,
                variables: self.variables.clone(),
                within: self.within,
                folder: self.folder.clone(),
                barriers: Some(&barriers),
            };
            walker.steps(branch).inspect_err(|_| barriers.give_up())
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = branches.iter().map(|branch| scope.spawn(|| go(branch))).collect();
            // A panic goes on here.
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        // The first cause, not those who waited for it.
        let mut failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        failures.sort_by_key(|failed| failed.why == OTHER_FAILED);
        failures.into_iter().next().map_or(Ok(()), Err)
    }

    fn run(
        &mut self,
        step: &Step,
        scenario: &Scenario,
        with: &BTreeMap<String, String>,
    ) -> Result<(), Failed> {
        let mut inner = self.variables.clone();
        for (name, value) in &scenario.variables {
            if !inner.0.contains_key(name) {
                inner.set(name, value.clone());
            }
        }
        for (name, value) in with {
            let value = self.fill(value).map_err(|why| failed(step, words(&step.deed), why.into()))?;
            inner.set(name, value);
        }
        let mut walker = Walker {
            stage: self.stage,
            variables: inner,
            within: scenario.within,
            folder: scenario.folder.clone(),
            barriers: self.barriers,
        };
        walker.steps(&scenario.steps)
    }
}

const OTHER_FAILED: &str = "another branch failed";

fn failed(step: &Step, words: String, why: Why) -> Failed {
    let screen = why.phone.as_ref().map(Handle::screen).unwrap_or_default();
    let last = why.phone.as_ref().map(|phone| phone.last_messages(MESSAGES_SHOWN)).unwrap_or_default();
    let messages = last.iter().map(Entry::to_string).collect();
    Box::new(StepFailed { line: step.line, step: words, why: why.why, screen, messages })
}

/// The number behind the first message that fits.
fn find_message(state: &State, from: u64, wanted: &MessageWanted) -> Option<u64> {
    let way = if wanted.sent { Way::Sent } else { Way::Received };
    let id = skinny::catalogue::find_named(&wanted.name)?.id;
    let is_like = |entry: &Entry| {
        entry.way == way
            && entry.id() == id
            && wanted
                .fields
                .iter()
                .all(|(path, value)| entry.field(path).is_some_and(|found| is_field(&found, value)))
    };
    state.transcript.since(from).find(|(_, entry)| is_like(entry)).map(|(next, _)| next)
}

/// Texts are shown in quotes.
fn is_field(found: &str, wanted: &str) -> bool {
    found == wanted || found.trim_matches('"') == wanted
}

fn rows(path: &std::path::Path) -> Result<Vec<Vec<(String, String)>>, String> {
    let told = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(told)?;
    let names = reader.headers().map_err(told)?.clone();
    let row = |record: csv::StringRecord| {
        names.iter().zip(&record).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(|record| record.map(row).map_err(told)).collect()
}

/// What a step is, in words.
fn words(deed: &Deed) -> String {
    let list = |all: Vec<String>| all.join(", ");
    match deed {
        Deed::Act { phone, commands, .. } => format!("{phone}: {}", list(commands.clone())),
        Deed::Expect(expectation) => {
            let mut parts: Vec<_> = expectation
                .wanted
                .iter()
                .map(|(name, patterns)| format!("{name} {}", patterns.join(" and ")))
                .collect();
            parts.extend(expectation.message.as_ref().map(|message| {
                let fields = message.fields.iter().map(|(path, value)| format!(" {path}={value}"));
                format!("message {}{}", message.name, fields.collect::<String>())
            }));
            let verb = if expectation.never { "never shows" } else { "shows" };
            format!("{} {verb} {}", expectation.phone, list(parts))
        }
        Deed::Hear(hearing) => {
            let what = match (&hearing.from, &hearing.tone_hz, &hearing.digits) {
                (Some(from), ..) => from.clone(),
                (_, Some(hz), _) => format!("a tone of {hz} Hz"),
                (_, _, Some(digits)) => format!("digits {digits}"),
                _ if hearing.silence => "nothing".to_owned(),
                _ => "something".to_owned(),
            };
            format!("{} hears {what}", hearing.phone)
        }
        Deed::Booted(booting) => super::boot::words(booting),
        Deed::Take { phone, subject, variable } => format!("{variable} is the {subject} of {phone}"),
        Deed::Set(values) => list(values.iter().map(|(name, value)| format!("{name} is {value}")).collect()),
        Deed::Wait(time) => format!("{time} s pass"),
        Deed::Log(text) | Deed::Fail(text) => text.clone(),
        Deed::Send(raw) => {
            format!(
                "{} sends {}",
                raw.phone,
                raw.message.as_ref().or(raw.hex.as_ref()).cloned().unwrap_or_default()
            )
        }
        Deed::Network { phone, faults } => {
            format!(
                "network of {phone}: {}",
                list(faults.iter().map(|(name, value)| format!("{name} {value}")).collect())
            )
        }
        Deed::Repeat { times, .. } => format!("{times} times"),
        Deed::Each { file, .. } => format!("each row of {file}"),
        Deed::If { .. } => "if".to_owned(),
        Deed::When { text, is, .. } => format!("when {text} is {is}"),
        Deed::Choose(_) => "one of several".to_owned(),
        Deed::Parallel(_) => "at the same time".to_owned(),
        Deed::Barrier(name) => format!("barrier {name}"),
        Deed::Run { scenario, .. } => format!("run {}", scenario.name),
    }
}
