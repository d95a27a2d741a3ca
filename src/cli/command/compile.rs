//! `cca compile`: the SQL of models.

use clap::Args;

use crate::cli::arguments::{Format, NodeArguments};
use crate::cli::session::Session;
use crate::cli::style;
use crate::error::{Error, Result};
use crate::run;

const EXAMPLES: &str = "\
Examples:
  cca compile --select fct_api_calls
  cca compile --select marts+ --format json | jq -r '.[].sql'";

/// Print the SQL of models as the warehouse would see it
///
/// Prints the SQL of the selected models after templates are expanded, without opening the
/// warehouse.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Compile {
    #[command(flatten)]
    nodes: NodeArguments,
}

impl Compile {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let request = self.nodes.to_request()?;
        let models = run::compile(&session.context()?, &request)?;
        if models.is_empty() {
            return Err(Error::usage("the selection matches no model")
                .hint("List the models with `cca ls`."));
        }
        if session.printer.format == Format::Json {
            return session.printer.json(&models);
        }
        for (index, model) in models.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            let head = style::dim(format!("-- {}: {}", model.name, model.path));
            session
                .printer
                .data(&format!("{gap}{head}\n{}\n", model.sql.trim_end()))?;
        }
        Ok(())
    }
}
