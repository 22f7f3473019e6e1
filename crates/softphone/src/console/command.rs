//! The words of the console.

use std::time::Duration;

use phone::audio::Say;
use phone::{Act, Paging, Phone};
use skinny::codes::DeviceStimulus;
use skinny::types::CallReference;

/// What the console understands.
pub const HELP: &str = "\
calls      dial NUMBER · answer · hangup · hold · resume · redial · speeddial N · enbloc NUMBER
keys       keys 123# · press SOFTKEY · line N · button NAME [N] · select CALL
hook       offhook · onhook · speaker · headset
pages      choose ITEM · stream hear ADDRESS:PORT · stream speak ADDRESS:PORT · stream off
look       status · stats · history · messages [N]
sound      play FILE.wav · record FILE.wav · record off · say speech [N] · say nothing
scripts    wait SECONDS · wait registered|ringing|connected|idle|\"PROMPT\" [SECONDS]
other      unregister · power on · power off · help · quit";

/// Longest wait, in seconds.
const WAIT_SECS_MAX: f64 = 86_400.0;
/// How long a script waits for something to be seen unless it says how long.
const WAIT: Duration = Duration::from_secs(30);

/// What a script can wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The phone is in service.
    Registered,
    /// It rings.
    Ringing,
    /// A call is connected.
    Connected,
    /// No call is left.
    Idle,
    /// The prompt line holds this.
    Prompt(String),
}

impl Goal {
    /// Whether it is reached.
    pub fn is_reached(&self, phone: &Phone) -> bool {
        match self {
            Goal::Registered => phone.is_registered(),
            Goal::Ringing => phone.ringing(),
            Goal::Connected => phone.calls().iter().any(|call| call.is_connected()),
            Goal::Idle => phone.calls().is_empty() && phone.streams().is_empty(),
            Goal::Prompt(text) => phone.prompt().contains(text.as_str()),
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        match self {
            Goal::Registered => "registration".to_owned(),
            Goal::Ringing => "ringing".to_owned(),
            Goal::Connected => "connected call".to_owned(),
            Goal::Idle => "end of all calls".to_owned(),
            Goal::Prompt(text) => format!("prompt \"{text}\""),
        }
    }
}

/// A command.
#[derive(Debug, Clone)]
pub enum Command {
    /// Call a number.
    Dial(String),
    /// Send a number at once.
    Enbloc(String),
    /// Answer the ringing call.
    Answer,
    /// End the call.
    Hangup,
    /// Put it on hold.
    Hold,
    /// Take it back.
    Resume,
    /// Dial the last number again.
    Redial,
    /// Press keys of the dial pad.
    Keys(String),
    /// Press a softkey by its name.
    Press(String),
    /// Press a line button.
    Line(u32),
    /// Press a speed dial button.
    SpeedDial(u32),
    /// Press another button.
    Button(DeviceStimulus, u32),
    /// Move the cursor to a call.
    Select(CallReference),
    /// Lift the handset.
    OffHook,
    /// Put the handset down.
    OnHook,
    /// Press the speaker button.
    Speaker,
    /// Press the headset button.
    Headset,
    /// Show the screen.
    Status,
    /// Show the counters.
    Statistics,
    /// Show the call history.
    History,
    /// Show the last messages.
    Messages(Option<usize>),
    /// Say what a WAV file holds.
    Play(String),
    /// Write what is heard to a WAV file.
    Record(String),
    /// End the recording.
    StopRecording,
    /// Say something else.
    Say(Say),
    /// Wait.
    Wait(Duration),
    /// Wait until something is seen, for so long at most.
    WaitFor(Goal, Duration),
    /// Choose an item of the page that the server pushed.
    Choose(String),
    /// Hear or speak without a call.
    Stream(Paging),
    /// End both.
    StreamOff,
    /// Leave the server.
    Unregister,
    /// Plug in.
    PowerOn,
    /// Pull the plug.
    PowerOff,
    /// Show the commands.
    Help,
    /// Go.
    Quit,
}

/// Why a line is no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No such word.
    #[error("\"{0}\" is no command; `help` lists them")]
    Unknown(String),
    /// Something must follow.
    #[error("{0} what? For example: {1}")]
    Missing(&'static str, &'static str),
    /// What follows can't be that.
    #[error("\"{found}\" is no {wanted}")]
    Wrong {
        /// What stood there.
        found: String,
        /// What belongs there.
        wanted: &'static str,
    },
}

impl Command {
    /// Reads a line; nothing for an empty one or a comment (`#` at its start).
    pub fn parse(line: &str) -> Result<Option<Command>, ParseError> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let word = word.to_lowercase();
        let rest = rest.trim();
        if let Some(command) = single(&word) {
            return Ok(Some(command));
        }
        with_argument(&word, rest).map(Some)
    }

    /// The act of a user that it is, where it is one.
    pub fn act(&self) -> Option<Act<'_>> {
        Some(match self {
            Command::Dial(number) => Act::Dial(number),
            Command::Enbloc(number) => Act::Enbloc(number),
            Command::Answer => Act::Answer,
            Command::Hangup => Act::Hangup,
            Command::Hold => Act::Hold,
            Command::Resume => Act::Resume,
            Command::Redial => Act::Redial,
            Command::Press(name) => Act::SoftKey(name),
            Command::Line(number) => Act::LineKey(*number),
            Command::SpeedDial(number) => Act::SpeedDial(*number),
            Command::Button(stimulus, instance) => Act::Button(*stimulus, *instance),
            Command::Select(reference) => Act::Select(*reference),
            Command::OffHook => Act::OffHook,
            Command::OnHook => Act::OnHook,
            Command::Speaker => Act::Speaker,
            Command::Headset => Act::Headset,
            Command::Stream(paging) => Act::Page(*paging),
            Command::Unregister => Act::Unregister,
            _ => return None,
        })
    }
}

fn single(word: &str) -> Option<Command> {
    Some(match word {
        "answer" => Command::Answer,
        "hangup" | "end" => Command::Hangup,
        "hold" => Command::Hold,
        "resume" => Command::Resume,
        "redial" => Command::Redial,
        "offhook" => Command::OffHook,
        "onhook" => Command::OnHook,
        "speaker" => Command::Speaker,
        "headset" => Command::Headset,
        "status" | "screen" => Command::Status,
        "stats" | "statistics" => Command::Statistics,
        "history" => Command::History,
        "unregister" => Command::Unregister,
        "help" | "?" => Command::Help,
        "quit" | "exit" => Command::Quit,
        _ => return None,
    })
}

fn with_argument(word: &str, rest: &str) -> Result<Command, ParseError> {
    let text = |what: &'static str, example: &'static str| {
        if rest.is_empty() { Err(ParseError::Missing(what, example)) } else { Ok(rest.to_owned()) }
    };
    Ok(match word {
        "dial" | "call" => Command::Dial(text("dial", "dial 1002")?),
        "enbloc" => Command::Enbloc(text("enbloc", "enbloc 1002")?),
        "keys" | "key" => Command::Keys(text("keys", "keys 123#")?),
        "press" | "softkey" => Command::Press(text("press", "press NewCall")?),
        "line" => Command::Line(number(&text("line", "line 1")?, "line number")?),
        "speeddial" => Command::SpeedDial(number(&text("speeddial", "speeddial 1")?, "speed dial number")?),
        "select" => Command::Select(CallReference(number(&text("select", "select 0x100001a")?, "call")?)),
        "button" => button(&text("button", "button Transfer")?)?,
        "messages" | "ladder" if rest.is_empty() => Command::Messages(None),
        "messages" | "ladder" => Command::Messages(Some(number(rest, "number of messages")? as usize)),
        "play" => Command::Play(text("play", "play hello.wav")?),
        "record" if rest == "off" => Command::StopRecording,
        "record" => Command::Record(text("record", "record heard.wav")?),
        "say" => say(&text("say", "say speech")?)?,
        "wait" => wait(&text("wait", "wait 2.5")?)?,
        "choose" => Command::Choose(text("choose", "choose Update")?),
        "stream" => stream(&text("stream", "stream hear 239.1.1.1:20480")?)?,
        "power" => match rest {
            "on" => Command::PowerOn,
            "off" => Command::PowerOff,
            _ => return Err(ParseError::Missing("power", "power off")),
        },
        other => return Err(ParseError::Unknown(other.to_owned())),
    })
}

fn number(text: &str, wanted: &'static str) -> Result<u32, ParseError> {
    let read = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    read.ok_or_else(|| ParseError::Wrong { found: text.to_owned(), wanted })
}

fn button(rest: &str) -> Result<Command, ParseError> {
    let (name, instance) = match rest.rsplit_once(' ') {
        Some((name, digits)) if digits.parse::<u32>().is_ok() => {
            (name.trim(), number(digits, "button number")?)
        }
        _ => (rest, 1),
    };
    let code = DeviceStimulus::CODES.by_name(name).or_else(|| number(name, "button").ok());
    let code = code.ok_or_else(|| ParseError::Wrong { found: name.to_owned(), wanted: "button" })?;
    Ok(Command::Button(DeviceStimulus(code), instance))
}

fn say(rest: &str) -> Result<Command, ParseError> {
    let say = match rest.split_once(' ').unwrap_or((rest, "")) {
        ("nothing" | "silence", _) => Say::Silence,
        ("speech", "") => Say::Speech(1),
        ("speech", digits) => Say::Speech(u64::from(number(digits.trim(), "talker's number")?)),
        _ => return Err(ParseError::Wrong { found: rest.to_owned(), wanted: "sound: speech, nothing" }),
    };
    Ok(Command::Say(say))
}

fn stream(rest: &str) -> Result<Command, ParseError> {
    let wrong = |found: &str, wanted| ParseError::Wrong { found: found.to_owned(), wanted };
    let (word, address) = rest.split_once(' ').unwrap_or((rest, ""));
    let address = || address.trim().parse().map_err(|_| wrong(address, "address and port"));
    Ok(match word {
        "hear" => Command::Stream(Paging::Hear(address()?)),
        "speak" => Command::Stream(Paging::Speak(address()?)),
        "off" => Command::StreamOff,
        other => return Err(wrong(other, "stream: hear, speak, off")),
    })
}

fn wait(rest: &str) -> Result<Command, ParseError> {
    if let Some((text, time)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return Ok(Command::WaitFor(Goal::Prompt(text.to_owned()), wait_time(time)?));
    }
    let (word, time) = rest.split_once(' ').unwrap_or((rest, ""));
    let goal = match word {
        "registered" => Goal::Registered,
        "ringing" => Goal::Ringing,
        "connected" => Goal::Connected,
        "idle" => Goal::Idle,
        _ => return Ok(Command::Wait(seconds(rest)?)),
    };
    Ok(Command::WaitFor(goal, wait_time(time)?))
}

fn wait_time(text: &str) -> Result<Duration, ParseError> {
    if text.trim().is_empty() { Ok(WAIT) } else { seconds(text.trim()) }
}

fn seconds(text: &str) -> Result<Duration, ParseError> {
    let secs = text.parse::<f64>().ok().filter(|secs| (0.0..=WAIT_SECS_MAX).contains(secs));
    let secs =
        secs.ok_or_else(|| ParseError::Wrong { found: text.to_owned(), wanted: "number of seconds" })?;
    Ok(Duration::from_secs_f64(secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match Command::parse(line) {
            Ok(Some(command)) => format!("{command:?}"),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lines_are_read_as_a_person_writes_them() {
        for (line, expect) in [
            ("dial 1002", "Dial(\"1002\")"),
            ("  DIAL   1002  ", "Dial(\"1002\")"),
            ("press New Call", "Press(\"New Call\")"),
            ("keys 123#", "Keys(\"123#\")"),
            ("line 2", "Line(2)"),
            ("button transfer", "Button(Transfer, 1)"),
            ("button voice mail 2", "Button(VoiceMail, 2)"),
            ("button 0x13 2", "Button(Privacy, 2)"),
            ("select 0x10", "Select(CallReference(16))"),
            ("record off", "StopRecording"),
            ("wait 0.5", "Wait(500ms)"),
            ("wait ringing", "WaitFor(Ringing, 30s)"),
            ("wait \"From 1001\" 5", "WaitFor(Prompt(\"From 1001\"), 5s)"),
            ("messages", "Messages(None)"),
            ("choose Alice (1001)", "Choose(\"Alice (1001)\")"),
            ("stream hear 239.1.1.1:20480", "Stream(Hear(239.1.1.1:20480))"),
            ("stream off", "StreamOff"),
            ("stream speak", "\"\" is no address and port"),
            ("say speech 7", "Say(Speech(7))"),
            ("", "nothing"),
            ("# a comment", "nothing"),
            ("dial", "dial what? For example: dial 1002"),
            ("line one", "\"one\" is no line number"),
            ("button magic", "\"magic\" is no button"),
            ("wait -1", "\"-1\" is no number of seconds"),
            ("wait ringing soon", "\"soon\" is no number of seconds"),
            ("frobnicate", "\"frobnicate\" is no command; `help` lists them"),
        ] {
            assert_eq!(shown(line), expect, "{line}");
        }
    }
}
