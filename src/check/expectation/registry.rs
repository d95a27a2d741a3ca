//! The expectation types by name, and how each reads its arguments.

use super::{Bound, Ignore, Kwargs, Literal, Range, Rule, SessionOrder, Severity, TypeName};
use crate::error::{Result, nearest};
use crate::warehouse::Relation;

/// How an expectation type is read.
pub(in crate::check) struct Entry {
    /// Name in suites.
    pub name: &'static str,
    /// Reads the arguments of its own.
    pub read: fn(&mut Kwargs<'_>) -> Result<Rule>,
    /// Severity where none is given.
    pub severity: Severity,
    /// Whether `mostly` makes sense: a share of rows can break it.
    pub takes_mostly: bool,
    /// Whether it is about the rows of one table.
    pub needs_table: bool,
}

/// A rule about the rows of a table.
const fn rows(name: &'static str, read: fn(&mut Kwargs<'_>) -> Result<Rule>) -> Entry {
    Entry {
        name,
        read,
        severity: Severity::Error,
        takes_mostly: true,
        needs_table: true,
    }
}

/// A rule about a table as a whole.
const fn whole(name: &'static str, read: fn(&mut Kwargs<'_>) -> Result<Rule>) -> Entry {
    Entry {
        takes_mostly: false,
        ..rows(name, read)
    }
}

const ENTRIES: &[Entry] = &[
    whole("expect_column_to_exist", column_exists),
    rows("expect_column_values_to_be_unique", unique),
    rows("expect_column_values_to_not_be_null", not_null),
    rows("expect_column_values_to_be_null", null),
    whole("expect_column_values_to_be_of_type", of_type),
    rows("expect_column_values_to_be_in_set", in_set),
    rows("expect_column_values_to_not_be_in_set", not_in_set),
    rows("expect_column_values_to_be_between", between),
    rows("expect_column_values_to_match_regex", matches_regex),
    rows(
        "expect_column_pair_values_a_to_be_greater_than_b",
        pair_greater,
    ),
    rows(
        "expect_column_pair_values_A_to_be_greater_than_B",
        pair_greater,
    ),
    rows("expect_compound_columns_to_be_unique", compound_unique),
    rows("expect_column_values_to_exist_in", exists_in),
    whole("expect_table_row_count_to_be_between", row_count_between),
    whole(
        "expect_table_row_count_to_equal_other_table",
        row_count_equals,
    ),
    whole("expect_query_to_return_no_rows", no_rows),
    whole("unexpected_rows_expectation", no_rows),
    Entry {
        needs_table: false,
        ..whole("expect_queries_to_agree", queries_agree)
    },
    Entry {
        severity: Severity::Warn,
        ..rows("expect_tool_names_to_be_known", known_tools)
    },
    rows(
        "expect_timestamps_ordered_within_session",
        ordered_timestamps,
    ),
    rows("expect_human_assistant_alternation", alternation),
    rows("expect_file_path_format", file_path),
];

/// The type of this name, or the name nearest to it.
pub(in crate::check) fn lookup(
    name: &str,
) -> std::result::Result<&'static Entry, Option<&'static str>> {
    ENTRIES
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| nearest(name, ENTRIES.iter().map(|entry| entry.name)))
}

fn column(kwargs: &mut Kwargs<'_>) -> Result<String> {
    kwargs.text(&["column"])
}

fn column_exists(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::ColumnExists {
        column: column(kwargs)?,
        index: kwargs.count("column_index")?,
    })
}

fn unique(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Unique {
        column: column(kwargs)?,
    })
}

fn not_null(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::NotNull {
        column: column(kwargs)?,
    })
}

fn null(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Null {
        column: column(kwargs)?,
    })
}

fn of_type(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let column = column(kwargs)?;
    let name = kwargs.text(&["type_", "type"])?;
    let accepted = TypeName::parse(&name).map_err(|known| {
        let mistake = kwargs.mistake("type_", &format!("cannot be `{name}`"));
        match nearest(&name.to_uppercase(), known) {
            Some(close) => mistake.hint(format!("Did you mean `{close}`?")),
            None => mistake.hint("Use a type of DuckDB, as `DESCRIBE` prints it."),
        }
    })?;
    Ok(Rule::OfType { column, accepted })
}

fn in_set(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let values = kwargs.literals("value_set")?;
    Ok(Rule::InSet {
        column: column(kwargs)?,
        values,
        negated: false,
    })
}

fn not_in_set(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let values = kwargs.literals("value_set")?;
    Ok(Rule::InSet {
        column: column(kwargs)?,
        values,
        negated: true,
    })
}

/// At least one end must be given; both in one kind of value.
fn range(kwargs: &mut Kwargs<'_>) -> Result<Range> {
    let (min, max) = (kwargs.literal("min_value")?, kwargs.literal("max_value")?);
    let (strict_min, strict_max) = (kwargs.flag("strict_min")?, kwargs.flag("strict_max")?);
    if min.is_none() && max.is_none() {
        return Err(kwargs.mistake("min_value", "and `max_value` are both missing"));
    }
    let bound = |value: Option<Literal>, strict| value.map(|value| Bound { value, strict });
    Ok(Range {
        min: bound(min, strict_min),
        max: bound(max, strict_max),
    })
}

fn between(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Between {
        column: column(kwargs)?,
        range: range(kwargs)?,
    })
}

fn matches_regex(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::MatchesRegex {
        column: column(kwargs)?,
        regex: kwargs.text(&["regex"])?,
    })
}

fn pair_greater(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let ignore = kwargs.choice(
        "ignore_row_if",
        &[
            ("both_values_are_missing", Ignore::AllMissing),
            ("either_value_is_missing", Ignore::AnyMissing),
            ("neither", Ignore::Never),
        ],
    )?;
    Ok(Rule::PairGreater {
        a: kwargs.text(&["column_a", "column_A"])?,
        b: kwargs.text(&["column_b", "column_B"])?,
        or_equal: kwargs.flag("or_equal")?,
        ignore: ignore.unwrap_or(Ignore::AllMissing),
    })
}

fn compound_unique(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let ignore = kwargs.choice(
        "ignore_row_if",
        &[
            ("all_values_are_missing", Ignore::AllMissing),
            ("any_value_is_missing", Ignore::AnyMissing),
            ("never", Ignore::Never),
        ],
    )?;
    let columns = kwargs.columns(&["column_list", "columns"])?;
    if columns.len() < 2 {
        return Err(kwargs
            .mistake("column_list", "needs two columns")
            .hint("Use `expect_column_values_to_be_unique` for one column."));
    }
    Ok(Rule::CompoundUnique {
        columns,
        ignore: ignore.unwrap_or(Ignore::AllMissing),
    })
}

fn exists_in(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let column = column(kwargs)?;
    let to_table = kwargs.table(&["to_table"])?;
    let to_column = kwargs
        .optional_text(&["to_column"])?
        .unwrap_or_else(|| column.clone());
    Ok(Rule::ExistsIn {
        column,
        to_table,
        to_column,
    })
}

fn row_count_between(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let range = range(kwargs)?;
    let ends = [("min_value", &range.min), ("max_value", &range.max)];
    for (key, end) in ends {
        if end.as_ref().is_some_and(|end| !end.value.is_number()) {
            return Err(kwargs.mistake(key, "must be a number"));
        }
    }
    Ok(Rule::RowCountBetween { range })
}

fn row_count_equals(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::RowCountEquals {
        other: kwargs.table(&["other_table_name", "other_table"])?,
    })
}

fn no_rows(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::NoRows {
        query: kwargs.text(&["query", "unexpected_rows_query"])?,
    })
}

fn queries_agree(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let tolerance = kwargs.number("tolerance")?.unwrap_or(0.0);
    if tolerance < 0.0 {
        return Err(kwargs.mistake("tolerance", "must not be negative"));
    }
    Ok(Rule::QueriesAgree {
        left: kwargs.text(&["left"])?,
        right: kwargs.text(&["right"])?,
        tolerance,
    })
}

fn known_tools(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let known_table = kwargs.optional_table(&["known_table"])?;
    Ok(Rule::KnownTools {
        column: kwargs.text_or("column", "tool_name")?,
        known_table: known_table.unwrap_or_else(|| Relation::new("seeds", "tool_categories")),
        known_column: kwargs.text_or("known_column", "tool_name")?,
        pattern: kwargs.text_or("pattern", "^mcp__[^_].*__.+$")?,
    })
}

fn session_order(kwargs: &mut Kwargs<'_>) -> Result<SessionOrder> {
    Ok(SessionOrder {
        session: kwargs.columns(&["session_column", "session_columns"])?,
        order: kwargs.columns(&["order_by"])?,
    })
}

fn ordered_timestamps(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let seconds = kwargs.number("tolerance_seconds")?.unwrap_or(0.0);
    if !(0.0..=1e9).contains(&seconds) {
        return Err(kwargs.mistake("tolerance_seconds", "must be from 0 to 1e9"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    let tolerance_micros = (seconds * 1e6).round() as i64;
    Ok(Rule::OrderedTimestamps {
        order: session_order(kwargs)?,
        timestamp: kwargs.text_or("timestamp_column", "timestamp")?,
        tolerance_micros,
    })
}

fn alternation(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Alternation {
        order: session_order(kwargs)?,
        role: kwargs.text_or("role_column", "role")?,
        human: kwargs.text_or("human", "human")?,
        assistant: kwargs.text_or("assistant", "assistant")?,
    })
}

fn file_path(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::FilePath {
        column: kwargs.text_or("column", "file_path")?,
        allow_relative: kwargs.flag("allow_relative")?,
    })
}
