//! `cca seed`: the CSV files of the project as tables.

use clap::Args;

use crate::cli::arguments::NodeArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run::request::ModelsRequest;
use crate::run::{self, Verb};

const EXAMPLES: &str = "\
Examples:
  cca seed
  cca seed --select model_prices --full-refresh";

/// Load the seeds into the warehouse
///
/// Loads the seeds (CSV files of the project) into the warehouse.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Seed {
    #[command(flatten)]
    nodes: NodeArguments,
    /// Drop and create the tables, for example after columns changed
    #[arg(long)]
    full_refresh: bool,
}

impl Seed {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = ModelsRequest {
            full_refresh: self.full_refresh,
            ..self.nodes.to_request()?
        };
        session.print_run(
            run::nodes(&session.context()?, Verb::Seed, &request),
            Detail::Brief,
        )
    }
}
