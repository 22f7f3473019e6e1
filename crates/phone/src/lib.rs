//! A Cisco phone without I/O: keys, lamps, screen, calls, audio path.
//!
//! [`Phone`] is a state machine. It has no clock, socket, thread or randomness, and is plain data: the same
//! inputs give the same outputs. The softphone's console, the load generator (thousands in a process) and the
//! simulator drive it in the same way:
//!
//! ```
//! use phone::{Act, Config, Input, Output, Phone, profile};
//! use std::time::Duration;
//!
//! let now = Duration::ZERO; // since any fixed moment; never steps back
//! let mut phone = Phone::new(Config::new("SEP001122334455", &profile::CISCO_7960));
//! phone.handle(now, Input::PowerOn);
//! while let Some(output) = phone.poll() {
//!     match output {
//!         Output::Connect { server } => { /* open TCP to server number `server`, then Input::Connected */ }
//!         Output::Send => { /* write phone.pending(), tell how much: phone.wrote(n) */ }
//!         Output::Close(_) => { /* flush, close the socket; no Input::Disconnected for it */ }
//!         Output::Audio(_) => { /* see `output::Audio`; answers come as Input::Audio */ }
//!         Output::Standby(_) => { /* the same for a second connection, of phones that hold one */ }
//!         Output::Changed(_) => { /* something to see: read it from the phone */ }
//!     }
//! }
//! let _wake = phone.next_deadline(); // then phone.handle(now, Input::Tick)
//! assert!(phone.act(now, Act::SoftKey("Answer")).is_err()); // not registered: no such key on the screen
//! ```
//!
//! | to | use |
//! |---|---|
//! | choose a model | [`profile::find`], [`profile::ALL`], the constants of [`profile`] |
//! | feed it | [`Phone::handle`] with [`Input`], [`Phone::act`] with [`Act`] |
//! | obey it | [`Phone::poll`] until `None`, [`Phone::pending`], [`Phone::wrote`], [`Phone::next_deadline`] |
//! | look at it | [`Phone::registration`], [`Phone::calls`], [`Phone::prompt`], [`Phone::notice`], [`Phone::softkeys`], [`Phone::lamp`], [`Phone::ringing`], [`Phone::tone`], [`Phone::lines`], [`Phone::buttons`], [`Phone::history`], [`Phone::clock`], [`Phone::streams`], [`Phone::offences`] |
//! | break the rules | [`Phone::send_message`], [`Phone::send_bytes`] |
//! | make it sound | [`audio::AudioPath`]: obeys the audio orders without sockets |
//!
//! It assumes nothing that only our own server does: answers may be missing, late or short, references absent
//! (CallManager 2.x), messages unknown. What a real phone of the model would have choked on is kept as
//! [`Offence`]s; with [`Config::strict`] it hangs up on the server as the real one does.

mod alarm;
pub mod audio;
pub mod call;
pub mod config;
mod dial;
pub mod history;
pub mod input;
mod keys;
mod leave;
mod legacy;
mod link;
pub mod media;
mod message;
pub mod output;
mod paging;
pub mod phone;
pub mod profile;
mod register;
pub mod resource;
pub mod screen;
mod send;
mod standby;
mod template;
mod text;
mod timer;
mod view;

pub use call::{Call, Party};
pub use config::{Config, Timing};
pub use history::{List, Logged};
pub use input::{Act, AudioAnswer, Disconnect, Input, Refused, Statistics};
pub use output::{Audio, Change, CloseReason, Output, StandbyOrder, StreamId};
pub use paging::Paging;
pub use phone::Phone;
pub use profile::Profile;
pub use screen::{Button, Clock, Line, Offence, Path, Pushed, Registration, ShownKey};
pub use standby::StandbyInput;
