//! What the rules ask, with their arguments.

use super::{Divergence, Literal, TypeName, WatchRule};
use crate::warehouse::Relation;

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) struct Bound {
    /// The end itself.
    pub value: Literal,
    /// Whether the end is outside.
    pub strict: bool,
}

/// A range; without ends it holds everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::check) struct Range {
    /// Lower end.
    pub min: Option<Bound>,
    /// Upper end.
    pub max: Option<Bound>,
}

impl Range {
    /// The range of one value.
    pub(in crate::check) fn exactly(value: &Literal) -> Self {
        let end = || {
            Some(Bound {
                value: value.clone(),
                strict: false,
            })
        };
        Self {
            min: end(),
            max: end(),
        }
    }

    /// Whether a number lies in the range; ends that are no numbers hold none.
    pub(in crate::check) fn holds(&self, number: f64) -> bool {
        let number_of = |end: &Bound| end.value.as_f64();
        let above = self.min.as_ref().is_none_or(|end| {
            number_of(end).is_some_and(|min| number > min || (!end.strict && number >= min))
        });
        let below = self.max.as_ref().is_none_or(|end| {
            number_of(end).is_some_and(|max| number < max || (!end.strict && number <= max))
        });
        above && below
    }

    /// Whether nothing can be in the range because its ends are the wrong way round.
    pub(in crate::check) fn is_crossed(&self) -> bool {
        let number = |end: &Option<Bound>| end.as_ref().and_then(|end| end.value.as_f64());
        match (number(&self.min), number(&self.max)) {
            (Some(min), Some(max)) => min > max,
            _ => false,
        }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.min, &self.max) {
            (None, None) => return f.write_str("anything"),
            (Some(min), Some(max)) if min == max => return write!(f, "{}", min.value),
            _ => {}
        }
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

/// Patterns that a text is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Patterns {
    /// Regular expressions, or patterns of LIKE.
    pub list: Vec<String>,
    /// Whether the patterns are those of LIKE, and the character that escapes `%` and `_`.
    pub like: Option<Option<char>>,
    /// Whether all must match, not just one.
    pub all: bool,
    /// Whether a match breaks the rule.
    pub negated: bool,
}

/// What is asked of each value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum ValueTest {
    /// It is there.
    NotNull,
    /// It is not there.
    Null,
    /// No other row has it.
    Unique,
    /// It is among these (or, negated, not among them); `None` accepts everything.
    InSet {
        values: Option<Vec<Literal>>,
        negated: bool,
    },
    /// It is in the range.
    Between(Range),
    /// The number of its characters is in the range.
    Length(Range),
    /// It matches.
    Matches(Patterns),
    /// It is a time written like this.
    Strftime(String),
    /// It is a date or time that people would recognise.
    Dateutil,
    /// It is JSON.
    Json,
    /// It is JSON of this schema.
    JsonSchema(serde_json::Value),
    /// Its distance from the mean, in standard deviations, is below the threshold.
    ZScore { threshold: f64, double_sided: bool },
    /// It is not far outside the quartiles.
    WithinQuartiles { multiplier: f64 },
    /// It is fewer than so many standard deviations away from the mean.
    WithinDeviations { multiplier: f64 },
    /// It is not below (or, descending, not above) the value before it.
    InOrder { descending: bool, strictly: bool },
    /// It is a value of another table's column.
    ExistsIn { table: Relation, column: String },
    /// It is a tool listed in a table, or matches the pattern.
    KnownTool {
        table: Relation,
        column: String,
        pattern: String,
    },
    /// It is the path of a file.
    FilePath { allow_relative: bool },
}

/// A figure of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Figure {
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// Arithmetic mean.
    Mean,
    /// Middle value, or the mean of the middle two.
    Median,
    /// Sum.
    Sum,
    /// Sample standard deviation.
    Stdev,
    /// Number of different values.
    UniqueCount,
    /// Different values per value.
    UniqueProportion,
    /// Values per row.
    PresentProportion,
}

/// How the values of a column relate to a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum SetRelation {
    /// All values are in the set.
    Within,
    /// All of the set are values.
    Containing,
    /// Both.
    Equal,
}

/// A quantile and the range it should be in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::check) struct QuantileRange {
    /// From 0 to 1.
    pub quantile: f64,
    /// Lower end.
    pub min: Option<f64>,
    /// Upper end.
    pub max: Option<f64>,
}

/// What is asked of two columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum PairTest {
    /// The first is greater.
    Greater { or_equal: bool },
    /// Both are equal.
    Equal,
    /// They are one of these pairs; `None` accepts everything.
    InSet(Option<Vec<[Option<Literal>; 2]>>),
}

/// What is asked of several columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum RecordTest {
    /// No other row has the same combination.
    Unique,
    /// Their sum is this.
    Sum(Literal),
    /// All are equal.
    Equal,
    /// No two are equal.
    Different,
}

/// What is asked of a table without reading its rows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum ShapeTest {
    /// It has the column (at this place, counted from 0).
    Exists {
        column: String,
        index: Option<usize>,
    },
    /// A column has one of these types; `None` accepts every type.
    OfType {
        column: String,
        accepted: Option<Vec<TypeName>>,
    },
    /// The number of its columns is in the range.
    ColumnCount(Range),
    /// Its columns are these, in this order; `None` accepts everything.
    ColumnList(Option<Vec<String>>),
    /// Its columns are these (or, unless exact, at least these), in any order.
    ColumnSet { columns: Vec<String>, exact: bool },
}

/// A rule with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Rule {
    /// About each value of a column.
    Values { column: String, test: ValueTest },
    /// A figure of a column is in the range.
    Figure {
        column: String,
        figure: Figure,
        range: Range,
    },
    /// Quantiles of a column are in their ranges.
    Quantiles {
        column: String,
        ranges: Vec<QuantileRange>,
    },
    /// The different values of a column and a set.
    Distinct {
        column: String,
        values: Vec<Literal>,
        relation: SetRelation,
    },
    /// The most frequent value is in the set.
    MostCommon {
        column: String,
        values: Vec<Literal>,
        ties_okay: bool,
    },
    /// The distribution of a column is near to an expected one.
    Divergence {
        column: String,
        divergence: Divergence,
    },
    /// About two columns of a row.
    Pair {
        a: String,
        b: String,
        test: PairTest,
        ignore: Ignore,
    },
    /// About several columns of a row.
    Record {
        columns: Vec<String>,
        test: RecordTest,
        ignore: Ignore,
    },
    /// About the columns of the table.
    Shape(ShapeTest),
    /// The number of rows is in the range.
    RowCount(Range),
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
    /// Two queries return the same rows, in any order.
    SameRows { base: String, comparison: String },
    /// Timestamps do not go back by more than the tolerance.
    OrderedTimestamps {
        order: SessionOrder,
        timestamp: String,
        tolerance_micros: i64,
    },
    /// About how data develop.
    Watch(WatchRule),
    /// A prompt is answered before the next one.
    Alternation {
        order: SessionOrder,
        role: String,
        human: String,
        assistant: String,
    },
}

impl Rule {
    /// Whether the rows that break it are those without a value.
    pub(in crate::check) fn is_about_missing(&self) -> bool {
        matches!(
            self,
            Rule::Values {
                test: ValueTest::NotNull,
                ..
            }
        )
    }

    /// The columns the rule needs, in the order of its arguments.
    pub(in crate::check) fn columns(&self) -> Vec<String> {
        match self {
            Rule::Values { column, .. }
            | Rule::Figure { column, .. }
            | Rule::Quantiles { column, .. }
            | Rule::Distinct { column, .. }
            | Rule::MostCommon { column, .. }
            | Rule::Divergence { column, .. }
            | Rule::Shape(ShapeTest::Exists { column, .. } | ShapeTest::OfType { column, .. }) => {
                vec![column.clone()]
            }
            Rule::Pair { a, b, .. } => vec![a.clone(), b.clone()],
            Rule::Record { columns, .. } => columns.clone(),
            Rule::OrderedTimestamps {
                order, timestamp, ..
            } => order.with(timestamp),
            Rule::Alternation { order, role, .. } => order.with(role),
            Rule::Watch(rule) => rule.columns(),
            Rule::Shape(_)
            | Rule::RowCount(_)
            | Rule::RowCountEquals { .. }
            | Rule::NoRows { .. }
            | Rule::QueriesAgree { .. }
            | Rule::SameRows { .. } => Vec::new(),
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
