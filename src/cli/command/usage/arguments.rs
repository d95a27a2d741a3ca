//! Flags of all reports.

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::live::Live;
use crate::cli::arguments::{Format, SourceArguments};
use crate::cli::session::Session;
use crate::error::Result;
use crate::run::request::{UsageMode, UsageRequest};
use crate::usage::Calls;
use crate::usage::filter::Filter;
use crate::usage::period::Calendar;
use crate::usage::report;

/// Which calls, from where, in which form.
#[derive(Args, Debug)]
pub(super) struct UsageArguments {
    /// First day, such as 2026-01-31 or 20260131
    #[arg(short, long, value_name = "DAY", value_parser = day)]
    since: Option<Date>,
    /// Last day
    #[arg(short, long, value_name = "DAY", value_parser = day)]
    until: Option<Date>,
    /// Only these projects: directories, their last parts, or folders of transcripts such as -home-me-app
    #[arg(short, long, value_name = "PROJECT", num_args = 1..)]
    project: Vec<String>,
    /// Only these models: names, with or without date, or families such as `opus`
    #[arg(short, long, value_name = "MODEL", num_args = 1..)]
    model: Vec<String>,
    /// Only these people
    #[arg(long, value_name = "USER", num_args = 1..)]
    user: Vec<String>,
    /// Print JSON in the shape of ccusage, as `--format json` does
    #[arg(short, long)]
    pub(super) json: bool,
    /// Read the transcripts themselves; neither needs nor touches a store
    #[arg(long)]
    direct: bool,
    #[command(flatten)]
    pub(super) live: Live,
    #[command(flatten)]
    pub(super) source: SourceArguments,
}

/// In which order rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    /// Earliest or cheapest first
    Asc,
    /// Latest or dearest first
    Desc,
}

impl From<Order> for report::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Asc => report::Order::Ascending,
            Order::Desc => report::Order::Descending,
        }
    }
}

impl UsageArguments {
    /// What calls are restricted to.
    pub(super) fn filter(&self) -> Result<Filter> {
        let filter = Filter {
            since: self.since,
            until: self.until,
            projects: self.project.clone(),
            models: self.model.clone(),
            users: self.user.clone(),
        };
        filter.check()?;
        Ok(filter)
    }

    /// Where calls are read from. A view that refreshes every few seconds would fill the store
    /// with tiny files.
    pub(super) fn request(&self, session: &Session) -> UsageRequest {
        let is_local = session.settings().source == crate::config::SourceKind::Transcripts;
        let mode = if self.direct || self.live.is_on() && is_local {
            UsageMode::Direct
        } else {
            UsageMode::Store
        };
        UsageRequest { mode }
    }

    /// Whether JSON is printed.
    pub(super) fn is_json(&self, session: &Session) -> bool {
        self.json || session.printer.format == Format::Json
    }

    /// Reads, restricts and shows calls; with `--live` again and again.
    pub(super) fn show(
        &self,
        session: &Session,
        show: &dyn Fn(&Calls, &mut Calendar) -> Result<String>,
    ) -> Result<()> {
        self.show_calls(session, &self.filter()?, show)
    }

    /// The same for calls that another filter restricts.
    pub(super) fn show_calls(
        &self,
        session: &Session,
        filter: &Filter,
        show: &dyn Fn(&Calls, &mut Calendar) -> Result<String>,
    ) -> Result<()> {
        session.refuse_csv()?;
        let zone = session.zone()?;
        let context = session.context()?;
        let mut reader = crate::run::UsageReader::new(&context, &self.request(session));
        let mut page = || {
            let mut calls = reader.read()?;
            let mut calendar = Calendar::new(zone.clone());
            filter.apply(&mut calls, &mut calendar)?;
            show(&calls, &mut calendar)
        };
        if self.live.is_on() {
            return self.live.run(session, &mut page);
        }
        session.printer.data(&page()?)
    }
}

/// A day of the calendar.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = if digits {
        Date::strptime("%Y%m%d", text)
    } else {
        Date::strptime("%Y-%m-%d", text)
    };
    parsed.map_err(|_| "no day of the calendar; write it as 2026-01-31 or 20260131".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_strictly() {
        let expected: Date = "2026-02-28".parse().expect("a day");
        assert_eq!(day("2026-02-28"), Ok(expected));
        assert_eq!(day("20260228"), Ok(expected));
        for wrong in [
            "2026-02-29",
            "20260230",
            "yesterday",
            "2026",
            "2026-2-30",
            "",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
