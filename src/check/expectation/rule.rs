//! What the rules ask, with their arguments.

use super::{Literal, TypeName};
use crate::warehouse::Relation;

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) struct Bound {
    /// The end itself.
    pub value: Literal,
    /// Whether the end is outside.
    pub strict: bool,
}

/// A range with at least one end.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) struct Range {
    /// Lower end.
    pub min: Option<Bound>,
    /// Upper end.
    pub max: Option<Bound>,
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = |bound: &Option<Bound>, loose: &str, strict: &str| {
            bound
                .as_ref()
                .map(|end| format!("{} {}", if end.strict { strict } else { loose }, end.value))
        };
        let ends = [
            words(&self.min, "at least", "more than"),
            words(&self.max, "at most", "less than"),
        ];
        f.write_str(&ends.into_iter().flatten().collect::<Vec<_>>().join(" and "))
    }
}

/// Which rows of a rule over several columns are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Ignore {
    /// Those where all the columns are missing.
    AllMissing,
    /// Those where any of them is missing.
    AnyMissing,
    /// None.
    Never,
}

/// How the entries of a session follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct SessionOrder {
    /// Columns that name a session.
    pub session: Vec<String>,
    /// Columns that order its entries.
    pub order: Vec<String>,
}

/// A rule with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Rule {
    /// The table has the column (at this place, counted from 0).
    ColumnExists {
        column: String,
        index: Option<usize>,
    },
    /// No value twice.
    Unique { column: String },
    /// Every row has a value.
    NotNull { column: String },
    /// No row has a value.
    Null { column: String },
    /// The column has this type.
    OfType { column: String, accepted: TypeName },
    /// Values are among these (or, negated, not among them); `None` accepts everything.
    InSet {
        column: String,
        values: Option<Vec<Literal>>,
        negated: bool,
    },
    /// Values are in the range.
    Between { column: String, range: Range },
    /// The text contains a match.
    MatchesRegex { column: String, regex: String },
    /// `a` is greater than `b`.
    PairGreater {
        a: String,
        b: String,
        or_equal: bool,
        ignore: Ignore,
    },
    /// No combination twice.
    CompoundUnique {
        columns: Vec<String>,
        ignore: Ignore,
    },
    /// Every value is a value of another table's column.
    ExistsIn {
        column: String,
        to_table: Relation,
        to_column: String,
    },
    /// The number of rows is in the range.
    RowCountBetween { range: Range },
    /// As many rows as another table.
    RowCountEquals { other: Relation },
    /// The query, with `{table}` in it, returns no rows.
    NoRows { query: String },
    /// Two queries of one value each agree.
    QueriesAgree {
        left: String,
        right: String,
        tolerance: f64,
    },
    /// Tool names are listed in a table or match the pattern.
    KnownTools {
        column: String,
        known_table: Relation,
        known_column: String,
        pattern: String,
    },
    /// Timestamps do not go back by more than the tolerance.
    OrderedTimestamps {
        order: SessionOrder,
        timestamp: String,
        tolerance_micros: i64,
    },
    /// A prompt is answered before the next one.
    Alternation {
        order: SessionOrder,
        role: String,
        human: String,
        assistant: String,
    },
    /// Text is the path of a file.
    FilePath {
        column: String,
        allow_relative: bool,
    },
}

impl Rule {
    /// The columns the rule needs, in the order of its arguments.
    pub(in crate::check) fn columns(&self) -> Vec<String> {
        match self {
            Rule::ColumnExists { column, .. }
            | Rule::Unique { column }
            | Rule::NotNull { column }
            | Rule::Null { column }
            | Rule::OfType { column, .. }
            | Rule::InSet { column, .. }
            | Rule::Between { column, .. }
            | Rule::MatchesRegex { column, .. }
            | Rule::ExistsIn { column, .. }
            | Rule::KnownTools { column, .. }
            | Rule::FilePath { column, .. } => vec![column.clone()],
            Rule::PairGreater { a, b, .. } => vec![a.clone(), b.clone()],
            Rule::CompoundUnique { columns, .. } => columns.clone(),
            Rule::OrderedTimestamps {
                order, timestamp, ..
            } => order.with(timestamp),
            Rule::Alternation { order, role, .. } => order.with(role),
            Rule::RowCountBetween { .. }
            | Rule::RowCountEquals { .. }
            | Rule::NoRows { .. }
            | Rule::QueriesAgree { .. } => Vec::new(),
        }
    }

    /// What is wrong with the rows that break it: `3 of 10` …
    pub(in crate::check) fn complaint(&self) -> String {
        match self {
            Rule::Unique { column } => format!("values of `{column}` are repeated"),
            Rule::NotNull { column } => format!("values of `{column}` are null"),
            Rule::Null { column } => format!("values of `{column}` are not null"),
            Rule::InSet {
                column,
                negated: false,
                ..
            } => {
                format!("values of `{column}` are not in the set")
            }
            Rule::InSet {
                column,
                negated: true,
                ..
            } => {
                format!("values of `{column}` are in the forbidden set")
            }
            Rule::Between { column, range } => format!("values of `{column}` are not {range}"),
            Rule::MatchesRegex { column, regex } => {
                format!("values of `{column}` do not match `{regex}`")
            }
            Rule::PairGreater { a, b, or_equal, .. } => {
                let below = if *or_equal { "below" } else { "not above" };
                format!("rows have `{a}` {below} `{b}`")
            }
            Rule::CompoundUnique { columns, .. } => {
                format!("rows repeat `{}`", columns.join("`, `"))
            }
            Rule::ExistsIn {
                column,
                to_table,
                to_column,
            } => {
                format!(
                    "values of `{column}` are missing from {}.{}.`{to_column}`",
                    to_table.schema, to_table.name
                )
            }
            Rule::KnownTools { .. } => "calls are of unknown tools".to_owned(),
            Rule::OrderedTimestamps { timestamp, .. } => {
                format!("entries have a `{timestamp}` before that of the entry they follow")
            }
            Rule::Alternation { .. } => {
                "prompts are followed by a prompt, not an answer".to_owned()
            }
            Rule::FilePath { column, .. } => format!("values of `{column}` are not paths of files"),
            Rule::ColumnExists { .. }
            | Rule::OfType { .. }
            | Rule::RowCountBetween { .. }
            | Rule::RowCountEquals { .. }
            | Rule::NoRows { .. }
            | Rule::QueriesAgree { .. } => "rows break the rule".to_owned(),
        }
    }
}

impl SessionOrder {
    /// The columns of the session and the order, and one more; each once.
    pub(in crate::check) fn with(&self, column: &str) -> Vec<String> {
        let mut names = Vec::new();
        let own = self.session.iter().chain(&self.order).map(String::as_str);
        for name in own.chain([column]) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}
