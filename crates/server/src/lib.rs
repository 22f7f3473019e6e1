//! Everything around the exchange that touches the outside: sockets, configuration, journal.
