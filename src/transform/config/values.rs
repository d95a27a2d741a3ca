//! The values that settings choose from.

use super::ConfigPatch;

/// How a model becomes a relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) enum Materialization {
    /// A view.
    #[default]
    View,
    /// A table, rebuilt as a whole.
    Table,
    /// A table to which new rows are added.
    Incremental,
    /// A file of its own, and a view that reads it.
    External,
    /// No relation: a common table expression of the models that refer to it.
    Ephemeral,
    /// As a `{% materialization %}` of the project or a package does it.
    Custom,
}

impl Materialization {
    /// Those that are built in.
    pub(super) const ALL: [(&'static str, Self); 5] = [
        ("view", Self::View),
        ("table", Self::Table),
        ("incremental", Self::Incremental),
        ("external", Self::External),
        ("ephemeral", Self::Ephemeral),
    ];

    /// The word in `config(materialized=…)`.
    #[must_use]
    pub(in crate::transform) fn name(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

/// How an incremental model adds its new rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Strategy {
    /// Insert them.
    Append,
    /// Update the rows with the same key, insert the others.
    Merge,
    /// Delete all rows with the same keys, then insert.
    DeleteInsert,
    /// Replace the rows of whole periods of time, one period after the other.
    Microbatch,
}

impl Strategy {
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("append", Self::Append),
        ("merge", Self::Merge),
        ("delete+insert", Self::DeleteInsert),
        ("microbatch", Self::Microbatch),
    ];

    /// The word in `config(incremental_strategy=…)`.
    #[must_use]
    pub(in crate::transform) fn name(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

/// What an incremental model does when its columns are not those of its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) enum OnSchemaChange {
    /// Keep the columns of the table.
    #[default]
    Ignore,
    /// Fail.
    Fail,
    /// Add new columns.
    AppendNewColumns,
    /// Add new columns, drop missing ones, change types.
    SyncAllColumns,
}

impl OnSchemaChange {
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("ignore", Self::Ignore),
        ("fail", Self::Fail),
        ("append_new_columns", Self::AppendNewColumns),
        ("sync_all_columns", Self::SyncAllColumns),
    ];
}

pub(super) fn word<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> &'static str {
    all.iter()
        .find(|(_, one)| one == value)
        .map_or("", |(word, _)| word)
}

pub(super) fn choice<T: Copy>(
    patch: &ConfigPatch,
    key: &str,
    all: &[(&'static str, T)],
) -> Option<T> {
    let wanted = patch.get(key)?.as_str()?;
    all.iter()
        .find(|(word, _)| *word == wanted)
        .map(|(_, value)| *value)
}
