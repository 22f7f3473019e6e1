//! The emulated phone on a real network: sockets, RTP, WAV files, a console.
//!
//! * [`Driver`]: one thread that runs any number of phones over TCP and UDP with real time.
//! * [`Handle`]: one phone of it, for tests and the demo: press keys, look, wait for something to be seen (with
//!   an explanation when it is not), read the transcript of messages, say and record sound.
//! * [`console`]: the same for people: one line in, readable lines out.
//! * [`fetch`]: what a phone does before it registers: files over TFTP and HTTP.
//! * [`scenario`]: scenario files, for tests of any server.
//! * [`service`]: pages of phone services over HTTP, as XML.
//! * [`sound`]: tones, bell and voices mixed for a sound card; the card itself with feature `audio`.
//! * `ui` (feature): the phone on the terminal.
//! * `remote` (feature): control over HTTP and WebSocket; `web`: the pages that a phone serves itself.
//! * [`run`]: what `lineside phone` calls.
//!
//! ```no_run
//! use phone::{Act, Config, profile};
//! use softphone::{Driver, Setup};
//! use std::time::Duration;
//!
//! let driver = Driver::start()?;
//! let config = Config::new("SEP001122334455", &profile::CISCO_7960);
//! let phone = driver.add(Setup::new(config, vec!["127.0.0.1:2000".parse()?]))?;
//! phone.wait_for("registration", Duration::from_secs(5), |phone| phone.is_registered())?;
//! phone.act(Act::Dial("1002"))?;
//! phone.wait_for("an answer", Duration::from_secs(5), |phone| {
//!     phone.calls().iter().any(|call| call.is_connected())
//! })?;
//! for entry in phone.transcript() {
//!     println!("{entry}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod console;
mod driver;
pub mod fetch;
mod handle;
#[cfg(feature = "remote")]
mod listen;
mod record;
#[cfg(feature = "remote")]
pub mod remote;
pub mod resource;
mod run;
pub mod scenario;
pub mod service;
pub mod show;
pub mod sound;
mod transcript;
#[cfg(feature = "ui")]
pub mod ui;
#[cfg(feature = "remote")]
pub mod web;

pub use driver::{Cut, Driver, DriverError, Faults, Observer, Setup};
pub use handle::{Handle, NotSeen};
pub use record::{SoundError, read_wav};
#[cfg(feature = "ui")]
pub use run::run_on_screen;
pub use run::{Options, OwnPages, PORT, RemoteControl, RunError, Secret, resolve, run, run_on};
pub use transcript::{Entry, TRANSCRIPT_MAX, Way};
