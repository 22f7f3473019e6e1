//! Everything around the exchange that touches the outside: sockets, configuration, journal.
//!
//! One thread owns the SCCP sockets and the exchange ([`turn`]): it reads what is ready, lets the exchange
//! decide, carries out its orders ([`switchboard`]) and writes each phone's messages once per turn. Nothing
//! else is done there: a helper thread brings the journal to the disk.
//!
//! * [`config`]: `lineside.toml`, judged and compiled to a plan.
//! * [`listen`]: sockets that listen, permits, what happens without descriptors.
//! * [`session`], [`sessions`]: bytes of one connection; all of them by number.
//! * [`adopt`]: numbers for phones that nobody configured.
//! * [`journal`]: records, kept in the turn in which a call ends.
//! * [`inputs`]: every input of the exchange, for replay.
//! * [`tap`], [`tape`]: a copy of every frame.
//! * [`provision`]: the files that phones fetch before they register, on a thread of its own.
//! * [`running`], [`serve`]: a server in this process; `lineside serve`.

pub mod adopt;
pub mod api;
pub mod clock;
pub mod config;
pub mod counters;
pub mod data;
pub mod inputs;
pub mod journal;
pub mod listen;
pub mod live;
pub mod log;
pub mod media;
pub mod priority;
pub mod provision;
pub mod published;
pub mod records;
pub mod reload;
pub mod ring;
pub mod running;
pub mod serve;
pub mod session;
pub mod sessions;
pub mod store;
pub mod switchboard;
mod systemd;
pub mod tap;
pub mod tape;
pub mod turn;

pub use config::Settings;
pub use running::{Config, Running, Server, StartError};
pub use serve::{Options, ServeError, serve};
pub use tap::{Direction, TapFrame};
