//! 4. Transform: builds the models of the project in the warehouse, in dependency order.
//!
//! [`Graph::parse`] turns files into a graph without touching the warehouse; [`seed`] and [`run`]
//! build what a [`Selection`] names. The language is the one of dbt: SQL with Jinja, `ref`,
//! `source`, `config`, macros, and the materializations view, table, incremental and ephemeral.
//!
//! Guarantees: a relation changes in one transaction or not at all; an incremental table equals
//! what a full build would give, because it is rebuilt when its definition changes; a failure
//! names the file and line that caused it.

mod artifact;
mod builtin;
mod compile;
mod config;
mod context;
mod data_test;
mod defer;
mod engine;
#[cfg(test)]
mod fixture;
mod freshness;
mod graph;
mod materialization;
mod periods;
mod prior;
mod profile;
mod properties;
mod render;
mod report;
mod run;
mod seed;
mod seed_rules;
mod select;
mod settings;
mod state;
mod template;
mod unchanged;
mod unit_test;
mod value;
mod zone;

/// The release of dbt-core whose behaviour is followed, as artifacts name it.
pub const DBT_VERSION: &str = "1.12.6";

/// Schema of the rows that failed tests, after that of the target.
const FAILURES_SCHEMA: &str = "dbt_test__audit";

pub use self::artifact::{
    Queries, RunFacts, Sql, prepare_folder, status_word, write_catalog, write_manifest,
    write_run_results, write_sql,
};
pub use self::compile::CompiledModel;
pub use self::config::instant;
pub use self::defer::{Defer, DeferFrom};
pub use self::freshness::{SourceFreshness, freshness};
pub use self::graph::{Graph, NodeKind, NodeSummary};
pub use self::periods::{EventTimes, Period};
pub use self::prior::Prior;
pub use self::profile::{Profile, ProfileRequest};
pub use self::report::{Extent, Periods, TransformReport, UnitResult};
pub use self::run::{Operation, Verb, operate, run};
pub use self::settings::{Indirect, RunOptions, Selection, Semantics, Target, TransformSettings};
pub use self::state::built_at;
