//! A Cisco phone without I/O: keys, lamps, screen, audio path.
