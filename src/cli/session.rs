//! What every command works with: settings, printer, and the way to [`run`](crate::run).

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::arguments::Format;
use super::human;
use super::printer::{Loudness, Printer};
use super::progress::Progress;
use super::render;
use crate::config::{Configuration, Settings};
use crate::error::{Error, IoContext, Kind, Result};
use crate::project::{Layout, Project};
use crate::run::Context;
use crate::run::report::{RunReport, TransformReport};
use crate::run::request::ProjectRequest;
use crate::sys;
use crate::sys::cancel::Cancel;

/// Errors that are shown in full beside the one that ends a command.
const SHOWN_ERRORS: usize = 10;

/// How much of a report people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What was done.
    Brief,
    /// And what the marts say, and where to go on.
    Full,
}

/// What a command works with.
pub(super) struct Session {
    pub(super) configuration: Configuration,
    pub(super) printer: Arc<Printer>,
    pub(super) cancel: Cancel,
    /// What was said about a dbt project.
    pub(super) project: ProjectRequest,
    /// Whether `--data-dir` was given.
    pub(super) names_data_dir: bool,
    /// `--timezone`, as it was given.
    pub(super) timezone: Option<String>,
}

impl Session {
    /// The settings.
    pub(super) fn settings(&self) -> &Settings {
        &self.configuration.settings
    }

    /// The zone of local time.
    pub(super) fn zone(&self) -> Result<TimeZone> {
        let configured = &self.settings().project.timezone;
        sys::zone::named(self.timezone.as_ref().unwrap_or(configured))
    }

    /// A context with the settings as they are.
    pub(super) fn context(&self) -> Result<Context> {
        self.context_with(self.settings().clone())
    }

    /// A context with other settings.
    pub(super) fn context_with(&self, settings: Settings) -> Result<Context> {
        let project = Project::discover(settings.project.dir.as_deref())?;
        if let (Layout::Dbt, Some(root)) = (project.layout, &project.root.root) {
            // Paths in a dbt project are relative to its folder.
            std::env::set_current_dir(root).io("enter", root)?;
        }
        let observer = Arc::new(Progress::new(self.printer.clone()));
        let cancel = self.cancel.clone();
        Context::new(settings, project, &self.project, observer, cancel)
    }

    /// Refuses `--format csv` where the outcome is no table, before anything is done.
    pub(super) fn refuse_csv(&self) -> Result<()> {
        if self.printer.format == Format::Csv {
            return Err(Error::usage("the outcome of this command is no table")
                .at("--format csv")
                .hint("Use `--format json`, or ask for what you need with `cca query`."));
        }
        Ok(())
    }

    /// Prints the report of a run, also of one that failed on its way, and passes the failure on.
    pub(super) fn print_run(
        &self,
        outcome: Result<RunReport, (Error, Box<RunReport>)>,
        detail: Detail,
    ) -> Result<()> {
        let (report, failure) = match outcome {
            Ok(report) => (report, None),
            Err((error, report)) => (*report, Some(error)),
        };
        let something_happened = failure.is_none() || is_filled(&report);
        if something_happened {
            self.print_report(&report, failure.is_some(), detail)?;
        }
        self.print_errors(&report);
        failure.map_or(Ok(()), Err)
    }

    /// Prints why units failed, but for the first one, which becomes the failure of the command.
    /// What a test found is in the report.
    fn print_errors(&self, report: &RunReport) {
        if self.printer.format != Format::Table {
            return;
        }
        let units = report.transform.iter().flat_map(|all| &all.units);
        let errors: Vec<&Error> = units
            .filter_map(|unit| unit.error.as_ref())
            .skip(1)
            .collect();
        let errors = errors
            .iter()
            .filter(|error| error.kind() != Kind::CheckFailed);
        let all = self.printer.loudness >= Loudness::Verbose;
        let shown = if all { usize::MAX } else { SHOWN_ERRORS };
        for error in errors.clone().take(shown) {
            self.printer.error(error);
        }
        let rest = errors.count().saturating_sub(shown);
        if rest > 0 {
            let rest = human::plural(rest as u64, "other error");
            let text = format!("and {rest} (-v shows all)");
            self.printer.tell(Loudness::Normal, &text);
        }
    }

    /// Prints the report of a check: the suites and what explains the failures, or validation
    /// results as JSON; and passes the failure on.
    pub(super) fn print_check(
        &self,
        outcome: Result<RunReport, (Error, Box<RunReport>)>,
    ) -> Result<()> {
        let (report, failure) = match outcome {
            Ok(report) => (report, None),
            Err((error, report)) => (*report, Some(error)),
        };
        if let Some(check) = &report.check {
            match (self.printer.format, &check.validation) {
                (Format::Json, Some(validation)) => self.printer.json(validation)?,
                (Format::Table, _) if self.printer.loudness > Loudness::Quiet => {
                    let every_suite = self.printer.loudness >= Loudness::Verbose;
                    let width = self.printer.terminal.table_width;
                    let failed = failure.is_some();
                    let text = render::checked(&report, failed, every_suite, width);
                    self.printer.data(&text)?;
                }
                (Format::Csv, _) => self.print_units(&report)?,
                _ => {}
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn print_report(&self, report: &RunReport, failed: bool, detail: Detail) -> Result<()> {
        match self.printer.format {
            Format::Json => self.printer.json(report),
            Format::Csv => self.print_units(report),
            Format::Table if self.printer.loudness == Loudness::Quiet => Ok(()),
            Format::Table => {
                let full = detail == Detail::Full || self.printer.loudness >= Loudness::Verbose;
                let width = self.printer.terminal.width;
                let mut text = String::new();
                if let Some(transform) = runner_report(report) {
                    let all = self.printer.loudness >= Loudness::Verbose;
                    let table_width = self.printer.terminal.table_width;
                    text = render::units(transform, all, table_width);
                }
                text.push_str(&render::outcome(report, failed, full, width));
                self.printer.data(&text)
            }
        }
    }

    /// The rows of `cca run`, `cca seed` and `cca check` as CSV.
    fn print_units(&self, report: &RunReport) -> Result<()> {
        if let Some(check) = &report.check {
            let rows = check.failures.iter().map(|failure| {
                let severity = format!("{:?}", failure.severity).to_lowercase();
                vec![failure.name.clone(), severity, failure.message.clone()]
            });
            return self.print_csv(&["expectation", "severity", "message"], rows);
        }
        let units = report
            .transform
            .iter()
            .flat_map(|transform| &transform.units);
        let rows = units.map(|unit| {
            vec![
                unit.name.clone(),
                unit.kind.clone(),
                unit.materialization.clone(),
                format!("{:?}", unit.status).to_lowercase(),
                unit.rows.map(|rows| rows.to_string()).unwrap_or_default(),
                format!("{:.3}", unit.elapsed.as_secs_f64()),
                unit.message.clone().unwrap_or_default(),
            ]
        });
        let names = [
            "name",
            "kind",
            "materialization",
            "status",
            "rows",
            "seconds",
            "message",
        ];
        self.print_csv(&names, rows)
    }

    /// Prints rows of texts as CSV.
    pub(super) fn print_csv(
        &self,
        names: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<()> {
        let failed = |error: &csv::Error| Error::unavailable("failed to write CSV").cause(error);
        let mut out = csv::Writer::from_writer(self.printer.stream());
        out.write_record(names).map_err(|error| failed(&error))?;
        for row in rows {
            out.write_record(&row).map_err(|error| failed(&error))?;
        }
        out.flush().map_err(|error| failed(&error.into()))
    }
}

/// The units of a run that did nothing else.
fn runner_report(report: &RunReport) -> Option<&TransformReport> {
    let is_more = report.extract.is_some() || report.load.is_some() || report.check.is_some();
    let units = report.transform.as_ref().filter(|_| !is_more)?;
    (!units.units.is_empty()).then_some(units)
}

/// Whether a run that failed had done something worth showing.
fn is_filled(report: &RunReport) -> bool {
    report.extract.is_some()
        || report.load.is_some()
        || report.transform.is_some()
        || report.check.is_some()
        || report.publish.is_some()
}
