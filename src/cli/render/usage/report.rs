//! Reports whose rows are sums.

use std::collections::BTreeMap;

use super::super::text::cut;
use super::table::{Side, Table, Weight};
use crate::cli::{human, style};
use crate::usage::call::Tokens;
use crate::usage::money::Usd;
use crate::usage::period::Period;
use crate::usage::report::{Grouping, Report, Row, Sums};

/// Narrower terminals leave out the classes of tokens.
const WIDTH_OF_CLASSES: usize = 96;
/// Columns of a bar.
const BAR: usize = 16;
/// Narrower terminals have no bars.
const WIDTH_OF_BARS: usize = 60;
/// Longest name of a row, with and without the classes of tokens.
const LONGEST_NAME: usize = 30;
/// Characters of a session id that tell it apart.
const SHORT_ID: usize = 8;

/// How a report is laid out.
pub(in crate::cli) struct Layout {
    /// Columns of the terminal.
    pub(in crate::cli) width: usize,
    /// Models under each row.
    pub(in crate::cli) breakdown: bool,
    /// Without classes of tokens.
    pub(in crate::cli) compact: bool,
}

/// A table with a row of totals.
pub(in crate::cli) fn report(report: &Report, layout: &Layout) -> String {
    if report.rows.is_empty() {
        return format!("{}\n", style::dim("no usage"));
    }
    let page = Page {
        grouping: report.grouping,
        classes: !layout.compact && layout.width >= WIDTH_OF_CLASSES,
        bars: layout.width >= WIDTH_OF_BARS,
        most: report.rows.iter().map(|row| row.sums.cost).max(),
    };
    let mut table = Table::new(page.columns());
    for row in &report.rows {
        table.row(Weight::Plain, page.row(row));
        if layout.breakdown && report.grouping != Grouping::Model {
            for (at, model) in row.models.iter().enumerate() {
                let branch = if at + 1 == row.models.len() {
                    "└ "
                } else {
                    "├ "
                };
                let name = format!("{branch}{}", short_model(&model.model));
                table.row(Weight::Part, page.part(&name, &model.sums));
            }
        }
    }
    table.row(Weight::Total, page.part("Total", &report.totals));
    let mut text = table.finish();
    if report.totals.provisional_calls > 0 {
        let share = human::share(report.totals.provisional_calls, report.totals.calls);
        text.push_str(&style::dim(format!(
            "{} of the responses are of versions that logged their output tokens early: a lower bound",
            human::percent(share)
        )));
        text.push('\n');
    }
    text
}

/// A table for each project, and the sum of all.
pub(in crate::cli) fn by_project(
    projects: &BTreeMap<String, Report>,
    all: &Report,
    layout: &Layout,
) -> String {
    let mut text = String::new();
    for (directory, one) in projects {
        text.push_str(&style::title(directory));
        text.push('\n');
        text.push_str(&report(one, layout));
        text.push('\n');
    }
    text.push_str(&style::title(format!(
        "All projects: {}",
        cost(&all.totals)
    )));
    text.push('\n');
    text
}

/// What is not in the sums, if anything.
pub(in crate::cli) fn unpriced(report: &Report) -> Option<String> {
    let names: Vec<String> = report
        .unpriced
        .iter()
        .map(|(model, calls)| format!("`{model}` ({})", human::plural(*calls, "response")))
        .collect();
    (!names.is_empty()).then(|| {
        style::warn(format!(
            "no price is known for {}; their cost is not in the sums. Add them to seeds/model_prices.csv",
            names.join(", ")
        ))
    })
}

struct Page {
    grouping: Grouping,
    classes: bool,
    bars: bool,
    most: Option<Usd>,
}

impl Page {
    fn columns(&self) -> Vec<(&'static str, Side)> {
        let mut columns = vec![(self.title(), Side::Left)];
        if self.grouping == Grouping::Session {
            columns.push(("Project", Side::Left));
            columns.push(("Last", Side::Left));
        }
        if self.classes {
            columns.extend([
                ("Input", Side::Right),
                ("Output", Side::Right),
                ("Cache write", Side::Right),
                ("Cache read", Side::Right),
            ]);
        }
        columns.extend([("Tokens", Side::Right), ("Cost", Side::Right)]);
        if self.bars {
            columns.push(("", Side::Bar));
        }
        columns
    }

    fn title(&self) -> &'static str {
        match self.grouping {
            Grouping::Period(Period::Day) => "Day",
            Grouping::Period(Period::Week(_)) => "Week of",
            Grouping::Period(Period::Month) => "Month",
            Grouping::Session => "Session",
            Grouping::Project => "Project",
            Grouping::Model => "Model",
        }
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let name = match self.grouping {
            Grouping::Period(_) => row.key.clone(),
            Grouping::Session => row.key.chars().take(SHORT_ID).collect(),
            Grouping::Project => cut(row.project_name(), LONGEST_NAME),
            Grouping::Model => cut(&row.key, LONGEST_NAME),
        };
        let mut cells = vec![name];
        if self.grouping == Grouping::Session {
            cells.push(cut(row.project_name(), LONGEST_NAME / 2));
            cells.push(row.activity.map(|(_, last)| day(last)).unwrap_or_default());
        }
        cells.extend(self.numbers(&row.sums));
        if self.bars {
            let most = self.most.unwrap_or_default().as_f64();
            let share = if most > 0.0 {
                row.sums.cost.as_f64() / most
            } else {
                0.0
            };
            cells.push(human::bar(share, BAR));
        }
        cells
    }

    /// A row without what tells sessions apart and without a bar.
    fn part(&self, name: &str, sums: &Sums) -> Vec<String> {
        let mut cells = vec![name.to_owned()];
        if self.grouping == Grouping::Session {
            cells.extend([String::new(), String::new()]);
        }
        cells.extend(self.numbers(sums));
        cells
    }

    fn numbers(&self, sums: &Sums) -> Vec<String> {
        let Tokens {
            input,
            output,
            cache_creation,
            cache_read,
        } = sums.tokens;
        let mut cells: Vec<String> = Vec::new();
        if self.classes {
            cells.extend([input, output, cache_creation, cache_read].map(count));
        }
        cells.push(count(sums.tokens.total()));
        cells.push(cost(sums));
        cells
    }
}

/// Dollars; `?` where nothing of it has a price.
fn cost(sums: &Sums) -> String {
    if sums.parts > 0 && sums.unpriced_parts == sums.parts {
        return "?".to_owned();
    }
    dollars(sums.cost.as_f64())
}

/// Dollars and cents; parts of a cent where there is no more.
pub(super) fn dollars(cost: f64) -> String {
    let (sign, amount) = if cost < 0.0 { ("-", -cost) } else { ("", cost) };
    if amount > 0.0 && amount < 0.01 {
        return format!("{sign}${amount:.4}");
    }
    let cents = format!("{amount:.2}");
    let (whole, fraction) = cents.split_once('.').unwrap_or((&cents, "00"));
    let whole = whole
        .parse()
        .map_or_else(|_| whole.to_owned(), human::count);
    format!("{sign}${whole}.{fraction}")
}

/// `1,234,567`.
pub(super) fn count(number: i64) -> String {
    human::count(u64::try_from(number).unwrap_or(0))
}

/// `claude-opus-4-5-20251101` is `opus-4-5`.
pub(super) fn short_model(model: &str) -> String {
    let (plain, fast) = match model.strip_suffix("-fast") {
        Some(plain) => (plain, "-fast"),
        None => (model, ""),
    };
    let name = crate::usage::price::price_name(plain);
    let name = name.strip_prefix("claude-").unwrap_or(&name);
    format!("{name}{fast}")
}

/// The UTC day of an instant.
fn day(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|instant| instant.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}
