//! `cca ls`: models and seeds.

use clap::Args;

use crate::cli::arguments::{Format, SelectionArguments};
use crate::cli::printer::Loudness;
use crate::cli::session::Session;
use crate::cli::{human, render, style};
use crate::error::Result;
use crate::run;
use crate::run::report::NodeSummary;

const EXAMPLES: &str = "\
Examples:
  cca ls
  cca ls --select +agg_daily_summary
  cca ls --format csv
  cca ls --format json | jq -r '.[] | select(.kind == \"seed\") | .name'";

const NAMES: [&str; 7] = [
    "name",
    "kind",
    "materialization",
    "schema",
    "tags",
    "path",
    "from",
];

/// List models and seeds, and where each comes from
///
/// Lists models and seeds in dependency order, and where each comes from: the program itself or a
/// file of the project.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Ls {
    #[command(flatten)]
    selection: SelectionArguments,
}

impl Ls {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let nodes = run::list(&session.context()?, &self.selection.to_selection())?;
        match session.printer.format {
            Format::Json => session.printer.json(&nodes),
            Format::Csv => session.print_csv(&NAMES, nodes.iter().map(row)),
            Format::Table => {
                let rows: Vec<Vec<String>> = nodes.iter().map(row).collect();
                let width = session.printer.terminal.table_width;
                session
                    .printer
                    .data(&render::grid(&NAMES, &[], &rows, width))?;
                let count = human::plural(nodes.len() as u64, "node");
                session.printer.tell(Loudness::Verbose, &style::dim(count));
                Ok(())
            }
        }
    }
}

fn row(node: &NodeSummary) -> Vec<String> {
    vec![
        node.name.clone(),
        node.kind.clone(),
        node.materialization.clone(),
        node.schema.clone(),
        node.tags.join(" "),
        node.path.clone(),
        if node.origin == "embedded" {
            "embedded"
        } else {
            "disk"
        }
        .to_owned(),
    ]
}
