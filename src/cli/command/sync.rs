//! `cca sync`: everything since last time.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::cli::arguments::{SelectionArguments, SourceArguments};
use crate::cli::session::{Detail, Session};
use crate::config::ExtractSettings;
use crate::error::Result;
use crate::run::request::PipelineRequest;
use crate::run::{self, Context};
use crate::sys::clock;

const EXAMPLES: &str = "\
Examples:
  cca sync
  */15 * * * *  cca --project-dir /srv/analytics --quiet sync     (crontab)
  cca sync --format json | jq .extract";

/// Read what is new since last time and run every stage
///
/// Reads what is new since last time and runs every stage. Meant for schedules: a second run at
/// the same time ends with exit code 4, and a run that was killed is made up for by the next one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Sync {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    /// Stop at the first model that fails
    #[arg(long)]
    fail_fast: bool,
}

impl Sync {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let context = session.context()?;
        let request = PipelineRequest {
            since: first_instant(&session.settings().extract, &context)?,
            fail_fast: self.fail_fast,
            selection: self.selection.to_selection(),
            ..PipelineRequest::everything()
        };
        session.print_run(run::pipeline(&context, "sync", &request), Detail::Brief)
    }
}

/// Where the first run of all begins in collections; `None` for their beginning, and for later
/// runs, which go on from their marks.
fn first_instant(settings: &ExtractSettings, context: &Context) -> Result<Option<Timestamp>> {
    if settings.backfill_all_historical {
        return Ok(None);
    }
    let landing = run::status(context)?.landing;
    if landing.is_some_and(|landing| !landing.marks.is_empty()) {
        return Ok(None);
    }
    Ok(before(clock::now(), settings.first_lookback))
}

fn before(now: Timestamp, lookback: Duration) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::try_from(lookback).ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_left_out_only_if_asked() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("an instant");
        let hour_ago = "2026-11-20T11:00:00Z".parse().expect("an instant");
        assert_eq!(before(now, Duration::from_secs(3600)), Some(hour_ago));
        assert_eq!(before(now, Duration::MAX), None);
    }
}
