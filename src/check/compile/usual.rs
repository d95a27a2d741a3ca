//! Rules that compare the data with what they were: in earlier checks, or on days before.

use super::query::{one_value, placed};
use super::row_test::count;
use super::step::{Ask, Step};
use super::{Sql, Subject};
use crate::check::expectation::Measure;
use crate::check::judge;
use crate::check::usual::{self, DAYS_BACK, Manner, Point};
use crate::error::{Error, Result};
use crate::warehouse::{Table, Value};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What was observed last on each day before this one.
const EARLIER: &str = "
SELECT CAST(floor(epoch_us(checked_at) / 86400000000) AS BIGINT) AS day,
       arg_max(TRY_CAST(observed_value AS DOUBLE), checked_at) AS value
FROM cca.check_results
WHERE table_name = {} AND name = {} AND status <> 'error' AND epoch_us(checked_at) BETWEEN {} AND {}
GROUP BY day
HAVING value IS NOT NULL
ORDER BY day";

const BEFORE: &str = "
SELECT CAST(observed_value AS VARCHAR) FROM cca.check_results
WHERE table_name = {} AND name = {} AND status <> 'error' AND observed_value IS NOT NULL
      AND epoch_us(checked_at) < {}
ORDER BY checked_at DESC LIMIT 1";

impl Subject<'_> {
    /// A figure of now, then those of earlier checks.
    pub(super) fn usual(&self, measure: &Measure, manner: &Manner) -> Result<Step> {
        let today = self.shape.checked_at.div_euclid(DAY);
        let manner = manner.clone();
        let earlier = self.history(EARLIER, Some((today - DAYS_BACK) * DAY), today * DAY)?;
        let compare = move |value: Value| {
            // A mean of nothing.
            if value == Value::Null {
                return Ok(Step::done(judge::no_value()));
            }
            let number = value
                .as_f64()
                .filter(|number| number.is_finite())
                .ok_or_else(|| Error::data(format!("the value {value} is no number to compare")))?;
            Ok(Step::Query(
                earlier,
                Box::new(move |table| {
                    let now = Point {
                        day: today,
                        value: number,
                    };
                    let judgement = usual::judge(&points(&table), now, &manner);
                    Ok(Step::done(judge::usual(value, &judgement)))
                }),
            ))
        };
        let rows = Ask::rows(self.condition.as_ref());
        Ok(match measure {
            Measure::Rows => Step::Ask(
                vec![rows],
                Box::new(move |figures| compare(figures.into_iter().next().unwrap_or(Value::Null))),
            ),
            Measure::Missing { column } => {
                let missing = self.shape.column(column)?.missing();
                let missing = Sql::all([self.condition.as_ref(), Some(&missing)]);
                Step::Ask(
                    vec![rows, Ask::rows(missing.as_ref())],
                    Box::new(move |figures| {
                        let [rows, missing] = figures.as_slice() else {
                            return Err(Error::bug("two counts were asked for"));
                        };
                        let share = judge::share(count(missing)?, count(rows)?);
                        compare(Value::Double(share))
                    }),
                )
            }
            Measure::Query { query } => Step::Query(
                placed(Some(self.shape), query),
                Box::new(move |table| compare(one_value(&table)?)),
            ),
        })
    }

    /// Rows by day; the last whole day is judged by those before.
    pub(super) fn daily_rows(&self, timestamp: &str, manner: &Manner) -> Result<Step> {
        let timestamp = self.instant(timestamp)?;
        let today = Sql::value(Value::from(self.shape.checked_at.div_euclid(DAY)));
        let day = Sql::fill(
            "CAST(floor(epoch_us(CAST({} AS TIMESTAMP)) / 86400000000) AS BIGINT)",
            &[&timestamp.sql],
        );
        let query = Sql::fill(
            "SELECT {} AS day, CAST(count(*) AS DOUBLE) AS value FROM {} WHERE {} < {} GROUP BY day ORDER BY day",
            &[&day, &self.table_rows(), &day, &today],
        );
        let manner = manner.clone();
        Ok(Step::Query(
            query,
            Box::new(move |table| {
                let mut days = points(&table);
                Ok(Step::done(match days.pop() {
                    Some(last) => judge::usual_day(last, &usual::judge(&days, last, &manner)),
                    None => judge::no_days(),
                }))
            }),
        ))
    }

    /// Columns of the check before, and those of now.
    pub(super) fn same_columns(&self, allow_new: bool) -> Result<Step> {
        let now: Vec<(String, String)> = self
            .shape
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.type_name.clone()))
            .collect();
        Ok(Step::Query(
            self.history(BEFORE, None, self.shape.checked_at)?,
            Box::new(move |table| {
                let before = table.scalar().and_then(Value::as_str);
                let before = before.map(judge::columns_of).transpose()?;
                Ok(Step::done(judge::same_columns(
                    before.as_deref(),
                    &now,
                    allow_new,
                )))
            }),
        ))
    }

    /// A query of what came of this expectation before, from one instant to another.
    fn history(&self, template: &str, from: Option<i64>, to: i64) -> Result<Sql> {
        if !self.shape.has_history {
            return Err(Error::data("there are no earlier checks to compare with")
                .hint("They are kept in the warehouse; leave this rule out of suites for other files."));
        }
        let relation = &self.shape.relation;
        let text = |text: String| Sql::value(Value::from(text));
        let table = text(format!("{}.{}", relation.schema, relation.name));
        let name = text(self.expectation.label());
        let instant = |instant: i64| Sql::value(Value::from(instant));
        Ok(match from {
            // The end is the beginning of today, which is not before it.
            Some(from) => Sql::fill(template, &[&table, &name, &instant(from), &instant(to - 1)]),
            None => Sql::fill(template, &[&table, &name, &instant(to)]),
        })
    }
}

/// Rows of a day and a value.
fn points(table: &Table) -> Vec<Point> {
    table
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [day, value] => Some(Point {
                day: day.as_i64()?,
                value: value.as_f64()?,
            }),
            _ => None,
        })
        .collect()
}
