//! The report as one HTML page: opens from disk, on a phone as on a screen, light or dark, and
//! loads nothing from anywhere.

use super::page_parts::{look, row_samples, runs_chart, strip};
use super::{by_suite, escaped, instant};
use crate::check::outcome::{CheckReport, Outcome};
use crate::check::past::{PastChecks, PastOutcome};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The report with what came of the same expectations before.
#[must_use]
pub fn page(report: &CheckReport, past: &PastChecks) -> String {
    let title = format!("Checks of {}", instant(report.checked_at));
    [
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        ),
        head(report),
        tiles(report),
        trend(past),
        attention(report),
        suites(report, past),
        format!(
            "<footer>cca {} · run <code>{}</code></footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            escaped(&report.run_id)
        ),
    ]
    .concat()
}

fn head(report: &CheckReport) -> String {
    let (class, verdict) = if report.is_failure() {
        ("bad", "✗ failed")
    } else if report.warned > 0 {
        ("warn", "! passed with warnings")
    } else {
        ("good", "✓ passed")
    };
    format!(
        "<header><h1>Checks</h1><span class=\"verdict {class}\">{verdict}</span>\
         <span class=\"dim\">{}</span></header>\n",
        instant(report.checked_at)
    )
}

fn tiles(report: &CheckReport) -> String {
    let tile = |number: usize, word: &str, class: &str| {
        let class = if number == 0 { "dim" } else { class };
        format!("<div class=\"tile\"><b class=\"{class}\">{number}</b>{word}</div>")
    };
    format!(
        "<div class=\"tiles\">{}{}{}{}</div>\n",
        tile(report.passed, "passed", "good"),
        tile(report.warned, "warned", "warn"),
        tile(report.failed, "failed", "bad"),
        tile(report.errored, "not evaluated", "err")
    )
}

fn trend(past: &PastChecks) -> String {
    let runs = past.runs();
    if runs.len() < 2 {
        return String::new();
    }
    format!(
        "<h2>The last {} checks</h2>\n{}",
        runs.len(),
        runs_chart(&runs)
    )
}

/// What did not pass, explained, the serious first.
fn attention(report: &CheckReport) -> String {
    let mut broken: Vec<&Outcome> = report
        .outcomes
        .iter()
        .filter(|outcome| !outcome.is_success())
        .collect();
    if broken.is_empty() {
        return String::new();
    }
    broken.sort_by_key(|outcome| !outcome.is_failure());
    let cards: Vec<String> = broken.into_iter().map(card).collect();
    format!("<h2>What did not pass</h2>\n{}", cards.concat())
}

fn card(outcome: &Outcome) -> String {
    let look = look(outcome.status, outcome.severity.name());
    let why = outcome.why.as_ref().map_or_else(String::new, |why| {
        format!("<p class=\"dim\">{}</p>", escaped(why))
    });
    let refused = outcome.refused.as_ref().map_or_else(String::new, |line| {
        format!("<pre>{}</pre>", escaped(&line.shown().join("\n")))
    });
    format!(
        "<div class=\"card {}\"><h3>{} <code>{}.{}</code></h3><p>{}</p>{why}{}\
         <p class=\"dim mono\">{}</p>{refused}</div>\n",
        look.class,
        look.sign,
        escaped(&outcome.suite),
        escaped(&outcome.name),
        escaped(&outcome.message),
        row_samples(outcome.result.examples()),
        escaped(&outcome.place())
    )
}

fn suites(report: &CheckReport, past: &PastChecks) -> String {
    let mut text = String::from(
        "<h2>All expectations</h2>\n<div class=\"tools\">\
         <input id=\"search\" type=\"search\" placeholder=\"Search suites, columns, rules\" aria-label=\"Search\">\
         <label><input id=\"only\" type=\"checkbox\">not passed</label></div>\n",
    );
    for (name, outcomes) in by_suite(&report.outcomes) {
        let passed = outcomes
            .iter()
            .filter(|outcome| outcome.is_success())
            .count();
        let all_passed = passed == outcomes.len();
        let rows: Vec<String> = outcomes
            .iter()
            .map(|outcome| row(outcome, past.of(&outcome.suite, &outcome.name)))
            .collect();
        let table = outcomes.first().and_then(|first| first.table.as_deref());
        text.push_str(&format!(
            "<details data-suite=\"{0}\"{1}><summary><b>{0}</b><span class=\"dim mono\">{2}</span>\
             <span class=\"{3}\">{passed} of {4}</span></summary>\n{5}</details>\n",
            escaped(name),
            if all_passed { "" } else { " open" },
            escaped(table.unwrap_or_default()),
            if all_passed { "good" } else { "bad" },
            outcomes.len(),
            rows.concat()
        ));
    }
    text
}

fn row(outcome: &Outcome, past: &[PastOutcome]) -> String {
    let look = look(outcome.status, outcome.severity.name());
    format!(
        "<div class=\"row\" data-status=\"{}\"><span class=\"{}\" title=\"{0}\">{}</span>\
         <code>{}</code><span class=\"dim\">{}</span>{}</div>\n",
        outcome.status.name(),
        look.class,
        look.sign,
        escaped(&outcome.name),
        escaped(&outcome.message),
        strip(past)
    )
}
