//! How data develop.

use super::arguments::{Argument, COLUMN, needed, optional};
use super::{Entry, Scope, rows, whole};
use crate::check::expectation::{Against, Kwargs, Measure, Rule, Severity, WatchRule};
use crate::check::usual::{Direction, Manner};
use crate::config::parse_duration;
use crate::error::Result;

const TIMESTAMP: Argument = optional("timestamp_column", "column", "timestamp");
const GROUPS: Argument = optional("group_by", "column or columns", "none");
const SENSITIVITY: Argument = optional("sensitivity", "number", "4");
const WARM_UP: Argument = optional("warm_up", "days", "7");
const DIRECTION: Argument = optional("direction", "both, spike, drop", "both");
const IGNORE: Argument = optional("ignore_change", "number from 0 to 1", "0.1");

pub(super) const ENTRIES: &[Entry] = &[
    rows(
        Scope::Watch,
        "expect_table_to_be_fresh",
        "The newest row (of every group) is not older than allowed, seen from now or from the \
         newest row of all.",
        &[
            needed("max_age", "duration such as `36h` or `7d`"),
            TIMESTAMP,
            GROUPS,
            optional("relative_to", "now, newest", "now"),
        ],
        "{timestamp_column: timestamp, max_age: 7d, group_by: [user_name], relative_to: newest}",
        fresh,
    ),
    rows(
        Scope::Watch,
        "expect_no_gaps_in_time",
        "No row comes longer than allowed after the one before it (of its group).",
        &[
            needed("max_gap", "duration such as `36h` or `7d`"),
            TIMESTAMP,
            GROUPS,
        ],
        "{timestamp_column: timestamp, max_gap: 4d}",
        gaps,
    ),
    Entry {
        severity: Severity::Warn,
        ..rows(
            Scope::Watch,
            "expect_kinds_to_be_known",
            "The values of the columns stand together in a row of a table with the same columns, \
             where `*` and `?` stand for anything. Unknown ones are told with the first version \
             that wrote them.",
            &[
                needed("columns", "list of columns (also `column_list`)"),
                needed("known_table", "schema.table"),
                optional("version_column", "column", "none"),
            ],
            "{columns: [type, subtype], known_table: seeds.entry_kinds, version_column: version}",
            known_kinds,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..rows(
            Scope::Watch,
            "expect_json_keys_to_be_known",
            "The keys of JSON objects stand in a column of a table.",
            &[
                COLUMN,
                needed("known_table", "schema.table"),
                optional("known_column", "column", "key"),
            ],
            "{column: _raw_json, known_table: seeds.entry_keys}",
            known_keys,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..whole(
            Scope::Watch,
            "expect_daily_rows_to_be_usual",
            "The last whole day has about as many rows as days before that had any; of the same \
             weekday where there are four of them.",
            &[TIMESTAMP, SENSITIVITY, WARM_UP, DIRECTION, IGNORE],
            "{timestamp_column: timestamp, direction: spike}",
            daily_rows,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..whole(
            Scope::Watch,
            "expect_table_row_count_to_be_usual",
            "The table grew since the check before about as it did between earlier checks, one a \
             day. Nothing is judged before `warm_up` days.",
            &[SENSITIVITY, WARM_UP, DIRECTION, IGNORE],
            "{direction: drop}",
            usual_rows,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..whole(
            Scope::Watch,
            "expect_column_null_rate_to_be_usual",
            "The share of rows without a value is about what it was in earlier checks, one a day.",
            &[
                COLUMN,
                SENSITIVITY,
                WARM_UP,
                DIRECTION,
                optional("ignore_change", "number from 0 to 1", "0.1"),
            ],
            "{column: session_id}",
            usual_nulls,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..whole(
            Scope::Watch,
            "expect_query_value_to_be_usual",
            "The only value of a query is about what it was in earlier checks, one a day.",
            &[
                needed("query", "query of one number, `{table}` is the table"),
                SENSITIVITY,
                WARM_UP,
                DIRECTION,
                IGNORE,
            ],
            "{query: \"SELECT avg(cost_usd) FROM {table}\"}",
            usual_query,
        )
    },
    Entry {
        severity: Severity::Warn,
        ..whole(
            Scope::Watch,
            "expect_table_columns_to_be_unchanged",
            "Columns and their types are those of the check before; what changed is told once.",
            &[optional("allow_new", "true or false", "false")],
            "{allow_new: true}",
            same_columns,
        )
    },
];

fn duration(kwargs: &mut Kwargs<'_>, key: &'static str) -> Result<i64> {
    let text = kwargs.text(&[key])?;
    let duration = parse_duration(&text)
        .map_err(|wrong| kwargs.mistake(key, &format!("is wrong: {wrong}")))?;
    i64::try_from(duration.as_micros()).map_err(|_| kwargs.mistake(key, "is too long"))
}

fn groups(kwargs: &mut Kwargs<'_>) -> Result<Vec<String>> {
    kwargs.optional_columns("group_by")
}

fn fresh(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let words = [("now", Against::Now), ("newest", Against::Newest)];
    Ok(Rule::Watch(WatchRule::Fresh {
        timestamp: kwargs.text_or("timestamp_column", "timestamp")?,
        max_age_micros: duration(kwargs, "max_age")?,
        groups: groups(kwargs)?,
        against: kwargs
            .choice("relative_to", &words)?
            .unwrap_or(Against::Now),
    }))
}

fn gaps(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::Gaps {
        timestamp: kwargs.text_or("timestamp_column", "timestamp")?,
        max_gap_micros: duration(kwargs, "max_gap")?,
        groups: groups(kwargs)?,
    }))
}

fn known_kinds(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::KnownKinds {
        columns: kwargs.columns(&["columns", "column_list"])?,
        known: kwargs.table(&["known_table"])?,
        version: kwargs.optional_text(&["version_column"])?,
    }))
}

fn known_keys(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::KnownKeys {
        column: kwargs.text(&["column"])?,
        known: kwargs.table(&["known_table"])?,
        known_column: kwargs.text_or("known_column", "key")?,
    }))
}

fn manner(kwargs: &mut Kwargs<'_>, of_change: bool) -> Result<Manner> {
    let words = [
        ("both", Direction::Both),
        ("spike", Direction::Spike),
        ("drop", Direction::Drop),
    ];
    let sensitivity = kwargs.number("sensitivity")?.unwrap_or(4.0);
    if sensitivity <= 0.0 {
        return Err(kwargs.mistake("sensitivity", "must be above 0"));
    }
    let ignore_change = kwargs.number("ignore_change")?.unwrap_or(0.1);
    if !(0.0..=1.0).contains(&ignore_change) {
        return Err(kwargs.mistake("ignore_change", "must be from 0 to 1"));
    }
    Ok(Manner {
        sensitivity,
        warm_up: kwargs.count("warm_up")?.unwrap_or(7),
        direction: kwargs
            .choice("direction", &words)?
            .unwrap_or(Direction::Both),
        of_change,
        ignore_change,
        is_ratio: false,
    })
}

fn daily_rows(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::DailyRows {
        timestamp: kwargs.text_or("timestamp_column", "timestamp")?,
        manner: Manner {
            is_ratio: true,
            ..manner(kwargs, false)?
        },
    }))
}

fn usual_rows(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::Usual {
        measure: Measure::Rows,
        manner: manner(kwargs, true)?,
    }))
}

fn usual_nulls(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::Usual {
        measure: Measure::Missing {
            column: kwargs.text(&["column"])?,
        },
        manner: manner(kwargs, false)?,
    }))
}

fn usual_query(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::Usual {
        measure: Measure::Query {
            query: kwargs.text(&["query"])?,
        },
        manner: manner(kwargs, false)?,
    }))
}

fn same_columns(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::Watch(WatchRule::SameColumns {
        allow_new: kwargs.flag("allow_new")?,
    }))
}
