//! From numbers to verdicts.

pub(super) mod divergence;
mod figures;
mod usual;

pub(super) use figures::{
    SetFindings, agree, figure, first_column, most_common, no_rows, quantiles, row_count,
    same_row_count, same_rows, set,
};

pub(super) use usual::{columns_of, no_days, no_value, same_columns, share, usual, usual_day};

use super::compile::Manner;
use super::outcome::{Findings, Verdict};
use crate::warehouse::{Table, Value};

/// Characters of a text kept in a sample.
const SAMPLE_CHARS: usize = 200;

/// A rule about rows: met if the share of good rows among those not left out is at least `mostly`;
/// met without any such rows. Rules about missing values leave none out.
pub(super) fn rows(
    manner: &Manner,
    elements: u64,
    ignored: Option<u64>,
    unexpected: u64,
) -> Verdict {
    let considered = elements.saturating_sub(ignored.unwrap_or(0));
    let good = considered.saturating_sub(unexpected);
    let success = considered == 0 || ratio(good, considered) >= manner.mostly;
    let percent = (considered > 0).then(|| ratio(unexpected, considered) * 100.0);
    let of_all = |part: u64| (elements > 0).then(|| ratio(part, elements) * 100.0);
    let observed = format!("{unexpected} of {considered}");
    let message = match percent {
        None => "no rows to judge".to_owned(),
        Some(_) if unexpected == 0 => format!("all {considered} rows as expected"),
        Some(percent) => {
            let allowed = (1.0 - manner.mostly) * 100.0;
            format!(
                "{observed} {} ({}, allowed {})",
                manner.complaint,
                percentage(percent),
                percentage(allowed),
            )
        }
    };
    let mut findings = Findings {
        element_count: Some(elements),
        unexpected_count: Some(unexpected),
        unexpected_percent: percent,
        ..Findings::default()
    };
    if let Some(ignored) = ignored {
        findings.missing_count = Some(ignored);
        findings.missing_percent = of_all(ignored);
        findings.unexpected_percent_total = of_all(unexpected);
        findings.unexpected_percent_nonmissing = percent;
    }
    Verdict {
        findings,
        ..Verdict::whole(success, observed, message)
    }
}

/// A value for people.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        other => cut(&other.to_string()),
    }
}

/// The values of these columns of each row: alone where there is one column, else with their names.
pub(super) fn sample(table: &Table, names: &[String]) -> Vec<Value> {
    match names {
        [name] => table
            .rows
            .iter()
            .map(|row| field(table, row, name))
            .collect(),
        names => records(table, names),
    }
}

/// The values of these columns of each row with their names.
pub(super) fn records(table: &Table, names: &[String]) -> Vec<Value> {
    let record = |row: &Vec<Value>| {
        let fields = names
            .iter()
            .map(|name| (name.clone(), field(table, row, name)));
        Value::Struct(fields.collect())
    };
    table.rows.iter().map(record).collect()
}

fn field(table: &Table, row: &[Value], name: &str) -> Value {
    let value = table.index_of(name).and_then(|at| row.get(at));
    shortened(value.cloned().unwrap_or(Value::Null))
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
