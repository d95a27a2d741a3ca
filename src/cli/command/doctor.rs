//! `cca doctor`: what a run needs.

use clap::Args;

use crate::cli::arguments::{Format, SourceArguments};
use crate::cli::render;
use crate::cli::session::Session;
use crate::error::{Error, Kind, Result};
use crate::run;
use crate::run::report::{Finding, Level};

const EXAMPLES: &str = "\
Examples:
  cca doctor
  cca doctor --source mongo
  cca doctor --format json | jq '.findings[] | select(.level != \"ok\")'";

/// Look for everything a run needs, and say what to do about what is missing
///
/// Looks at everything a run needs: sources, folders, disk space, lock, stores, time zone. Exit
/// code 1 if something will make a run fail.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Doctor {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
}

impl Doctor {
    #[expect(clippy::unused_self, reason = "every command has the same shape")]
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        let report = run::doctor(&session.context()?);
        match session.printer.format {
            Format::Json => session.printer.json(&report)?,
            Format::Csv => {
                let names = ["level", "subject", "message", "remedy"];
                session.print_csv(&names, report.findings.iter().map(row))?;
            }
            Format::Table => session.printer.data(&render::findings(&report))?,
        }
        let errors = report
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Error)
            .count();
        if errors == 0 {
            return Ok(());
        }
        Err(Error::new(
            Kind::CheckFailed,
            format!(
                "{errors} of {} findings will make a run fail",
                report.findings.len()
            ),
        ))
    }
}

fn row(finding: &Finding) -> Vec<String> {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    vec![
        level.to_owned(),
        finding.subject.clone(),
        finding.message.clone(),
        finding.remedy.clone().unwrap_or_default(),
    ]
}
