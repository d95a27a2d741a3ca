//! `cca ls`: models and seeds.

use clap::Args;

use crate::cli::arguments::{Format, NodeArguments};
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
  cca ls --select state:modified+ --state prod/target --explain
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
    nodes: NodeArguments,
    /// Say in what each node differs from the one in `--state`
    #[arg(long, requires = "state")]
    explain: bool,
}

impl Ls {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let selection = self.nodes.to_selection()?;
        let nodes = run::list(&session.context()?, &selection)?;
        if self.explain && session.printer.format != Format::Json {
            return explain(session, &nodes);
        }
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

/// Nodes and in what they differ from the earlier state.
fn explain(session: &Session, nodes: &[NodeSummary]) -> Result<()> {
    const NAMES: [&str; 3] = ["name", "kind", "why"];
    let why = |node: &NodeSummary| match node.why.as_slice() {
        [] => "unmodified".to_owned(),
        all => all.join("; "),
    };
    let rows = nodes
        .iter()
        .map(|node| vec![node.name.clone(), node.kind.clone(), why(node)]);
    if session.printer.format == Format::Csv {
        return session.print_csv(&NAMES, rows);
    }
    let rows: Vec<Vec<String>> = rows.collect();
    let width = session.printer.terminal.table_width;
    session
        .printer
        .data(&render::grid(&NAMES, &[], &rows, width))
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
