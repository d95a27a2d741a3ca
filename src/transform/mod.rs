//! 4. Transform: builds the models of the project in the warehouse, in dependency order.
//!
//! [`Graph::parse`] turns files into a graph without touching the warehouse; [`seed`] and [`run`]
//! build what a [`Selection`] names. The language is the one of dbt: SQL with Jinja, `ref`,
//! `source`, `config`, macros, and the materializations view, table, incremental and ephemeral.
//!
//! Guarantees: a relation changes in one transaction or not at all; an incremental table equals
//! what a full build would give, because it is rebuilt when its definition changes; a failure
//! names the file and line that caused it.

mod builtin;
mod compile;
mod config;
mod context;
mod data_test;
mod engine;
#[cfg(test)]
mod fixture;
mod freshness;
mod graph;
mod materialization;
mod profile;
mod properties;
mod render;
mod report;
mod run;
mod seed;
mod select;
mod settings;
mod state;
mod template;
mod unit_test;
mod value;
mod zone;

/// The release of dbt-core whose behaviour is followed, as artifacts name it.
pub const DBT_VERSION: &str = "1.12.6";

pub use self::compile::CompiledModel;
pub use self::freshness::{SourceFreshness, freshness};
pub use self::graph::{Graph, NodeKind, NodeSummary};
pub use self::profile::{Profile, ProfileRequest};
pub use self::report::{TransformReport, UnitResult};
pub use self::run::{build, run, seed, snapshot, test};
pub use self::settings::{RunOptions, Selection, Semantics, Target, TransformSettings};
