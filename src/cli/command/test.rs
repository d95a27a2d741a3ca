//! `cca test`: data tests and unit tests.

use clap::Args;

use crate::cli::arguments::NodeArguments;
use crate::cli::session::{Detail, Session};
use crate::error::Result;
use crate::run::request::ModelsRequest;
use crate::run::{self, Verb};

const EXAMPLES: &str = "\
Examples:
  cca test
  cca test --select fct_messages
  cca test --store-failures
  cca test --format json";

/// Run the tests of models, seeds, snapshots and sources
///
/// Data tests of one relation share its scan. Unit tests run in a database in memory and need
/// nothing that was built before. Ends with code 1 if a test of severity `error` found something.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Test {
    #[command(flatten)]
    nodes: NodeArguments,
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    fail_fast: bool,
    /// Keep what tests find: a relation per test, and the table `cca.test_failures`
    #[arg(long)]
    store_failures: bool,
}

impl Test {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let request = ModelsRequest {
            fail_fast: self.fail_fast,
            store_failures: self.store_failures,
            ..self.nodes.to_request()?
        };
        session.print_run(
            run::nodes(&session.context()?, Verb::Test, &request),
            Detail::Brief,
        )
    }
}
