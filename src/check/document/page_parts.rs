//! Pieces of the page: signs of outcomes, charts, tables of unexpected rows.

use super::{escaped, instant};
use crate::check::outcome::OutcomeStatus;
use crate::check::past::PastOutcome;
use crate::warehouse::Value;

/// Width and height of the chart of all runs, in units of its own.
const CHART: (f64, f64) = (600.0, 72.0);
/// Width and height of the strip of one expectation.
const STRIP: (f64, f64) = (120.0, 22.0);
/// Checks a strip shows.
const STRIP_CHECKS: usize = 30;

/// How an outcome is drawn.
pub(super) struct Look {
    /// Class that colours it.
    pub class: &'static str,
    /// Sign that tells it without colours.
    pub sign: &'static str,
}

/// How an outcome of this status and severity is drawn.
pub(super) fn look(status: OutcomeStatus, severity: &str) -> Look {
    let (class, sign) = match status {
        OutcomeStatus::Passed => ("good", "✓"),
        OutcomeStatus::Error => ("err", "?"),
        OutcomeStatus::Failed if severity == "warn" => ("warn", "!"),
        OutcomeStatus::Failed => ("bad", "✗"),
    };
    Look { class, sign }
}

/// Unexpected values as a table; rows of several columns get a head.
pub(super) fn row_samples(sample: &[Value]) -> String {
    let Some(first) = sample.first() else {
        return String::new();
    };
    let head = match first {
        Value::Struct(fields) => fields
            .iter()
            .map(|(name, _)| format!("<th>{}</th>", escaped(name)))
            .collect(),
        _ => "<th>unexpected value</th>".to_owned(),
    };
    let cell = |value: &Value| format!("<td>{}</td>", escaped(&shown(value)));
    let rows: String = sample
        .iter()
        .map(|value| match value {
            Value::Struct(fields) => fields.iter().map(|(_, value)| cell(value)).collect(),
            value => cell(value),
        })
        .map(|cells: String| format!("<tr>{cells}</tr>"))
        .collect();
    format!("<div class=\"scroll\"><table><tr>{head}</tr>{rows}</table></div>")
}

fn shown(value: &Value) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    value.to_string()
}

/// A bar for each run: what passed from below, what did not above it, never too thin to see.
pub(super) fn runs_chart(runs: &[(i64, Vec<&PastOutcome>)]) -> String {
    let (width, height) = CHART;
    let step = width / number(runs.len().max(1));
    let bars: String = runs
        .iter()
        .enumerate()
        .map(|(index, (at, outcomes))| bar(number(index) * step, step, *at, outcomes))
        .collect();
    format!(
        "<svg class=\"trend\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Outcomes of the last checks\">{bars}</svg>\n"
    )
}

fn bar(x: f64, step: f64, at: i64, outcomes: &[&PastOutcome]) -> String {
    let (_, height) = CHART;
    let count = |class: &str| {
        let of_class = outcomes
            .iter()
            .filter(|past| look(past.status, &past.severity).class == class);
        of_class.count()
    };
    let counts = ["bad", "err", "warn"].map(|class| (class, count(class)));
    let broken: usize = counts.iter().map(|(_, count)| count).sum();
    let total = number(outcomes.len().max(1));
    let mut y = 0.0;
    let mut rects = String::new();
    for (class, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let tall = (number(count) / total * height).max(6.0);
        rects.push_str(&rect(x, y, step, tall, class));
        y += tall;
    }
    rects.push_str(&rect(x, y, step, (height - y).max(0.0), "good"));
    format!(
        "<g><title>{}: {} passed, {broken} not</title>{rects}</g>",
        instant(at),
        outcomes.len() - broken
    )
}

fn rect(x: f64, y: f64, width: f64, height: f64, class: &str) -> String {
    let (width, opacity) = (width * 0.86, if class == "good" { 0.35 } else { 1.0 });
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\" \
         fill=\"currentColor\" fill-opacity=\"{opacity}\"/>"
    )
}

/// The latest outcomes of one expectation: a line of its value where it changes, and a dot for
/// each check that it did not pass.
pub(super) fn strip(past: &[PastOutcome]) -> String {
    let past = past
        .get(past.len().saturating_sub(STRIP_CHECKS)..)
        .unwrap_or_default();
    if past.len() < 2 {
        return "<span></span>".to_owned();
    }
    let heights = heights(past);
    let (width, height) = STRIP;
    let step = (width - 8.0) / number(past.len() - 1);
    let place = |index: usize| 4.0 + number(index) * step;
    let line: Vec<String> = heights
        .iter()
        .enumerate()
        .map(|(index, y)| format!("{:.1},{y:.1}", place(index)))
        .collect();
    let dots: String = past
        .iter()
        .zip(&heights)
        .enumerate()
        .filter(|(_, (past, _))| past.status != OutcomeStatus::Passed)
        .map(|(index, (past, y))| {
            format!(
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"3\" class=\"{}\" fill=\"currentColor\"><title>{}: {}</title></circle>",
                place(index),
                look(past.status, &past.severity).class,
                instant(past.checked_at),
                escaped(&past.message)
            )
        })
        .collect();
    let last = past.last().map(|past| past.observed.as_str());
    format!(
        "<svg class=\"strip\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{} checks, now {}\">\
         <polyline points=\"{}\" fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"1.5\"/>{dots}</svg>",
        past.len(),
        escaped(last.unwrap_or_default()),
        line.join(" ")
    )
}

/// Where each value is drawn, the largest at the top; in the middle where nothing changes.
fn heights(past: &[PastOutcome]) -> Vec<f64> {
    let values: Vec<f64> = past
        .iter()
        .map(|past| past.figure().unwrap_or_default())
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (_, height) = STRIP;
    let range = high - low;
    values
        .iter()
        .map(|value| {
            if range > 0.0 {
                height - 4.0 - (value - low) / range * (height - 8.0)
            } else {
                height / 2.0
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of checks and outcomes")]
fn number(count: usize) -> f64 {
    count as f64
}
