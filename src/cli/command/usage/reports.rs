//! Reports whose rows are sums: by period, session, project, model.

use clap::{Args, ValueEnum};
use jiff::civil::Weekday;

use super::arguments::{Order, UsageArguments};
use crate::cli::printer::Loudness;
use crate::cli::render::usage as render;
use crate::cli::session as cli;
use crate::error::Result;
use crate::usage::json;
use crate::usage::period::Period;
use crate::usage::report::{self, Grouping};

const DAILY_EXAMPLES: &str = "\
Examples:
  cca usage daily
  cca usage daily --since 2026-11-01 --timezone Europe/Berlin --breakdown
  cca usage daily --instances --since 2026-11-01
  cca usage daily --direct --json | jq .totals.totalCost";

/// Show usage by day
///
/// One row per day of the zone (`--timezone`) on which a response began.
#[derive(Args, Debug)]
#[command(after_help = DAILY_EXAMPLES)]
pub(super) struct Daily {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
    /// Days of each project apart
    #[arg(short, long)]
    instances: bool,
}

const WEEKLY_EXAMPLES: &str = "\
Examples:
  cca usage weekly
  cca usage weekly --start-of-week sunday --order desc";

/// Show usage by week
///
/// One row per week, named by its first day.
#[derive(Args, Debug)]
#[command(after_help = WEEKLY_EXAMPLES)]
pub(super) struct Weekly {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
    /// First day of the week
    #[arg(short = 'w', long, value_enum, value_name = "DAY", default_value_t = WeekStart::Monday)]
    start_of_week: WeekStart,
}

const MONTHLY_EXAMPLES: &str = "\
Examples:
  cca usage monthly --project my-app
  cca usage monthly --json | jq -r '.monthly[] | [.month, .totalCost] | @tsv'";

/// Show usage by month
///
/// One row per calendar month of the zone.
#[derive(Args, Debug)]
#[command(after_help = MONTHLY_EXAMPLES)]
pub(super) struct Monthly {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
}

const SESSION_EXAMPLES: &str = "\
Examples:
  cca usage session --since 2026-11-01
  cca usage session --project my-app --breakdown";

/// Show usage by session
///
/// One row per session, its sub-agents included; the dearest first.
#[derive(Args, Debug)]
#[command(after_help = SESSION_EXAMPLES)]
pub(super) struct Session {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
}

const PROJECT_EXAMPLES: &str = "\
Examples:
  cca usage project
  cca usage project --model opus --since 2026-11-01";

/// Show usage by project
///
/// One row per project, the directory sessions were started in; the dearest first.
#[derive(Args, Debug)]
#[command(after_help = PROJECT_EXAMPLES)]
pub(super) struct Project {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
}

const MODEL_EXAMPLES: &str = "\
Examples:
  cca usage model
  cca usage model --project my-app --json";

/// Show usage by model
///
/// One row per model, fast mode apart, advisors under their own; the dearest first.
#[derive(Args, Debug)]
#[command(after_help = MODEL_EXAMPLES)]
pub(super) struct Model {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    #[command(flatten)]
    table: TableArguments,
}

/// How rows are shown.
#[derive(Args, Debug)]
struct TableArguments {
    /// Show the models of each row
    #[arg(short, long)]
    breakdown: bool,
    /// Order of the rows [default: `asc` by time, `desc` by cost]
    #[arg(short, long, value_enum, value_name = "ORDER")]
    order: Option<Order>,
    /// Show only period, tokens and cost, as on narrow terminals
    #[arg(long)]
    compact: bool,
}

/// First day of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WeekStart {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<WeekStart> for Weekday {
    fn from(start: WeekStart) -> Self {
        match start {
            WeekStart::Monday => Weekday::Monday,
            WeekStart::Tuesday => Weekday::Tuesday,
            WeekStart::Wednesday => Weekday::Wednesday,
            WeekStart::Thursday => Weekday::Thursday,
            WeekStart::Friday => Weekday::Friday,
            WeekStart::Saturday => Weekday::Saturday,
            WeekStart::Sunday => Weekday::Sunday,
        }
    }
}

impl Daily {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        let grouping = Grouping::Period(Period::Day);
        if !self.instances {
            return show(&self.usage, &self.table, grouping, session);
        }
        let order = self.table.order(grouping);
        let layout = self.table.layout(session);
        self.usage.show(session, &|calls, calendar| {
            let all = report::build(calls, grouping, order, calendar);
            let projects = report::by_project(calls, grouping, order, calendar);
            if self.usage.is_json(session) {
                return super::pretty(&json::by_project(&projects, &all));
            }
            tell_unpriced(session, &all);
            Ok(render::by_project(&projects, &all, &layout))
        })
    }
}

impl Weekly {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        show(
            &self.usage,
            &self.table,
            Grouping::Period(Period::Week(self.start_of_week.into())),
            session,
        )
    }
}

impl Monthly {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        show(
            &self.usage,
            &self.table,
            Grouping::Period(Period::Month),
            session,
        )
    }
}

impl Session {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        show(&self.usage, &self.table, Grouping::Session, session)
    }
}

impl Project {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        show(&self.usage, &self.table, Grouping::Project, session)
    }
}

impl Model {
    pub(super) fn execute(&self, session: &cli::Session) -> Result<()> {
        show(&self.usage, &self.table, Grouping::Model, session)
    }
}

impl TableArguments {
    fn order(&self, grouping: Grouping) -> report::Order {
        let by_time = matches!(grouping, Grouping::Period(_));
        let default = if by_time { Order::Asc } else { Order::Desc };
        self.order.unwrap_or(default).into()
    }

    fn layout(&self, session: &cli::Session) -> render::Layout {
        render::Layout {
            width: session.printer.terminal.width,
            breakdown: self.breakdown,
            compact: self.compact,
        }
    }
}

fn show(
    usage: &UsageArguments,
    table: &TableArguments,
    grouping: Grouping,
    session: &cli::Session,
) -> Result<()> {
    let order = table.order(grouping);
    let layout = table.layout(session);
    usage.show(session, &|calls, calendar| {
        let report = report::build(calls, grouping, order, calendar);
        if usage.is_json(session) {
            return super::pretty(&json::report(&report));
        }
        tell_unpriced(session, &report);
        Ok(render::report(&report, &layout))
    })
}

fn tell_unpriced(session: &cli::Session, report: &report::Report) {
    if let Some(notice) = render::unpriced(report) {
        session.printer.tell(Loudness::Normal, &notice);
    }
}
