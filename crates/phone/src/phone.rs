//! The phone itself: state, and the way in and out. What it does with a message stands in `message`, with a
//! key in `keys`, with its connection in `link` and `register`.

use std::collections::VecDeque;
use std::time::Duration;

use skinny::Connection;
use skinny::codes::{DeviceTone, RingMode, SoftKeyMask, SoftKeySet};
use skinny::types::CallReference;

use crate::call::Call;
use crate::config::Config;
use crate::history::History;
use crate::input::{Act, Input, Refused};
use crate::link::Link;
use crate::media::Media;
use crate::output::{Audio, Change, Output};
use crate::screen::{Clock, Offence, Path, Pushed};
use crate::standby::Standby;
use crate::template::Template;
use crate::timer::Timers;

/// Calls that a phone holds at once.
pub const CALLS_MAX: usize = 24;
/// Lamps that a phone has.
pub const LAMPS_MAX: usize = 64;
/// Different offences that are kept.
pub const OFFENCES_MAX: usize = 16;
/// Changes that wait for [`Phone::poll`]; more are dropped, since the phone itself can be read.
pub const CHANGES_MAX: usize = 256;
/// Bytes that wait for a server that does not read.
pub const WRITE_QUEUE_MAX: usize = 16 * 1024;
/// Timers that fire in one tick at most.
const FIRES_MAX: usize = 32;

/// A phone.
#[derive(Debug)]
pub struct Phone {
    pub(crate) config: Config,
    pub(crate) now: Duration,
    pub(crate) link: Link,
    pub(crate) timers: Timers,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) template: Template,
    pub(crate) face: Face,
    pub(crate) calls: Vec<Call>,
    pub(crate) selected: Option<CallReference>,
    /// What is known of a call whose state has not come yet.
    pub(crate) embryo: Option<Box<Call>>,
    pub(crate) media: Media,
    pub(crate) history: History,
    pub(crate) dialing: Option<Box<Dialing>>,
    pub(crate) offences: Vec<Offence>,
    pub(crate) counts: Counts,
    /// It sends no keepalives.
    pub(crate) is_mute: bool,
    /// The connection to another server.
    pub(crate) standby: Option<Box<Standby>>,
    /// The server that the next standby connection goes to.
    pub(crate) standby_next: u8,
    /// The last data for a service.
    pub(crate) pushed: Option<Box<Pushed>>,
}

/// Screen, lamps and sounds beside the calls.
#[derive(Debug)]
pub(crate) struct Face {
    pub idle_prompt: Box<str>,
    pub idle_prompt_until: Option<Duration>,
    pub display: Box<str>,
    pub notice: Option<Box<Notice>>,
    pub priority_notices: Vec<Notice>,
    pub lamps: Vec<(u32, u32, u32)>,
    pub ringer: RingMode,
    pub tone: Option<(DeviceTone, CallReference)>,
    pub handset_up: bool,
    pub path: Option<Path>,
    pub microphone: bool,
    /// Softkeys while no call has its own.
    pub idle_keys: Option<(SoftKeySet, SoftKeyMask)>,
    /// Softkeys of a call that the phone does not know.
    pub stray_keys: Option<(CallReference, SoftKeySet, SoftKeyMask)>,
    pub clock: Option<Clock>,
    pub date_template: Box<str>,
}

impl Default for Face {
    fn default() -> Self {
        Face {
            idle_prompt: Box::default(),
            idle_prompt_until: None,
            display: Box::default(),
            notice: None,
            priority_notices: Vec::new(),
            lamps: Vec::new(),
            ringer: RingMode::RING_OFF,
            tone: None,
            handset_up: false,
            path: None,
            microphone: true,
            idle_keys: None,
            stray_keys: None,
            clock: None,
            date_template: Box::default(),
        }
    }
}

/// A text over the whole screen.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub priority: u32,
    pub text: Box<str>,
    pub until: Option<Duration>,
}

/// A number that is being dialled.
#[derive(Debug, Clone)]
pub(crate) struct Dialing {
    pub digits: String,
    pub next: usize,
    pub started: bool,
}

/// What came and went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages received.
    pub received: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages received whose id nobody knows.
    pub unknown: u64,
    /// Connections made.
    pub connections: u64,
    /// Registrations completed.
    pub registrations: u64,
    /// Requests of registrations that were never answered.
    pub unanswered: u64,
}

impl Phone {
    /// A phone that is not plugged in yet.
    pub fn new(mut config: Config) -> Self {
        config.servers = config.servers.max(1);
        let mut end = config.name.len().min(crate::config::NAME_BYTES_MAX);
        while !config.name.is_char_boundary(end) {
            end -= 1;
        }
        config.name.truncate(end);
        Phone {
            config,
            now: Duration::ZERO,
            link: Link::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            template: Template::default(),
            face: Face::default(),
            calls: Vec::new(),
            selected: None,
            embryo: None,
            media: Media::default(),
            history: History::default(),
            dialing: None,
            offences: Vec::new(),
            counts: Counts::default(),
            is_mute: false,
            standby: None,
            standby_next: 0,
            pushed: None,
        }
    }

    /// Takes what happened; `now` is since any fixed moment and does not step back. Drain [`Phone::poll`] then.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::PowerOn => self.power_on(),
            Input::PowerOff => self.power_off(),
            Input::Connected { local, remote, rtp_port } => self.connected(local, remote, rtp_port),
            Input::ConnectFailed => self.connect_failed(),
            Input::Disconnected(how) => self.disconnected(how),
            Input::Bytes(bytes) => self.bytes(bytes),
            Input::Frame(frame) => {
                if self.link.is_open {
                    self.frame(frame);
                }
            }
            Input::Audio(answer) => self.audio_answered(answer),
            Input::Standby(input) => self.standby_input(input),
            Input::Tick => self.tick(),
        }
        self.settle();
    }

    /// Does what a user does. A refusal changes nothing.
    pub fn act(&mut self, now: Duration, act: Act<'_>) -> Result<(), Refused> {
        self.now = self.now.max(now);
        let done = self.press(act);
        self.settle();
        done
    }

    /// The next order; `None` when there is none for now.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() && self.outputs.capacity() > OUTPUTS_KEPT {
            self.outputs = VecDeque::new();
        }
        output
    }

    /// When to hand in [`Input::Tick`] unless something else happens before.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// What the socket should write next.
    pub fn pending(&self) -> &[u8] {
        self.link.outbound.pending()
    }

    /// The socket wrote so many bytes of [`Phone::pending`].
    pub fn wrote(&mut self, len: usize) {
        self.link.outbound.wrote(len);
        if self.link.outbound.pending().is_empty() {
            self.link.told_to_send = false;
        }
    }

    fn tick(&mut self) {
        for _ in 0..FIRES_MAX {
            let Some(timer) = self.timers.take_due(self.now) else { return };
            self.fire(timer);
        }
    }

    /// What can be done once the input is dealt with.
    fn settle(&mut self) {
        self.leave_if_idle();
        if !self.link.outbound.pending().is_empty() && !self.link.told_to_send {
            self.link.told_to_send = true;
            self.outputs.push_back(Output::Send);
        }
    }

    pub(crate) fn changed(&mut self, change: Change) {
        let output = Output::Changed(change);
        if self.outputs.len() < CHANGES_MAX && self.outputs.back() != Some(&output) {
            self.outputs.push_back(output);
        }
    }

    pub(crate) fn order(&mut self, audio: Audio) {
        self.outputs.push_back(Output::Audio(audio));
    }

    pub(crate) fn offended(&mut self, offence: Offence) {
        if !self.offences.contains(&offence) && self.offences.len() < OFFENCES_MAX {
            self.offences.push(offence);
            self.changed(Change::Offence);
        }
        if self.config.strict {
            self.hang_up_offended();
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if !self.link.is_open {
            return;
        }
        let mut inbound = std::mem::take(&mut self.link.inbound);
        let is_readable = self.frames(&mut inbound, bytes);
        if !self.link.is_open {
            return;
        }
        self.link.inbound = inbound;
        if !is_readable {
            self.bad_frame();
        }
    }

    /// Whether what came is SCCP.
    fn frames(&mut self, inbound: &mut Connection, bytes: &[u8]) -> bool {
        let mut frames = inbound.receive(bytes);
        while let Some(frame) = frames.next() {
            let Ok(frame) = frame else { return false };
            self.frame(frame);
            if !self.link.is_open {
                break;
            }
        }
        true
    }
}

/// An output queue that is larger than this is given back once empty.
const OUTPUTS_KEPT: usize = 8;
