//! Rules that watch how data develop: fresh, without gaps, of known kinds, as usual.

use crate::check::usual::Manner;
use crate::warehouse::Relation;

/// What the newest row is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Against {
    /// The time of the check.
    Now,
    /// The newest row of all groups: who falls behind the others.
    Newest,
}

/// A figure that is compared with what it was.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Measure {
    /// Rows of the table.
    Rows,
    /// Share of rows without a value.
    Missing {
        /// The column.
        column: String,
    },
    /// The only value of a query.
    Query {
        /// The query, with `{table}` in it.
        query: String,
    },
}

/// A rule that watches how data develop.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum WatchRule {
    /// The newest row of every group is not older than allowed.
    Fresh {
        timestamp: String,
        max_age_micros: i64,
        groups: Vec<String>,
        against: Against,
    },
    /// No row comes longer than allowed after the one before it in its group.
    Gaps {
        timestamp: String,
        max_gap_micros: i64,
        groups: Vec<String>,
    },
    /// The values of these columns stand together in a table, whose values may be patterns.
    KnownKinds {
        columns: Vec<String>,
        known: Relation,
        version: Option<String>,
    },
    /// The keys of JSON objects stand in a column of a table.
    KnownKeys {
        column: String,
        known: Relation,
        known_column: String,
    },
    /// The rows of the last whole day are about as many as on days before.
    DailyRows { timestamp: String, manner: Manner },
    /// A figure is about what it was in earlier checks.
    Usual { measure: Measure, manner: Manner },
    /// Columns and types are those of the check before.
    SameColumns { allow_new: bool },
}

impl WatchRule {
    /// The columns the rule needs, in the order of its arguments.
    pub(in crate::check) fn columns(&self) -> Vec<String> {
        match self {
            WatchRule::Fresh {
                timestamp, groups, ..
            }
            | WatchRule::Gaps {
                timestamp, groups, ..
            } => [timestamp].into_iter().chain(groups).cloned().collect(),
            WatchRule::KnownKinds { columns, .. } => columns.clone(),
            WatchRule::KnownKeys { column, .. }
            | WatchRule::Usual {
                measure: Measure::Missing { column },
                ..
            } => vec![column.clone()],
            WatchRule::DailyRows { timestamp, .. } => vec![timestamp.clone()],
            WatchRule::Usual { .. } | WatchRule::SameColumns { .. } => Vec::new(),
        }
    }

    /// What is wrong with the rows that break it: `3 of 10` …
    pub(in crate::check) fn complaint(&self) -> String {
        let of = |groups: &[String], one: &str, many: &str| match groups {
            [] => one.to_owned(),
            groups => format!("{many} of `{}`", groups.join("`, `")),
        };
        match self {
            WatchRule::Fresh { groups, .. } => {
                of(groups, "tables are not fresh", "groups")
                    + if groups.is_empty() {
                        ""
                    } else {
                        " are not fresh"
                    }
            }
            WatchRule::Gaps { groups, .. } => of(
                groups,
                "rows come after a gap",
                "rows that come after a gap in their group",
            ),
            WatchRule::KnownKinds { columns, .. } => {
                format!("rows are of an unknown `{}`", columns.join("`, `"))
            }
            WatchRule::KnownKeys { column, .. } => format!("keys in `{column}` are unknown"),
            WatchRule::DailyRows { .. }
            | WatchRule::Usual { .. }
            | WatchRule::SameColumns { .. } => "rows break the rule".to_owned(),
        }
    }
}
