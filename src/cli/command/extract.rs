//! `cca extract`: from sources to the landing table.

use clap::Args;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::cli::arguments::SourceArguments;
use crate::cli::session::{Detail, Session};
use crate::config::parse_duration;
use crate::error::{Error, Result};
use crate::event::Stage;
use crate::run;
use crate::run::request::PipelineRequest;
use crate::sys::clock;

const EXAMPLES: &str = "\
Examples:
  cca extract
  cca extract --full
  cca extract --source mongo --since 7d
  cca extract --source mongo --since 2026-10-01";

/// Read sources and append what is new to the landing table
///
/// Reads sources beyond their high-water marks and appends what is new to the landing table; data
/// and marks in one commit.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Extract {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
    /// Read from the beginning; what is landed already is recognised
    #[arg(long)]
    full: bool,
    /// Read MongoDB collections again from this time on, and those never read only from then: an
    /// instant, a day, or how long ago (`7d`). Transcripts are always read whole
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

impl Extract {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let zone = session.zone()?;
        let since = self
            .since
            .as_deref()
            .map(|text| instant(text, &zone, clock::now()))
            .transpose()?;
        let stages = [Stage::Extract, Stage::Land];
        let request = PipelineRequest {
            full: self.full,
            since,
            ..PipelineRequest::of(stages)
        };
        let outcome = run::pipeline(&session.context()?, "extract", &request);
        session.print_run(outcome, Detail::Brief)
    }
}

/// An instant with zone, a local day or time, or a duration before now.
fn instant(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp> {
    let wrong = || {
        Error::usage(format!("`{text}` is no time"))
            .at("--since")
            .hint("Write an instant (`2026-11-01T08:00:00Z`), a day (`2026-11-01`) or how long ago (`7d`).")
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return zone
            .to_ambiguous_timestamp(local)
            .compatible()
            .map_err(|error| wrong().cause(error));
    }
    let back = parse_duration(text).map_err(|_| wrong())?;
    let back = SignedDuration::try_from(back).map_err(|error| wrong().cause(error))?;
    now.checked_sub(back).map_err(|error| wrong().cause(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_the_zone_of_the_marts() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("an instant");
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let read = |text| {
            instant(text, &zone, now)
                .map(|at| at.to_string())
                .map_err(|error| error.kind())
        };
        assert_eq!(
            read("2026-11-01T08:00:00Z").as_deref(),
            Ok("2026-11-01T08:00:00Z")
        );
        assert_eq!(read("2026-11-01").as_deref(), Ok("2026-10-31T23:00:00Z"));
        assert_eq!(
            read("2026-11-01T08:00").as_deref(),
            Ok("2026-11-01T07:00:00Z")
        );
        assert_eq!(read("7d").as_deref(), Ok("2026-11-13T12:00:00Z"));
        assert_eq!(read("yesterday"), Err(crate::error::Kind::Usage));
    }
}
