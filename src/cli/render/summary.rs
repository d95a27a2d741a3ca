//! What the marts say about everything loaded so far.

use super::text::{Sections, cut, left, right, room, widest};
use crate::cli::{human, style};
use crate::run::report::{ModelSummary, Summary, ToolSummary};

/// Longest name shown of a tool or model.
const LONGEST_NAME: usize = 32;
/// Widest bar.
const WIDEST_BAR: usize = 30;
/// Share of provisional responses worth a line.
const NOTABLE: f64 = 0.005;

/// Adds the sections of the summary.
pub(super) fn add(page: &mut Sections, summary: &Summary, width: usize) {
    page.section("Covers", &covers(summary));
    page.section("Tokens", &tokens(summary, width));
    page.section("Cost", &cost(summary));
    page.section("Models", &models(&summary.top_models, width));
    page.section("Tools", &tools(&summary.top_tools, width));
}

fn covers(summary: &Summary) -> Vec<String> {
    let mut first = vec![
        human::plural(summary.sessions, "session"),
        human::plural(summary.projects, "project"),
    ];
    if let (Some(from), Some(to)) = (summary.first_day, summary.last_day) {
        let days = human::plural(summary.active_days, "active day");
        first.push(format!("{days}, {from} to {to}"));
    }
    let second = [
        human::plural(summary.prompts, "prompt"),
        human::plural(summary.api_calls, "API response"),
        human::plural(summary.tool_calls, "tool call"),
        human::plural(summary.entries, "entry/entries"),
    ];
    vec![first.join(" · "), second.join(" · ")]
}

fn tokens(summary: &Summary, width: usize) -> Vec<String> {
    let classes = [
        ("cache read", summary.cache_read_tokens),
        ("cache write", summary.cache_creation_tokens),
        ("input", summary.input_tokens),
        ("output", summary.output_tokens),
    ];
    let total: u64 = classes.iter().map(|(_, tokens)| tokens).sum();
    if total == 0 {
        return Vec::new();
    }
    let bars = bar_width(width, 34);
    let mut lines: Vec<String> = classes
        .iter()
        .map(|(name, tokens)| {
            let share = human::share(*tokens, total);
            let line = format!(
                "{} {} {}  {}",
                left(name, 14),
                right(&human::magnitude(*tokens), 9),
                right(&human::percent(share), 7),
                style::bar(human::bar(share, bars))
            );
            line
        })
        .collect();
    let asked = summary.cache_read_tokens + summary.cache_creation_tokens + summary.input_tokens;
    let hits = human::share(summary.cache_read_tokens, asked);
    lines.push(format!(
        "{} {} {}",
        left("total", 14),
        right(&human::magnitude(total), 9),
        style::dim(format!(
            "· {} of what was sent came from the cache",
            human::percent(hits)
        ))
    ));
    lines
}

fn cost(summary: &Summary) -> Vec<String> {
    if summary.api_calls == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "{} at list prices",
        style::title(human::dollars(&summary.cost_usd))
    )];
    if !summary.unpriced_models.is_empty() {
        let names = summary.unpriced_models.join(", ");
        lines.push(style::warn(format!(
            "without a price, and left out: {names}"
        )));
    }
    if summary.provisional_share > NOTABLE {
        let share = human::percent(summary.provisional_share);
        lines.push(style::warn(format!(
            "output tokens of {share} of the responses are provisional"
        )));
    }
    lines
}

fn models(models: &[ModelSummary], width: usize) -> Vec<String> {
    let names = widest(models.iter().map(|model| model.name.as_str()), LONGEST_NAME);
    let amount = |model: &ModelSummary| -> f64 {
        model
            .cost_usd
            .as_deref()
            .and_then(|cost| cost.parse().ok())
            .unwrap_or(0.0)
    };
    let greatest = models.iter().map(amount).fold(0.0, f64::max);
    let bars = bar_width(width, names + 44);
    models
        .iter()
        .map(|model| {
            let cost = model
                .cost_usd
                .as_deref()
                .map_or_else(|| "–".to_owned(), human::dollars);
            let share = if greatest > 0.0 {
                amount(model) / greatest
            } else {
                0.0
            };
            format!(
                "{} {} {} {}  {}",
                left(&cut(&model.name, names), names),
                right(&human::plural(model.calls, "call"), 13),
                right(&format!("{} tokens", human::magnitude(model.tokens)), 15),
                right(&cost, 11),
                style::bar(human::bar(share, bars))
            )
        })
        .collect()
}

fn tools(tools: &[ToolSummary], width: usize) -> Vec<String> {
    let names = widest(tools.iter().map(|tool| tool.name.as_str()), LONGEST_NAME);
    let bars = bar_width(width, names + 29);
    tools
        .iter()
        .map(|tool| {
            let (rate, bar) = match tool.success_rate {
                Some(rate) => (
                    format!("{} ok", human::percent(rate)),
                    human::bar(rate, bars),
                ),
                None => ("no results".to_owned(), String::new()),
            };
            format!(
                "{} {}  {}  {}",
                left(&cut(&tool.name, names), names),
                right(&human::plural(tool.calls, "call"), 13),
                right(&rate, 10),
                in_colour(tool.success_rate, bar)
            )
        })
        .collect()
}

fn in_colour(rate: Option<f64>, bar: String) -> String {
    match rate {
        Some(rate) if rate < 0.8 => style::bad(bar),
        Some(rate) if rate < 0.95 => style::warn(bar),
        _ => style::good(bar),
    }
}

fn bar_width(width: usize, taken: usize) -> usize {
    room(width).saturating_sub(taken).min(WIDEST_BAR)
}
