//! Thin: the body is `skinny::fuzz::stream`, which stable tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| skinny::fuzz::stream(data));
