//! `cca source`: what others fill.

use clap::{Args, Subcommand};

use crate::cli::arguments::{Format, SelectionArguments};
use crate::cli::session::Session;
use crate::cli::{human, render};
use crate::error::Result;
use crate::event::Status;
use crate::run::{self, SourceAge};

const EXAMPLES: &str = "\
Examples:
  cca source freshness
  cca source freshness --format json";

const NAMES: [&str; 5] = ["source", "status", "newest row", "age", "message"];

/// Look at the sources of the models
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(in crate::cli) struct Source {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Find out how old the newest rows of sources are
    ///
    /// Compares the newest row of each source that has `freshness` with its limits. Ends with
    /// code 1 if a source is older than `error_after`. A dbt project gets `target/sources.json`.
    #[command(after_help = EXAMPLES)]
    Freshness {
        #[command(flatten)]
        selection: SelectionArguments,
    },
}

impl Source {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let Action::Freshness { selection } = &self.action;
        let report = run::freshness(&session.context()?, &selection.to_selection())?;
        match session.printer.format {
            Format::Json => session.printer.json(&report.sources)?,
            Format::Csv => session.print_csv(&NAMES, report.sources.iter().map(row))?,
            Format::Table => {
                let rows: Vec<Vec<String>> = report.sources.iter().map(row).collect();
                let width = session.printer.terminal.table_width;
                session
                    .printer
                    .data(&render::grid(&NAMES, &[], &rows, width))?;
            }
        }
        report.failure.map_or(Ok(()), Err)
    }
}

fn row(source: &SourceAge) -> Vec<String> {
    let status = match source.status {
        Status::Warned => "old",
        Status::Failed => "too old",
        _ => "fresh",
    };
    let age = source.age_seconds.map(std::time::Duration::from_secs_f64);
    vec![
        source.name.clone(),
        status.to_owned(),
        source.newest.clone().unwrap_or_default(),
        age.map(human::duration).unwrap_or_default(),
        source.message.clone().unwrap_or_default(),
    ]
}
