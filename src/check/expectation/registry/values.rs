//! About each value of a column.

use super::arguments::{
    Argument, COLUMN, COLUMN_AND_RANGE, COLUMN_AND_SET, ONLY_COLUMN, bounded, column, needed,
    optional,
};
use super::{Entry, Scope, rows};
use crate::check::expectation::{Kwargs, Rule, ValueTest};
use crate::error::Result;

const STRICTLY: &[Argument] = &[COLUMN, optional("strictly", "true or false", "false")];

pub(super) const ENTRIES: &[Entry] = &[
    rows(
        Scope::Values,
        "expect_column_values_to_not_be_null",
        "Every row has a value. NaN counts as missing.",
        ONLY_COLUMN,
        "{column: session_id}",
        |kwargs| test(kwargs, ValueTest::NotNull),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_null",
        "No row has a value.",
        ONLY_COLUMN,
        "{column: token_count, row_condition: \"role <> 'assistant'\"}",
        |kwargs| test(kwargs, ValueTest::Null),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_unique",
        "No value occurs twice; every row of a repeated value is unexpected.",
        ONLY_COLUMN,
        "{column: message_id}",
        |kwargs| test(kwargs, ValueTest::Unique),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_in_set",
        "Values are among those of the set, without conversion: `'1'` is not `1`.",
        COLUMN_AND_SET,
        "{column: role, value_set: [human, assistant]}",
        |kwargs| in_set(kwargs, false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_be_in_set",
        "Values are not among those of the set.",
        COLUMN_AND_SET,
        "{column: model, value_set: [<synthetic>]}",
        |kwargs| in_set(kwargs, true),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_between",
        "Numbers and times are in the range.",
        COLUMN_AND_RANGE,
        "{column: total_tokens, min_value: 0}",
        between,
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_increasing",
        "No value is below the one before it, in the order of the table.",
        STRICTLY,
        "{column: message_number, strictly: true}",
        |kwargs| in_order(kwargs, false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_decreasing",
        "No value is above the one before it, in the order of the table.",
        STRICTLY,
        "{column: rank}",
        |kwargs| in_order(kwargs, true),
    ),
    rows(
        Scope::Values,
        "expect_column_value_z_scores_to_be_less_than",
        "Distances from the mean, in sample standard deviations, are below the threshold.",
        &[
            COLUMN,
            needed("threshold", "number"),
            needed("double_sided", "true or false"),
        ],
        "{column: cost_usd, threshold: 3, double_sided: true}",
        z_scores,
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_be_outliers",
        "Values are not further than `multiplier` quartile distances outside the quartiles (`iqr`), \
         or are nearer to the mean than `multiplier` standard deviations (`std`).",
        &[
            COLUMN,
            optional("method", "`iqr` or `std`", "iqr"),
            optional("multiplier", "number", "1.5"),
        ],
        "{column: duration_ms, method: iqr, multiplier: 3}",
        outliers,
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_exist_in",
        "Every value is a value of a column of another table.",
        &[
            COLUMN,
            needed("to_table", "schema.table"),
            optional("to_column", "column", "`column`"),
        ],
        "{column: session_key, to_table: marts.dim_sessions}",
        exists_in,
    ),
];

/// A test of the values of `column`.
pub(super) fn test(kwargs: &mut Kwargs<'_>, test: ValueTest) -> Result<Rule> {
    Ok(Rule::Values {
        column: column(kwargs)?,
        test,
    })
}

fn in_set(kwargs: &mut Kwargs<'_>, negated: bool) -> Result<Rule> {
    let values = kwargs.literals("value_set")?;
    test(kwargs, ValueTest::InSet { values, negated })
}

fn between(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let range = bounded(kwargs)?;
    test(kwargs, ValueTest::Between(range))
}

fn in_order(kwargs: &mut Kwargs<'_>, descending: bool) -> Result<Rule> {
    let strictly = kwargs.flag("strictly")?;
    let order = ValueTest::InOrder {
        descending,
        strictly,
    };
    test(kwargs, order)
}

fn z_scores(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let scores = ValueTest::ZScore {
        threshold: kwargs.needed_number("threshold")?,
        double_sided: kwargs.needed_flag("double_sided")?,
    };
    test(kwargs, scores)
}

fn outliers(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let deviations = kwargs.choice("method", &[("iqr", false), ("std", true)])?;
    let multiplier = kwargs.number("multiplier")?.unwrap_or(1.5);
    if multiplier < 0.0 {
        return Err(kwargs.mistake("multiplier", "must not be negative"));
    }
    let near = if deviations == Some(true) {
        ValueTest::WithinDeviations { multiplier }
    } else {
        ValueTest::WithinQuartiles { multiplier }
    };
    test(kwargs, near)
}

fn exists_in(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let own = column(kwargs)?;
    let table = kwargs.table(&["to_table"])?;
    let to_column = kwargs.optional_text(&["to_column"])?;
    Ok(Rule::Values {
        test: ValueTest::ExistsIn {
            table,
            column: to_column.unwrap_or_else(|| own.clone()),
        },
        column: own,
    })
}
