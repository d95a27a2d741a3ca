//! `cca check`: the expectations.

use clap::Args;

use crate::cli::arguments::SelectionArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run;
use crate::run::request::CheckRequest;

const EXAMPLES: &str = "\
Examples:
  cca check
  cca check --select fct_api_calls
  cca check --format json | jq '.check.failures'";

/// Evaluate the expectations
///
/// Evaluates the expectations against the warehouse and stores the outcomes. Exit code 1 if one of
/// severity `error` is not met.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    selection: SelectionArguments,
}

impl Check {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = CheckRequest {
            selection: self.selection.to_selection(),
        };
        session.print_run(run::check(&session.context()?, &request), Detail::Brief)
    }
}
