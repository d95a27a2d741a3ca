//! Integration tests: the real binary, real files, a real database server.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say so and stop"
)]

mod architecture;
mod command_line;
mod durability;
mod extract_mongo;
mod fixtures;
mod lake_guards;
mod mongod;
mod oracle;
mod python;
mod readers;
