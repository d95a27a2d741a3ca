//! `cca query`: SQL on the warehouse.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::Format;
use crate::cli::printer::Loudness;
use crate::cli::render::{CsvRows, JsonRows, TableRows};
use crate::cli::session::Session;
use crate::cli::{human, style};
use crate::error::{Error, Result};
use crate::run;
use crate::run::request::QueryRequest;

/// Rows of a table for people, unless they say otherwise.
const ROWS_FOR_PEOPLE: u64 = 100;

const EXAMPLES: &str = "\
Examples:
  cca query \"SELECT date_key, tool_calls, cost_usd FROM marts.agg_daily_summary\"
  cca query \"SHOW ALL TABLES\"
  cca query --file report.sql --format csv > report.csv
  cca query --file top_tools
  echo \"SELECT count(*) AS entries FROM raw.conversations\" | cca query -
  cca query --format json \"FROM marts.dim_tools\" | jq '.[].tool_name'";

/// Run a query on the warehouse
///
/// Runs one statement that reads, and prints its rows: as a table, as a JSON array of objects
/// (numbers keep every digit), or as CSV.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Query {
    /// The statement; `-` reads it from stdin
    #[arg(
        value_name = "SQL",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    sql: Option<String>,
    /// File with the statement, or an analysis of the project by its path or name
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Rows at most; 0 for all [default: 100 in a table, else all]
    #[arg(short, long, value_name = "ROWS")]
    limit: Option<u64>,
}

impl Query {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let sql = self.statement(session)?;
        match session.printer.format {
            Format::Table => self.print_table(session, sql),
            Format::Json => self.print_json(session, sql),
            Format::Csv => self.print_csv(session, sql),
        }
    }

    fn statement(&self, session: &Session) -> Result<String> {
        let text = match (&self.file, self.sql.as_deref()) {
            (Some(path), _) => run::statement(&session.context()?, path)?,
            (None, Some("-")) => {
                let mut text = String::new();
                std::io::stdin()
                    .read_to_string(&mut text)
                    .map_err(|error| {
                        Error::usage("failed to read the statement from stdin").cause(error)
                    })?;
                text
            }
            (None, sql) => sql.unwrap_or_default().to_owned(),
        };
        if text.trim().is_empty() {
            return Err(Error::usage("there is no statement to run")
                .hint("Write it as `cca query \"SELECT …\"`, or name a file with `--file`."));
        }
        Ok(text)
    }

    /// The limit asked for; 0 means none.
    fn limit(&self, default: Option<u64>) -> Option<u64> {
        self.limit.or(default).filter(|limit| *limit > 0)
    }

    fn print_table(&self, session: &Session, sql: String) -> Result<()> {
        let limit = self.limit(Some(ROWS_FOR_PEOPLE));
        // One more than shown tells whether there is more.
        let asked = limit.map(|limit| limit.saturating_add(1));
        let mut table = TableRows::default();
        let mut more = false;
        let request = QueryRequest { sql, limit: asked };
        let columns = run::query(&session.context()?, &request, &mut |_, row| {
            if limit.is_some_and(|limit| table.len() as u64 >= limit) {
                more = true;
            } else {
                table.row(row);
            }
            Ok(())
        })?;
        let shown = table.len() as u64;
        let width = session.printer.terminal.table_width;
        session.printer.data(&table.finish(&columns, width))?;
        session.printer.flush()?;
        let note = if more {
            format!(
                "the first {}; `--limit 0` for all",
                human::plural(shown, "row")
            )
        } else {
            human::plural(shown, "row")
        };
        session.printer.tell(Loudness::Normal, &style::dim(note));
        Ok(())
    }

    fn print_json(&self, session: &Session, sql: String) -> Result<()> {
        let failed =
            |error: &std::io::Error| Error::unavailable("failed to write JSON").cause(error);
        let mut rows = JsonRows::new(session.printer.stream());
        let request = QueryRequest {
            sql,
            limit: self.limit(None),
        };
        run::query(&session.context()?, &request, &mut |columns, row| {
            rows.row(columns, row).map_err(|error| failed(&error))
        })?;
        rows.finish().map_err(|error| failed(&error))
    }

    fn print_csv(&self, session: &Session, sql: String) -> Result<()> {
        let mut rows = CsvRows::new(session.printer.stream());
        let request = QueryRequest {
            sql,
            limit: self.limit(None),
        };
        let columns = run::query(&session.context()?, &request, &mut |columns, row| {
            rows.row(columns, row)
        })?;
        rows.finish(&columns)
    }
}
