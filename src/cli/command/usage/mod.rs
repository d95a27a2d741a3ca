//! `cca usage`: tokens and cost.

mod arguments;
mod blocks;
mod compare;
mod live;
mod reports;

use clap::{Args, Subcommand};

use self::blocks::Blocks;
use self::compare::CompareCcusage;
use self::reports::{Daily, Model, Monthly, Project, Session as SessionReport, Weekly};
use crate::cli::arguments::SourceArguments;
use crate::cli::session::Session;
use crate::error::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  cca usage daily
  cca usage weekly --start-of-week sunday --breakdown
  cca usage monthly --since 2026-01-01 --project my-app
  cca usage session --model opus --order asc
  cca usage blocks --active --token-limit max
  cca usage daily --json | jq .totals.totalCost";

/// Show tokens and cost by day, week, month, session, project, model or billing block
///
/// Shows what was used and what it cost. It first takes in what is new, so it is always current;
/// `--direct` reads the transcripts without a store and gives the same numbers. Every response of
/// the API counts once, however many lines and resumed sessions repeat it; cost follows the dated
/// prices of the seed `model_prices`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Usage {
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, Subcommand)]
enum Report {
    Daily(Daily),
    Weekly(Weekly),
    Monthly(Monthly),
    Session(SessionReport),
    Project(Project),
    Model(Model),
    Blocks(Blocks),
    CompareCcusage(CompareCcusage),
}

impl Usage {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        match &self.report {
            Report::Daily(report) => report.execute(session),
            Report::Weekly(report) => report.execute(session),
            Report::Monthly(report) => report.execute(session),
            Report::Session(report) => report.execute(session),
            Report::Project(report) => report.execute(session),
            Report::Model(report) => report.execute(session),
            Report::Blocks(report) => report.execute(session),
            Report::CompareCcusage(report) => report.execute(session),
        }
    }

    /// `--source` and `--roots`.
    pub(in crate::cli) fn source(&self) -> &SourceArguments {
        let usage = match &self.report {
            Report::Daily(report) => &report.usage,
            Report::Weekly(report) => &report.usage,
            Report::Monthly(report) => &report.usage,
            Report::Session(report) => &report.usage,
            Report::Project(report) => &report.usage,
            Report::Model(report) => &report.usage,
            Report::Blocks(report) => &report.usage,
            Report::CompareCcusage(report) => return &report.source,
        };
        &usage.source
    }
}

/// JSON for scripts and people.
fn pretty(value: &serde_json::Value) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::bug("failed to write JSON").cause(error))?;
    text.push('\n');
    Ok(text)
}
