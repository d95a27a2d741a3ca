//! `cca load`: from the landing table to the warehouse.

use clap::Args;

use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::event::Stage;
use crate::run;
use crate::run::request::PipelineRequest;

const EXAMPLES: &str = "\
Examples:
  cca load
  cca load --full          after the warehouse file was deleted or restored";

/// Merge new data files of the landing table into the warehouse
///
/// Merges the data files added since the last loaded snapshot into `raw.conversations`; the newest
/// version of every entry wins.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Load {
    /// Merge the whole landing table again
    #[arg(long)]
    full: bool,
}

impl Load {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let request = PipelineRequest {
            full: self.full,
            ..PipelineRequest::of([Stage::Load])
        };
        let outcome = run::pipeline(&session.context()?, "load", &request);
        session.print_run(outcome, Detail::Brief)
    }
}
