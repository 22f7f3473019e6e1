//! What a user sees: the words of the model's readable part.

use skinny::codes::{ButtonType, SoftKeyEvent};
use skinny::types::{CallReference, LineInstance};
use std::time::Duration;

/// How far the phone is with its server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Registration {
    /// Without power, or told to stay away.
    #[default]
    Off,
    /// Waits before it tries the next server.
    Waiting,
    /// A connection is being made.
    Connecting,
    /// Asked whether it may come back to this server.
    Token,
    /// RegisterReq is out.
    Registering,
    /// Accepted; it asks for its configuration.
    Configuring,
    /// In service.
    Registered,
    /// Refused, with the server's words; it will try again.
    Rejected(Box<str>),
    /// UnregisterReq is out.
    Leaving,
    /// The server is lost, a call is still up.
    Preserving,
}

/// A softkey on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownKey<'a> {
    /// Its place in the set, from 0; hidden keys leave no gap on the screen but keep their place here.
    pub position: u8,
    /// What it says.
    pub name: &'a str,
    /// What it sends.
    pub event: SoftKeyEvent,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Directory number.
    pub number: Box<str>,
    /// Full name.
    pub name: Box<str>,
    /// What the screen shows beside the button.
    pub label: Box<str>,
    /// Where all calls are forwarded; empty when they are not.
    pub forward_all: Box<str>,
    /// Where calls go when the line is busy; empty when nowhere.
    pub forward_busy: Box<str>,
    /// Where calls go when nobody answers; empty when nowhere.
    pub forward_no_answer: Box<str>,
}

/// A button beside the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it is.
    pub kind: ButtonType,
    /// Counts per kind, from 1.
    pub instance: u8,
    /// What stands beside it.
    pub label: Box<str>,
    /// What a speed dial dials, what a service fetches.
    pub target: Box<str>,
    /// State of a feature, as the server told it.
    pub status: u32,
}

/// Which part of the phone carries the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Path {
    /// The handset.
    Handset,
    /// Loudspeaker and microphone.
    Speaker,
    /// The headset.
    Headset,
}

/// Date and time as the server told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Full year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// Unix seconds, UTC.
    pub unix_secs: u32,
    /// When the server told it.
    pub told_at: Duration,
}

/// What a real phone of the model would have choked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offence {
    /// A message whose id this generation does not know.
    UnknownMessage(u32),
    /// A text message that ends before its text does.
    ShortBody(u32),
    /// A call was connected that never was off hook: such phones stay silent.
    ConnectedOnHook(u32),
    /// More calls at once than the phone holds.
    TooManyCalls,
    /// More streams at once than the phone has.
    TooManyStreams,
    /// A call number above what phones take (7975: "Invalid Call Id").
    CallInstance(u32),
}

/// Data for a phone service that the server pushed: usually a page in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Which application of the phone.
    pub application: u32,
    /// The line it belongs to; 0 for none.
    pub line: LineInstance,
    /// The call it belongs to; 0 for none.
    pub call: CallReference,
    /// The server's number for it.
    pub transaction: u32,
    /// Counts what came, from 1.
    pub number: u32,
    /// All parts are there.
    pub is_whole: bool,
    /// What it is.
    pub data: Box<[u8]>,
}
