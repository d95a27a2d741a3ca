//! Integration tests: the real binary, real files, a real database server.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    reason = "a test that cannot go on should say so and stop; its files need no syncing"
)]

mod accounts;
mod architecture;
mod artifacts;
mod checks;
mod cli;
mod command_line;
mod crash;
mod dbt;
mod dbt_projects;
mod durability;
mod extract_mongo;
mod fixtures;
mod flow;
mod generated;
mod lake_guards;
mod marts;
mod mongo_flow;
mod mongod;
mod oracle;
mod python;
mod readers;
mod runner;
mod runner_failures;
mod usage;
mod usage_agreement;
mod usage_ccusage;
mod usage_live;
mod usage_nasty;
mod usage_oracle;
mod whole_transcripts;
