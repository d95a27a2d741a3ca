//! Why our numbers differ from those of ccusage.

use clap::Args;
use jiff::civil::Date;

use super::arguments::day;
use crate::cli::arguments::{Format, SourceArguments};
use crate::cli::printer::Loudness;
use crate::cli::render::usage as render;
use crate::cli::session::Session;
use crate::error::Result;
use crate::run::UsageReader;
use crate::run::request::{UsageMode, UsageRequest};
use crate::usage::ccusage::Range;
use crate::usage::filter::Filter;
use crate::usage::json;
use crate::usage::period::Calendar;

const EXAMPLES: &str = "\
Examples:
  cca usage compare-ccusage
  cca usage compare-ccusage --since 2026-11-01 --verbose
  cca usage compare-ccusage --json | jq '.causes[] | {cause, cost, responses}'";

/// Explain the difference to ccusage
///
/// Counts the transcripts by the rules of `ccusage claude daily` (20.0.24, offline prices) and by
/// ours, and names the cause of every difference; the causes add up to the difference exactly.
/// `--verbose` and `--json` name the file and line of each.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompareCcusage {
    /// First day, such as 2026-01-31 or 20260131
    #[arg(short, long, value_name = "DAY", value_parser = day)]
    since: Option<Date>,
    /// Last day
    #[arg(short, long, value_name = "DAY", value_parser = day)]
    until: Option<Date>,
    /// Print JSON, as `--format json` does
    #[arg(short, long)]
    json: bool,
    #[command(flatten)]
    pub(super) source: SourceArguments,
}

impl CompareCcusage {
    pub(super) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let range = Range {
            since: self.since,
            until: self.until,
        };
        Filter {
            since: self.since,
            until: self.until,
            ..Filter::default()
        }
        .check()?;
        let mut calendar = Calendar::new(session.zone()?);
        let context = session.context()?;
        let request = UsageRequest {
            mode: UsageMode::Direct,
        };
        let mut reader = UsageReader::new(&context, &request);
        let comparison = reader.compare_with_ccusage(range, &mut calendar)?;
        if self.json || session.printer.format == Format::Json {
            let text = super::pretty(&json::comparison(&comparison))?;
            return session.printer.data(&text);
        }
        let verbose = session.printer.loudness >= Loudness::Verbose;
        let text = render::comparison(&comparison, verbose);
        session.printer.data(&text)
    }
}
