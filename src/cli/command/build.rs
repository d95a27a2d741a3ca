//! `cca build`: seeds, models, snapshots and tests in one go.

use clap::Args;

use crate::cli::arguments::BuildArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run::request::ModelsRequest;
use crate::run::{self, Verb};

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
    build: BuildArguments,
    /// Keep what tests find: a relation per test, and the table `cca.test_failures`
    #[arg(long)]
    store_failures: bool,
}

impl Build {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = ModelsRequest {
            store_failures: self.store_failures,
            ..self.build.to_request()?
        };
        session.print_run(
            run::nodes(&session.context()?, Verb::Build, &request),
            Detail::Brief,
        )
    }
}
