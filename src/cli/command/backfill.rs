//! `cca backfill`: everything from the beginning.

use clap::Args;

use crate::cli::arguments::{SelectionArguments, SourceArguments};
use crate::cli::session::{Detail, Session};
use crate::config::parse_size;
use crate::error::Result;
use crate::run;
use crate::run::request::PipelineRequest;

const EXAMPLES: &str = "\
Examples:
  cca backfill
  cca backfill --roots /mnt/laptop/.claude ~/.claude
  MONGO_URI=mongodb://localhost:27017 cca backfill
  cca backfill --demo-if-empty=100MB
  cca backfill --full-refresh --format json > report.json";

/// Read sources from the beginning and run every stage
///
/// Reads sources from the beginning, appends what is not landed yet, merges it into the warehouse,
/// builds the models, evaluates the expectations and publishes the marts. Entries that are
/// landed already are recognised: the marts are the same however often it runs. For what is new
/// since last time, `cca sync` reads less.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Backfill {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    /// Rebuild incremental models from scratch
    #[arg(long)]
    full_refresh: bool,
    /// Stop at the first model that fails
    #[arg(long)]
    fail_fast: bool,
    /// Generate transcripts of this size and read them, if the source holds nothing
    #[arg(long, value_name = "SIZE", num_args = 0..=1, require_equals = true,
          default_missing_value = "20MB", value_parser = parse_size)]
    demo_if_empty: Option<u64>,
}

impl Backfill {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let request = PipelineRequest {
            full: true,
            full_refresh: self.full_refresh,
            fail_fast: self.fail_fast,
            selection: self.selection.to_selection(),
            demo_if_empty: self.demo_if_empty,
            ..PipelineRequest::everything()
        };
        let outcome = run::pipeline(&session.context()?, "backfill", &request);
        session.print_run(outcome, Detail::Full)
    }
}
