//! The questions, and the call that they are about.

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use phone::audio::{RATE_HZ, Say};
use phone::{Act, profile};
use softphone::{Driver, Handle, Setup};

use super::{CALLER, CALLER_DEVICE, NUMBER, say};

/// What is played back at the end.
const ECHO_SECONDS: usize = 5;
/// Loudness below which nobody has spoken, of 32768.
const QUIET: i32 = 300;

/// What a person, or we, found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Yes,
    /// Not so.
    No,
    /// Things ended before.
    NotAsked,
}

const QUESTIONS: [&str; 8] = [
    "the number stands beside a line key or on the screen",
    "it rings",
    "the lamp of the line or of the handset shows the call",
    "the screen shows who calls",
    "a voice is heard",
    "we hear the phone",
    "what was said comes back",
    "after the call the lamp is dark and the screen idle",
];

/// The verdicts so far.
#[derive(Debug)]
pub struct Answers([Verdict; QUESTIONS.len()]);

impl Default for Answers {
    fn default() -> Answers {
        Answers([Verdict::NotAsked; QUESTIONS.len()])
    }
}

impl Answers {
    /// Each with its verdict.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, Verdict)> {
        QUESTIONS.into_iter().zip(self.0)
    }

    /// Whether all is as it should be.
    pub fn are_good(&self) -> bool {
        self.0.iter().all(|verdict| *verdict == Verdict::Yes)
    }

    fn ask(&mut self, place: usize, question: &str) -> Result<()> {
        self.0[place] = if yes(question)? { Verdict::Yes } else { Verdict::No };
        Ok(())
    }
}

/// Calls the phone from `server` and asks.
pub fn lead(answers: &mut Answers, server: SocketAddr, wait: Duration) -> Result<()> {
    answers.ask(0, &format!("Does the phone show the number {NUMBER}?"))?;
    let driver = Driver::start()?;
    let mut setup = Setup::new(phone::Config::new(CALLER_DEVICE, &profile::CISCO_7961), vec![server]);
    // The phone must reach the caller's voice where it reached the server.
    setup.bind = Some(server.ip());
    let caller = driver.add(setup)?;
    wait_for(&caller, "registration", wait, |phone| phone.is_registered())?;
    caller.act(Act::Dial(NUMBER))?;
    answers.ask(1, "The phone is being called. Does it ring?")?;
    answers.ask(2, "Does a lamp show the call (line key, handset)?")?;
    answers.ask(3, &format!("Does the screen show {} or \"{}\"?", CALLER.0, CALLER.1))?;
    say("Now answer the call.")?;
    wait_for(&caller, "an answer", wait, |phone| phone.calls().iter().any(|call| call.is_connected()))?;
    answers.ask(4, "Do you hear a voice?")?;
    caller.say(Say::Silence);
    say(&format!("Now speak, for {ECHO_SECONDS} seconds."))?;
    let heard = listen(&caller, wait)?;
    let loudest = heard.iter().map(|sample| i32::from(*sample).abs()).max().unwrap_or(0);
    answers.0[5] = if loudest > QUIET { Verdict::Yes } else { Verdict::No };
    say(&format!("We heard you at {} % of full loudness; here it comes back.", loudest * 100 / 32_768))?;
    caller.say(Say::Samples { samples: heard.into(), repeat: true });
    answers.ask(6, "Do you hear what you said?")?;
    say("Now hang up.")?;
    wait_for(&caller, "the end of the call", wait, |phone| {
        phone.calls().iter().all(|call| !call.is_connected())
    })?;
    answers.ask(7, "Are the lamps dark and the screen idle?")
}

/// The last seconds of what comes in from now on.
fn listen(caller: &Handle, wait: Duration) -> Result<Vec<i16>> {
    let enough = ECHO_SECONDS * RATE_HZ as usize;
    caller.audio(|audio| drop(audio.take_heard()));
    caller
        .wait_for_sound("sound of the phone", wait, |audio| audio.heard().len() >= enough)
        .map_err(|no| anyhow!("{no}"))?;
    Ok(caller.heard())
}

fn wait_for(
    caller: &Handle,
    what: &str,
    wait: Duration,
    is_true: impl FnMut(&phone::Phone) -> bool,
) -> Result<()> {
    caller.wait_for(what, wait, is_true).map_err(|no| anyhow!("{no}"))
}

fn yes(question: &str) -> Result<bool> {
    let mut line = String::new();
    loop {
        print(&format!("{question} [y/n] "))?;
        line.clear();
        if std::io::stdin().lock().read_line(&mut line).context("standard input")? == 0 {
            bail!("standard input has ended before the check");
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => say("Please answer y or n.")?,
        }
    }
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    write!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
