//! `cca run`: the models.

use clap::Args;

use crate::cli::arguments::{NodeArguments, PeriodArguments};
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
    nodes: NodeArguments,
    #[command(flatten)]
    periods: PeriodArguments,
    /// Leave alone what was built from the same SQL, settings, macros, seeds and source rows in an
    /// earlier run with this flag; what a query takes from the clock or from files it names itself
    /// is not seen
    #[arg(long)]
    skip_unchanged: bool,
    /// Rebuild incremental models from scratch
    #[arg(long)]
    full_refresh: bool,
    /// Stop at the first model that fails
    #[arg(short = 'x', long)]
    fail_fast: bool,
}

impl Run {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let (event_time_start, event_time_end) = self.periods.to_instants()?;
        let request = ModelsRequest {
            event_time_start,
            event_time_end,
            skip_unchanged: self.skip_unchanged,
            full_refresh: self.full_refresh,
            fail_fast: self.fail_fast,
            ..self.nodes.to_request()?
        };
        session.print_run(run::models(&session.context()?, &request), Detail::Brief)
    }
}
