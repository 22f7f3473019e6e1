//! Thin: the body is `skinny::fuzz::body`, which stable tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| skinny::fuzz::body(data));
