//! `cca check init`: a suite proposed from the data.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::Format;
use crate::cli::printer::Loudness;
use crate::cli::session::Session;
use crate::cli::{human, style};
use crate::error::{Error, Result};
use crate::run;
use crate::run::request::ProposalRequest;
use crate::sys;

const EXAMPLES: &str = "\
Examples:
  cca check init fct_tool_calls
  cca check init fct_tool_calls --output expectations/tool_calls.yml
  cca check init --on orders.parquet > orders.yml";

/// Propose a suite from the data as they are
///
/// Measures every column of a table (types, nulls, uniqueness, ranges, sets of few values, formats)
/// and prints a suite in YAML that the data meet now: a beginning, to be read and tightened.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Init {
    /// The table: a model, or `schema.name`
    #[arg(value_name = "MODEL", required_unless_present = "on")]
    model: Option<String>,
    /// Take a DuckDB database or Parquet instead of the warehouse
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    on: Option<PathBuf>,
    /// Write the suite to this file, which must not exist, instead of stdout
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
}

impl Init {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        if let Some(path) = self.output.as_ref().filter(|path| path.exists()) {
            return Err(Error::usage("the file exists already")
                .at(path.display())
                .hint("Name another one, or remove it."));
        }
        let request = ProposalRequest {
            table: self.model.clone(),
            on: self.on.clone(),
        };
        let suite = run::propose_suite(&session.context()?, &request)?;
        match (&self.output, session.printer.format) {
            (Some(path), _) => sys::fs::write_atomic(path, suite.text.as_bytes())?,
            (None, Format::Json) => session.printer.json(&suite)?,
            (None, _) => session.printer.data(&suite.text)?,
        }
        let note = format!(
            "{} proposed from {} of {}",
            human::plural(suite.expectations, "expectation"),
            human::plural(suite.rows, "row"),
            suite.table
        );
        session.printer.tell(Loudness::Normal, &style::dim(note));
        Ok(())
    }
}
