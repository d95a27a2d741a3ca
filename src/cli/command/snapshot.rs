//! `cca snapshot`: the history of rows.

use clap::Args;

use crate::cli::arguments::NodeArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run::request::ModelsRequest;
use crate::run::{self, Verb};

const EXAMPLES: &str = "\
Examples:
  cca snapshot
  cca snapshot --select customers_history";

/// Record what has changed since the last snapshot
///
/// Each changed row gets a new version; the version before ends.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Snapshot {
    #[command(flatten)]
    nodes: NodeArguments,
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    fail_fast: bool,
}

impl Snapshot {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = ModelsRequest {
            fail_fast: self.fail_fast,
            ..self.nodes.to_request()?
        };
        session.print_run(
            run::nodes(&session.context()?, Verb::Snapshot, &request),
            Detail::Brief,
        )
    }
}
