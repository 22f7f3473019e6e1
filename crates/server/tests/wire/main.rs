//! The server over real sockets, against clients that do everything wrong.

mod framing;
mod limits;
mod stop;
mod support;
