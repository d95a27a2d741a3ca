//! Evaluates the expectations declared in `expectations/*.yml` and keeps every outcome.
//!
//! ```text
//! suite/ ────► expectation/ ──► compile/ ──► evaluate/ ──► judge/ ──► outcome.rs, store.rs
//! YAML, JSON   typed rules      SQL           one scan      verdicts   report, cca.check_results
//! ```
//!
//! Guarantees: a declaration is validated before anything runs, and a mistake in it names file and
//! line; all aggregate expectations of one table share one scan; an expectation that cannot be
//! evaluated is an outcome of its own and never passes; the outcomes of a run are stored in one
//! transaction.

mod blame;
mod compile;
mod dateutil;
pub mod document;
mod evaluate;
mod expectation;
mod failures;
mod json_schema;
mod judge;
mod outcome;
mod past;
mod profile;
mod reference;
mod retention;
mod select;
mod store;
mod suite;
mod usual;
mod validate;

#[cfg(test)]
mod tests;

pub use evaluate::{CheckOptions, evaluate, run};
pub use expectation::{Expectation, Severity};
pub use outcome::{CheckReport, Findings, Outcome, OutcomeStatus, ValueCount};
pub use past::{ExpectationPast, PastChecks, PastOutcome, past_of};
pub use profile::{Proposal, find_relation, only_relation, propose};
pub use reference::to_markdown;
pub use select::is_meant;
pub use suite::{About, Suite, load_suites, load_suites_about};
pub use validate::{Fault, Known, Validation, validate};
