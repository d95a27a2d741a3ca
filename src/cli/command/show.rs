//! `cca show`: what a relation means and holds.

use clap::Args;

use crate::cli::arguments::Format;
use crate::cli::render;
use crate::cli::session::Session;
use crate::error::Result;
use crate::run;

const EXAMPLES: &str = "\
Examples:
  cca show fct_api_calls
  cca show agg_daily_summary --limit 0
  cca show dim_models --format json | jq '.columns[] | .name + \": \" + .description'";

/// Show what a model means: grain, key, columns with units, and some of its rows
///
/// Shows what is written about a model or seed (grain, key, caveats, every column with its
/// type, unit and formula), what it is made from and what uses it, and some of its rows.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Show {
    /// The model, as `name` or `schema.name`
    #[arg(value_name = "MODEL")]
    name: String,
    /// Rows of the sample; 0 for none
    #[arg(short, long, value_name = "ROWS", default_value_t = 5)]
    limit: u64,
}

impl Show {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let report = run::show(&session.context()?, &self.name, self.limit)?;
        if session.printer.format == Format::Json {
            return session.printer.json(&report);
        }
        let width = session.printer.terminal.table_width;
        session.printer.data(&render::shown(&report, width))
    }
}
