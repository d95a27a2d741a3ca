//! From numbers to verdicts.

use super::expectation::{Expectation, Range};
use super::outcome::Verdict;
use crate::warehouse::{Table, Value};

/// Characters of a text kept in a sample.
const SAMPLE_CHARS: usize = 200;

/// A rule about rows: met if the share of good rows among those not left out is at least `mostly`;
/// met without any such rows.
pub(super) fn rows(
    expectation: &Expectation,
    elements: u64,
    ignored: u64,
    unexpected: u64,
) -> Verdict {
    let considered = elements.saturating_sub(ignored);
    let good = considered.saturating_sub(unexpected);
    let success = considered == 0 || ratio(good, considered) >= expectation.mostly;
    let percent = (considered > 0).then(|| ratio(unexpected, considered) * 100.0);
    let observed = format!("{unexpected} of {considered}");
    let message = match percent {
        None => "no rows to judge".to_owned(),
        Some(_) if unexpected == 0 => format!("all {considered} rows as expected"),
        Some(percent) => {
            let allowed = (1.0 - expectation.mostly) * 100.0;
            format!(
                "{observed} {} ({}, allowed {})",
                expectation.rule.complaint(),
                percentage(percent),
                percentage(allowed),
            )
        }
    };
    Verdict {
        element_count: Some(elements),
        unexpected_count: Some(unexpected),
        unexpected_percent: percent,
        ..Verdict::whole(success, observed, message)
    }
}

/// A rule the columns of the table decide.
pub(super) fn decided(expectation: &Expectation, success: bool, observed: &str) -> Verdict {
    use super::expectation::Rule;
    let message = match &expectation.rule {
        Rule::OfType { column, accepted } if !success => {
            format!("`{column}` is {observed}, not {accepted}")
        }
        Rule::ColumnExists { column, .. } if !success => format!("`{column}` is {observed}"),
        _ => observed.to_owned(),
    };
    Verdict::whole(success, observed.to_owned(), message)
}

/// A rule about the number of rows.
pub(super) fn row_count(range: &Range, rows: u64) -> Verdict {
    let count = Value::from(rows).as_f64().unwrap_or_default();
    let above = range.min.as_ref().is_none_or(|end| {
        end.value.as_f64().is_some_and(|min| {
            if end.strict {
                count > min
            } else {
                count >= min
            }
        })
    });
    let below = range.max.as_ref().is_none_or(|end| {
        end.value.as_f64().is_some_and(|max| {
            if end.strict {
                count < max
            } else {
                count <= max
            }
        })
    });
    let success = above && below;
    let message = if success {
        format!("{rows} rows")
    } else {
        format!("{rows} rows, not {range}")
    };
    Verdict {
        element_count: Some(rows),
        ..Verdict::whole(success, rows.to_string(), message)
    }
}

/// A rule broken by each row of a query.
pub(super) fn no_rows(rows: u64) -> Verdict {
    let message = match rows {
        0 => "no rows, as expected".to_owned(),
        1 => "the query returned 1 row".to_owned(),
        _ => format!("the query returned {rows} rows"),
    };
    Verdict {
        unexpected_count: Some(rows),
        ..Verdict::whole(rows == 0, rows.to_string(), message)
    }
}

/// Two values that should be the same. Numbers may differ by the tolerance; null is equal to null
/// only.
pub(super) fn agree(left: &Value, right: &Value, tolerance: f64) -> Verdict {
    let equal = match (left, right) {
        (Value::Int(left), Value::Int(right)) if tolerance == 0.0 => left == right,
        _ => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => (left - right).abs() <= tolerance,
            _ => left == right,
        },
    };
    let shown = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        other => cut(&other.to_string()),
    };
    let (left, right) = (shown(left), shown(right));
    let message = if equal {
        format!("both are {left}")
    } else {
        format!("left is {left}, right is {right}")
    };
    Verdict::whole(equal, format!("{left} / {right}"), message)
}

/// Rows as single values where they have one column, texts cut.
pub(super) fn sample(table: Table) -> Vec<Value> {
    let names: Vec<String> = table
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect();
    let rows = table.rows.into_iter().map(|row| {
        let mut values = row.into_iter().map(shortened);
        match names.as_slice() {
            [_] => values.next().unwrap_or(Value::Null),
            _ => Value::Struct(names.iter().cloned().zip(values).collect()),
        }
    });
    rows.collect()
}

fn shortened(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(cut(&text)),
        Value::List(_) | Value::Struct(_) | Value::Blob(_) => Value::Text(cut(&value.to_string())),
        other => other,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SAMPLE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows are far below 2^53"
)]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// At least two digits that count, so that a few rows among millions do not read as none.
fn percentage(percent: f64) -> String {
    if percent == 0.0 {
        return "0 %".to_owned();
    }
    // 66.67, 0.10, 0.0083: the place of the first digit that counts, and one more.
    let places = (2..12)
        .find(|&places| percent >= 10.0_f64.powi(1 - places))
        .unwrap_or(12);
    let places = usize::try_from(places).unwrap_or(2);
    format!("{percent:.places$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_percentages_are_not_none() {
        let texts = [0.0, 66.666, 0.1, 0.0083, 1e-9, 100.0].map(percentage);
        assert_eq!(
            texts,
            [
                "0 %",
                "66.67 %",
                "0.10 %",
                "0.0083 %",
                "0.0000000010 %",
                "100.00 %"
            ]
        );
    }
}
