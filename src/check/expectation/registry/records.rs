//! About several columns of a row.

use super::arguments::{Argument, ignore, needed, optional};
use super::{Entry, Scope, rows};
use crate::check::expectation::{Kwargs, Literal, PairTest, RecordTest, Rule};
use crate::error::Result;

const A: Argument = needed("column_a", "column (also `column_A`)");
const B: Argument = needed("column_b", "column (also `column_B`)");
const PAIR_WORDS: [&str; 3] = [
    "both_values_are_missing",
    "either_value_is_missing",
    "neither",
];
const RECORD_WORDS: [&str; 3] = ["all_values_are_missing", "any_value_is_missing", "never"];
const IGNORE_PAIR: Argument = optional(
    "ignore_row_if",
    "`both_values_are_missing`, `either_value_is_missing` or `neither`",
    "both_values_are_missing",
);
const IGNORE: Argument = optional(
    "ignore_row_if",
    "`all_values_are_missing`, `any_value_is_missing` or `never`",
    "all_values_are_missing",
);
const COLUMNS: Argument = needed("column_list", "list of columns (also `columns`)");

pub(super) const ENTRIES: &[Entry] = &[
    rows(
        Scope::Record,
        "expect_column_pair_values_a_to_be_greater_than_b",
        "The first value is greater than the second; a row with one of them missing is unexpected.",
        &[
            A,
            B,
            optional("or_equal", "true or false", "false"),
            IGNORE_PAIR,
        ],
        "{column_a: end_time, column_b: start_time, or_equal: true}",
        greater,
    ),
    rows(
        Scope::Record,
        "expect_column_pair_values_to_be_equal",
        "Both values are equal; a row with one of them missing is unexpected.",
        &[A, B, IGNORE_PAIR],
        "{column_a: local_date, column_b: utc_date, mostly: 0.5}",
        |kwargs| pair(kwargs, PairTest::Equal),
    ),
    rows(
        Scope::Record,
        "expect_column_pair_values_to_be_in_set",
        "Both values are one of the pairs; null stands for a missing value.",
        &[
            A,
            B,
            needed("value_pairs_set", "list of pairs"),
            IGNORE_PAIR,
        ],
        "{column_a: role, column_b: type, value_pairs_set: [[human, user], [assistant, assistant]]}",
        in_set,
    ),
    rows(
        Scope::Record,
        "expect_compound_columns_to_be_unique",
        "No combination of the columns occurs twice; missing values are equal to each other.",
        &[COLUMNS, IGNORE],
        "{column_list: [session_id, message_number]}",
        |kwargs| record(kwargs, RecordTest::Unique),
    ),
    rows(
        Scope::Record,
        "expect_select_column_values_to_be_unique_within_record",
        "No two of the columns have the same value in a row.",
        &[COLUMNS, IGNORE],
        "{column_list: [uuid, parent_uuid], ignore_row_if: any_value_is_missing}",
        |kwargs| record(kwargs, RecordTest::Different),
    ),
    rows(
        Scope::Record,
        "expect_multicolumn_values_to_be_equal",
        "All the columns have the same value in a row, or are all missing.",
        &[COLUMNS, IGNORE],
        "{column_list: [cwd, project_path]}",
        |kwargs| record(kwargs, RecordTest::Equal),
    ),
    rows(
        Scope::Record,
        "expect_multicolumn_sum_to_equal",
        "The sum of the columns is `sum_total` in every row; with a missing value it is not.",
        &[COLUMNS, needed("sum_total", "number"), IGNORE],
        "{column_list: [share_read, share_write], sum_total: 1}",
        sum,
    ),
];

fn pair(kwargs: &mut Kwargs<'_>, test: PairTest) -> Result<Rule> {
    Ok(Rule::Pair {
        a: kwargs.text(&["column_a", "column_A"])?,
        b: kwargs.text(&["column_b", "column_B"])?,
        test,
        ignore: ignore(kwargs, PAIR_WORDS)?,
    })
}

fn greater(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let or_equal = kwargs.flag("or_equal")?;
    pair(kwargs, PairTest::Greater { or_equal })
}

fn in_set(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    const KEY: &str = "value_pairs_set";
    let given = kwargs.optional_json(KEY)?;
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => Some(None),
        other => Literal::from_json(other).map(Some),
    };
    let one = |pair: &serde_json::Value| match pair.as_array()?.as_slice() {
        [a, b] => Some([value(a)?, value(b)?]),
        _ => None,
    };
    let pairs = match given {
        None => None,
        Some(given) => {
            let pairs: Option<Vec<_>> = given
                .as_array()
                .and_then(|pairs| pairs.iter().map(one).collect());
            Some(pairs.ok_or_else(|| kwargs.mistake(KEY, "must be a list of pairs of values"))?)
        }
    };
    pair(kwargs, PairTest::InSet(pairs))
}

fn record(kwargs: &mut Kwargs<'_>, test: RecordTest) -> Result<Rule> {
    let ignore = ignore(kwargs, RECORD_WORDS)?;
    let columns = kwargs.columns(&["column_list", "columns"])?;
    if columns.len() < 2 {
        let mistake = kwargs.mistake("column_list", "needs two columns");
        return Err(match test {
            RecordTest::Unique => {
                mistake.hint("Use `expect_column_values_to_be_unique` for one column.")
            }
            _ => mistake,
        });
    }
    Ok(Rule::Record {
        columns,
        test,
        ignore,
    })
}

fn sum(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let total = kwargs.needed_literal("sum_total")?;
    if !total.is_number() {
        return Err(kwargs.mistake("sum_total", "must be a number"));
    }
    record(kwargs, RecordTest::Sum(total))
}
