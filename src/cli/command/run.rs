//! `cca run`: the models.

use clap::Args;

use crate::cli::arguments::BuildArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run::{self, Verb};

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
    build: BuildArguments,
}

impl Run {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = self.build.to_request()?;
        session.print_run(
            run::nodes(&session.context()?, Verb::Run, &request),
            Detail::Brief,
        )
    }
}
