//! From measures to expectations that are likely to be meant.

use serde_json::{Map, Value as Json, json};

use super::format::FORMATS;
use super::measure::{Measured, MeasuredColumn};
use crate::check::compile::Class;
use crate::warehouse::Value;

/// Rows below which a coincidence is as likely as a rule.
const FEW_ROWS: u64 = 5;
/// Share of missing values up to which a column is mostly filled.
const MOSTLY_FILLED: f64 = 0.05;
/// Values longer than this are contents, not names.
const LONGEST_NAME: usize = 60;

/// A proposed expectation.
pub(super) struct Proposed {
    /// Its type.
    pub name: &'static str,
    /// Its arguments.
    pub kwargs: Map<String, Json>,
}

/// What to expect of the relation.
pub(super) fn expectations(table: &Measured) -> Vec<Proposed> {
    let mut proposed = Vec::new();
    if table.rows > 0 {
        proposed.push(propose(
            "expect_table_row_count_to_be_between",
            json!({ "min_value": 1 }),
        ));
    }
    for (place, column) in table.columns.iter().enumerate() {
        of_column(column, table.rows, place == 0, &mut proposed);
    }
    proposed
}

fn propose(name: &'static str, kwargs: Json) -> Proposed {
    let kwargs = match kwargs {
        Json::Object(kwargs) => kwargs,
        _ => Map::new(),
    };
    Proposed { name, kwargs }
}

fn of_column(column: &MeasuredColumn, rows: u64, is_first: bool, proposed: &mut Vec<Proposed>) {
    let name = &column.name;
    proposed.push(propose(
        "expect_column_values_to_be_of_type",
        json!({ "column": name, "type_": column.type_name }),
    ));
    if let Some(mostly) = filled(column, rows) {
        let mut kwargs = json!({ "column": name });
        if let (Some(mostly), Some(kwargs)) = (mostly, kwargs.as_object_mut()) {
            kwargs.insert("mostly".to_owned(), json!(mostly));
        }
        proposed.push(propose("expect_column_values_to_not_be_null", kwargs));
    }
    if is_key(column, is_first) {
        proposed.push(propose(
            "expect_column_values_to_be_unique",
            json!({ "column": name }),
        ));
    }
    match (&column.values, &column.range) {
        (Some(values), _) if is_a_set(column, values) => proposed.push(propose(
            "expect_column_values_to_be_in_set",
            json!({ "column": name, "value_set": values }),
        )),
        (_, Some(range)) => proposed.extend(between(column, range)),
        _ => proposed.extend(format(column)),
    }
}

/// Whether values are to be there: always, mostly (with the share), or not as a rule.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows are far below 2^53"
)]
fn filled(column: &MeasuredColumn, rows: u64) -> Option<Option<f64>> {
    let missing = rows.saturating_sub(column.present);
    if rows == 0 || column.present == 0 {
        return None;
    }
    let share = missing as f64 / rows as f64;
    if missing == 0 {
        return Some(None);
    }
    // Rounded down to hundredths, so that it holds today with some room.
    let mostly = ((1.0 - share) * 100.0).floor() / 100.0;
    (share <= MOSTLY_FILLED).then_some(Some(mostly))
}

/// Unique values are a key if the name says so, or the place.
fn is_key(column: &MeasuredColumn, is_first: bool) -> bool {
    let name = column.name.to_lowercase();
    let named = ["id", "key", "uuid"]
        .iter()
        .any(|word| name == *word || name.ends_with(&format!("_{word}")));
    let comparable = matches!(column.class, Class::Text | Class::Exact);
    comparable && (named || is_first) && column.present >= 2 && column.distinct == column.present
}

/// Few values are a set if they are short texts: truth values are both possible, and counts may
/// happen to be small.
fn is_a_set(column: &MeasuredColumn, values: &[Value]) -> bool {
    let short = values.iter().all(|value| {
        value
            .as_str()
            .is_none_or(|text| text.chars().count() <= LONGEST_NAME)
    });
    short && column.class == Class::Text && column.present >= FEW_ROWS
}

/// Ends that are likely to be meant: nothing negative, shares up to 1, instants not before the
/// first year seen.
fn between(column: &MeasuredColumn, (low, high): &(Value, Value)) -> Option<Proposed> {
    if column.class == Class::Instant {
        let year = low
            .as_str()?
            .split('-')
            .next()
            .filter(|year| year.len() == 4)?;
        if column.has_infinite {
            return None;
        }
        let midnight = if column.type_name == "DATE" {
            ""
        } else {
            " 00:00:00"
        };
        return Some(propose(
            "expect_column_values_to_be_between",
            json!({ "column": column.name, "min_value": format!("{year}-01-01{midnight}"), "severity": "warn" }),
        ));
    }
    let (low, high) = (low.as_f64()?, high.as_f64()?);
    if low < 0.0 {
        return None;
    }
    let is_fraction = column.class == Class::Floating || column.type_name.starts_with("DECIMAL");
    let is_share =
        is_fraction && high <= 1.0 && high > 0.0 && column.distinct > 2 && !column.has_infinite;
    let kwargs = if is_share {
        json!({ "column": column.name, "min_value": 0, "max_value": 1 })
    } else if column.has_infinite {
        return None;
    } else {
        json!({ "column": column.name, "min_value": 0 })
    };
    Some(propose("expect_column_values_to_be_between", kwargs))
}

/// The format that all texts keep to, else that they are not empty.
fn format(column: &MeasuredColumn) -> Option<Proposed> {
    if column.class != Class::Text || column.present < FEW_ROWS {
        return None;
    }
    if let Some(format) = column.format.and_then(|place| FORMATS.get(place)) {
        return Some(propose(
            "expect_column_values_to_match_regex",
            json!({ "column": column.name, "regex": format.pattern, "why": format!("all values are {}", format.name) }),
        ));
    }
    let (shortest, _) = column.lengths?;
    (shortest > 0).then(|| {
        propose(
            "expect_column_value_lengths_to_be_between",
            json!({ "column": column.name, "min_value": 1 }),
        )
    })
}
