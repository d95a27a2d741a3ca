//! Billing blocks: windows of five hours that begin with the first response after the one before.
//!
//! The rules are those of ccusage, so that status lines agree: a block begins at the full hour
//! (UTC) of its first response; a response belongs to it unless it comes more than the length of a
//! block after its beginning, or after the response before. After such a pause there is a gap.

use std::collections::BTreeMap;

use super::call::{Call, Calls, Tokens};
use super::money::Usd;

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

/// A block, or the gap between two.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Beginning, µs since the epoch.
    pub start: i64,
    /// End: the length of a block later; of a gap, where the next block's first response is.
    pub end: i64,
    /// Last response; `None` in a gap.
    pub last: Option<i64>,
    /// Whether it is a gap.
    pub is_gap: bool,
    /// Whether it is not over at the instant asked for.
    pub is_active: bool,
    /// Responses.
    pub calls: u64,
    /// Tokens, those of advisors included.
    pub tokens: Tokens,
    /// Cost of what has a price.
    pub cost: Usd,
    /// Models in order of their first response, then by name.
    pub models: Vec<String>,
    /// Speed so far; of an active block with responses at two instants.
    pub burn_rate: Option<BurnRate>,
    /// What it comes to at that speed.
    pub projection: Option<Projection>,
}

/// How fast an active block is used up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnRate {
    /// All tokens.
    pub tokens_per_minute: f64,
    /// Uncached input and output only.
    pub plain_tokens_per_minute: f64,
    /// Dollars.
    pub cost_per_hour: f64,
}

/// An active block at its end, if it goes on at the same speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// All tokens.
    pub total_tokens: i64,
    /// Dollars, to the cent.
    pub total_cost: f64,
    /// Whole minutes left.
    pub remaining_minutes: i64,
}

/// Blocks of `hours` over all calls that have a time, by beginning; `now` tells which is active.
#[must_use]
pub fn blocks(calls: &Calls, hours: i64, now: i64) -> Vec<Block> {
    let length = hours * HOUR;
    let mut timed: Vec<(i64, &Call)> = calls
        .calls
        .iter()
        .filter_map(|call| Some((call.timestamp?, call)))
        .collect();
    timed.sort_by_key(|(time, _)| *time);
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Vec<(i64, &Call)> = Vec::new();
    let mut start = 0;
    for (time, call) in timed {
        if let Some((previous, _)) = open.last().copied() {
            let paused = time - previous > length;
            if paused || time - start > length {
                blocks.push(block(calls, start, length, &open, now));
                open.clear();
            }
            if paused {
                blocks.push(gap(previous + length, time));
            }
        }
        if open.is_empty() {
            start = time.div_euclid(HOUR) * HOUR;
        }
        open.push((time, call));
    }
    if !open.is_empty() {
        blocks.push(block(calls, start, length, &open, now));
    }
    blocks.sort_by_key(|block| block.start);
    blocks
}

fn gap(start: i64, end: i64) -> Block {
    Block {
        start,
        end,
        last: None,
        is_gap: true,
        is_active: false,
        calls: 0,
        tokens: Tokens::default(),
        cost: Usd::default(),
        models: Vec::new(),
        burn_rate: None,
        projection: None,
    }
}

fn block(calls: &Calls, start: i64, length: i64, own: &[(i64, &Call)], now: i64) -> Block {
    let first = own.first().map_or(start, |(time, _)| *time);
    let last = own.last().map_or(start, |(time, _)| *time);
    let end = start + length;
    let mut tokens = Tokens::default();
    let mut cost = Usd::default();
    // The first time of each; own is in order of time.
    let mut firsts: BTreeMap<u32, i64> = BTreeMap::new();
    for (time, call) in own {
        tokens += call.tokens;
        cost += call.cost.unwrap_or_default();
        firsts.entry(call.model).or_insert(*time);
    }
    let mut models: Vec<(i64, &str)> = firsts
        .into_iter()
        .map(|(model, first)| (first, calls.model(model)))
        .collect();
    models.sort_unstable();
    let is_active = now - last < length && now < end;
    let burn_rate = (is_active && last > first).then(|| burn_rate(tokens, cost, last - first));
    Block {
        start,
        end,
        last: Some(last),
        is_gap: false,
        is_active,
        calls: own.iter().filter(|(_, call)| !call.is_advisor).count() as u64,
        tokens,
        cost,
        models: models
            .into_iter()
            .map(|(_, model)| model.to_owned())
            .collect(),
        burn_rate,
        projection: burn_rate.map(|rate| projection(tokens, cost, rate, end - now)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates are shown with few digits"
)]
fn burn_rate(tokens: Tokens, cost: Usd, span: i64) -> BurnRate {
    let minutes = span as f64 / MINUTE as f64;
    BurnRate {
        tokens_per_minute: tokens.total() as f64 / minutes,
        plain_tokens_per_minute: (tokens.input + tokens.output) as f64 / minutes,
        cost_per_hour: cost.as_f64() / minutes * 60.0,
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an estimate"
)]
fn projection(tokens: Tokens, cost: Usd, rate: BurnRate, left: i64) -> Projection {
    let minutes = (left as f64 / MINUTE as f64).round();
    let total_cost = cost.as_f64() + rate.cost_per_hour / 60.0 * minutes;
    Projection {
        total_tokens: (tokens.total() as f64 + rate.tokens_per_minute * minutes).round() as i64,
        total_cost: (total_cost * 100.0).round() / 100.0,
        remaining_minutes: minutes as i64,
    }
}

/// Tokens of the largest block that is over: what `--token-limit max` compares with.
#[must_use]
pub fn largest(blocks: &[Block]) -> Option<i64> {
    let over = blocks
        .iter()
        .filter(|block| !block.is_gap && !block.is_active);
    over.map(|block| block.tokens.total())
        .max()
        .filter(|most| *most > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> i64 {
        let instant: jiff::Timestamp = text.parse().expect("an instant");
        instant.as_microsecond()
    }

    fn calls(times: &[&str]) -> Calls {
        let mut calls = Calls::default();
        let model = calls.models.number("claude-opus-4-6");
        for time in times {
            calls.calls.push(Call {
                timestamp: Some(instant(time)),
                session: 0,
                model,
                tokens: Tokens {
                    input: 1000,
                    output: 500,
                    cache_creation: 2000,
                    cache_read: 30_000,
                },
                cost: Some(Usd::from_f64(0.045)),
                is_provisional: false,
                is_advisor: false,
            });
        }
        calls
    }

    #[test]
    fn a_block_begins_at_the_hour_and_ends_five_hours_later() {
        let calls = calls(&[
            "2026-01-01T10:20:00Z",
            "2026-01-01T15:00:00Z", // exactly five hours after 10:00 still belongs
            "2026-01-01T15:00:01Z", // this does not
        ]);
        let blocks = blocks(&calls, 5, instant("2026-02-01T00:00:00Z"));
        let spans: Vec<_> = blocks
            .iter()
            .map(|block| (block.start, block.calls))
            .collect();
        assert_eq!(
            spans,
            [
                (instant("2026-01-01T10:00:00Z"), 2),
                (instant("2026-01-01T15:00:00Z"), 1)
            ]
        );
        assert!(blocks.iter().all(|block| !block.is_gap && !block.is_active));
    }

    #[test]
    fn a_longer_pause_is_a_gap() {
        let calls = calls(&["2026-01-01T10:20:00Z", "2026-01-01T20:00:00Z"]);
        let blocks = blocks(&calls, 5, instant("2026-02-01T00:00:00Z"));
        assert_eq!(blocks.len(), 3);
        assert!(blocks[1].is_gap);
        assert_eq!(blocks[1].start, instant("2026-01-01T15:20:00Z"));
        assert_eq!(blocks[1].end, instant("2026-01-01T20:00:00Z"));
        assert_eq!(largest(&blocks), Some(33_500));
    }

    #[test]
    fn an_active_block_has_a_rate_and_a_projection() {
        // 128 minutes between the first and the last of five responses of 33,500 tokens, 158 left.
        let calls = calls(&[
            "2026-11-21T05:12:00Z",
            "2026-11-21T05:42:00Z",
            "2026-11-21T06:32:00Z",
            "2026-11-21T07:12:00Z",
            "2026-11-21T07:20:00Z",
        ]);
        let blocks = blocks(&calls, 5, instant("2026-11-21T07:22:00Z"));
        let block = &blocks[0];
        assert!(block.is_active);
        let rate = block.burn_rate.expect("active");
        assert_eq!(rate.tokens_per_minute, 1_308.593_75);
        assert_eq!(rate.plain_tokens_per_minute, 58.593_75);
        assert_eq!(rate.cost_per_hour, 0.105_468_75);
        assert_eq!(
            block.projection,
            Some(Projection {
                total_tokens: 374_258,
                total_cost: 0.5,
                remaining_minutes: 158
            })
        );
        assert_eq!(largest(&blocks), None);
    }

    #[test]
    fn one_response_has_no_speed() {
        let calls = calls(&["2026-11-21T05:12:00Z"]);
        let blocks = blocks(&calls, 5, instant("2026-11-21T07:22:00Z"));
        assert!(blocks[0].is_active && blocks[0].burn_rate.is_none());
    }
}
