//! Analytics engine for Claude Code conversation logs: one process from transcripts to marts.
//!
//! ```text
//! extract ──► land ──► load ──► transform ──► check ──► publish
//! source      Iceberg   DuckDB   models        rules     what BI opens
//! ```
//!
//! * [`extract`] reads entries beyond the high-water marks and hands on batches of columns.
//! * [`land`] appends batches to the Iceberg landing table; data and marks in one commit.
//! * [`load`] merges data files added since the last loaded snapshot into the warehouse.
//! * [`transform`] builds the models in dependency order.
//! * [`check`] evaluates the declared expectations.
//! * [`publish`] swaps what readers open, atomically.
//!
//! The stages never name each other; only [`run`] composes them. [`lake`] alone knows Iceberg,
//! [`warehouse`] alone knows DuckDB.

#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::panic,
        clippy::disallowed_methods,
        clippy::string_slice,
        reason = "a test that cannot go on should say so and stop; its files need no syncing"
    )
)]

pub mod check;
pub mod cli;
pub mod config;
pub mod demo;
pub mod entry;
pub mod error;
pub mod event;
pub mod extract;
mod jsonl;
pub mod lake;
pub mod land;
pub mod load;
pub mod project;
pub mod publish;
pub mod run;
pub mod sys;
pub mod transform;
pub mod usage;
pub mod warehouse;
