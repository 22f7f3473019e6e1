//! What the phone is told: by the network, by its audio path, by its user.

use skinny::Frame;
use skinny::codes::DeviceStimulus;
use skinny::types::CallReference;
use std::net::SocketAddr;

use crate::output::StreamId;
use crate::paging::Paging;
use crate::standby::StandbyInput;

/// What happens to the phone.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// It is plugged in: it connects.
    PowerOn,
    /// It is unplugged: all state but the call history goes.
    PowerOff,
    /// The connection that [`crate::Output::Connect`] asked for is there.
    Connected {
        /// The phone's end.
        local: SocketAddr,
        /// The server's end.
        remote: SocketAddr,
        /// UDP port for RTP, for models that announce one ([`crate::Profile::announces_port`]); otherwise 0.
        rtp_port: u16,
    },
    /// It could not be made.
    ConnectFailed,
    /// It is gone, and not because the phone asked for it.
    Disconnected(Disconnect),
    /// What the socket gave, cut anywhere.
    Bytes(&'a [u8]),
    /// A whole frame, where there is no socket.
    Frame(Frame<'a>),
    /// The audio path answers an order.
    Audio(AudioAnswer),
    /// The standby connection of phones that hold one.
    Standby(StandbyInput<'a>),
    /// Time passed.
    Tick,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// The server closed it (FIN).
    Closed,
    /// The server reset it (RST).
    Reset,
    /// It timed out.
    TimedOut,
}

/// What the audio path answers.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioAnswer {
    /// To `OpenReceive`: packets are welcome here.
    ReceiveOpened {
        /// Which stream.
        stream: StreamId,
        /// Where.
        local: SocketAddr,
    },
    /// To `OpenReceive`: no.
    ReceiveFailed {
        /// Which stream.
        stream: StreamId,
    },
    /// To `StartSend`: packets leave from here.
    SendStarted {
        /// Which stream.
        stream: StreamId,
        /// From where.
        local: SocketAddr,
    },
    /// To `StartSend`: no.
    SendFailed {
        /// Which stream.
        stream: StreamId,
    },
    /// To `Report`.
    Statistics {
        /// Whose.
        call: CallReference,
        /// The counters.
        statistics: Box<Statistics>,
    },
}

/// Counters of a call's stream, for ConnectionStatisticsRes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// RTP packets sent.
    pub packets_sent: u32,
    /// Their payload bytes.
    pub octets_sent: u32,
    /// RTP packets received.
    pub packets_received: u32,
    /// Their payload bytes.
    pub octets_received: u32,
    /// Packets that never came.
    pub packets_lost: u32,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: u32,
    /// Delay, in milliseconds.
    pub latency_ms: u32,
    /// The quality text; empty for none. At most 600 bytes are sent.
    pub quality: String,
}

/// What the user does. The first part are keys and hooks; the last part says what a user wants, and the phone
/// does it the way its model allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act<'a> {
    /// Lifts the handset.
    OffHook,
    /// Puts the handset down.
    OnHook,
    /// Presses the speaker button.
    Speaker,
    /// Presses the headset button.
    Headset,
    /// Presses a key of the dial pad: `0`–`9`, `*`, `#`, `+`, `A`–`D`.
    Key(char),
    /// Presses the softkey that is shown under this name (letter case and blanks do not matter).
    SoftKey(&'a str),
    /// Presses the n-th line button, from 1.
    LineKey(u32),
    /// Presses the n-th speed dial button, from 1.
    SpeedDial(u32),
    /// Presses another button: Hold, Transfer, Messages, a feature.
    Button(DeviceStimulus, u32),
    /// Moves the cursor to a call.
    Select(CallReference),
    /// Sends a whole number at once (on-hook dialling, directory entry).
    Enbloc(&'a str),
    /// Dials the last number again.
    Redial,

    /// Calls a number: by en-bloc where the model does it, otherwise off hook and digit by digit once there is
    /// a dial tone.
    Dial(&'a str),
    /// Answers the ringing call.
    Answer,
    /// Ends the selected call, or refuses to be off hook any longer.
    Hangup,
    /// Puts the selected call on hold.
    Hold,
    /// Takes the selected call back from hold.
    Resume,
    /// Hears or speaks as a page of a service asks for, without a call.
    Page(Paging),
    /// Leaves the server in good order and stays away until `PowerOn`.
    Unregister,
}

/// Why an act could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no server to tell.
    #[error("the phone is not registered")]
    NotRegistered,
    /// No such softkey on the screen.
    #[error("no softkey \"{wanted}\" is shown; shown are: {shown}")]
    NotShown {
        /// What was asked for.
        wanted: String,
        /// What the screen has.
        shown: String,
    },
    /// The model has no such button.
    #[error("a {model} has no {what}")]
    NoSuchButton {
        /// The model.
        model: &'static str,
        /// The button.
        what: String,
    },
    /// The handset is up, or down, already.
    #[error("the handset is {0} already")]
    Handset(&'static str),
    /// Nothing to do it with.
    #[error("there is no call to {0}")]
    NoCall(&'static str),
    /// Not a key of the dial pad, or a number with such.
    #[error("{0:?} is not on the dial pad")]
    NoSuchKey(char),
    /// The number is empty or longer than phones take.
    #[error("a number has 1 to {max} digits, not {found}")]
    Length {
        /// Digits given.
        found: usize,
        /// Digits taken.
        max: usize,
    },
    /// The write queue is full: the server does not read.
    #[error("the server does not read what the phone sends")]
    ServerStuck,
}
