//! `cca publish`: what BI tools open.

use clap::Args;

use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::event::Stage;
use crate::run;
use crate::run::request::PipelineRequest;

const EXAMPLES: &str = "\
Examples:
  cca publish
  duckdb -readonly data/published/cca.duckdb \"FROM marts.agg_daily_summary\"";

/// Swap what BI tools open
///
/// Writes the marts as a new generation and swaps what readers open, atomically: queries at work
/// end on the old generation, the next ones see the new one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Publish {}

impl Publish {
    #[expect(clippy::unused_self, reason = "every command has the same shape")]
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let request = PipelineRequest::of([Stage::Publish]);
        let outcome = run::pipeline(&session.context()?, "publish", &request);
        session.print_run(outcome, Detail::Brief)
    }
}
