//! Billing blocks.

use clap::Args;

use super::arguments::{Order, UsageArguments};
use crate::cli::render::usage as render;
use crate::cli::session::Session;
use crate::error::Result;
use crate::sys::clock;
use crate::usage::blocks::{Block, blocks};
use crate::usage::json::{self, TokenLimit};

const EXAMPLES: &str = "\
Examples:
  cca usage blocks --recent
  cca usage blocks --active --json | jq '.blocks[0].projection'
  cca usage blocks --active --live --token-limit 500000";

/// Days that `--recent` shows.
const RECENT_DAYS: i64 = 3;
const DAY: i64 = 86_400_000_000;

/// Show usage by billing block of five hours
///
/// A block begins at the full hour (UTC) of its first response and lasts five hours; pauses longer
/// than that are gaps. The active block has a burn rate and what it comes to at that rate.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Blocks {
    #[command(flatten)]
    pub(super) usage: UsageArguments,
    /// Only the active block
    #[arg(short, long)]
    active: bool,
    /// Only the last three days
    #[arg(short, long)]
    recent: bool,
    /// Tokens a block may use, or `max` for those of the largest block so far
    #[arg(short, long, value_name = "TOKENS", value_parser = limit)]
    token_limit: Option<TokenLimit>,
    /// Hours of a block
    #[arg(short = 'n', long, value_name = "HOURS", default_value_t = 5, value_parser = clap::value_parser!(i64).range(1..=168))]
    session_length: i64,
    /// Order of the blocks
    #[arg(short, long, value_enum, value_name = "ORDER", default_value_t = Order::Asc)]
    order: Order,
}

impl Blocks {
    pub(super) fn execute(&self, session: &Session) -> Result<()> {
        let zone = session.zone()?;
        let filter = self.usage.filter()?;
        // A block does not depend on which days are shown.
        let calls_meant = filter.of_any_day();
        self.usage
            .show_calls(session, &calls_meant, &|calls, calendar| {
                let now = clock::now_micros();
                let all = blocks(calls, self.session_length, now);
                let limit = self.token_limit.and_then(|limit| limit.tokens(&all));
                let mut shown: Vec<&Block> = all
                    .iter()
                    .filter(|block| !self.active || block.is_active)
                    .filter(|block| filter.holds(Some(block.start), calendar))
                    .filter(|block| {
                        let end = block.last.unwrap_or(block.end);
                        !self.recent || block.is_active || end >= now - RECENT_DAYS * DAY
                    })
                    .collect();
                if self.order == Order::Desc {
                    shown.reverse();
                }
                if self.usage.is_json(session) {
                    return super::pretty(&json::blocks(shown, limit));
                }
                let view = render::BlocksView {
                    zone: &zone,
                    now,
                    limit,
                    width: session.printer.terminal.width,
                };
                Ok(match shown.as_slice() {
                    [only] if self.active => render::active_block(only, &view),
                    several => render::blocks(several, &view),
                })
            })
    }
}

fn limit(text: &str) -> Result<TokenLimit, String> {
    if text == "max" {
        return Ok(TokenLimit::Largest);
    }
    match text.replace(['_', ','], "").parse::<i64>() {
        Ok(tokens) if tokens > 0 => Ok(TokenLimit::Tokens(tokens)),
        _ => Err("a number of tokens above zero, or `max`, is needed".to_owned()),
    }
}
