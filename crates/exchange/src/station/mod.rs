//! One registered phone: registration, keepalive, templates, keys, lamps, screen, what its model needs.
//! The only place that speaks Skinny.

mod alarm;
mod answers;
mod buttons;
mod capability;
mod clock;
mod config;
mod keys;
pub(crate) mod leg;
pub(crate) mod list;
pub(crate) mod media;
mod messages;
mod phone;
mod presence;
mod profile;
mod receive;
mod register;
mod reset;
pub(crate) mod resource;
mod screen;
mod session;
pub(crate) mod softkey;
mod statistics;
mod template;
mod words;

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::call::{Codec, LegId};
use crate::feature::Remote;
use crate::input::{Peer, SessionId};
use crate::plan::Locale;
use crate::plan::dial_plan::ClassId;
use crate::timer::TimerKey;

pub(crate) use buttons::Light;
pub(crate) use config::{Config, Dial};
pub(crate) use leg::{Busy, Ending, Shown};
pub(crate) use media::MediaOrder;
pub(crate) use phone::Phone;
pub(crate) use profile::{Form, Profile};
pub(crate) use register::registered;
pub(crate) use reset::PendingReset;
pub(crate) use resource::Hardware;
pub(crate) use session::{Session, Stage};

/// A device. It outlives its sessions: a live leg belongs to the device, so a new session has it at once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Station {
    /// Its name as the plan has it.
    pub(crate) device: String,
    /// Its connection, while it is registered.
    pub(crate) session: Option<SessionId>,
    /// The addresses of that connection, or of the last one.
    pub(crate) peer: Peer,
    /// What it understands.
    pub(crate) profile: Profile,
    /// Its own address, as its registration says.
    pub(crate) own_address: Ipv4Addr,
    /// Where it wants RTP, when it announced that once and for all (old phones).
    pub(crate) rtp_port: Option<u16>,
    /// Its buttons, as of its registration.
    pub(crate) config: Config,
    /// What it may dial beside what its lines may, as of the plan in force.
    pub(crate) class: ClassId,
    /// The keys that work at it at all, as of the sets that it was given.
    pub(crate) keys: softkey::Works,
    /// Whether its message lamp is on.
    pub(crate) message_lamp: bool,
    /// Its language, as of the plan in force.
    pub(crate) locale: Locale,
    /// Its codecs; none: it has not said.
    pub(crate) codecs: Vec<Codec>,
    /// Its legs, the oldest first.
    pub(crate) legs: Vec<LegId>,
    /// Calls of other phones that it shows on shared lines.
    pub(crate) remotes: Vec<Remote>,
    /// The leg that its user listens to.
    pub(crate) audio: Option<LegId>,
    /// Whether it got its idle screen since it registered.
    pub(crate) greeted: bool,
    /// How its feature buttons and busy lamps are lit, as far as it was told.
    pub(crate) lit: Vec<(u32, Light)>,
    /// What was dialled last.
    pub(crate) last_dialed: String,
    /// Seconds between keepalives that it was told.
    pub(crate) keepalive_secs: u32,
    /// What it must do as soon as it is idle.
    pub(crate) reset: Option<PendingReset>,
    /// Whether it was told to register anew and has not done so yet.
    pub(crate) restarting: bool,
    /// Legs that it has from a session before and has not been shown again.
    pub(crate) carried: Vec<LegId>,
    /// What ended while it had no session: it may show and hear it still.
    pub(crate) unseen: Vec<Ended>,
    /// What it was told last that ended.
    pub(crate) told: VecDeque<Ended>,
    /// How often new sessions took it over lately.
    pub(crate) takeovers: Takeovers,
    /// When it lost its last session.
    pub(crate) lost_ns: u64,
    /// What it can do, where it is no phone.
    pub(crate) hardware: Option<Hardware>,
    /// Streams of it that ended while it was away, as conference and party: it may have them still.
    pub(crate) left_open: Vec<(u32, u32)>,
    /// Ends its legs when it stays away.
    pub(crate) timer: Option<TimerKey>,
}

/// Takeovers of a device within a window of time.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Takeovers {
    /// How many.
    pub(crate) count: u32,
    /// When the window began.
    pub(crate) since_ns: u64,
}

/// A call, or only its stream, that ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// Which line of the phone.
    pub(crate) instance: u32,
    /// The call's reference.
    pub(crate) reference: u32,
    /// The stream that was open.
    pub(crate) party: Option<u32>,
    /// Whether the call itself is over.
    pub(crate) is_over: bool,
    /// When.
    pub(crate) at_ns: u64,
}

impl Station {
    /// Whether it has no leg.
    pub(crate) fn is_idle(&self) -> bool {
        self.legs.is_empty()
    }

    /// The address that others should send to when nothing better is known.
    pub(crate) fn address(&self) -> std::net::IpAddr {
        if self.own_address.is_unspecified() { self.peer.remote.ip() } else { self.own_address.into() }
    }
}
