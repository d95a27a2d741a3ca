//! `cca status`: the state of the data folder.

use clap::Args;

use crate::cli::arguments::Format;
use crate::cli::render;
use crate::cli::session::Session;
use crate::error::Result;
use crate::run;

const EXAMPLES: &str = "\
Examples:
  cca status
  cca status --format json | jq .warehouse.behind";

/// Show what is landed, loaded, published and running
///
/// Shows what is landed, loaded, published and running, without changing anything.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Status {}

impl Status {
    #[expect(clippy::unused_self, reason = "every command has the same shape")]
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let report = run::status(&session.context()?)?;
        if session.printer.format == Format::Json {
            return session.printer.json(&report);
        }
        session
            .printer
            .data(&render::state(&report, &session.zone()?))
    }
}
