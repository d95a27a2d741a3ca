//! About how each value of a column is written.

use super::arguments::{
    Argument, COLUMN, COLUMN_AND_RANGE, ONLY_COLUMN, bounded, needed, numbers, optional,
};
use super::values::test;
use super::{Entry, Scope, rows};
use crate::check::expectation::{Kwargs, Patterns, Range, Rule, ValueTest};
use crate::error::Result;

const ESCAPE: Argument = optional("escape", "one character", "none");
const MATCH_ON: Argument = optional("match_on", "`any` or `all`", "any");

pub(super) const ENTRIES: &[Entry] = &[
    rows(
        Scope::Values,
        "expect_column_value_lengths_to_be_between",
        "The number of characters (code points) is in the range.",
        COLUMN_AND_RANGE,
        "{column: session_id, min_value: 36, max_value: 36}",
        lengths,
    ),
    rows(
        Scope::Values,
        "expect_column_value_lengths_to_equal",
        "The number of characters (code points) is `value`.",
        &[COLUMN, needed("value", "number")],
        "{column: session_id, value: 36}",
        length,
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_regex",
        "The text contains a match of the expression (RE2: no look-around, no back references).",
        &[COLUMN, optional("regex", "regular expression", "`(?s).*`")],
        "{column: model, regex: '^claude-'}",
        |kwargs| regex(kwargs, Some("(?s).*"), false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_match_regex",
        "The text contains no match of the expression.",
        &[COLUMN, needed("regex", "regular expression")],
        "{column: file_path, regex: '\\s$'}",
        |kwargs| regex(kwargs, None, true),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_regex_list",
        "The text contains a match of any, or of all, of the expressions.",
        &[
            COLUMN,
            needed("regex_list", "list of regular expressions"),
            MATCH_ON,
        ],
        "{column: tool_name, regex_list: ['^[A-Z]', '^mcp__'], match_on: any}",
        |kwargs| patterns(kwargs, "regex_list", false, false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_match_regex_list",
        "The text contains no match of any of the expressions.",
        &[COLUMN, needed("regex_list", "list of regular expressions")],
        "{column: tool_name, regex_list: ['^$', ' ']}",
        |kwargs| patterns(kwargs, "regex_list", false, true),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_like_pattern",
        "The whole text is like the pattern: `%` stands for any characters, `_` for one.",
        &[COLUMN, needed("like_pattern", "pattern"), ESCAPE],
        "{column: model, like_pattern: 'claude-%'}",
        |kwargs| like(kwargs, false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_match_like_pattern",
        "The whole text is not like the pattern.",
        &[COLUMN, needed("like_pattern", "pattern"), ESCAPE],
        "{column: file_path, like_pattern: '%\\%%', escape: '\\'}",
        |kwargs| like(kwargs, true),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_like_pattern_list",
        "The whole text is like any, or all, of the patterns.",
        &[
            COLUMN,
            needed("like_pattern_list", "list of patterns"),
            MATCH_ON,
            ESCAPE,
        ],
        "{column: model, like_pattern_list: ['claude-%', 'gpt-%']}",
        |kwargs| patterns(kwargs, "like_pattern_list", true, false),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_not_match_like_pattern_list",
        "The whole text is like none of the patterns.",
        &[
            COLUMN,
            needed("like_pattern_list", "list of patterns"),
            ESCAPE,
        ],
        "{column: file_path, like_pattern_list: ['%.tmp', '%~']}",
        |kwargs| patterns(kwargs, "like_pattern_list", true, true),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_strftime_format",
        "The text is a time written in the format.",
        &[COLUMN, needed("strftime_format", "format of strftime")],
        "{column: local_date, strftime_format: '%Y-%m-%d'}",
        strftime,
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_dateutil_parseable",
        "The text is a date or time in one of the ways people write them.",
        ONLY_COLUMN,
        "{column: written_at}",
        |kwargs| test(kwargs, ValueTest::Dateutil),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_be_json_parseable",
        "The text is JSON.",
        ONLY_COLUMN,
        "{column: tool_input}",
        |kwargs| test(kwargs, ValueTest::Json),
    ),
    rows(
        Scope::Values,
        "expect_column_values_to_match_json_schema",
        "The text is JSON that meets the schema; text that is no JSON cannot be evaluated.",
        &[COLUMN, needed("json_schema", "JSON schema")],
        "{column: tool_input, json_schema: {type: object, required: [file_path]}}",
        json_schema,
    ),
];

fn lengths(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let range = bounded(kwargs)?;
    let range = numbers(kwargs, range)?;
    test(kwargs, ValueTest::Length(range))
}

fn length(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let range = Range::exactly(&kwargs.needed_literal("value")?);
    let range = numbers(kwargs, range)?;
    test(kwargs, ValueTest::Length(range))
}

fn regex(kwargs: &mut Kwargs<'_>, default: Option<&str>, negated: bool) -> Result<Rule> {
    let regex = match default {
        Some(default) => kwargs.text_or("regex", default)?,
        None => kwargs.text(&["regex"])?,
    };
    let patterns = Patterns {
        list: vec![regex],
        like: None,
        all: false,
        negated,
    };
    test(kwargs, ValueTest::Matches(patterns))
}

fn like(kwargs: &mut Kwargs<'_>, negated: bool) -> Result<Rule> {
    let patterns = Patterns {
        list: vec![kwargs.text(&["like_pattern"])?],
        like: Some(escape(kwargs)?),
        all: false,
        negated,
    };
    test(kwargs, ValueTest::Matches(patterns))
}

fn patterns(kwargs: &mut Kwargs<'_>, key: &'static str, like: bool, negated: bool) -> Result<Rule> {
    let list = kwargs.texts(key)?;
    if list.is_empty() {
        return Err(kwargs.mistake(key, "is empty"));
    }
    let all =
        !negated && kwargs.choice("match_on", &[("any", false), ("all", true)])? == Some(true);
    let patterns = Patterns {
        list,
        like: if like { Some(escape(kwargs)?) } else { None },
        all,
        negated,
    };
    test(kwargs, ValueTest::Matches(patterns))
}

fn escape(kwargs: &mut Kwargs<'_>) -> Result<Option<char>> {
    let Some(text) = kwargs.optional_text(&["escape"])? else {
        return Ok(None);
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Some(character)),
        _ => Err(kwargs.mistake("escape", "must be one character")),
    }
}

fn strftime(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let format = kwargs.text(&["strftime_format"])?;
    test(kwargs, ValueTest::Strftime(format))
}

fn json_schema(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let schema = kwargs.json("json_schema")?;
    if !(schema.is_object() || schema.is_boolean()) {
        return Err(kwargs.mistake("json_schema", "must be a mapping"));
    }
    test(kwargs, ValueTest::JsonSchema(schema))
}
