//! Documents made of a check, for programs and for people who were not there.
//!
//! Pure functions from a report (and earlier outcomes) to text; `run` decides where it goes.

mod junit;
mod page;
mod page_parts;
mod validation;

use jiff::Timestamp;

pub use junit::junit;
pub use page::page;
pub use validation::validation;

use super::outcome::Outcome;

/// Outcomes by suite, in the order of the report.
fn by_suite(outcomes: &[Outcome]) -> Vec<(&str, Vec<&Outcome>)> {
    let mut suites: Vec<(&str, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes {
        match suites.iter_mut().find(|(name, _)| *name == outcome.suite) {
            Some((_, members)) => members.push(outcome),
            None => suites.push((&outcome.suite, vec![outcome])),
        }
    }
    suites
}

/// `2026-11-21T07:05:13Z`.
fn instant(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// Text inside an element or a quoted attribute, of XML as of HTML. Characters that XML cannot
/// hold become the sign for unreadable ones.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}
