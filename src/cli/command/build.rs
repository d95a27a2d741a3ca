//! `cca build`: seeds, models, snapshots and tests in one go.

use clap::Args;

use crate::cli::arguments::{NodeArguments, PeriodArguments};
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run;
use crate::run::request::ModelsRequest;

const EXAMPLES: &str = "\
Examples:
  cca build
  cca build --select +agg_daily_summary        with everything it needs
  cca build --project-dir ~/jaffle_shop        a dbt project
  cca build --full-refresh --store-failures";

/// Load seeds, build models, record snapshots and run tests, in dependency order
///
/// What depends on something that failed, or that a test of severity `error` found wrong, is
/// skipped. A project with a `dbt_project.yml` is built where its profile says.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Build {
    #[command(flatten)]
    nodes: NodeArguments,
    #[command(flatten)]
    periods: PeriodArguments,
    /// Leave alone what was built from the same SQL, settings, macros, seeds and source rows in an
    /// earlier run with this flag; what a query takes from the clock or from files it names itself
    /// is not seen
    #[arg(long)]
    skip_unchanged: bool,
    /// Rebuild incremental models and load seeds from scratch
    #[arg(long)]
    full_refresh: bool,
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    fail_fast: bool,
    /// Keep what tests find: a relation per test, and the table `cca.test_failures`
    #[arg(long)]
    store_failures: bool,
}

impl Build {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let (event_time_start, event_time_end) = self.periods.to_instants()?;
        let request = ModelsRequest {
            event_time_start,
            event_time_end,
            skip_unchanged: self.skip_unchanged,
            full_refresh: self.full_refresh,
            fail_fast: self.fail_fast,
            store_failures: self.store_failures,
            ..self.nodes.to_request()?
        };
        session.print_run(run::build_all(&session.context()?, &request), Detail::Brief)
    }
}
