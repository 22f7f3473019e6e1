//! Decisions as text, both ways: one line each.

use std::fmt;
use std::str::FromStr;

use super::{Acks, Counting, Decided, Decision, Forgery, Reference, TrunkMove, Who};

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Phone(number) => write!(f, "{number}"),
            Who::Hardware(number) => write!(f, "hardware{number}"),
            Who::Trunk => f.write_str("trunk"),
            Who::Operator => f.write_str("operator"),
            Who::World => f.write_str("world"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Zero => f.write_str("none"),
            Reference::Own(index) => write!(f, "own{index}"),
            Reference::Old => f.write_str("old"),
            Reference::Foreign(phone) => write!(f, "of{phone}"),
            Reference::Raw(number) => write!(f, "{number:#x}"),
        }
    }
}

/// Declares the words of decisions that carry at most plain values, both ways.
macro_rules! words {
    ($type:ident { $($word:literal => $variant:ident $(($($field:ident: $kind:ty),+))?;)+ }) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($type::$variant $(($($field),+))? => {
                        f.write_str($word)?;
                        $($(write!(f, " {}", $field)?;)+)?
                    })+
                }
                Ok(())
            }
        }

        impl $type {
            /// Takes the word and what belongs to it.
            fn take(words: &mut Words<'_>) -> Result<$type, Unreadable> {
                let word = words.next()?;
                match word {
                    $($word => Ok($type::$variant $(($(words.value::<$kind>(stringify!($field))?),+))?),)+
                    other => Err(words.error(&format!("no {} is called {other:?}", stringify!($type)))),
                }
            }
        }

        impl Word for $type {
            fn word(words: &mut Words<'_>) -> Result<$type, Unreadable> {
                $type::take(words)
            }
        }
    };
}

words! { Acks {
    "prompt" => Prompt; "never" => Never; "twice" => Twice; "late" => Late; "refused" => Refused;
} }

words! { Counting { "prompt" => Prompt; "never" => Never; "late" => Late; } }

words! { TrunkMove {
    "offer" => Offer(called: String);
    "proceeding" => Proceeding(leg: u16);
    "alerting" => Alerting(leg: u16);
    "answer" => Answer(leg: u16);
    "digit" => Digit(leg: u16, digit: char);
    "release" => Release(leg: u16, cause: u8);
} }

words! { Forgery {
    "offhook" => OffHook;
    "onhook" => OnHook;
    "hookflash" => HookFlash;
    "key" => Key(key: u32);
    "softkey" => SoftKey(event: u32);
    "stimulus" => Stimulus(button: u32);
    "openack" => OpenAck(status: u32);
    "oldack" => OldAck;
    "sendack" => SendAck(status: u32);
    "sendfailed" => SendFailed;
    "statistics" => Statistics;
    "enbloc" => Enbloc(number: String);
    "register" => Register(name: String);
    "token" => Token;
    "unregister" => Unregister;
    "alarm" => Alarm;
    "nocodecs" => NoCodecs;
    "codec" => Codec(codec: u32);
    "ask" => Ask(id: u32, index: u32);
    "keepalive" => KeepAlive;
    "frame" => Frame(id: u32, bytes: u16);
    "badlength" => BadLength;
} }

words! { Decision {
    "power-on" => PowerOn;
    "power-off" => PowerOff;
    "reboot" => Reboot;
    "reset" => Reset;
    "vanish" => Vanish;
    "stall" => Stall(milliseconds: u32);
    "acks" => Acks(acks: Acks);
    "counting" => Counting(counting: Counting);
    "offhook" => OffHook;
    "onhook" => OnHook;
    "speaker" => Speaker;
    "headset" => Headset;
    "key" => Key(key: char);
    "softkey" => SoftKey(name: String);
    "line" => LineKey(number: u32);
    "button" => Button(stimulus: u32, instance: u32);
    "speeddial" => SpeedDial(number: u32);
    "enbloc" => Enbloc(number: String);
    "dial" => Dial(number: String);
    "redial" => Redial;
    "answer" => Answer;
    "hangup" => Hangup;
    "hold" => Hold;
    "resume" => Resume;
    "unregister" => Unregister;
    "select" => Select(call: u16);
    "forge" => Forge(forgery: Forgery, line: u32, reference: Reference);
    "trunk" => Trunk(what: TrunkMove);
    "end-conference" => EndConference(index: u16);
    "end-call" => EndCall(call: u16);
    "reset-phone" => ResetPhone(phone: u16, how: u8);
    "configure" => Configure(phone: u16, present: bool);
    "wall-clock" => WallClock(milliseconds: i64);
    "look" => Look;
    "settle" => Settle;
    "drain" => Drain;
} }

/// A script that can't be read, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of a line.
pub(crate) struct Words<'l> {
    line: &'l str,
    rest: std::str::SplitWhitespace<'l>,
}

impl<'l> Words<'l> {
    pub fn new(line: &'l str) -> Words<'l> {
        Words { line, rest: line.split_whitespace() }
    }

    pub fn next(&mut self) -> Result<&'l str, Unreadable> {
        self.rest.next().ok_or_else(|| self.error("a word is missing at its end"))
    }

    pub fn next_if_any(&mut self) -> Option<&'l str> {
        self.rest.next()
    }

    pub fn value<T: Word>(&mut self, what: &str) -> Result<T, Unreadable> {
        T::word(self).map_err(|error| match error {
            Unreadable(text) if text.is_empty() => self.error(&format!("its {what} can't be read")),
            other => other,
        })
    }

    pub fn error(&self, what: &str) -> Unreadable {
        Unreadable(format!("in {:?}: {what}", self.line))
    }
}

/// What can be read from words.
pub(crate) trait Word: Sized {
    fn word(words: &mut Words<'_>) -> Result<Self, Unreadable>;
}

macro_rules! plain_words {
    ($($type:ty),+) => {$(
        impl Word for $type {
            fn word(words: &mut Words<'_>) -> Result<Self, Unreadable> {
                words.next()?.parse().map_err(|_| Unreadable(String::new()))
            }
        }
    )+};
}

plain_words!(u8, u16, u32, i64, char, bool, String, Who, Reference);

impl FromStr for Who {
    type Err = Unreadable;

    fn from_str(word: &str) -> Result<Who, Unreadable> {
        match word {
            "trunk" => Ok(Who::Trunk),
            "operator" => Ok(Who::Operator),
            "world" => Ok(Who::World),
            number if number.starts_with("hardware") => {
                let number = number["hardware".len()..].parse();
                number.map(Who::Hardware).map_err(|_| Unreadable(format!("{word:?} is nobody")))
            }
            number => number.parse().map(Who::Phone).map_err(|_| Unreadable(format!("{word:?} is nobody"))),
        }
    }
}

impl FromStr for Reference {
    type Err = Unreadable;

    fn from_str(word: &str) -> Result<Reference, Unreadable> {
        let number = |digits: &str| digits.parse().map_err(|_| Unreadable(format!("{word:?} is no call")));
        match word {
            "none" => Ok(Reference::Zero),
            "old" => Ok(Reference::Old),
            _ => match (word.strip_prefix("own"), word.strip_prefix("of"), word.strip_prefix("0x")) {
                (Some(index), _, _) => number(index).map(Reference::Own),
                (_, Some(phone), _) => number(phone).map(Reference::Foreign),
                (_, _, Some(hex)) => u32::from_str_radix(hex, 16)
                    .map(Reference::Raw)
                    .map_err(|_| Unreadable(format!("{word:?} is no call"))),
                _ => Err(Unreadable(format!("{word:?} is no call"))),
            },
        }
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.at / 1_000_000_000, self.at % 1_000_000_000);
        write!(f, "at {seconds}.{rest:09} {} {}", self.who, self.what)
    }
}

impl FromStr for Decided {
    type Err = Unreadable;

    fn from_str(line: &str) -> Result<Decided, Unreadable> {
        let mut words = Words::new(line);
        if words.next()? != "at" {
            return Err(words.error("it does not begin with \"at\""));
        }
        let time = words.next()?;
        let (seconds, rest) = time.split_once('.').unwrap_or((time, "0"));
        let nanoseconds = format!("{rest:0<9}");
        let (Ok(seconds), Ok(rest)) = (seconds.parse::<u64>(), nanoseconds.parse::<u64>()) else {
            return Err(words.error("its time can't be read"));
        };
        let who = words.value("who")?;
        let what = Decision::take(&mut words)?;
        match words.next_if_any() {
            Some(more) => Err(words.error(&format!("{more:?} is too much"))),
            None => Ok(Decided { at: seconds.saturating_mul(1_000_000_000) + rest, who, what }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_decision_reads_back() {
        let lines = [
            "at 0.000000005 0 power-on",
            "at 1.500000005 12 dial 1001",
            "at 2.000000015 3 key #",
            "at 2.000000025 3 softkey NewCall",
            "at 3.000000005 3 forge softkey 9 1 own0",
            "at 3.100000005 3 forge ask 11 4 0 none",
            "at 3.200000005 3 forge offhook 2 0xffffffff",
            "at 3.300000005 3 forge enbloc 1001 2 of7",
            "at 4.000000005 3 acks never",
            "at 4.100000005 trunk trunk offer 1001",
            "at 4.200000005 trunk trunk release 0 17",
            "at 4.300000005 operator configure 3 false",
            "at 4.400000005 operator wall-clock -5000",
            "at 5.000000005 world settle",
        ];
        for line in lines {
            let read: Decided = line.parse().unwrap();
            assert_eq!(read.to_string(), line);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let error = |line: &str| line.parse::<Decided>().unwrap_err().to_string();
        assert!(error("at 1.0 0 fly").contains("\"fly\""));
        assert!(error("at 1.0 0 stall soon").contains("milliseconds"));
        assert!(error("at 1.0 0 hangup now").contains("too much"));
        assert!(error("at 1.0").contains("missing"));
    }
}
