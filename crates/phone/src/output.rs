//! What the phone wants done, and what of it changed.

use skinny::codes::{
    DCallState, DeviceStimulus, DeviceTone, MediaPayloadType, RingDuration, RingMode, ToneOutputDirection,
};
use skinny::types::CallReference;
use std::net::SocketAddr;

/// An order to the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Open a TCP connection to a server of the driver's list, from 0; answer with
    /// [`crate::Input::Connected`] or [`crate::Input::ConnectFailed`].
    Connect {
        /// Which server.
        server: u8,
    },
    /// There is something to write: [`crate::Phone::pending`]. Said once; until all is written the driver
    /// goes on by itself.
    Send,
    /// Write what is pending, as far as that goes without waiting, and close the connection.
    Close(CloseReason),
    /// An order about the standby connection ([`crate::Config::standby`]).
    Standby(StandbyOrder),
    /// An order to the audio path.
    Audio(Audio),
    /// Something changed that a user could see or hear.
    Changed(Change),
}

/// An order about the standby connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandbyOrder {
    /// Open it to a server of the list; answer with [`crate::StandbyInput::Connected`] or `Gone`.
    Connect {
        /// Which server.
        server: u8,
    },
    /// There is something to write: [`crate::Phone::standby_pending`].
    Send,
    /// Close it.
    Close,
    /// It takes the place of the connection, which is gone; answer with [`crate::StandbyInput::Promoted`], or
    /// [`crate::Input::ConnectFailed`] when it is gone too.
    Promote,
}

/// Why the phone closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// It leaves in good order.
    Unregistered,
    /// It was unplugged: a real one would leave the server to find out by itself.
    Unplugged,
    /// Registration was refused, or never answered.
    Rejected,
    /// Three keepalives stayed unanswered.
    KeepaliveLost,
    /// The server told it to reset or restart.
    Reset,
    /// What came is no SCCP.
    BadFrame,
    /// What came is more than this model bears ([`crate::Config::strict`]).
    Offended,
    /// The server does not read.
    ServerStuck,
}

/// Names a stream between phone and audio path; never used again by the same phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StreamId(pub u32);

/// An order to the audio path. Both directions of one stream use one UDP port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audio {
    /// Receive RTP; answer with [`crate::AudioAnswer::ReceiveOpened`] or `ReceiveFailed`.
    OpenReceive {
        /// Which stream.
        stream: StreamId,
        /// The call it belongs to; 0 where the server knows no references.
        call: CallReference,
        /// The codec, by SCCP's number.
        codec: MediaPayloadType,
        /// Milliseconds of audio in a packet.
        packet_ms: u32,
        /// RTP payload number of telephone events.
        dtmf: Option<u8>,
        /// Receive on this port: it was announced (old models). 0: any.
        port: u16,
        /// Receive from this multicast group instead.
        group: Option<SocketAddr>,
    },
    /// Send RTP; answer with [`crate::AudioAnswer::SendStarted`] or `SendFailed`. A stream that sends already
    /// goes on to the new place.
    StartSend {
        /// Which stream.
        stream: StreamId,
        /// The call it belongs to; 0 where the server knows no references.
        call: CallReference,
        /// Where to.
        remote: SocketAddr,
        /// The codec, by SCCP's number.
        codec: MediaPayloadType,
        /// Milliseconds of audio in a packet.
        packet_ms: u32,
        /// TOS byte of the packets: 184 is DSCP EF.
        tos: u8,
        /// RTP payload number of telephone events.
        dtmf: Option<u8>,
        /// Of what it is a copy, where somebody records the call; none: it is the call itself.
        copy: Option<Copied>,
    },
    /// Receive no longer.
    StopReceive {
        /// Which stream.
        stream: StreamId,
    },
    /// Send no longer.
    StopSend {
        /// Which stream.
        stream: StreamId,
    },
    /// Send a digit as a telephone event.
    SendDigit {
        /// Which stream.
        stream: StreamId,
        /// The digit: `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// Tell the counters of a call; answer with [`crate::AudioAnswer::Statistics`].
    Report {
        /// Whose.
        call: CallReference,
    },
    /// Play a tone to the user, to those he talks with, or to both, until `StopTone`.
    PlayTone(DeviceTone, ToneOutputDirection),
    /// Play no tone.
    StopTone,
    /// Ring, or stop with [`RingMode::RING_OFF`].
    Ring(RingMode, RingDuration),
}

/// What the built-in bridge of a phone copies for whoever records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// What its user says.
    Said,
    /// What its user hears.
    Heard,
}

/// What changed; the value itself is read from the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// [`crate::Phone::registration`].
    Registration,
    /// The server answered a keepalive.
    KeepAlive,
    /// A line's number, name or label, by its number.
    Line(u32),
    /// Buttons and their labels.
    Buttons,
    /// [`crate::Phone::softkeys`].
    SoftKeys,
    /// [`crate::Phone::prompt`].
    Prompt,
    /// [`crate::Phone::notice`].
    Notice,
    /// [`crate::Phone::display`] of models that have nothing else.
    Display,
    /// [`crate::Phone::lamp`].
    Lamp(DeviceStimulus, u32),
    /// [`crate::Phone::ringer`].
    Ringer,
    /// [`crate::Phone::tone`].
    Tone,
    /// [`crate::Phone::path`].
    Path,
    /// [`crate::Phone::microphone`].
    Microphone,
    /// A call entered a state; with `ON_HOOK` it is gone.
    Call(CallReference, DCallState),
    /// Who calls whom, or the number dialled.
    CallInfo(CallReference),
    /// Which call the cursor stands on.
    Selected,
    /// Forwards of a line.
    Forward(u32),
    /// A stream opened or closed.
    Streams,
    /// [`crate::Phone::standby_server`].
    Standby,
    /// [`crate::Phone::clock`].
    Clock,
    /// [`crate::Phone::history`].
    History,
    /// [`crate::Phone::offences`].
    Offence,
    /// Data for a phone service came, by application id.
    UserData(u32),
}
