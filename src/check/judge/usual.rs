//! Verdicts on what is compared with earlier.

use jiff::civil::Date;
use serde::Deserialize;

use super::figures::observing;
use super::{ratio, shown};
use crate::check::outcome::{Findings, Verdict};
use crate::check::usual::{Judgement, Point};
use crate::error::{Error, Result};
use crate::warehouse::Value;

/// A part of a whole, 0 of nothing.
pub(in crate::check) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { ratio(part, whole) }
}

/// A figure, compared with those of earlier checks.
pub(in crate::check) fn usual(value: Value, judgement: &Judgement) -> Verdict {
    let observed = shown(&value);
    let (is_met, message) = worded(&observed, judgement, "earlier checks");
    observing(is_met, value, observed, message)
}

/// The rows of a day, compared with days before.
pub(in crate::check) fn usual_day(day: Point, judgement: &Judgement) -> Verdict {
    let observed = number(day.value);
    let date = Date::new(1970, 1, 1)
        .and_then(|epoch| epoch.checked_add(jiff::Span::new().try_days(day.day)?))
        .map(|date| date.to_string())
        .unwrap_or_default();
    let subject = format!("{observed} rows on {date}");
    let (is_met, message) = worded(&subject, judgement, "days before");
    observing(is_met, Value::Double(day.value), observed, message)
}

/// A table without a whole day.
pub(in crate::check) fn no_days() -> Verdict {
    Verdict::whole(true, "0".to_owned(), "no whole day to judge yet".to_owned())
}

/// There is nothing yet that the figure could be about.
pub(in crate::check) fn no_value() -> Verdict {
    Verdict::whole(true, "NULL".to_owned(), "no value to judge yet".to_owned())
}

fn worded(subject: &str, judgement: &Judgement, whom: &str) -> (bool, String) {
    match judgement {
        Judgement::TooEarly { days, needed } => (
            true,
            format!("{subject}; {days} of {needed} {whom} needed to judge"),
        ),
        Judgement::Judged {
            is_usual,
            range: (low, high),
            days,
            same_weekday,
        } => {
            let basis = if *same_weekday {
                format!("{days} {whom} of the same weekday")
            } else {
                format!("{days} {whom}")
            };
            let verb = if *is_usual { "as usual" } else { "unusual" };
            let range = format!("{} to {}", number(*low), number(*high));
            (
                *is_usual,
                format!("{subject} is {verb}: {range} by {basis}"),
            )
        }
    }
}

/// Whole from a hundred on, else with the digits that tell it from its neighbours.
fn number(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}

#[derive(Deserialize)]
struct KeptColumn {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
}

/// Columns as they were kept.
pub(in crate::check) fn columns_of(json: &str) -> Result<Vec<(String, String)>> {
    let kept: Vec<KeptColumn> = serde_json::from_str(json).map_err(|error| {
        Error::data("the columns kept by the check before cannot be read").cause(error)
    })?;
    Ok(kept
        .into_iter()
        .map(|column| (column.name, column.type_name))
        .collect())
}

/// Columns with their types, compared with those of the check before.
pub(in crate::check) fn same_columns(
    before: Option<&[(String, String)]>,
    now: &[(String, String)],
    allow_new: bool,
) -> Verdict {
    let type_in = |columns: &[(String, String)], name: &str| {
        let found = columns.iter().find(|(other, _)| other == name);
        found.map(|(_, type_name)| type_name.clone())
    };
    let mut changes = Vec::new();
    for (name, type_name) in before.unwrap_or_default() {
        match type_in(now, name) {
            None => changes.push(format!("`{name}` is gone")),
            Some(other) if other != *type_name => {
                changes.push(format!("`{name}` is {other}, was {type_name}"));
            }
            Some(_) => {}
        }
    }
    if let (Some(before), false) = (before, allow_new) {
        let new = now
            .iter()
            .filter(|(name, _)| type_in(before, name).is_none());
        changes.extend(new.map(|(name, type_name)| format!("`{name}` ({type_name}) is new")));
    }
    let observed = format!("{} columns", now.len());
    let message = match (before, changes.is_empty()) {
        (None, _) => format!("{observed}, remembered for the next check"),
        (Some(_), true) => format!("{observed}, as before"),
        (Some(_), false) => changes.join("; "),
    };
    let kept = now
        .iter()
        .map(|(name, type_name)| {
            Value::Struct(vec![
                ("name".to_owned(), Value::from(name.as_str())),
                ("type".to_owned(), Value::from(type_name.as_str())),
            ])
        })
        .collect();
    Verdict {
        findings: Findings {
            observed_value: Some(Value::List(kept)),
            ..Findings::default()
        },
        ..Verdict::whole(changes.is_empty(), observed, message)
    }
}
