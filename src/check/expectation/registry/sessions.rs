//! About conversation logs.

use super::arguments::{Argument, needed, optional};
use super::{Entry, Scope, rows};
use crate::check::expectation::{Kwargs, Rule, SessionOrder, Severity, ValueTest};
use crate::error::Result;
use crate::warehouse::Relation;

const SESSION: Argument = needed(
    "session_column",
    "column or columns (also `session_columns`)",
);
const ORDER: Argument = needed("order_by", "column or columns");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        severity: Severity::Warn,
        ..rows(
            Scope::Logs,
            "expect_tool_names_to_be_known",
            "Tools are listed in a table, whose names may hold `*` and `?`, or match the pattern.",
            &[
                optional("column", "column", "tool_name"),
                optional("known_table", "schema.table", "seeds.tool_categories"),
                optional("known_column", "column", "tool_name"),
                optional("pattern", "regular expression", "`^mcp__[^_].*__.+$`"),
            ],
            "{column: tool_name, mostly: 0.99}",
            known_tools,
        )
    },
    rows(
        Scope::Logs,
        "expect_timestamps_ordered_within_session",
        "An entry is not earlier than the one it follows, by more than the tolerance.",
        &[
            SESSION,
            ORDER,
            optional("timestamp_column", "column", "timestamp"),
            optional("tolerance_seconds", "number", "0"),
        ],
        "{session_column: session_id, order_by: message_number, tolerance_seconds: 5}",
        ordered_timestamps,
    ),
    rows(
        Scope::Logs,
        "expect_human_assistant_alternation",
        "A prompt is answered before the next one.",
        &[
            SESSION,
            ORDER,
            optional("role_column", "column", "role"),
            optional("human", "text", "human"),
            optional("assistant", "text", "assistant"),
        ],
        "{session_column: session_id, order_by: message_number, mostly: 0.8}",
        alternation,
    ),
    rows(
        Scope::Logs,
        "expect_file_path_format",
        "The text is the path of a file: absolute, not ending like a folder, without control \
         characters or blanks around it.",
        &[
            optional("column", "column", "file_path"),
            optional("allow_relative", "true or false", "false"),
        ],
        "{column: file_path, mostly: 0.95}",
        file_path,
    ),
];

fn known_tools(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let table = kwargs.optional_table(&["known_table"])?;
    Ok(Rule::Values {
        column: kwargs.text_or("column", "tool_name")?,
        test: ValueTest::KnownTool {
            table: table.unwrap_or_else(|| Relation::new("seeds", "tool_categories")),
            column: kwargs.text_or("known_column", "tool_name")?,
            pattern: kwargs.text_or("pattern", "^mcp__[^_].*__.+$")?,
        },
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
    Ok(Rule::Values {
        column: kwargs.text_or("column", "file_path")?,
        test: ValueTest::FilePath {
            allow_relative: kwargs.flag("allow_relative")?,
        },
    })
}
