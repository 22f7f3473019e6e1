//! The server over real sockets, against clients that do everything wrong.

mod calls;
mod framing;
mod limits;
mod reload;
mod stop;
mod support;
