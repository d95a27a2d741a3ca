//! The rules in words, for messages.

use super::{Figure, PairTest, RecordTest, Rule, SetRelation, ValueTest};

impl Rule {
    /// What is wrong with the rows that break it: `3 of 10` …
    pub(in crate::check) fn complaint(&self) -> String {
        match self {
            Rule::Values { column, test } => test.complaint(column),
            Rule::Pair { a, b, test, .. } => match test {
                PairTest::Greater { or_equal: true } => format!("rows have `{a}` below `{b}`"),
                PairTest::Greater { or_equal: false } => {
                    format!("rows have `{a}` not above `{b}`")
                }
                PairTest::Equal => format!("rows have `{a}` other than `{b}`"),
                PairTest::InSet(_) => format!("rows have a pair of `{a}` and `{b}` not in the set"),
            },
            Rule::Record { columns, test, .. } => {
                let columns = columns.join("`, `");
                match test {
                    RecordTest::Unique => format!("rows repeat `{columns}`"),
                    RecordTest::Sum(total) => {
                        format!("rows have a sum of `{columns}` other than {total}")
                    }
                    RecordTest::Equal => format!("rows have different values in `{columns}`"),
                    RecordTest::Different => format!("rows have a value twice in `{columns}`"),
                }
            }
            Rule::Distinct {
                column, relation, ..
            } => match relation {
                SetRelation::Within | SetRelation::Equal => {
                    format!("different values of `{column}` are not in the set")
                }
                SetRelation::Containing => format!("values of the set are missing from `{column}`"),
            },
            Rule::OrderedTimestamps { timestamp, .. } => {
                format!("entries have a `{timestamp}` before that of the entry they follow")
            }
            Rule::Alternation { .. } => {
                "prompts are followed by a prompt, not an answer".to_owned()
            }
            Rule::Watch(rule) => rule.complaint(),
            _ => "rows break the rule".to_owned(),
        }
    }
}

impl ValueTest {
    fn complaint(&self, column: &str) -> String {
        let what = match self {
            ValueTest::NotNull => "null".to_owned(),
            ValueTest::Null => "not null".to_owned(),
            ValueTest::Unique => "repeated".to_owned(),
            ValueTest::InSet { negated: false, .. } => "not in the set".to_owned(),
            ValueTest::InSet { negated: true, .. } => "in the forbidden set".to_owned(),
            ValueTest::Between(range) => format!("not {range}"),
            ValueTest::Length(range) => return format!("lengths of `{column}` are not {range}"),
            ValueTest::Matches(patterns) => {
                let which = match patterns.list.as_slice() {
                    [one] => format!("`{one}`"),
                    many if patterns.all => format!("all of {} patterns", many.len()),
                    many => format!("any of {} patterns", many.len()),
                };
                let verb = if patterns.negated {
                    "match"
                } else {
                    "do not match"
                };
                return format!("values of `{column}` {verb} {which}");
            }
            ValueTest::Strftime(format) => format!("not times like `{format}`"),
            ValueTest::Dateutil => "not dates or times".to_owned(),
            ValueTest::Json => "not JSON".to_owned(),
            ValueTest::JsonSchema(_) => {
                return format!("values of `{column}` do not meet the schema");
            }
            ValueTest::ZScore { threshold, .. } => {
                format!("{threshold} standard deviations or more away from the mean")
            }
            ValueTest::WithinQuartiles { multiplier } => {
                format!("more than {multiplier} quartile distances outside the quartiles")
            }
            ValueTest::WithinDeviations { multiplier } => {
                format!("{multiplier} standard deviations or more away from the mean")
            }
            ValueTest::InOrder {
                descending,
                strictly,
            } => match (descending, strictly) {
                (false, false) => "below the value before",
                (false, true) => "not above the value before",
                (true, false) => "above the value before",
                (true, true) => "not below the value before",
            }
            .to_owned(),
            ValueTest::ExistsIn { table, column } => {
                format!("missing from {}.{}.`{column}`", table.schema, table.name)
            }
            ValueTest::KnownTool { .. } => return "calls are of unknown tools".to_owned(),
            ValueTest::FilePath { .. } => "not paths of files".to_owned(),
        };
        format!("values of `{column}` are {what}")
    }
}

impl Figure {
    /// What the figure is called.
    pub(in crate::check) fn name(self) -> &'static str {
        match self {
            Figure::Min => "minimum",
            Figure::Max => "maximum",
            Figure::Mean => "mean",
            Figure::Median => "median",
            Figure::Sum => "sum",
            Figure::Stdev => "standard deviation",
            Figure::UniqueCount => "number of different values",
            Figure::UniqueProportion => "different values per value",
            Figure::PresentProportion => "share of rows with a value",
        }
    }
}
