//! Files into scenarios: every mistake is told with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use skinny::json::nearest;

use super::model::{
    BRANCHES_MAX, Booting, DEPTH_MAX, Deed, Expectation, FieldsOf, Hearing, MessageWanted, RawMessage,
    Scenario, Seat, Step, WITHIN_SECS,
};
use super::node::{self, Data, Node};
use super::subject::{self, SUBJECTS};
use super::vocabulary::{self, ACT, FILE, SEAT, STEPS, Word};
use super::{Fault, Problem, ReadError};
use crate::console::Command;

impl Scenario {
    /// Reads a file, and those that it runs.
    pub fn load(path: &Path) -> Result<Scenario, ReadError> {
        load(path, 0)
    }

    /// Reads the text of a file that stands in a folder.
    pub fn parse(text: &str, folder: &Path) -> Result<Scenario, Fault> {
        parse(text, folder, 0)
    }
}

fn load(path: &Path, depth: usize) -> Result<Scenario, ReadError> {
    let file = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| ReadError::Open { file: file.clone(), source })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut scenario = parse(&text, folder, depth).map_err(|fault| ReadError::Fault { file, fault })?;
    if scenario.name.is_empty() {
        scenario.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    }
    Ok(scenario)
}

fn parse(text: &str, folder: &Path, depth: usize) -> Result<Scenario, Fault> {
    let mut scenario = Scenario { within: WITHIN_SECS, folder: folder.to_owned(), ..Scenario::default() };
    let entries = node::parse(text)?;
    for (key, node) in &entries {
        match key.as_str() {
            "name" => scenario.name = node.text()?,
            "description" => scenario.description = node.text()?,
            "within" => scenario.within = seconds(node)?,
            "variables" => scenario.variables = texts(node)?,
            "phones" => {
                for (name, seat) in node.table()? {
                    if vocabulary::find(name).is_some() {
                        return Err(seat.fault(Problem::PhoneName(name.clone())));
                    }
                    scenario.phones.insert(name.clone(), read_seat(seat)?);
                }
            }
            "steps" => {}
            other => return Err(unknown(node, other, FILE.iter().map(|(key, _)| *key))),
        }
    }
    let reader = Reader { folder, depth, phones: scenario.phones.keys().cloned().collect() };
    if let Some((_, node)) = entries.iter().find(|(key, _)| key == "steps") {
        scenario.steps = reader.steps(node)?;
    }
    Ok(scenario)
}

fn read_seat(node: &Node) -> Result<Seat, Fault> {
    let mut seat = Seat::default();
    for (key, value) in node.table()? {
        match key.as_str() {
            "device" => seat.device = value.text()?,
            "model" => seat.model = value.text()?,
            "servers" => {
                seat.servers = value.one_or_more().iter().map(Node::text).collect::<Result<_, _>>()?
            }
            "boot" => seat.boot = value.text()?,
            "bind" => seat.bind = value.text()?,
            "say" => seat.say = value.text()?,
            "off" => seat.off = value.truth()?,
            "strict" => seat.strict = value.truth()?,
            "token" => seat.token = value.truth()?,
            "standby" => seat.standby = value.truth()?,
            "reconnect_in_call" => seat.reconnect_in_call = value.truth()?,
            other => return Err(unknown(value, other, SEAT.iter().map(|(key, _)| *key))),
        }
    }
    if seat.device.is_empty() {
        return Err(node.fault(Problem::Missing { what: "device" }));
    }
    Ok(seat)
}

fn unknown(node: &Node, found: &str, known: impl Iterator<Item = &'static str>) -> Fault {
    let near = nearest(found, known).unwrap_or_default().to_owned();
    node.fault(Problem::Key { found: found.to_owned(), near })
}

fn texts(node: &Node) -> Result<BTreeMap<String, String>, Fault> {
    node.table()?.iter().map(|(key, value)| Ok((key.clone(), value.text()?))).collect()
}

fn seconds(node: &Node) -> Result<f64, Fault> {
    let secs = node.text()?.parse().ok().filter(|secs: &f64| secs.is_finite() && *secs >= 0.0);
    secs.ok_or_else(|| node.fault(Problem::Kind { wanted: "a number of seconds" }))
}

struct Reader<'a> {
    folder: &'a Path,
    depth: usize,
    /// The phones of the file.
    phones: BTreeSet<String>,
}

/// The keys of a step, found by name.
struct Keys<'n>(&'n [(String, Node)]);

impl<'n> Keys<'n> {
    fn node(&self, key: &str) -> Option<&'n Node> {
        self.0.iter().find(|(found, _)| found == key).map(|(_, node)| node)
    }

    fn text(&self, key: &str) -> Result<Option<String>, Fault> {
        self.node(key).map(Node::text).transpose()
    }

    fn truth(&self, key: &str) -> Result<bool, Fault> {
        self.node(key).map_or(Ok(false), Node::truth)
    }
}

impl Reader<'_> {
    fn steps(&self, node: &Node) -> Result<Vec<Step>, Fault> {
        node.list()?.iter().map(|node| Ok(Step { line: node.line, deed: self.deed(node)? })).collect()
    }

    fn steps_of(&self, keys: &Keys<'_>, key: &str) -> Result<Vec<Step>, Fault> {
        keys.node(key).map_or(Ok(Vec::new()), |node| self.steps(node))
    }

    fn branches(&self, node: &Node) -> Result<Vec<Vec<Step>>, Fault> {
        let branches = node.list()?;
        if branches.is_empty() || branches.len() > BRANCHES_MAX {
            return Err(node.fault(Problem::Kind { wanted: "a list of 1 to 64 lists of steps" }));
        }
        branches.iter().map(|branch| self.steps(branch)).collect()
    }

    fn deed(&self, node: &Node) -> Result<Deed, Fault> {
        let entries = node.table()?;
        let keys = Keys(entries);
        let Some(word) = entries.iter().find_map(|(key, _)| vocabulary::find(key)) else {
            return act(node, entries).map_err(|fault| self.of_no_phone(fault, entries));
        };
        for (key, value) in entries {
            let is_subject = word.subjects && subject::find(key).is_some()
                || word.key == "take" && subject::find(key).is_some();
            if key != word.key && !word.beside.contains(&key.as_str()) && !is_subject {
                return Err(unknown(value, key, beside(word)));
            }
        }
        let main = keys.node(word.key).unwrap_or(node);
        Ok(match word.key {
            "expect" | "never" => Deed::Expect(expectation(node, &keys, word)?),
            "hear" => Deed::Hear(hearing(&keys)?),
            "booted" => Deed::Booted(booting(&keys)?),
            "take" => take(node, &keys)?,
            "set" => Deed::Set(texts(main)?),
            "wait" => Deed::Wait(main.text()?),
            "log" => Deed::Log(main.text()?),
            "fail" => Deed::Fail(main.text()?),
            "send" => Deed::Send(raw(node, &keys)?),
            "network" => network(node, &keys)?,
            "repeat" => Deed::Repeat {
                times: main.text()?,
                counter: keys.text("as")?,
                steps: self.steps_of(&keys, "steps")?,
            },
            "each" => Deed::Each { file: main.text()?, steps: self.steps_of(&keys, "steps")? },
            "if" => Deed::If {
                expectation: expectation(node, &keys, word)?,
                then: self.steps_of(&keys, "steps")?,
                otherwise: self.steps_of(&keys, "else")?,
            },
            "when" => Deed::When {
                text: main.text()?,
                is: keys.text("is")?.ok_or_else(|| node.fault(Problem::Missing { what: "is" }))?,
                then: self.steps_of(&keys, "steps")?,
                otherwise: self.steps_of(&keys, "else")?,
            },
            "choose" => Deed::Choose(self.branches(main)?),
            "parallel" => Deed::Parallel(self.branches(main)?),
            "barrier" => Deed::Barrier(main.text()?),
            _ => self.run(main, &keys)?,
        })
    }

    /// What is no command may be meant for no phone.
    fn of_no_phone(&self, fault: Fault, entries: &[(String, Node)]) -> Fault {
        let Some((key, node)) = entries.first() else { return fault };
        if !matches!(fault.problem, Problem::Command(_))
            || self.phones.is_empty()
            || self.phones.contains(key)
        {
            return fault;
        }
        let near = nearest(key, STEPS.iter().map(|word| word.key)).unwrap_or_default().to_owned();
        node.fault(Problem::NoPhone { found: key.clone(), near })
    }

    fn run(&self, main: &Node, keys: &Keys<'_>) -> Result<Deed, Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(main.fault(Problem::TooDeep));
        }
        let scenario = load(&self.folder.join(main.text()?), self.depth + 1)
            .map_err(|error| main.fault(Problem::Other(Box::new(error))))?;
        let with = keys.node("with").map_or(Ok(BTreeMap::new()), texts)?;
        Ok(Deed::Run { scenario: Arc::new(scenario), with })
    }
}

fn beside(word: &'static Word) -> impl Iterator<Item = &'static str> {
    let subjects =
        SUBJECTS.iter().map(|subject| subject.name).filter(|_| word.subjects || word.key == "take");
    word.beside.iter().copied().chain(subjects)
}

/// A step whose key is the name of a phone.
fn act(node: &Node, entries: &[(String, Node)]) -> Result<Deed, Fault> {
    let keys = Keys(entries);
    let mut phones = entries.iter().filter(|(key, _)| !ACT.beside.contains(&key.as_str()));
    let Some((phone, main)) = phones.next() else { return Err(node.fault(Problem::Empty)) };
    if let Some((other, value)) = phones.next() {
        return Err(unknown(value, other, STEPS.iter().map(|word| word.key)));
    }
    if matches!(main.data, Data::Table(_) | Data::Truth(_)) {
        return Err(unknown(main, phone, STEPS.iter().map(|word| word.key)));
    }
    let commands: Vec<String> = main.one_or_more().iter().map(Node::text).collect::<Result<_, _>>()?;
    for command in commands.iter().filter(|command| !command.contains('$')) {
        if let Err(error) = Command::parse(command) {
            return Err(main.fault(Problem::Command(error)));
        }
    }
    Ok(Deed::Act {
        phone: phone.clone(),
        commands,
        refused: keys.text("refused")?,
        within: keys.text("within")?,
    })
}

fn phone_of(keys: &Keys<'_>, word: &str) -> Result<String, Fault> {
    Ok(keys.text(word)?.unwrap_or_default())
}

fn expectation(node: &Node, keys: &Keys<'_>, word: &Word) -> Result<Expectation, Fault> {
    let mut wanted = Vec::new();
    for (key, value) in keys.0 {
        if subject::find(key).is_some() {
            let texts = value.one_or_more().iter().map(Node::text).collect::<Result<_, _>>()?;
            wanted.push((key.clone(), texts));
        }
    }
    let message = match keys.text("message")? {
        Some(name) => {
            if !name.contains('$') && skinny::catalogue::find_named(&name).is_none() {
                let names = skinny::catalogue::CATALOGUE.iter().map(|entry| entry.name);
                return Err(unknown(node, &name, names));
            }
            let fields = keys.node("fields").map_or(Ok(BTreeMap::new()), texts)?;
            Some(MessageWanted { name, fields: fields.into_iter().collect(), sent: keys.truth("sent")? })
        }
        None => None,
    };
    if wanted.is_empty() && message.is_none() {
        return Err(node.fault(Problem::Missing { what: "what is to be seen" }));
    }
    let never = word.key == "never";
    Ok(Expectation { phone: phone_of(keys, word.key)?, wanted, message, within: keys.text("within")?, never })
}

fn hearing(keys: &Keys<'_>) -> Result<Hearing, Fault> {
    Ok(Hearing {
        phone: phone_of(keys, "hear")?,
        from: keys.text("from")?,
        correlation: keys.text("correlation")?,
        delay_max_ms: keys.text("delay_max_ms")?,
        level_db: keys.text("level_db")?,
        tone_hz: keys.text("tone_hz")?,
        digits: keys.text("digits")?,
        silence: keys.truth("silence")?,
        sound: keys.truth("sound")?,
        within: keys.text("within")?,
    })
}

fn booting(keys: &Keys<'_>) -> Result<Booting, Fault> {
    let asked = keys.node("asked").map_or(Ok(Vec::new()), |node| {
        node.one_or_more().iter().map(Node::text).collect::<Result<Vec<_>, _>>()
    })?;
    let phone = phone_of(keys, "booted")?;
    Ok(Booting { phone, asked, over: keys.text("over")?, server: keys.text("server")? })
}

fn take(node: &Node, keys: &Keys<'_>) -> Result<Deed, Fault> {
    let subject = keys.0.iter().find(|(key, _)| subject::find(key).is_some());
    let (subject, variable) = subject.ok_or_else(|| node.fault(Problem::Missing { what: "a subject" }))?;
    Ok(Deed::Take { phone: phone_of(keys, "take")?, subject: subject.clone(), variable: variable.text()? })
}

fn raw(node: &Node, keys: &Keys<'_>) -> Result<RawMessage, Fault> {
    let raw = RawMessage {
        phone: phone_of(keys, "send")?,
        message: keys.text("message")?,
        fields: keys.node("fields").cloned().map(FieldsOf),
        hex: keys.text("hex")?,
        cut: keys.text("cut")?,
        length: keys.text("length")?,
    };
    if raw.message.is_some() == raw.hex.is_some() {
        return Err(node.fault(Problem::Missing { what: "message or hex, one of them" }));
    }
    Ok(raw)
}

fn network(node: &Node, keys: &Keys<'_>) -> Result<Deed, Fault> {
    let faults = keys.0.iter().filter(|(key, _)| key != "network");
    let faults: Vec<_> =
        faults.map(|(key, value)| Ok((key.clone(), value.text()?))).collect::<Result<_, Fault>>()?;
    if faults.is_empty() {
        return Err(node.fault(Problem::Missing { what: "a disturbance" }));
    }
    Ok(Deed::Network { phone: phone_of(keys, "network")?, faults })
}
