//! The world for tests: virtual clock, seeded network, phones and exchange, invariants.
