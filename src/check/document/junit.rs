//! JUnit XML, as build servers read it: a suite is a test suite, an expectation a test case.
//!
//! A broken expectation of severity `warn` is a skipped case with its message: build servers show
//! it and do not fail on it, as the check does not.

use std::fmt::Write as _;

use super::{by_suite, escaped, instant};
use crate::check::outcome::{CheckReport, Outcome, OutcomeStatus};
use crate::error::Excerpt;

/// The report as JUnit XML.
#[must_use]
pub fn junit(report: &CheckReport) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&Outcome> = report.outcomes.iter().collect();
    let _infallible = writeln!(text, "<testsuites name=\"cca check\"{}>", counts(&all));
    for (name, outcomes) in by_suite(&report.outcomes) {
        let _infallible = writeln!(
            text,
            "  <testsuite name=\"{}\"{} timestamp=\"{}\">",
            escaped(name),
            counts(&outcomes),
            instant(report.checked_at).trim_end_matches('Z')
        );
        for outcome in outcomes {
            text.push_str(&case(outcome));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn counts(outcomes: &[&Outcome]) -> String {
    let count = |wanted: &str| {
        let matching = outcomes.iter().filter(|outcome| kind(outcome) == wanted);
        matching.count()
    };
    let seconds: f64 = outcomes
        .iter()
        .map(|outcome| outcome.elapsed.as_secs_f64())
        .sum();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\"",
        outcomes.len(),
        count("failure"),
        count("error"),
        count("skipped")
    )
}

/// The element of its result; empty if the expectation is met.
fn kind(outcome: &Outcome) -> &'static str {
    match outcome.status {
        OutcomeStatus::Passed => "",
        _ if !outcome.is_failure() => "skipped",
        OutcomeStatus::Failed => "failure",
        OutcomeStatus::Error => "error",
    }
}

fn case(outcome: &Outcome) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3}\"",
        escaped(&outcome.suite),
        escaped(&outcome.name),
        escaped(&outcome.file),
        outcome.line,
        outcome.elapsed.as_secs_f64()
    );
    match kind(outcome) {
        "" => format!("{head}/>\n"),
        "skipped" => format!(
            "{head}>\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n",
            outcome.severity.name(),
            escaped(&outcome.message)
        ),
        element => format!(
            "{head}>\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    </testcase>\n",
            escaped(&outcome.expectation),
            escaped(&outcome.message),
            escaped(&detail(outcome))
        ),
    }
}

fn detail(outcome: &Outcome) -> String {
    let mut lines = vec![outcome.place()];
    lines.extend(outcome.refused.iter().flat_map(Excerpt::shown));
    lines.extend(outcome.why.iter().map(|why| format!("why: {why}")));
    for value in outcome.result.examples() {
        lines.push(format!("unexpected: {value}"));
    }
    lines.join("\n")
}
