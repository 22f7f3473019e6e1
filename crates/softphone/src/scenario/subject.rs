//! What can be expected of a phone: a table of subjects, each a way to read them off the phone.

use phone::{List, Path, Phone, Registration};

use crate::console::{begins_so, pushed_page};
use crate::service::Content;
use crate::show::{self, word};

/// How a value is compared with what is wanted. Letter case, blanks and `-` never matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// It is that.
    Whole,
    /// It holds that.
    Part,
}

/// Something that a phone shows.
pub struct Subject {
    /// Its name in a step.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// A value as it may be written.
    pub example: &'static str,
    /// How values are compared.
    pub matching: Matching,
    /// The values that the phone has for it now.
    pub read: fn(&Phone) -> Vec<String>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! subjects {
    ($($name:literal $matching:ident $example:literal $meaning:literal $read:expr;)*) => {
        /// Every subject.
        pub const SUBJECTS: &[Subject] = &[$(Subject {
            name: $name,
            meaning: $meaning,
            example: $example,
            matching: Matching::$matching,
            read: $read,
        }),*];
    };
}

subjects! {
    "registration" Whole "registered" "how far it is with its server: off, waiting, connecting, token, registering, configuring, registered, rejected, leaving, preserving" |phone| vec![registration(phone).to_owned()];
    "reject" Part "unknown" "the server's words when it refused" rejection;
    "server" Whole "2" "which server of its list it is with, from 1" |phone| vec![(phone.server() + 1).to_string()];
    "standby" Whole "1" "which server of its list it holds a standby connection to" |phone| phone.standby_server().map(|server| (server + 1).to_string()).into_iter().collect();
    "protocol" Whole "20" "the protocol version in use" |phone| vec![phone.version().to_string()];
    "call" Whole "connected" "the states of its calls: off hook, ring out, ring in, connected, hold, call waiting, busy, …; `none` without a call" |phone| phone.calls().iter().map(|call| word(call.state)).collect();
    "calls" Whole "2" "how many calls it has" |phone| vec![phone.calls().len().to_string()];
    "selected" Whole "hold" "the state of the call under the cursor" |phone| phone.selected_call().map(|call| word(call.state)).into_iter().collect();
    "calling" Part "1001" "who calls, number and name" |phone| parties(phone, |call| &call.calling);
    "called" Part "Bob" "who is called" |phone| parties(phone, |call| &call.called);
    "original" Part "1002" "who was called at first" |phone| parties(phone, |call| &call.original);
    "redirecting" Part "1002" "who forwarded last" |phone| parties(phone, |call| &call.redirecting);
    "dialed" Whole "1002" "the number that was dialled" |phone| texts(phone.calls().iter().map(|call| &*call.dialed));
    "prompt" Part "From 1001" "the prompt line" |phone| texts([phone.prompt()]);
    "notice" Part "Call Park" "the text over the whole screen" |phone| texts(phone.notice());
    "display" Part "1002" "the display of models that have nothing else" |phone| texts([phone.display()]);
    "softkeys" Whole "Hold" "the softkeys on the screen; a list wants all of them" |phone| phone.softkeys().iter().map(|key| key.name.to_owned()).collect();
    "lamp" Whole "VoiceMail 0 on" "a lamp that is not off: button, number, mode (on, wink, flash, blink)" lamps;
    "ring" Part "inside" "how the bell rings; `none` when it does not" |phone| if phone.ringing() { vec![word(phone.ringer())] } else { Vec::new() };
    "tone" Part "dial tone" "the tone that the user hears" |phone| phone.tone().map(word).into_iter().collect();
    "media" Whole "both" "its streams: both, send, receive; `none` without one" media;
    "codec" Part "G711" "the codecs that it sends" |phone| phone.streams().iter().filter_map(|s| s.send).map(|send| send.codec.to_string()).collect();
    "sound" Whole "speaker" "what carries the sound: handset, speaker, headset; `none` on hook" |phone| phone.path().map(|path| path_word(path).to_owned()).into_iter().collect();
    "microphone" Whole "on" "on or off" |phone| vec![if phone.microphone() { "on" } else { "off" }.to_owned()];
    "line" Part "1001" "its lines: number and label" |phone| texts(phone.lines().iter().map(|line| format!("{} {}", line.number, line.label)));
    "forward" Part "all 1003" "forwards of its lines: all, busy or unanswered, and where to" forwards;
    "button" Part "Bob" "the buttons beside the screen: kind, number, label, target" buttons;
    "page" Part "Conference" "the last page that the server pushed: its title and its entries" page;
    "history" Part "missed 1001" "the lists of calls: placed, received, missed, with number and name" history;
    "offence" Part "unknown" "what a real phone of the model would have choked on" |phone| phone.offences().iter().map(|offence| word(format!("{offence:?}"))).collect();
}

/// The subject with a name.
pub fn find(name: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.name == name)
}

/// Stands between alternatives.
const OR: &str = " | ";

/// Whether what a phone shows is what is wanted: `text`, `=exactly`, `!not`, `this | that`, `none`, `true` (anything),
/// `false`.
pub(super) fn matches(subject: &Subject, values: &[String], wanted: &str) -> bool {
    if let Some(unwanted) = wanted.strip_prefix('!') {
        return !matches(subject, values, unwanted);
    }
    if wanted.contains(OR) && !wanted.starts_with('=') {
        return wanted.split(OR).any(|wanted| matches(subject, values, wanted.trim()));
    }
    if let Some(exact) = wanted.strip_prefix('=') {
        return values.iter().any(|value| value == exact);
    }
    let folded = fold(wanted);
    let is_like = |value: &String| match subject.matching {
        Matching::Whole => fold(value) == folded,
        Matching::Part => fold(value).contains(&folded),
    };
    match wanted {
        "none" | "false" | "" => values.is_empty(),
        "true" => !values.is_empty(),
        "off" if values.is_empty() => true,
        _ => values.iter().any(is_like),
    }
}

fn fold(text: &str) -> String {
    let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}

fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    let said = texts.into_iter().map(|text| text.as_ref().trim().to_owned());
    said.filter(|text| !text.is_empty()).collect()
}

fn registration(phone: &Phone) -> &'static str {
    match phone.registration() {
        Registration::Off => "off",
        Registration::Waiting => "waiting",
        Registration::Connecting => "connecting",
        Registration::Token => "token",
        Registration::Registering => "registering",
        Registration::Configuring => "configuring",
        Registration::Registered => "registered",
        Registration::Rejected(_) => "rejected",
        Registration::Leaving => "leaving",
        Registration::Preserving => "preserving",
    }
}

fn rejection(phone: &Phone) -> Vec<String> {
    match phone.registration() {
        Registration::Rejected(text) => texts([text]),
        _ => Vec::new(),
    }
}

fn parties(phone: &Phone, of: fn(&phone::Call) -> &phone::Party) -> Vec<String> {
    texts(phone.calls().iter().map(|call| format!("{} {}", of(call).number, of(call).name)))
}

fn page(phone: &Phone) -> Vec<String> {
    let Some(page) = pushed_page(phone) else { return Vec::new() };
    let entries = match page.content {
        Content::Menu(items) | Content::Directory(items) => items.into_iter().map(|item| item.name).collect(),
        Content::Text(text) => vec![text],
        _ => Vec::new(),
    };
    texts(std::iter::once(page.title).chain(entries))
}

/// Whether the pushed page has an entry that begins like this.
pub(super) fn shows_entry(phone: &Phone, entry: &str) -> bool {
    page(phone).iter().skip(1).any(|name| begins_so(name, entry))
}

fn lamps(phone: &Phone) -> Vec<String> {
    phone.lamps().map(|(button, number, mode)| format!("{button} {number} {mode}")).collect()
}

fn media(phone: &Phone) -> Vec<String> {
    let says = |stream: &phone::media::Stream| match (stream.send.is_some(), stream.receive.is_some()) {
        (true, true) => Some("both"),
        (true, false) => Some("send"),
        (false, true) => Some("receive"),
        (false, false) => None,
    };
    phone.streams().iter().filter_map(says).map(str::to_owned).collect()
}

fn path_word(path: Path) -> &'static str {
    match path {
        Path::Handset => "handset",
        Path::Speaker => "speaker",
        Path::Headset => "headset",
    }
}

fn forwards(phone: &Phone) -> Vec<String> {
    let of = |line: &phone::Line| {
        [
            ("all", line.forward_all.to_string()),
            ("busy", line.forward_busy.to_string()),
            ("unanswered", line.forward_no_answer.to_string()),
        ]
    };
    let all = phone.lines().iter().flat_map(of).filter(|(_, to)| !to.is_empty());
    all.map(|(when, to)| format!("{when} {to}")).collect()
}

fn buttons(phone: &Phone) -> Vec<String> {
    let shown = phone.buttons().iter();
    shown.map(|b| format!("{} {} {} {}", b.kind, b.instance, b.label, b.target)).collect()
}

fn history(phone: &Phone) -> Vec<String> {
    let lists = [(List::Placed, "placed"), (List::Received, "received"), (List::Missed, "missed")];
    let of = |(list, name): (List, &'static str)| {
        phone.history(list).map(move |entry| format!("{name} {} {}", entry.party.number, entry.party.name))
    };
    lists.into_iter().flat_map(of).collect()
}

/// The screen in one line, for an explanation.
pub(super) fn brief(phone: &Phone) -> String {
    show::draw(phone).lines().collect::<Vec<_>>().join(" | ")
}
