//! The phone in words: its screen, a line for each change, an object for each change.
//!
//! Text of the network comes from the phone already without control characters or invisible ones.

use std::time::Duration;

use phone::{Call, Change, Line, List, Path, Phone, Registration};
use serde_json::{Value, json};
use skinny::codes::{DCallState, DeviceStimulus, LampMode};

/// The screen, some lines.
pub fn draw(phone: &Phone) -> String {
    let mut lines = vec![format!("{} ({}): {}", phone.name(), phone.profile().model, registration(phone))];
    if let Some(clock) = phone.clock() {
        let (date, time) = ((clock.year, clock.month, clock.day), (clock.hour, clock.minute));
        lines.push(format!("{:04}-{:02}-{:02} {:02}:{:02}", date.0, date.1, date.2, time.0, time.1));
    }
    for (index, line) in phone.lines().iter().enumerate() {
        let number = index as u32 + 1;
        let lamp = phone.lamp(DeviceStimulus::LINE, number);
        let lamp = if lamp == LampMode::OFF { String::new() } else { format!("  lamp {}", word(lamp)) };
        let forward = if line.forward_all.is_empty() {
            String::new()
        } else {
            format!("  all calls to {}", line.forward_all)
        };
        lines.push(format!("line {number}  {}  {}{lamp}{forward}", line.number, line.label));
    }
    for call in phone.calls() {
        let cursor =
            if phone.selected_call().is_some_and(|one| one.reference == call.reference) { ">" } else { " " };
        lines.push(format!("{cursor} {}", call_line(call)));
    }
    if let Some(notice) = phone.notice() {
        lines.push(format!("notice    {notice}"));
    }
    if !phone.display().is_empty() {
        lines.push(format!("display   {}", phone.display()));
    }
    lines.push(format!("prompt    {}", phone.prompt()));
    lines.push(format!("softkeys  {}", softkeys(phone)));
    lines.push(sounds(phone));
    lines.join("\n")
}

fn sounds(phone: &Phone) -> String {
    let ringer = if phone.ringing() { word(phone.ringer()) } else { "silent".to_owned() };
    let tone = phone.tone().map_or_else(|| "none".to_owned(), word);
    format!("ringer    {ringer}   tone {tone}   sound {}", path(phone))
}

fn path(phone: &Phone) -> &'static str {
    match phone.path() {
        None => "on hook",
        Some(Path::Handset) => "handset",
        Some(Path::Speaker) => "speaker",
        Some(Path::Headset) => "headset",
    }
}

fn softkeys(phone: &Phone) -> String {
    let keys: Vec<_> = phone.softkeys().iter().map(|key| key.name.to_owned()).collect();
    if keys.is_empty() { "none".to_owned() } else { keys.join("  ") }
}

/// A code's name in lower-case words: `InsideDialTone` becomes `inside dial tone`.
pub(crate) fn word(code: impl std::fmt::Display) -> String {
    let mut words = String::new();
    for letter in code.to_string().chars() {
        let starts = letter.is_uppercase() && words.ends_with(|before: char| before.is_lowercase());
        if starts {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The state of the registration in words.
pub fn registration(phone: &Phone) -> String {
    match phone.registration() {
        Registration::Off => "off".to_owned(),
        Registration::Waiting => "waits before it tries again".to_owned(),
        Registration::Connecting => "connecting".to_owned(),
        Registration::Token => "waits for the server's leave to come back".to_owned(),
        Registration::Registering => "registering".to_owned(),
        Registration::Configuring => "accepted, asks for its configuration".to_owned(),
        Registration::Registered => format!("registered, protocol {}", phone.version()),
        Registration::Rejected(text) if text.is_empty() => "rejected".to_owned(),
        Registration::Rejected(text) => format!("rejected: {text}"),
        Registration::Leaving => "leaving".to_owned(),
        Registration::Preserving => "server lost, the call goes on".to_owned(),
    }
}

fn party(party: &phone::Party) -> String {
    match (party.name.is_empty(), party.number.is_empty()) {
        (true, true) => "unknown".to_owned(),
        (true, false) => party.number.to_string(),
        (false, true) => party.name.to_string(),
        (false, false) => format!("{} ({})", party.name, party.number),
    }
}

/// A call in a line.
pub fn call_line(call: &Call) -> String {
    let with = call.other();
    let with = match (with.number.is_empty() && with.name.is_empty(), call.dialed.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!(" {}", call.dialed),
        _ => format!(" {}", party(with)),
    };
    let direction = match call.kind.0 {
        1 | 3 => " from",
        2 => " to",
        _ => "",
    };
    format!("call {:#x} line {} {}{direction}{with}", call.reference.0, call.line.0, word(call.state))
}

/// A change in a line for people; nothing for those that say nothing by themselves.
pub fn change_line(phone: &Phone, change: Change) -> Option<String> {
    Some(match change {
        Change::Registration => registration(phone),
        Change::Line(number) => {
            let line = line_of(phone, number)?;
            format!("line {number} is {} {}", line.number, line.label)
        }
        Change::Forward(number) => {
            let line = line_of(phone, number)?;
            if line.forward_all.is_empty() {
                return None;
            }
            format!("line {number} forwards all calls to {}", line.forward_all)
        }
        Change::SoftKeys if phone.is_registered() => format!("softkeys  {}", softkeys(phone)),
        Change::Prompt if !phone.prompt().is_empty() => format!("prompt    {}", phone.prompt()),
        Change::Notice => format!("notice    {}", phone.notice().unwrap_or("-")),
        Change::Display => format!("display   {}", phone.display()),
        Change::Lamp(stimulus, instance) => {
            format!("lamp      {} {instance} {}", word(stimulus), word(phone.lamp(stimulus, instance)))
        }
        Change::Ringer if phone.ringing() => format!("rings     {}", word(phone.ringer())),
        Change::Ringer => "rings     no longer".to_owned(),
        Change::Tone => format!("tone      {}", phone.tone().map_or_else(|| "none".to_owned(), word)),
        Change::Path => format!("sound     {}", path(phone)),
        Change::Microphone if phone.microphone() => "microphone on".to_owned(),
        Change::Microphone => "microphone off".to_owned(),
        Change::Call(reference, DCallState::ON_HOOK) => format!("call {:#x} is over", reference.0),
        Change::Call(reference, _) | Change::CallInfo(reference) => call_line(phone.call(reference)?),
        Change::Streams => streams_line(phone),
        Change::History => history_line(phone)?,
        Change::Offence => format!("offence   {:?}", phone.offences().last()?),
        Change::UserData(application) => format!("data for application {application}"),
        Change::KeepAlive
        | Change::Buttons
        | Change::SoftKeys
        | Change::Prompt
        | Change::Selected
        | Change::Clock => return None,
        Change::Standby => standby_line(phone),
    })
}

fn standby_line(phone: &Phone) -> String {
    match phone.standby_server() {
        Some(server) => format!("standby   server {}", server + 1),
        None => "standby   none".to_owned(),
    }
}

fn streams_line(phone: &Phone) -> String {
    let streams: Vec<_> = phone
        .streams()
        .iter()
        .map(|stream| {
            let local = stream.receive.and_then(|receive| receive.local);
            let hears = local.map_or_else(String::new, |local| format!(" on {local}"));
            let speaks = stream.send.map_or_else(String::new, |send| {
                format!(" to {} {} {} ms", send.remote, send.codec, send.packet_ms)
            });
            format!("{}{hears}{speaks}", stream.id.0)
        })
        .collect();
    if streams.is_empty() { "media     none".to_owned() } else { format!("media     {}", streams.join("; ")) }
}

fn history_line(phone: &Phone) -> Option<String> {
    let lists = [(List::Placed, "placed"), (List::Received, "received"), (List::Missed, "missed")];
    let newest = lists.into_iter().filter_map(|(list, name)| Some((phone.history(list).next()?, name)));
    let (entry, name) = newest.max_by_key(|(entry, _)| entry.unix_secs)?;
    Some(format!("history   {name} {} {} s", party(&entry.party), entry.talk_secs))
}

/// A change as an object of the event stream.
pub fn change_json(at: Duration, phone: &Phone, change: Change) -> Value {
    let (kind, value) = match change {
        Change::Registration => ("registration", json!(registration(phone))),
        Change::KeepAlive => ("keepalive", json!(phone.keepalive_interval().as_secs())),
        Change::Line(number) => ("line", line_json(phone, number)),
        Change::Forward(number) => ("forward", line_json(phone, number)),
        Change::Buttons => ("buttons", json!(phone.buttons().len())),
        Change::SoftKeys => ("softkeys", json!(keys_json(phone))),
        Change::Prompt => ("prompt", json!(phone.prompt())),
        Change::Notice => ("notice", json!(phone.notice())),
        Change::Display => ("display", json!(phone.display())),
        Change::Lamp(stimulus, instance) => (
            "lamp",
            json!({
                "button": stimulus.to_string(),
                "instance": instance,
                "mode": phone.lamp(stimulus, instance).to_string(),
            }),
        ),
        Change::Ringer => ("ringer", json!(phone.ringer().to_string())),
        Change::Tone => ("tone", json!(phone.tone().map(|tone| tone.to_string()))),
        Change::Path => ("sound", json!(path(phone))),
        Change::Microphone => ("microphone", json!(phone.microphone())),
        Change::Call(reference, state) => ("call", call_json(phone, reference.0, state)),
        Change::CallInfo(reference) => {
            let state = phone.call(reference).map_or(DCallState::IDLE, |call| call.state);
            ("call_info", call_json(phone, reference.0, state))
        }
        Change::Selected => ("selected", json!(phone.selected_call().map(|call| call.reference.0))),
        Change::Streams => ("media", json!(streams_line(phone).trim_start_matches("media").trim_start())),
        Change::Standby => ("standby", json!(phone.standby_server().map(|server| server + 1))),
        Change::Clock => ("clock", json!(phone.clock().map(|clock| clock.unix_secs))),
        Change::History => ("history", json!(history_line(phone))),
        Change::Offence => ("offence", json!(phone.offences().last().map(|offence| format!("{offence:?}")))),
        Change::UserData(application) => ("user_data", json!(application)),
    };
    json!({ "at": at.as_secs_f64(), "phone": phone.name(), "event": kind, "value": value })
}

fn line_of(phone: &Phone, number: u32) -> Option<&Line> {
    phone.lines().get(usize::try_from(number).ok()?.checked_sub(1)?)
}

fn line_json(phone: &Phone, number: u32) -> Value {
    let line = line_of(phone, number);
    json!({
        "line": number,
        "number": line.map(|line| &*line.number),
        "label": line.map(|line| &*line.label),
        "forward_all": line.map(|line| &*line.forward_all).filter(|to| !to.is_empty()),
    })
}

fn keys_json(phone: &Phone) -> Vec<String> {
    phone.softkeys().iter().map(|key| key.name.to_owned()).collect()
}

fn call_json(phone: &Phone, reference: u32, state: DCallState) -> Value {
    let call = phone.calls().iter().find(|call| call.reference.0 == reference);
    let party = |party: &phone::Party| json!({ "number": &*party.number, "name": &*party.name });
    json!({
        "reference": reference,
        "state": state.to_string(),
        "line": call.map(|call| call.line.0),
        "calling": call.map(|call| party(&call.calling)),
        "called": call.map(|call| party(&call.called)),
        "dialed": call.map(|call| &*call.dialed).filter(|number| !number.is_empty()),
    })
}

/// The whole screen as an object.
pub fn screen_json(phone: &Phone) -> Value {
    let calls: Vec<_> =
        phone.calls().iter().map(|call| call_json(phone, call.reference.0, call.state)).collect();
    let lines: Vec<_> = (1..=phone.lines().len() as u32).map(|number| line_json(phone, number)).collect();
    let lamps: Vec<_> = phone
        .lamps()
        .map(|(button, instance, mode)| {
            json!({ "button": button.to_string(), "instance": instance, "mode": mode.to_string() })
        })
        .collect();
    json!({
        "phone": phone.name(),
        "model": phone.profile().model,
        "registration": registration(phone),
        "protocol": phone.version(),
        "prompt": phone.prompt(),
        "notice": phone.notice(),
        "display": phone.display(),
        "softkeys": keys_json(phone),
        "ringer": phone.ringer().to_string(),
        "tone": phone.tone().map(|tone| tone.to_string()),
        "sound": path(phone),
        "lines": lines,
        "calls": calls,
        "lamps": lamps,
    })
}
