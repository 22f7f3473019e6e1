//! Drivers for the emulated phone: sockets, RTP, WAV files, console.
