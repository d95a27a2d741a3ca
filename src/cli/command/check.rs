//! `cca check`: the expectations.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::check_init::Init;
use crate::cli::arguments::Format;
use crate::cli::session::Session;
use crate::cli::{human, render};
use crate::error::{Error, Result};
use crate::run;
use crate::run::report::{CheckHistory, PastCheck, SuiteFault, SuiteValidation};
use crate::run::request::{CheckRequest, Documents, FileCheckRequest, Selection};

const EXAMPLES: &str = "\
Examples:
  cca check
  cca check --select fct_api_calls
  cca check --select layer:gold --fail-fast
  cca check --select 'tag:nightly' --save-failures
  cca check --junit checks.xml --html checks.html
  cca check --on orders.parquet --suite orders_suite.json
  cca check --validate
  cca check --history 'gold_totals.expect_queries_to_agree(tokens by day)'
  cca check --format json | jq '.validation_results[].results[] | select(.success | not)'";

/// Evaluate the expectations
///
/// Evaluates the expectations against the warehouse and stores the outcomes. Exit code 1 if one of
/// severity `error` is not met. With `--format json`, validation results in the shape of Great
/// Expectations.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct Check {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only these: suites, layers, tables or tags, with `*` and `?`; `suite:x`, `layer:x`, `model:x`
    /// and `tag:x` look only there; several are united
    #[arg(short, long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    select: Vec<String>,
    /// Not these
    #[arg(long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    exclude: Vec<String>,
    /// Stop after the first table in which an expectation of severity `error` is not met
    #[arg(long)]
    fail_fast: bool,
    /// Write the rows that break expectations to `validation_failures.jsonl` in the folder of dead
    /// letters
    #[arg(long)]
    save_failures: bool,
    /// Write the outcomes as JUnit XML, as build servers read it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    junit: Option<PathBuf>,
    /// Write the outcomes and how they developed as one HTML page
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Check this DuckDB database or Parquet (`file.parquet`, 'folder/*.parquet') instead of the
    /// warehouse; it is only read, and nothing is stored
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, requires = "suite")]
    on: Option<PathBuf>,
    /// Suites to evaluate on `--on`: YAML, or JSON of Great Expectations
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = clap::ValueHint::FilePath, requires = "on")]
    suite: Vec<PathBuf>,
    /// Table of `--on` that the suites are about, whatever they name
    #[arg(long, value_name = "TABLE", requires = "on")]
    table: Option<String>,
    /// Only say what is wrong with the suites: unknown names, tables, columns and arguments, SQL
    /// that does not fit; no row is read
    #[arg(long, conflicts_with_all = ["select", "exclude", "junit", "html", "fail_fast", "save_failures"])]
    validate: bool,
    /// Show what came of this expectation in earlier checks, instead of checking
    #[arg(long, value_name = "EXPECTATION", conflicts_with_all = ["select", "exclude", "junit", "html", "on", "validate"])]
    history: Option<String>,
    /// Checks that `--history` shows
    #[arg(
        long,
        value_name = "CHECKS",
        default_value_t = 30,
        requires = "history"
    )]
    limit: u64,
}

/// What else there is to do with expectations.
#[derive(Debug, Subcommand)]
enum Action {
    Init(Init),
}

impl Check {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        if let Some(Action::Init(init)) = &self.action {
            return init.execute(session);
        }
        if let Some(name) = &self.history {
            return show_history(
                session,
                &run::check_history(&session.context()?, name, self.limit)?,
            );
        }
        let selection = Selection {
            select: self.select.clone(),
            exclude: self.exclude.clone(),
            ..Selection::default()
        };
        let documents = Documents {
            junit: self.junit.clone(),
            html: self.html.clone(),
        };
        if let Some(on) = &self.on {
            let request = FileCheckRequest {
                on: on.clone(),
                suites: self.suite.clone(),
                table: self.table.clone(),
                selection,
                documents,
                fail_fast: self.fail_fast,
                save_failures: self.save_failures,
            };
            if self.validate {
                let found = run::validate_file_suites(&session.context()?, &request)?;
                return show_validation(session, &found);
            }
            return session.print_check(run::check_file(&session.context()?, &request));
        }
        if self.validate {
            return show_validation(session, &run::validate_suites(&session.context()?)?);
        }
        let request = CheckRequest {
            selection,
            documents,
            fail_fast: self.fail_fast,
            save_failures: self.save_failures,
        };
        session.print_check(run::check(&session.context()?, &request))
    }
}

/// Prints what is wrong; an error if anything is.
fn show_validation(session: &Session, found: &SuiteValidation) -> Result<()> {
    match session.printer.format {
        Format::Json => session.printer.json(found)?,
        Format::Csv => {
            let names = ["place", "expectation", "message", "hint"];
            session.print_csv(&names, found.faults.iter().map(fault_row))?;
        }
        Format::Table => session.printer.data(&render::validation(found))?,
    }
    if found.faults.is_empty() {
        return Ok(());
    }
    let faults = human::plural(found.faults.len() as u64, "fault");
    Err(Error::project(format!("{faults} in the suites")))
}

fn fault_row(fault: &SuiteFault) -> Vec<String> {
    vec![
        fault.place.clone(),
        fault.name.clone().unwrap_or_default(),
        fault.message.clone(),
        fault.hints.join(" "),
    ]
}

fn show_history(session: &Session, history: &CheckHistory) -> Result<()> {
    match session.printer.format {
        Format::Json => session.printer.json(history),
        Format::Csv => {
            let names = [
                "checked_at",
                "run_id",
                "status",
                "severity",
                "observed",
                "message",
            ];
            session.print_csv(&names, history.checks.iter().map(history_row))
        }
        Format::Table => {
            let width = session.printer.terminal.table_width;
            session.printer.data(&render::history(history, width))
        }
    }
}

fn history_row(past: &PastCheck) -> Vec<String> {
    vec![
        past.checked_at.to_string(),
        past.run_id.clone(),
        past.status.to_owned(),
        past.severity.clone(),
        past.observed.clone(),
        past.message.clone(),
    ]
}
