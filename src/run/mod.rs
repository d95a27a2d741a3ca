//! Where the stages meet, and only here.
//!
//! [`pipeline`] is the whole run on one screen; the other functions are one stage or one question
//! each. Whatever writes holds the lock of the data folder and leaves a line in the journal.

mod artifacts;
mod check_documents;
mod check_file;
mod check_proposal;
mod check_validation;
mod checks;
mod context;
mod demonstration;
mod doctor;
mod extraction;
mod freshness;
mod inspect;
mod journal;
pub mod lock;
mod models;
mod operation;
mod pipeline;
mod publication;
mod record;
pub mod report;
pub mod request;
mod show;
mod sources;
mod status;
mod summary;
mod unchanged;
mod up_to_date;
mod usage;

pub use crate::transform::Verb;
pub use check_file::check_file;
pub use check_proposal::propose_suite;
pub use check_validation::{validate_file_suites, validate_suites};
pub use checks::{check, check_history};
pub use context::Context;
pub use demonstration::demo;
pub use doctor::doctor;
pub use freshness::{FreshnessReport, SourceAge, freshness};
pub use inspect::{RowVisitor, compile, list, query, statement};
pub use models::{nodes, retry};
pub use operation::operate;

pub use crate::transform::instant;
pub use pipeline::pipeline;
pub use show::show;
pub use status::status;
pub use usage::UsageReader;
