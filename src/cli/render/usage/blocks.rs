//! Billing blocks.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::report::{count, dollars, short_model};
use super::table::{Side, Table, Weight};
use crate::cli::render::text::{Sections, cut, left};
use crate::cli::{human, style};
use crate::usage::blocks::Block;
use crate::usage::json::limit_status;

const MINUTE: i64 = 60_000_000;
const BAR: usize = 24;
/// Narrower terminals leave the models out.
const WIDTH_OF_MODELS: usize = 90;
const LONGEST_MODELS: usize = 28;

/// What blocks are shown with.
pub(in crate::cli) struct BlocksView<'a> {
    /// Zone of the instants.
    pub(in crate::cli) zone: &'a TimeZone,
    /// Now, µs since the epoch.
    pub(in crate::cli) now: i64,
    /// Tokens a block may use.
    pub(in crate::cli) limit: Option<i64>,
    /// Columns of the terminal.
    pub(in crate::cli) width: usize,
}

impl BlocksView<'_> {
    fn time(&self, micros: i64, format: &str) -> String {
        Timestamp::from_microsecond(micros)
            .map(|instant| {
                instant
                    .to_zoned(self.zone.clone())
                    .strftime(format)
                    .to_string()
            })
            .unwrap_or_default()
    }

    fn has_models(&self) -> bool {
        self.width >= WIDTH_OF_MODELS
    }
}

/// A table of blocks and gaps.
pub(in crate::cli) fn blocks(blocks: &[&Block], view: &BlocksView<'_>) -> String {
    if blocks.is_empty() {
        return format!("{}\n", style::dim("no usage"));
    }
    let mut columns = vec![("Block", Side::Left), ("Lasted", Side::Left)];
    if view.has_models() {
        columns.push(("Models", Side::Left));
    }
    columns.extend([("Tokens", Side::Right), ("Cost", Side::Right)]);
    if view.limit.is_some() {
        columns.push(("Limit", Side::Right));
    }
    let mut table = Table::new(columns);
    for block in blocks {
        if block.is_gap {
            table.row(Weight::Part, gap(block, view));
        } else {
            table.row(Weight::Plain, row(block, view));
        }
        if let Some(end) = block.projection {
            let cells = cells(
                "  at this rate",
                &format!("until {}", view.time(block.end, "%H:%M")),
                "",
                end.total_tokens,
                end.total_cost,
                view,
            );
            table.row(Weight::Part, cells);
        }
    }
    let own = || blocks.iter().filter(|block| !block.is_gap);
    let tokens = own().map(|block| block.tokens.total()).sum();
    let cost = own()
        .map(|block| block.cost)
        .sum::<crate::usage::money::Usd>();
    let mut total = cells("Total", "", "", tokens, cost.as_f64(), view);
    if view.limit.is_some() {
        total.pop();
    }
    table.row(Weight::Total, total);
    table.finish()
}

fn row(block: &Block, view: &BlocksView<'_>) -> Vec<String> {
    let lasted = if block.is_active {
        format!("active, {} left", span(block.end - view.now))
    } else {
        span(block.last.unwrap_or(block.start) - block.start)
    };
    let models: Vec<String> = block
        .models
        .iter()
        .map(|model| short_model(model))
        .collect();
    cells(
        &view.time(block.start, "%Y-%m-%d %H:%M"),
        &lasted,
        &cut(&models.join(", "), LONGEST_MODELS),
        block.tokens.total(),
        block.cost.as_f64(),
        view,
    )
}

fn gap(block: &Block, view: &BlocksView<'_>) -> Vec<String> {
    let mut cells = vec![
        view.time(block.start, "%Y-%m-%d %H:%M"),
        format!("{} pause", span(block.end - block.start)),
    ];
    let rest = usize::from(view.has_models()) + 2 + usize::from(view.limit.is_some());
    cells.extend(std::iter::repeat_n(String::new(), rest));
    cells
}

fn cells(
    name: &str,
    lasted: &str,
    models: &str,
    tokens: i64,
    cost: f64,
    view: &BlocksView<'_>,
) -> Vec<String> {
    let mut cells = vec![name.to_owned(), lasted.to_owned()];
    if view.has_models() {
        cells.push(models.to_owned());
    }
    cells.push(count(tokens));
    cells.push(dollars(cost));
    if let Some(limit) = view.limit {
        cells.push(human::percent(part(tokens, limit)));
    }
    cells
}

#[expect(clippy::cast_precision_loss, reason = "a percentage")]
fn part(tokens: i64, limit: i64) -> f64 {
    tokens as f64 / limit as f64
}

/// `3 h 05 min`, `12 min`.
fn span(micros: i64) -> String {
    let minutes = micros.max(0) / MINUTE;
    if minutes < 60 {
        format!("{minutes} min")
    } else {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

/// The active block as a page: how far it is, how fast, and where it ends up.
pub(in crate::cli) fn active_block(block: &Block, view: &BlocksView<'_>) -> String {
    let mut page = Sections::dense();
    page.head(&style::title("Active block"));
    let length = block.end - block.start;
    let elapsed = (view.now - block.start).clamp(0, length);
    page.section(
        "Time",
        &[format!(
            "{} {} to {}, {} left",
            style::bar(left(&human::bar(part(elapsed, length), BAR), BAR)),
            view.time(block.start, "%H:%M"),
            view.time(block.end, "%H:%M"),
            span(block.end - view.now),
        )],
    );
    page.section("Tokens", &[amount(block.tokens.total(), view)]);
    page.section("Cost", &[dollars(block.cost.as_f64())]);
    let models: Vec<String> = block
        .models
        .iter()
        .map(|model| short_model(model))
        .collect();
    page.section("Models", &[models.join(", ")]);
    if let Some(rate) = block.burn_rate {
        let line = format!(
            "{:.0} tokens a minute ({:.0} without cache), {} an hour",
            rate.tokens_per_minute,
            rate.plain_tokens_per_minute,
            dollars(rate.cost_per_hour)
        );
        page.section("Rate", &[line]);
    }
    if let Some(end) = block.projection {
        let cost = dollars(end.total_cost);
        let line = format!("{}, {cost}", amount(end.total_tokens, view));
        page.section("At the end", &[line]);
    }
    page.finish()
}

/// Tokens, and what part of the limit they are.
fn amount(tokens: i64, view: &BlocksView<'_>) -> String {
    let Some(limit) = view.limit else {
        return count(tokens);
    };
    let text = format!(
        "{} of {} ({})",
        count(tokens),
        count(limit),
        human::percent(part(tokens, limit))
    );
    match limit_status(tokens, limit).status {
        "exceeds" => style::bad(text),
        "warning" => style::warn(text),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_worded_in_minutes() {
        assert_eq!(span(0), "0 min");
        assert_eq!(span(59 * MINUTE + 59_000_000), "59 min");
        assert_eq!(span(65 * MINUTE), "1 h 05 min");
        assert_eq!(span(-5), "0 min");
    }
}
