//! The expectation types by name: what they ask, their arguments, and how these are read.
//!
//! The reference page of expectations is written from these entries.

mod arguments;
mod distributions;
mod figures;
mod queries;
mod records;
mod sessions;
mod tables;
mod texts;
mod values;
mod watch;

use super::{Kwargs, Rule, Severity};
use crate::error::{Result, nearest};
pub(in crate::check) use arguments::Argument;

/// What an expectation looks at; the chapters of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) enum Scope {
    /// Each value of a column.
    Values,
    /// A column as a whole.
    Column,
    /// Several columns of a row.
    Record,
    /// The table.
    Table,
    /// The result of queries.
    Query,
    /// How data develop.
    Watch,
    /// Conversation logs.
    Logs,
}

/// An expectation type.
pub(in crate::check) struct Entry {
    /// Name in suites.
    pub name: &'static str,
    /// What it looks at.
    pub scope: Scope,
    /// What it asks, in one sentence.
    pub about: &'static str,
    /// Arguments of its own.
    pub arguments: &'static [Argument],
    /// Arguments of an example, as in a suite.
    pub example: &'static str,
    /// Reads the arguments of its own.
    pub read: fn(&mut Kwargs<'_>) -> Result<Rule>,
    /// Severity where none is given.
    pub severity: Severity,
    /// Whether `mostly` makes sense: a share of rows can break it.
    pub takes_mostly: bool,
    /// Whether it is about the rows of one table.
    pub needs_table: bool,
}

/// A rule that a share of rows can break.
const fn rows(
    scope: Scope,
    name: &'static str,
    about: &'static str,
    arguments: &'static [Argument],
    example: &'static str,
    read: fn(&mut Kwargs<'_>) -> Result<Rule>,
) -> Entry {
    Entry {
        name,
        scope,
        about,
        arguments,
        example,
        read,
        severity: Severity::Error,
        takes_mostly: true,
        needs_table: true,
    }
}

/// A rule that is met or not as a whole.
const fn whole(
    scope: Scope,
    name: &'static str,
    about: &'static str,
    arguments: &'static [Argument],
    example: &'static str,
    read: fn(&mut Kwargs<'_>) -> Result<Rule>,
) -> Entry {
    Entry {
        takes_mostly: false,
        ..rows(scope, name, about, arguments, example, read)
    }
}

/// All entries, chapter by chapter.
pub(in crate::check) fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        values::ENTRIES,
        texts::ENTRIES,
        figures::ENTRIES,
        distributions::ENTRIES,
        records::ENTRIES,
        tables::ENTRIES,
        queries::ENTRIES,
        watch::ENTRIES,
        sessions::ENTRIES,
    ]
    .into_iter()
    .flatten()
}

/// Other spellings of names, kept for suites written for older releases of Great Expectations.
const SPELLINGS: &[(&str, &str)] = &[
    (
        "expect_column_pair_values_A_to_be_greater_than_B",
        "expect_column_pair_values_a_to_be_greater_than_b",
    ),
    (
        "expect_multicolumn_values_to_be_unique",
        "expect_select_column_values_to_be_unique_within_record",
    ),
    (
        "unexpected_rows_expectation",
        "expect_query_to_return_no_rows",
    ),
];

/// The type of this name, or the name nearest to it.
pub(in crate::check) fn lookup(
    name: &str,
) -> std::result::Result<&'static Entry, Option<&'static str>> {
    let usual = SPELLINGS
        .iter()
        .find(|(other, _)| *other == name)
        .map_or(name, |(_, usual)| usual);
    entries()
        .find(|entry| entry.name == usual)
        .ok_or_else(|| nearest(name, entries().map(|entry| entry.name)))
}

/// Other spellings of a name.
pub(in crate::check) fn spellings(name: &str) -> impl Iterator<Item = &'static str> {
    SPELLINGS
        .iter()
        .filter(move |(_, usual)| *usual == name)
        .map(|(other, _)| *other)
}
