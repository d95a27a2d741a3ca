//! `cca sync`: everything since last time.

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::cli::arguments::{SelectionArguments, SourceArguments};
use crate::cli::session::{Detail, Session};
use crate::config::ExtractSettings;
use crate::error::Result;
use crate::run;
use crate::run::request::PipelineRequest;
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
        let request = PipelineRequest {
            since: first_instant(&session.settings().extract, clock::now()),
            fail_fast: self.fail_fast,
            selection: self.selection.to_selection(),
            ..PipelineRequest::everything()
        };
        let outcome = run::pipeline(&session.context()?, "sync", &request);
        session.print_run(outcome, Detail::Brief)
    }
}

/// Where a source that was never read begins; `None` for its beginning.
fn first_instant(settings: &ExtractSettings, now: Timestamp) -> Option<Timestamp> {
    if settings.backfill_all_historical {
        return None;
    }
    let back = SignedDuration::try_from(settings.first_lookback).ok()?;
    now.checked_sub(back).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn history_is_left_out_only_if_asked() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("an instant");
        let mut settings = ExtractSettings {
            backfill_all_historical: true,
            first_lookback: Duration::from_secs(3600),
        };
        assert_eq!(first_instant(&settings, now), None);
        settings.backfill_all_historical = false;
        let hour_ago = "2026-11-20T11:00:00Z".parse().expect("an instant");
        assert_eq!(first_instant(&settings, now), Some(hour_ago));
    }
}
