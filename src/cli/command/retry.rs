//! `cca retry`: what failed in the last run.

use clap::Args;

use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run;
use crate::run::request::RetryRequest;

const EXAMPLES: &str = "\
Examples:
  cca retry
  cca retry --fail-fast";

/// Run again what failed or was skipped in the last run
///
/// Takes up the last `run`, `build`, `test`, `seed` or `snapshot` with its flags and variables, for
/// the nodes that did not end well; of models built in periods, only the missing periods. It can be
/// repeated until nothing is left to do.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Retry {
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    fail_fast: bool,
}

impl Retry {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = RetryRequest {
            fail_fast: self.fail_fast,
        };
        session.print_run(run::retry(&session.context()?, &request), Detail::Brief)
    }
}
