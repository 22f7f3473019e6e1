//! `lineside ctl`: ask and steer a server that runs here.

mod show;

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Client, Place, segment};

pub use show::clock;

/// Ask and steer the server that runs here.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Answer in JSON, for other programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How the server is
    Status,
    /// Phones: number, where from, registered or why not
    Devices {
        /// Only those whose name, number or description contains this
        filter: Option<String>,
    },
    /// What phones fetched since they were switched on, where they are stuck, and what to do
    Boots {
        /// One phone, by name or address, with each file
        phone: Option<String>,
    },
    /// Calls that run
    Calls,
    /// Take a phone of the lobby in
    Adopt {
        /// The phone, such as SEP001122334455
        device: String,
        /// Its number [default: the one that it has]
        #[arg(long)]
        number: Option<String>,
        /// Who sits there
        #[arg(long)]
        name: Option<String>,
    },
    /// Put another phone in the place of one: number, buttons and name go over
    Replace {
        /// The phone that goes
        old: String,
        /// The phone that comes
        new: String,
    },
    /// Forget a phone that was adopted or came by itself
    Forget {
        /// The phone
        device: String,
    },
    /// Make a phone reboot, register anew or apply its configuration, as soon as it is idle
    Reset {
        /// The phone
        device: String,
        /// How
        #[arg(long, value_enum, default_value_t = How::Restart)]
        how: How,
    },
    /// Switch a night service: calls to its lines go elsewhere while it is on
    Night {
        /// Its name, as in lineside.toml
        name: String,
        /// On or off
        #[arg(value_enum)]
        switch: Switch,
    },
    /// Say how many messages wait for a line: its lamps and tones follow
    Messages {
        /// The line's number
        line: String,
        /// How many; 0 darkens the lamp
        waiting: u32,
    },
    /// Send the calls of a line to another number, or no longer
    Forward {
        /// The line's number
        line: String,
        /// Which calls
        #[arg(value_enum)]
        when: When,
        /// Where to [default: no longer]
        to: Option<String>,
    },
    /// Disturb the user of a phone no more, or again
    Dnd {
        /// The phone
        device: String,
        /// reject: calls find it busy; silent: calls only flash
        #[arg(value_enum)]
        how: Disturb,
    },
    /// Let a phone take part in its hunt groups, or not
    Hunt {
        /// The phone
        device: String,
        /// On or off
        #[arg(value_enum)]
        switch: Switch,
    },
    /// End a call
    Hangup {
        /// Its number, as `ctl calls` shows it
        call: u64,
    },
    /// Record a call, or no longer: its line must allow it
    Record {
        /// Its number, as `ctl calls` shows it
        call: u64,
        /// On or off
        #[arg(value_enum)]
        switch: Switch,
        /// For this phone [default: the first whose line may be recorded]
        #[arg(long)]
        device: Option<String>,
    },
    /// Recordings that are kept; or one of them, to a file
    Recordings {
        /// One of them
        file: Option<String>,
        /// Where to write it [default: its name, in this directory]
        #[arg(long, short, value_name = "FILE", requires = "file")]
        output: Option<std::path::PathBuf>,
        /// Remove it instead
        #[arg(long, requires = "file", conflicts_with = "output")]
        remove: bool,
    },
    /// Live music: where it comes from, whether it is heard, what went wrong
    Music,
    /// Read the configuration again; calls go on
    Reload,
    /// Stop the server: no new calls, those that run may end, idle phones go to their next server at once
    Stop {
        /// End calls too
        #[arg(long)]
        now: bool,
    },
    /// Everything that changes, as it happens
    Events {
        /// First those after this number, as far as they are kept
        #[arg(long, value_name = "NUMBER")]
        after: Option<u64>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    Reset,
    Restart,
    ApplyConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    All,
    Busy,
    NoAnswer,
    Unregistered,
}

impl When {
    fn word(self) -> &'static str {
        match self {
            When::All => "always",
            When::Busy => "busy",
            When::NoAnswer => "no_answer",
            When::Unregistered => "unregistered",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Disturb {
    Off,
    Reject,
    Silent,
}

impl Disturb {
    fn word(self) -> &'static str {
        match self {
            Disturb::Off => "off",
            Disturb::Reject => "reject",
            Disturb::Silent => "silent",
        }
    }
}

impl How {
    fn word(self) -> &'static str {
        match self {
            How::Reset => "reset",
            How::Restart => "restart",
            How::ApplyConfig => "apply-config",
        }
    }
}

/// Does what is asked for.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { place, json, what } = arguments;
    let client = Client::new(&place)?;
    if let What::Events { after } = what {
        events(&client, after, json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let What::Recordings { file: Some(file), output, remove: false } = &what {
        let to = output.clone().unwrap_or_else(|| server::media::recorder::shelf::plain(file).into());
        let bytes = client.download(&format!("/recordings/{}", segment(file)), &to)?;
        writeln!(stdout(), "{}: {bytes} bytes", to.display())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (answer, show) = ask(&client, &what)?;
    let mut out = stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &answer)?;
        writeln!(out)?;
    } else {
        out.write_all(show(&answer, &what).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

type Show = fn(&Value, &What) -> String;

fn ask(client: &Client, what: &What) -> Result<(Value, Show)> {
    let get = |path: &str| client.ask(Method::GET, path, None);
    let post = |path: &str, body: Value| client.ask(Method::POST, path, Some(&body));
    let device = |name: &str| format!("/devices/{}", segment(name));
    let said: Show = |answer, _| show::said(answer);
    Ok(match what {
        What::Status => (get("/status")?, |answer, _| show::status(answer)),
        What::Devices { .. } => (get("/devices")?, |answer, what| match what {
            What::Devices { filter } => show::devices(answer, filter.as_deref()),
            _ => show::devices(answer, None),
        }),
        What::Boots { phone: None } => (get("/boots")?, |answer, _| show::boots(answer)),
        What::Boots { phone: Some(name) } => {
            (get(&format!("/boots/{}", segment(name)))?, |answer, _| show::boot(answer))
        }
        What::Calls => (get("/calls")?, |answer, _| show::calls(answer)),
        What::Adopt { device: name, number, name: person } => {
            (post(&format!("{}/adopt", device(name)), json!({ "number": number, "name": person }))?, said)
        }
        What::Replace { old, new } => {
            (post(&format!("{}/replace", device(old)), json!({ "with": new }))?, said)
        }
        What::Forget { device: name } => (client.ask(Method::DELETE, &device(name), None)?, said),
        What::Reset { device: name, how } => {
            (post(&format!("{}/reset", device(name)), json!({ "how": how.word() }))?, said)
        }
        What::Night { name, switch } => {
            (post(&format!("/night/{}", segment(name)), json!({ "on": *switch == Switch::On }))?, said)
        }
        What::Messages { line, waiting } => {
            (post(&format!("/lines/{}/messages", segment(line)), json!({ "waiting": waiting }))?, said)
        }
        What::Forward { line, when, to } => {
            let body = json!({ "when": when.word(), "to": to });
            (post(&format!("/lines/{}/forward", segment(line)), body)?, said)
        }
        What::Dnd { device: name, how } => {
            (post(&format!("{}/do-not-disturb", device(name)), json!({ "how": how.word() }))?, said)
        }
        What::Hunt { device: name, switch } => {
            (post(&format!("{}/hunt", device(name)), json!({ "on": *switch == Switch::On }))?, said)
        }
        What::Hangup { call } => (client.ask(Method::DELETE, &format!("/calls/{call}"), None)?, said),
        What::Record { call, switch, device } => {
            let body = json!({ "on": *switch == Switch::On, "device": device });
            (post(&format!("/calls/{call}/recording"), body)?, said)
        }
        What::Recordings { file: Some(file), .. } => {
            (client.ask(Method::DELETE, &format!("/recordings/{}", segment(file)), None)?, said)
        }
        What::Recordings { file: None, .. } => (get("/recordings")?, |answer, _| show::recordings(answer)),
        What::Music => (get("/music")?, |answer, _| show::music(answer)),
        What::Reload => (post("/reload", json!({}))?, |answer, _| super::check::words(answer, true)),
        What::Stop { now } => (post("/stop", json!({ "now": now }))?, said),
        What::Events { .. } => unreachable!("events are followed, not asked for"),
    })
}

fn events(client: &Client, after: Option<u64>, json: bool) -> Result<()> {
    let mut out = stdout().lock();
    client.events(after, |kind, data| {
        if json {
            writeln!(out, "{data}")?;
        } else {
            writeln!(out, "{}", show::event(kind, data))?;
        }
        Ok(out.flush()?)
    })
}
