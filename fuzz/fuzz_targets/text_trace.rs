//! Thin: the body is `trace::source::text::any_text`, which stable tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trace::source::text::any_text(data));
