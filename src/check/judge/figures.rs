//! Verdicts on columns and tables as a whole.

use super::{ratio, shown};
use crate::check::compile::Manner;
use crate::check::expectation::{Figure, QuantileRange, Range};
use crate::check::outcome::{Findings, Verdict};
use crate::warehouse::{Table, Value};

pub(super) fn observing(success: bool, value: Value, observed: String, message: String) -> Verdict {
    Verdict {
        findings: Findings {
            observed_value: Some(value),
            ..Findings::default()
        },
        ..Verdict::whole(success, observed, message)
    }
}

/// A figure of a column. NaN is no figure.
pub(in crate::check) fn figure(
    column: &str,
    figure: Figure,
    range: &Range,
    found: Value,
    is_met: bool,
) -> Verdict {
    let found = match found {
        Value::Double(number) if number.is_nan() => Value::Null,
        other => other,
    };
    let observed = shown(&found);
    let name = figure.name();
    let message = match (is_met, found.is_null()) {
        (true, _) => format!("{name} {observed}"),
        (false, true) => format!("`{column}` has no {name}"),
        (false, false) => format!("the {name} of `{column}` is {observed}, not {range}"),
    };
    observing(is_met, found, observed, message)
}

/// Quantiles of a column; a tolerance of 1 in 10,000 belongs to each end.
pub(in crate::check) fn quantiles(
    column: &str,
    ranges: &[QuantileRange],
    values: Vec<Value>,
) -> Verdict {
    let near = |value: f64, end: f64| (value - end).abs() <= 1e-8 + 1e-4 * end.abs();
    let is_met = |(range, value): (&QuantileRange, &Value)| {
        value.as_f64().is_some_and(|value| {
            let above = range.min.is_none_or(|min| value >= min || near(value, min));
            let below = range.max.is_none_or(|max| value <= max || near(value, max));
            above && below
        })
    };
    let details: Vec<bool> = ranges.iter().zip(&values).map(is_met).collect();
    let parts: Vec<String> = ranges
        .iter()
        .zip(&values)
        .zip(&details)
        .map(|((range, value), met)| {
            let mark = if *met { "" } else { " (out of its range)" };
            format!("{}: {}{mark}", range.quantile, shown(value))
        })
        .collect();
    let observed = parts.join(", ");
    let quantiles = ranges.iter().map(|range| Value::Double(range.quantile));
    let found = Value::Struct(vec![
        ("quantiles".to_owned(), Value::List(quantiles.collect())),
        ("values".to_owned(), Value::List(values)),
    ]);
    let success = details.iter().all(|met| *met);
    let message = format!("quantiles of `{column}`: {observed}");
    let mut verdict = observing(success, found, observed, message);
    let details = details.into_iter().map(Value::Bool).collect();
    verdict.findings.details = Some(Value::Struct(vec![(
        "success_details".to_owned(),
        Value::List(details),
    )]));
    verdict
}

/// A rule about the number of rows.
pub(in crate::check) fn row_count(range: &Range, rows: u64) -> Verdict {
    let value = Value::from(rows);
    let success = value.as_f64().is_some_and(|rows| range.holds(rows));
    let message = if success {
        format!("{rows} rows")
    } else {
        format!("{rows} rows, not {range}")
    };
    observing(success, value, rows.to_string(), message)
}

/// Two numbers of rows.
pub(in crate::check) fn same_row_count(rows: u64, other: u64, name: &str) -> Verdict {
    let message = if rows == other {
        format!("both have {rows} rows")
    } else {
        format!("{rows} rows, {name} has {other}")
    };
    let value = Value::Struct(vec![
        ("self".to_owned(), Value::from(rows)),
        ("other".to_owned(), Value::from(other)),
    ]);
    observing(rows == other, value, format!("{rows} / {other}"), message)
}

/// A rule broken by each row of a query.
pub(in crate::check) fn no_rows(rows: u64) -> Verdict {
    let message = match rows {
        0 => "no rows, as expected".to_owned(),
        1 => "the query returned 1 row".to_owned(),
        _ => format!("the query returned {rows} rows"),
    };
    let mut verdict = observing(rows == 0, Value::from(rows), rows.to_string(), message);
    verdict.findings.unexpected_count = Some(rows);
    verdict
}

/// Two values that should be the same. Numbers may differ by the tolerance; null is equal to null
/// only.
pub(in crate::check) fn agree(left: &Value, right: &Value, tolerance: f64) -> Verdict {
    let equal = match (left, right) {
        (Value::Int(left), Value::Int(right)) if tolerance == 0.0 => left == right,
        _ => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => (left - right).abs() <= tolerance,
            _ => left == right,
        },
    };
    let (left_shown, right_shown) = (shown(left), shown(right));
    let message = if equal {
        format!("both are {left_shown}")
    } else {
        format!("left is {left_shown}, right is {right_shown}")
    };
    let value = Value::Struct(vec![
        ("left".to_owned(), left.clone()),
        ("right".to_owned(), right.clone()),
    ]);
    observing(
        equal,
        value,
        format!("{left_shown} / {right_shown}"),
        message,
    )
}

/// Two results of so many rows, `extra` of the first without a partner.
pub(in crate::check) fn same_rows(
    manner: &Manner,
    [base, comparison]: [u64; 2],
    extra: u64,
) -> Verdict {
    let whole = base.max(comparison);
    let unexpected = whole - (base - extra);
    let percent = if whole == 0 {
        0.0
    } else {
        ratio(unexpected, whole) * 100.0
    };
    let success = 100.0 - percent >= manner.mostly * 100.0;
    let observed = format!("{unexpected} of {whole}");
    let message = if unexpected == 0 {
        format!("both return the same {base} rows")
    } else {
        format!("{observed} rows differ: the first query returned {base}, the second {comparison}")
    };
    Verdict {
        findings: Findings {
            unexpected_count: Some(unexpected),
            unexpected_percent: Some(percent),
            ..Findings::default()
        },
        ..Verdict::whole(success, observed, message)
    }
}

/// How different values and a set differ.
pub(in crate::check) struct SetFindings {
    /// Number of values outside the set, and the first of them.
    pub unexpected: Option<(u64, Vec<Value>)>,
    /// Values of the set that do not occur.
    pub missing: Option<Vec<Value>>,
}

/// The different values of a column and a set.
pub(in crate::check) fn set(manner: &Manner, found: SetFindings) -> Verdict {
    let outside = found.unexpected.as_ref().map_or(0, |(count, _)| *count);
    let absent = found.missing.as_ref().map_or(0, Vec::len);
    let list = |values: &[Value]| {
        let shown: Vec<String> = values.iter().take(5).map(shown).collect();
        shown.join(", ")
    };
    let mut parts = Vec::new();
    if let Some((count, values)) = &found.unexpected
        && *count > 0
    {
        parts.push(format!("{count} {}: {}", manner.complaint, list(values)));
    }
    if let Some(values) = &found.missing
        && !values.is_empty()
    {
        parts.push(format!(
            "{} of the set do not occur: {}",
            values.len(),
            list(values)
        ));
    }
    let success = parts.is_empty();
    let observed = format!("{outside} outside, {absent} missing");
    let message = if success {
        "the values are as expected".to_owned()
    } else {
        parts.join("; ")
    };
    let mut verdict = observing(success, Value::Null, observed, message);
    verdict.findings.missing_count = found.missing.as_ref().map(|values| values.len() as u64);
    verdict.findings.partial_missing_list = found.missing;
    if let Some((count, values)) = found.unexpected {
        verdict.findings.unexpected_count = Some(count);
        verdict.findings.partial_unexpected_list = values;
    }
    verdict
}

/// The most frequent values, the first of `modes`, of which `expected` are in the set.
pub(in crate::check) fn most_common(
    column: &str,
    values: Vec<Value>,
    [modes, expected]: [u64; 2],
    ties_okay: bool,
) -> Verdict {
    let success = expected > 0 && (ties_okay || modes == 1);
    let list: Vec<String> = values.iter().take(5).map(shown).collect();
    let more = if modes > 5 { ", …" } else { "" };
    let observed = format!("{}{more}", list.join(", "));
    let message = match modes {
        0 => format!("`{column}` has no values"),
        1 if success => format!("most common: {observed}"),
        1 => format!("the most common value of `{column}` is {observed}, not in the set"),
        _ if success => format!("most common: {observed}"),
        _ if expected > 0 => format!("{modes} values of `{column}` are equally common: {observed}"),
        _ => format!("the most common values of `{column}` are not in the set: {observed}"),
    };
    observing(success, Value::List(values), observed, message)
}

/// The values of the first column.
pub(in crate::check) fn first_column(table: Table) -> Vec<Value> {
    let rows = table.rows.into_iter();
    rows.filter_map(|row| row.into_iter().next()).collect()
}
