//! About the table.

use super::arguments::{
    Argument, COLUMN, MAX, MIN, STRICT_MAX, STRICT_MIN, column, needed, numbers, optional, range,
};
use super::{Entry, Scope, whole};
use crate::check::expectation::{Kwargs, Range, Rule, ShapeTest, TypeName};
use crate::error::{Result, nearest};

const TYPE: Argument = needed("type_", "type (also `type`)");

pub(super) const ENTRIES: &[Entry] = &[
    whole(
        Scope::Table,
        "expect_column_to_exist",
        "The table has the column, at this place if one is given (from 0). Case matters.",
        &[
            COLUMN,
            optional("column_index", "whole number", "any place"),
        ],
        "{column: _id, column_index: 0}",
        exists,
    ),
    whole(
        Scope::Table,
        "expect_column_values_to_be_of_type",
        "The column has the type: a name of DuckDB or one that pandas, SQL or Python use for it.",
        &[COLUMN, TYPE],
        "{column: timestamp, type_: TIMESTAMP}",
        of_type,
    ),
    whole(
        Scope::Table,
        "expect_column_type_to_be",
        "The same under its newer name.",
        &[COLUMN, TYPE],
        "{column: cost_usd, type_: 'DECIMAL(18,6)'}",
        of_type,
    ),
    whole(
        Scope::Table,
        "expect_column_values_to_be_in_type_list",
        "The column has one of the types.",
        &[COLUMN, needed("type_list", "list of types")],
        "{column: total_tokens, type_list: [INTEGER, BIGINT, HUGEINT]}",
        in_type_list,
    ),
    whole(
        Scope::Table,
        "expect_table_column_count_to_be_between",
        "The number of columns is in the range.",
        &[MIN, MAX, STRICT_MIN, STRICT_MAX],
        "{min_value: 10, max_value: 60}",
        |kwargs| {
            let range = range(kwargs)?;
            Ok(Rule::Shape(ShapeTest::ColumnCount(numbers(kwargs, range)?)))
        },
    ),
    whole(
        Scope::Table,
        "expect_table_column_count_to_equal",
        "The number of columns is `value`.",
        &[needed("value", "number")],
        "{value: 24}",
        |kwargs| Ok(Rule::Shape(ShapeTest::ColumnCount(exactly(kwargs)?))),
    ),
    whole(
        Scope::Table,
        "expect_table_columns_to_match_ordered_list",
        "The columns are these, in this order.",
        &[needed("column_list", "list of columns")],
        "{column_list: [date_key, date, quarter]}",
        ordered_list,
    ),
    whole(
        Scope::Table,
        "expect_table_columns_to_match_set",
        "The columns are these (or, unless exact, at least these), in any order.",
        &[
            needed("column_set", "list of columns"),
            optional("exact_match", "true or false", "true"),
        ],
        "{column_set: [session_key, project_key], exact_match: false}",
        column_set,
    ),
    whole(
        Scope::Table,
        "expect_table_row_count_to_be_between",
        "The number of rows is in the range.",
        &[MIN, MAX, STRICT_MIN, STRICT_MAX],
        "{min_value: 1}",
        |kwargs| {
            let range = range(kwargs)?;
            Ok(Rule::RowCount(numbers(kwargs, range)?))
        },
    ),
    whole(
        Scope::Table,
        "expect_table_row_count_to_equal",
        "The number of rows is `value`.",
        &[needed("value", "number")],
        "{value: 24}",
        |kwargs| Ok(Rule::RowCount(exactly(kwargs)?)),
    ),
    whole(
        Scope::Table,
        "expect_table_row_count_to_equal_other_table",
        "The table has as many rows as another one.",
        &[needed(
            "other_table_name",
            "schema.table, or a table in the schema of the suite's (also `other_table`)",
        )],
        "{other_table_name: staging.stg_tool_calls}",
        |kwargs| {
            Ok(Rule::RowCountEquals {
                other: kwargs.table(&["other_table_name", "other_table"])?,
            })
        },
    ),
];

fn exists(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Shape(ShapeTest::Exists {
        column: column(kwargs)?,
        index: kwargs.count("column_index")?,
    }))
}

fn of_type(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let column = column(kwargs)?;
    let name = kwargs.text(&["type_", "type"])?;
    let accepted = vec![type_name(kwargs, "type_", &name)?];
    Ok(Rule::Shape(ShapeTest::OfType {
        column,
        accepted: Some(accepted),
    }))
}

fn in_type_list(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let column = column(kwargs)?;
    let names = kwargs.optional_texts("type_list")?;
    let read = |names: Vec<String>| {
        names
            .iter()
            .map(|name| type_name(kwargs, "type_list", name))
            .collect::<Result<Vec<_>>>()
    };
    Ok(Rule::Shape(ShapeTest::OfType {
        column,
        accepted: names.map(read).transpose()?,
    }))
}

fn type_name(kwargs: &Kwargs<'_>, key: &str, name: &str) -> Result<TypeName> {
    TypeName::parse(name).map_err(|known| {
        let mistake = kwargs.mistake(key, &format!("cannot be `{name}`"));
        match nearest(&name.to_uppercase(), known) {
            Some(close) => mistake.hint(format!("Did you mean `{close}`?")),
            None => mistake.hint("Use a type of DuckDB, as `DESCRIBE` prints it."),
        }
    })
}

fn exactly(kwargs: &mut Kwargs<'_>) -> Result<Range> {
    let value = kwargs.needed_literal("value")?;
    if !value.is_number() {
        return Err(kwargs.mistake("value", "must be a number"));
    }
    Ok(Range::exactly(&value))
}

fn ordered_list(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Shape(ShapeTest::ColumnList(
        kwargs.optional_texts("column_list")?,
    )))
}

fn column_set(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Shape(ShapeTest::ColumnSet {
        columns: kwargs.optional_texts("column_set")?.unwrap_or_default(),
        exact: kwargs.flag_or("exact_match", true)?,
    }))
}
