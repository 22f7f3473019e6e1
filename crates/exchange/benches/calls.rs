//! Placeholder until the calls are there.
fn main() {}
