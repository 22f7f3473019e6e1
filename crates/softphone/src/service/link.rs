//! Links of pages: what a phone does when its user chooses one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use phone::Paging;

/// What `Display:` does to the light of the display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// As the phone likes.
    Usual,
    /// On, for so long; without a time until something else is said.
    On(Option<Duration>),
    /// Off, alike.
    Off(Option<Duration>),
}

/// What `Vibrate:` does to wireless phones: how often, for how long, how long not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shake {
    /// How long it vibrates.
    pub on: Duration,
    /// How long it does not, then.
    pub off: Duration,
    /// How many times.
    pub count: u32,
}

impl Shake {
    /// The sequence of a phone that is told none.
    pub const USUAL: Shake =
        Shake { on: Duration::from_millis(500), off: Duration::from_millis(500), count: 3 };
    /// Times, at most.
    const COUNT_MAX: u32 = 100;

    /// `500:1500:5`: milliseconds on and off, how many times.
    fn of(rest: &str) -> Option<Shake> {
        if rest.trim().is_empty() {
            return Some(Shake::USUAL);
        }
        let mut parts = rest.split(':');
        let time = |part: Option<&str>| {
            let ms = part?.trim().parse::<u64>().ok().filter(|ms| *ms <= 65_536)?;
            Some(Duration::from_millis(ms))
        };
        let (on, off) = (time(parts.next())?, time(parts.next())?);
        let count = parts.next()?.trim().parse::<u32>().ok()?.min(Shake::COUNT_MAX);
        Some(Shake { on, off, count })
    }

    /// How long all of it takes.
    pub fn duration(&self) -> Duration {
        (self.on + self.off) * self.count
    }

    /// Whether the phone vibrates so long after it began.
    pub fn is_on(&self, after: Duration) -> bool {
        let turn = (self.on + self.off).as_millis();
        turn > 0 && after < self.duration() && after.as_millis() % turn < self.on.as_millis()
    }
}

/// What a link of a page means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Another page.
    Page(String),
    /// Call this number.
    Dial(String),
    /// Edit this number, then call it.
    EditDial(String),
    /// A key of the phone: `Services`, `Directories`, `Messages`, `Speaker`, `KeyPad1` …
    Key(String),
    /// A softkey of the page: `Exit`, `Select`, `Submit`, `<<`, `Dial` …
    SoftKey(String),
    /// Begin anew: `CallHistory` forgets the lists of calls, `Services`, `Directories`, `Messages` close their pages.
    Init(String),
    /// Play a file of the file server, such as a ring tone.
    Play(String),
    /// Keys of the dial pad, in a call.
    Digits(String),
    /// What the item under the cursor adds to the address of the next page.
    Query(String),
    /// Hear or speak, without a call: `RTPRx:`, `RTPTx:`, `RTPMRx:`, `RTPMTx:`.
    Stream(Paging),
    /// The light of the display.
    Display(Light),
    /// Vibrate, on phones that do.
    Vibrate(Shake),
    /// Data to the server: application, line, call, transaction, data.
    UserData(u32, u32, u32, u32, String),
    /// Something that this phone does not do.
    Other(String),
}

impl Target {
    /// Reads a link.
    pub fn of(link: &str) -> Target {
        let link = link.trim();
        let (scheme, rest) = link.split_once(':').unwrap_or(("", link));
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Target::Page(link.to_owned()),
            "dial" => Target::Dial(number(rest)),
            "editdial" => Target::EditDial(number(rest)),
            "key" => Target::Key(rest.to_owned()),
            "softkey" => Target::SoftKey(rest.to_owned()),
            "init" => Target::Init(rest.to_owned()),
            "play" if is_file_name(rest) => Target::Play(rest.to_owned()),
            "rtprx" | "rtpmrx" => hear(rest).map_or_else(|| Target::Other(link.to_owned()), Target::Stream),
            "rtptx" | "rtpmtx" => speak(rest).map_or_else(|| Target::Other(link.to_owned()), Target::Stream),
            "display" => light(rest).map_or_else(|| Target::Other(link.to_owned()), Target::Display),
            "vibrate" => Shake::of(rest).map_or_else(|| Target::Other(link.to_owned()), Target::Vibrate),
            "senddigits" => Target::Digits(number(rest)),
            "querystringparam" => Target::Query(rest.to_owned()),
            "userdata" | "usercalldata" => user_data(rest).unwrap_or_else(|| Target::Other(link.to_owned())),
            _ => Target::Other(link.to_owned()),
        }
    }
}

/// A file, not a way through folders.
fn is_file_name(name: &str) -> bool {
    const NAME_MAX: usize = 64;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.chars().all(is_plain)
}

/// A number as it can be dialled; what follows a colon says how (`Dial:1002:UseAppUI:…`), which makes no difference here.
fn number(text: &str) -> String {
    let text = text.split(':').next().unwrap_or("");
    text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')).collect()
}

/// `Stop`, `port`, `address:port` or `address:port:volume`. A unicast address is the sender's: who else sends to the
/// port is heard as well, as by the phone itself.
fn hear(rest: &str) -> Option<Paging> {
    let parts: Vec<&str> = rest.split(':').map(str::trim).collect();
    let (address, port) = match parts.as_slice() {
        [word] if word.eq_ignore_ascii_case("stop") => return Some(Paging::HearNothing),
        [port] => ("", *port),
        [address, port] | [address, port, _] => (*address, *port),
        _ => return None,
    };
    let group = match address {
        "" => Ipv4Addr::UNSPECIFIED,
        address => address.parse().ok()?,
    };
    Some(Paging::Hear(SocketAddr::new(IpAddr::V4(group), rtp_port(port)?)))
}

/// `Stop`, or `address:port`.
fn speak(rest: &str) -> Option<Paging> {
    if rest.trim().eq_ignore_ascii_case("stop") {
        return Some(Paging::SpeakNothing);
    }
    let (address, port) = rest.split_once(':')?;
    // A volume may follow in the form for groups.
    let port = port.split(':').next()?;
    let address: Ipv4Addr = address.trim().parse().ok()?;
    Some(Paging::Speak(SocketAddr::new(address.into(), rtp_port(port.trim())?)))
}

/// Phones take even ports from here on for such streams; none that belongs to a service of the machine.
fn rtp_port(text: &str) -> Option<u16> {
    const PORT_FIRST: u16 = 16_384;
    text.parse().ok().filter(|port| *port >= PORT_FIRST && port % 2 == 0)
}

/// `Off:10`: minutes, 0 without an end.
fn light(rest: &str) -> Option<Light> {
    const MINUTES_MAX: u64 = 24 * 60;
    let (word, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let minutes = minutes.trim().parse::<u64>().ok().filter(|minutes| *minutes <= MINUTES_MAX)?;
    let time = (minutes > 0).then(|| Duration::from_secs(60 * minutes));
    match word.trim().to_ascii_lowercase().as_str() {
        "on" => Some(Light::On(time)),
        "off" => Some(Light::Off(time)),
        "default" => Some(Light::Usual),
        _ => None,
    }
}

/// `application:line:call:transaction:data`, or `application:data`.
fn user_data(rest: &str) -> Option<Target> {
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let word = |text: &str| text.trim().parse::<u32>().ok();
    match parts.as_slice() {
        [application, line, call, transaction, data] => Some(Target::UserData(
            word(application)?,
            word(line)?,
            word(call)?,
            word(transaction)?,
            (*data).to_owned(),
        )),
        [application, data] => Some(Target::UserData(word(application)?, 0, 0, 0, (*data).to_owned())),
        _ => None,
    }
}

/// An address with one more parameter.
#[cfg(any(feature = "ui", test))]
pub(crate) fn with_query(url: &str, query: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> SocketAddr {
        address.parse().expect("an address")
    }

    #[test]
    fn links_mean_what_the_manual_says() {
        for (link, meant) in [
            ("http://h/", Target::Page("http://h/".into())),
            ("Dial:1002", Target::Dial("1002".into())),
            ("EditDial:+49 30", Target::EditDial("+4930".into())),
            ("SoftKey:Exit", Target::SoftKey("Exit".into())),
            ("Key:Services", Target::Key("Services".into())),
            ("UserCallData:1:2:3:4:a:b", Target::UserData(1, 2, 3, 4, "a:b".into())),
            ("UserData:1:hello", Target::UserData(1, 0, 0, 0, "hello".into())),
            ("file:///etc/passwd", Target::Other("file:///etc/passwd".into())),
            ("https://h/", Target::Page("https://h/".into())),
            ("Dial:1002:UseAppUI:7", Target::Dial("1002".into())),
            ("Play:Chime.raw", Target::Play("Chime.raw".into())),
            ("Play:../../etc/passwd", Target::Other("Play:../../etc/passwd".into())),
            ("Init:CallHistory", Target::Init("CallHistory".into())),
            ("SendDigits:12#", Target::Digits("12#".into())),
            ("QueryStringParam:id=7", Target::Query("id=7".into())),
            ("RTPRx:239.1.1.1:20480", Target::Stream(Paging::Hear(at("239.1.1.1:20480")))),
            ("RTPMRx:239.1.1.1:20480:50", Target::Stream(Paging::Hear(at("239.1.1.1:20480")))),
            ("RTPRx:20480", Target::Stream(Paging::Hear(at("0.0.0.0:20480")))),
            ("RTPRx:Stop", Target::Stream(Paging::HearNothing)),
            ("RTPTx:192.0.2.7:20480", Target::Stream(Paging::Speak(at("192.0.2.7:20480")))),
            ("RTPMTx:Stop", Target::Stream(Paging::SpeakNothing)),
            ("RTPTx:192.0.2.7:22", Target::Other("RTPTx:192.0.2.7:22".into())),
            ("RTPTx:host:20480", Target::Other("RTPTx:host:20480".into())),
            ("Display:Off:10", Target::Display(Light::Off(Some(Duration::from_secs(600))))),
            ("Display:On:0", Target::Display(Light::On(None))),
            ("Display:Default", Target::Display(Light::Usual)),
            (
                "Vibrate:500:1500:5",
                Target::Vibrate(Shake {
                    on: Duration::from_millis(500),
                    off: Duration::from_millis(1500),
                    count: 5,
                }),
            ),
            ("Vibrate:", Target::Vibrate(Shake::USUAL)),
            ("Vibrate:70000:0:1", Target::Other("Vibrate:70000:0:1".into())),
            ("Display:Blue", Target::Other("Display:Blue".into())),
        ] {
            assert_eq!(Target::of(link), meant, "{link}");
        }
        let twice = Shake { on: Duration::from_millis(10), off: Duration::from_millis(20), count: 2 };
        let on = (0..70).filter(|ms| twice.is_on(Duration::from_millis(*ms))).count();
        assert_eq!(
            (on, twice.is_on(Duration::from_millis(35)), twice.is_on(Duration::from_millis(61))),
            (20, true, false)
        );
        assert_eq!(with_query("http://h/x", "id=7"), "http://h/x?id=7");
        assert_eq!(with_query("http://h/x?a=1", "id=7"), "http://h/x?a=1&id=7");
    }
}
