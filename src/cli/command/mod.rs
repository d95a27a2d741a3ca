//! One file per command: flags → request → one call → report → print.

pub(super) mod backfill;
pub(super) mod build;
pub(super) mod check;
mod check_init;
pub(super) mod compile;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod extract;
pub(super) mod init;
pub(super) mod load;
pub(super) mod ls;
pub(super) mod publish;
pub(super) mod query;
pub(super) mod retry;
pub(super) mod run;
pub(super) mod run_operation;
pub(super) mod seed;
pub(super) mod show;
pub(super) mod snapshot;
pub(super) mod source;
pub(super) mod status;
pub(super) mod sync;
pub(super) mod test;
pub(super) mod usage;
