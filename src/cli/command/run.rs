//! `cca run`: the models.

use clap::Args;

use crate::cli::arguments::SelectionArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run;
use crate::run::request::ModelsRequest;

const EXAMPLES: &str = "\
Examples:
  cca run
  cca run --select +agg_daily_summary          with everything it needs
  cca run --select tag:daily --exclude dim_date
  cca run --select fct_messages+ --full-refresh
  cca run --format csv > units.csv";

/// Build models in dependency order
///
/// Builds the selected models, and the seeds they need, in dependency order.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Run {
    #[command(flatten)]
    selection: SelectionArguments,
    /// Rebuild incremental models from scratch
    #[arg(long)]
    full_refresh: bool,
    /// Stop at the first model that fails
    #[arg(short = 'x', long)]
    fail_fast: bool,
}

impl Run {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = ModelsRequest {
            selection: self.selection.to_selection(),
            full_refresh: self.full_refresh,
            fail_fast: self.fail_fast,
            store_failures: false,
            threads: None,
        };
        session.print_run(run::models(&session.context()?, &request), Detail::Brief)
    }
}
