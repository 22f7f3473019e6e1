//! Thin: any bytes as a capture file, printed both ways.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trace::messages::any_capture(data));
