//! A leg: where it ends, its state, its stream.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Cause, Copying, LegId, Party, Stream, Taping};
use crate::feature::Recall;
use crate::input::ForwardWhen;
use crate::media::SrtpKeys;
use crate::table::{CallId, ConferenceId, LineId, StationId};
use crate::timer::TimerKey;

/// One party's part of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Leg {
    /// The call. It may be over while its last leg still hears a tone.
    pub(crate) call: CallId,
    /// What is at the other end of it.
    pub(crate) end: End,
    /// Its state.
    pub(crate) state: LegState,
    /// Whether its user made the call that it began with: what its phone shows of it never turns round,
    /// whoever takes whose place meanwhile.
    pub(crate) outbound: bool,
    /// What its user is about with it.
    pub(crate) purpose: Purpose,
    /// Its stream, while one is open.
    pub(crate) media: Option<Media>,
    /// Whether it ever had one: then there are counters to ask for.
    pub(crate) had_media: bool,
    /// Whether its phone was reminded of it since it is held.
    pub(crate) reminded: bool,
    /// Whether its user selected it, to join it with others.
    pub(crate) selected: bool,
    /// Whether it is recorded.
    pub(crate) taping: Taping,
    /// Whether its phone sends copies of what is said.
    pub(crate) copying: Copying,
    /// What its state waits for.
    pub(crate) timer: Option<TimerKey>,
    /// Stops a DTMF tone.
    pub(crate) tone: Option<TimerKey>,
}

/// What a leg ends at.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum End {
    /// A line of a phone.
    Station(Appearance),
    /// A trunk.
    Trunk(TrunkEnd),
    /// A number under which the other party waits.
    Park(ParkEnd),
    /// Nobody yet: whoever answers is connected with this line.
    CallBack {
        /// The line.
        line: LineId,
    },
    /// A place in a conference, at the bridge.
    Bridge(ConferenceId),
}

/// Where a call is parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParkEnd {
    /// The number.
    pub(crate) slot: String,
    /// Who parked it.
    pub(crate) by: Recall,
}

/// A leg as it appears on a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Appearance {
    /// The device.
    pub(crate) station: StationId,
    /// The directory number.
    pub(crate) line: LineId,
    /// Which line of the device, from 1 on.
    pub(crate) instance: u32,
    /// Its name on the wire.
    pub(crate) reference: u32,
    /// Lowest free number on that line, from 1 on.
    pub(crate) call_instance: u32,
}

/// A leg over a trunk.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TrunkEnd {
    /// Which trunk.
    pub(crate) trunk: u32,
    /// Who is there.
    pub(crate) party: Party,
    /// Codecs that it can do; none: not known.
    pub(crate) codecs: Vec<super::Codec>,
    /// Whether the trunk itself ended it, and need not be told.
    pub(crate) gone: bool,
    /// Whether its far end was told that it rings here.
    pub(crate) alerted: bool,
    /// Whether it was answered, by the far end or by us.
    pub(crate) answered: bool,
}

/// What a leg is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// To talk.
    #[default]
    Talk,
    /// To ask somebody, while the leg `first` of the same phone is held, before the two are joined.
    Consult {
        /// The held leg. It may be over meanwhile; then this is a leg like any other.
        first: LegId,
    },
    /// To ask somebody, while the leg `first` of the same phone is held, before all become a conference.
    Confer {
        /// The held leg. It may be over meanwhile; then this is a leg like any other.
        first: LegId,
    },
    /// To dial the number of a conference to be opened.
    MeetMe,
    /// To type the PIN of a conference.
    Pin {
        /// The conference's number.
        number: String,
        /// How often a wrong one was typed.
        tries: u8,
    },
    /// To dial the number that calls to its line are forwarded to.
    Forward(ForwardWhen),
    /// To dial the number at which a call rings that its user will take.
    Pickup,
    /// To be heard at once.
    Intercom {
        /// Whether the other one is, too.
        two_way: bool,
    },
    /// It failed, and its user may be called back from this line.
    CallBack {
        /// The line.
        line: LineId,
    },
}

/// The state of a leg.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LegState {
    /// Its user dials.
    Dialing(Dialing),
    /// Its user dialled; the callee is being sought.
    Proceeding,
    /// Its user hears that the callee rings.
    RingingOut,
    /// It rings.
    RingingIn,
    /// Its user talks.
    Connected,
    /// Its user put the other on hold.
    Held,
    /// Its user hears a tone that says why the call failed. The call itself is over.
    Failed(Cause),
}

/// A number that is being dialled.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dialing {
    /// So far.
    pub(crate) digits: String,
    /// Whether its user hears the tone of an outside line.
    pub(crate) hears_outside: bool,
    /// Whether the digits are the index of an abbreviated number.
    pub(crate) abbreviated: bool,
    /// When it counts as complete. The timer may fire earlier and is then set anew, so that a digit need
    /// not touch it.
    pub(crate) until_ns: u64,
}

/// The stream of a leg: one name for both directions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Media {
    /// Its name on the wire.
    pub(crate) party: u32,
    /// Codec and packet time.
    pub(crate) stream: Stream,
    /// The receiving side.
    pub(crate) receiving: Receiving,
    /// The sending side.
    pub(crate) sending: Sending,
    /// Keys of what it sends and of what it hears, where it is encrypted.
    pub(crate) keys: SrtpKeys,
}

impl Media {
    /// A stream in the clear.
    pub(crate) fn new(party: u32, stream: Stream, receiving: Receiving) -> Self {
        Media { party, stream, receiving, sending: Sending::Not, keys: None }
    }
}

/// The receiving side of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Receiving {
    /// It does not yet: the other side is not to be heard.
    Not,
    /// Its phone is away; it will be asked to open when it is back.
    Owed,
    /// It was asked to open.
    Opening,
    /// It is open here.
    Open(SocketAddr),
    /// It listens to this group, to which music is sent.
    Group(SocketAddr),
}

/// The sending side of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sending {
    /// It is not known yet where to.
    Not,
    /// Its phone is away; it will be told when it is back.
    Owed(SocketAddr),
    /// It was told where to.
    To {
        /// Where to.
        to: SocketAddr,
        /// When.
        at_ns: u64,
    },
}

impl Leg {
    /// A leg without a stream. What rings was called, everybody else calls.
    pub(crate) fn new(call: CallId, end: End, state: LegState) -> Self {
        let outbound = state != LegState::RingingIn;
        let purpose = Purpose::Talk;
        let (media, timer, tone) = (None, None, None);
        Leg {
            call,
            end,
            state,
            outbound,
            purpose,
            media,
            had_media: false,
            reminded: false,
            selected: false,
            taping: Taping::default(),
            copying: Copying::default(),
            timer,
            tone,
        }
    }

    /// Where it appears, when it ends at a phone.
    pub(crate) fn appearance(&self) -> Option<&Appearance> {
        match &self.end {
            End::Station(appearance) => Some(appearance),
            End::Trunk(_) | End::Park(_) | End::CallBack { .. } | End::Bridge(_) => None,
        }
    }

    /// Where it receives.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self.media.as_ref()?.receiving {
            Receiving::Open(address) => Some(address),
            Receiving::Not | Receiving::Owed | Receiving::Opening | Receiving::Group(_) => None,
        }
    }
}
