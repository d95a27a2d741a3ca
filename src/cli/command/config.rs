//! `cca config`: settings and their origins.

use clap::Args;

use crate::cli::arguments::{Format, SourceArguments};
use crate::cli::printer::Loudness;
use crate::cli::session::Session;
use crate::cli::{render, style};
use crate::config::Resolved;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  cca config
  cca config mongo
  cca config --format json | jq -r '.[] | select(.key == \"project.data_dir\") | .value'";

const NAMES: [&str; 4] = ["key", "value", "origin", "note"];

/// Print every setting and where its value comes from
///
/// Prints every setting, its value and where the value comes from. Passwords are left out.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Config {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
    /// Only settings whose key begins with this
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
}

impl Config {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let values = &session.configuration.values;
        let values: Vec<&Resolved> = values
            .iter()
            .filter(|value| value.key.starts_with(prefix))
            .collect();
        let rows = values.iter().map(|value| row(value));
        match session.printer.format {
            Format::Json => return session.printer.json(&values),
            Format::Csv => return session.print_csv(&NAMES, rows),
            Format::Table => {}
        }
        let mut rows: Vec<Vec<String>> = rows.collect();
        let has_notes = values.iter().any(|value| value.note.is_some());
        let shown = if has_notes {
            NAMES.len()
        } else {
            NAMES.len() - 1
        };
        rows.iter_mut().for_each(|row| row.truncate(shown));
        let names: Vec<&str> = NAMES.into_iter().take(shown).collect();
        let width = session.printer.terminal.table_width;
        session
            .printer
            .data(&render::grid(&names, &[], &rows, width))?;
        session.printer.flush()?;
        for (path, there) in &session.configuration.files {
            let state = if *there { "read" } else { "not there" };
            let line = style::dim(format!("{}: {state}", path.display()));
            session.printer.tell(Loudness::Normal, &line);
        }
        Ok(())
    }
}

fn row(value: &Resolved) -> Vec<String> {
    vec![
        value.key.clone(),
        value.value.clone(),
        value.origin.clone(),
        value.note.clone().unwrap_or_default(),
    ]
}
