//! `cca check`: the expectations.

use clap::Args;

use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run;
use crate::run::request::{CheckRequest, Selection};

const EXAMPLES: &str = "\
Examples:
  cca check
  cca check --select fct_api_calls
  cca check --select layer:gold --fail-fast
  cca check --select 'tag:nightly' --save-failures
  cca check --format json | jq '.check.failures'";

/// Evaluate the expectations
///
/// Evaluates the expectations against the warehouse and stores the outcomes. Exit code 1 if one of
/// severity `error` is not met.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// Only these: suites, layers, tables or tags, with `*` and `?`; `suite:x`, `layer:x`, `model:x`
    /// and `tag:x` look only there; several are united
    #[arg(short, long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    select: Vec<String>,
    /// Not these
    #[arg(long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    exclude: Vec<String>,
    /// Stop after the first table in which an expectation of severity `error` is not met
    #[arg(long)]
    fail_fast: bool,
    /// Write the rows that break expectations to `validation_failures.jsonl` in the folder of dead
    /// letters
    #[arg(long)]
    save_failures: bool,
}

impl Check {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = CheckRequest {
            selection: Selection {
                select: self.select.clone(),
                exclude: self.exclude.clone(),
            },
            fail_fast: self.fail_fast,
            save_failures: self.save_failures,
        };
        session.print_run(run::check(&session.context()?, &request), Detail::Brief)
    }
}
