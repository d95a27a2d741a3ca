//! Rules about figures of a column, and values judged by such figures.

use super::column::{Class, TableColumn};
use super::step::{Ask, Step};
use super::values::{crossed, ends, subject, unfit};
use super::{Sql, Subject};
use crate::check::expectation::{Figure, QuantileRange, Range};
use crate::check::judge;
use crate::error::{Error, Result};
use crate::warehouse::Value;

impl Subject<'_> {
    /// A figure in a range.
    pub(super) fn figure(&self, name: &str, figure: Figure, range: &Range) -> Result<Step> {
        let column = self.shape.column(name)?;
        if range.is_crossed() {
            return Err(crossed());
        }
        match figure {
            Figure::Min | Figure::Max => self.extreme(&column, figure, range),
            Figure::UniqueCount | Figure::UniqueProportion | Figure::PresentProportion => {
                Ok(self.proportion(&column, figure, range))
            }
            Figure::Mean | Figure::Median | Figure::Sum | Figure::Stdev => {
                let column = column.counted();
                needs_numbers(&column)?;
                let value = self.number(&column, figure);
                Ok(in_range(
                    &column.name,
                    figure,
                    range,
                    vec![value],
                    |values| values.first().cloned().unwrap_or(Value::Null),
                ))
            }
        }
    }

    /// The least or greatest value, compared by the engine, so that times compare as times.
    fn extreme(&self, column: &TableColumn, figure: Figure, range: &Range) -> Result<Step> {
        if !matches!(
            column.class,
            Class::Exact | Class::Floating | Class::Instant | Class::Text
        ) {
            return Err(unfit(column, "needs numbers, times or text"));
        }
        let name = if figure == Figure::Min { "min" } else { "max" };
        let kept = self.present(column);
        let template = format!("{name}({{}}) FILTER (WHERE {{}})");
        let shown = Sql::fill(&template, &[&column.sql, &kept]);
        let value = Sql::fill(&template, &[&subject(column), &kept]);
        let mut asks = vec![Ask::table(shown)];
        for end in ends(column, &value, range)?.into_iter().flatten() {
            asks.push(Ask::table(end));
        }
        let (column, range) = (column.name.clone(), range.clone());
        Ok(Step::Ask(
            asks,
            Box::new(move |values| {
                let mut values = values.into_iter();
                let found = values.next().unwrap_or(Value::Null);
                let is_met = !found.is_null() && values.all(|end| end == Value::Bool(true));
                let verdict = judge::figure(&column, figure, &range, found, is_met);
                Ok(Step::done(verdict))
            }),
        ))
    }

    fn number(&self, column: &TableColumn, figure: Figure) -> Ask {
        let kept = self.present(column);
        let of = |name: &str| {
            Sql::fill(
                &format!("{name}({{}}) FILTER (WHERE {{}})"),
                &[&column.sql, &kept],
            )
        };
        Ask::table(match figure {
            Figure::Mean => of("avg"),
            Figure::Median => of("median"),
            Figure::Sum => Sql::fill("coalesce({}, 0)", &[&of("sum")]),
            _ => self.deviation(column),
        })
    }

    /// The sample standard deviation; null if a value is infinite.
    fn deviation(&self, column: &TableColumn) -> Sql {
        let kept = self.present(column);
        if column.class != Class::Floating {
            return Sql::fill("stddev_samp({}) FILTER (WHERE {})", &[&column.sql, &kept]);
        }
        Sql::fill(
            "CASE WHEN NOT coalesce(bool_or(isinf({})) FILTER (WHERE {}), false) \
             THEN stddev_samp({}) FILTER (WHERE {} AND NOT isinf({})) END",
            &[&column.sql, &kept, &column.sql, &kept, &column.sql],
        )
    }

    fn proportion(&self, column: &TableColumn, figure: Figure, range: &Range) -> Step {
        let groups = self.groups(std::slice::from_ref(&column.name));
        let there = Sql::fill("NOT {}", &[&column.missing()]);
        let distinct = Ask::of(&groups, Sql::count(Some(&there)));
        let present = Ask::rows(Some(&self.present(column)));
        let all = Ask::rows(self.condition.as_ref());
        let asks = match figure {
            Figure::UniqueCount => vec![distinct],
            Figure::UniqueProportion => vec![distinct, present],
            _ => vec![present, all],
        };
        in_range(&column.name, figure, range, asks, |counts| match counts {
            [count] => count.clone(),
            [part, whole] => match (part.as_f64(), whole.as_f64()) {
                (Some(part), Some(whole)) if whole > 0.0 => Value::Double(part / whole),
                // Of nothing, nothing.
                _ => Value::Int(0),
            },
            _ => Value::Null,
        })
    }

    /// First the number of values, then the values at the places of the quantiles.
    pub(super) fn quantiles(&self, name: &str, ranges: &[QuantileRange]) -> Result<Step> {
        let column = self.shape.column(name)?;
        needs_numbers(&column)?;
        let kept = self.present(&column);
        let (value, ranges) = (column.sql.clone(), ranges.to_vec());
        let column = column.name;
        let count = vec![Ask::rows(Some(&kept))];
        Ok(Step::Ask(
            count,
            Box::new(move |counts| {
                let rows = counts.first().and_then(Value::as_f64).unwrap_or_default();
                if rows == 0.0 {
                    let none = vec![Value::Null; ranges.len()];
                    return Ok(Step::done(judge::quantiles(&column, &ranges, none)));
                }
                // Halves go to the even place; the middle of a place's share hits it.
                let shares: Vec<f64> = ranges
                    .iter()
                    .map(|range| ((rows - 1.0) * range.quantile).round_ties_even())
                    .map(|place| (place + 0.5) / rows)
                    .collect();
                Ok(Step::Ask(
                    vec![quantile("quantile_disc", &value, &shares, &kept)],
                    Box::new(move |values| {
                        let values = listed(values);
                        Ok(Step::done(judge::quantiles(&column, &ranges, values)))
                    }),
                ))
            }),
        ))
    }

    pub(super) fn z_scores(
        &self,
        column: &TableColumn,
        threshold: f64,
        double_sided: bool,
    ) -> Result<Step> {
        needs_numbers(column)?;
        let asks = vec![
            self.number(column, Figure::Mean),
            self.number(column, Figure::Stdev),
        ];
        Ok(self.judged_by(column, asks, move |column, figures| {
            let [mean, deviation] = finite(figures)?;
            if deviation == 0.0 {
                return None;
            }
            let score = Sql::fill(
                "(({} - {}) / {})",
                &[
                    &column.sql,
                    &Sql::value(Value::Double(mean)),
                    &Sql::value(Value::Double(deviation)),
                ],
            );
            let limit = if double_sided {
                threshold.abs()
            } else {
                threshold
            };
            let template = if double_sided {
                "abs({}) >= {}"
            } else {
                "{} >= {}"
            };
            Some(Sql::fill(
                template,
                &[&score, &Sql::value(Value::Double(limit))],
            ))
        }))
    }

    pub(super) fn within_quartiles(&self, column: &TableColumn, multiplier: f64) -> Result<Step> {
        needs_numbers(column)?;
        let kept = self.present(column);
        // What lies between two integers is a double anyway, and integers are sorted faster.
        let value = if column.is_integer() {
            column.sql.clone()
        } else {
            column.double()
        };
        let asks = vec![quantile("quantile_cont", &value, &[0.25, 0.75], &kept)];
        Ok(self.judged_by(column, asks, move |column, figures| {
            let [low, high] = finite(&listed(figures.to_vec()))?;
            let reach = multiplier * (high - low);
            Some(Sql::fill(
                "({} < {} OR {} > {})",
                &[
                    &column.sql,
                    &Sql::value(Value::Double(low - reach)),
                    &column.sql,
                    &Sql::value(Value::Double(high + reach)),
                ],
            ))
        }))
    }

    pub(super) fn within_deviations(&self, column: &TableColumn, multiplier: f64) -> Result<Step> {
        needs_numbers(column)?;
        let asks = vec![
            self.number(column, Figure::Mean),
            self.number(column, Figure::Stdev),
        ];
        Ok(self.judged_by(column, asks, move |column, figures| {
            let [mean, deviation] = finite(figures)?;
            let mean = Sql::value(Value::Double(mean));
            let reach = multiplier * deviation;
            Some(if reach <= 0.0 {
                Sql::fill("{} <> {}", &[&column.sql, &mean])
            } else {
                Sql::fill(
                    "abs({} - {}) >= {}",
                    &[&column.sql, &mean, &Sql::value(Value::Double(reach))],
                )
            })
        }))
    }

    /// First figures of the column, then the values that are unexpected by them; none are if the
    /// column has no such figures.
    fn judged_by(
        &self,
        column: &TableColumn,
        asks: Vec<Ask>,
        unexpected: impl FnOnce(&TableColumn, &[Value]) -> Option<Sql> + 'static,
    ) -> Step {
        let test = self.value_test(column, Sql::new("false"));
        let (manner, column) = (self.manner(), column.clone());
        Step::Ask(
            asks,
            Box::new(move |figures| {
                let unexpected = unexpected(&column, &figures).unwrap_or(test.unexpected);
                Ok(super::row_test::RowTest { unexpected, ..test }.step(manner))
            }),
        )
    }

    /// Rows considered that have a value.
    pub(super) fn present(&self, column: &TableColumn) -> Sql {
        let there = Sql::fill("NOT {}", &[&column.missing()]);
        Sql::all([self.condition.as_ref(), Some(&there)]).unwrap_or(there)
    }
}

/// Asks for figures, makes a value of them and holds it against the range.
fn in_range(
    column: &str,
    figure: Figure,
    range: &Range,
    asks: Vec<Ask>,
    value: fn(&[Value]) -> Value,
) -> Step {
    let (column, range) = (column.to_owned(), range.clone());
    Step::Ask(
        asks,
        Box::new(move |values| {
            let found = value(&values);
            let number = found.as_f64().filter(|number| !number.is_nan());
            let is_met = number.is_some_and(|number| range.holds(number));
            let verdict = judge::figure(&column, figure, &range, found, is_met);
            Ok(Step::done(verdict))
        }),
    )
}

/// Several quantiles of a column at once, so that its values are put in order once.
fn quantile(name: &str, value: &Sql, shares: &[f64], kept: &Sql) -> Ask {
    let shares: Vec<Sql> = shares
        .iter()
        .map(|share| Sql::fill("CAST({} AS DOUBLE)", &[&Sql::value(Value::Double(*share))]))
        .collect();
    Ask::table(Sql::fill(
        &format!("{name}({{}}, [{{}}]) FILTER (WHERE {{}})"),
        &[value, &Sql::join(&shares, ", "), kept],
    ))
}

/// The figures in the only list; nothing where there were no values.
fn listed(figures: Vec<Value>) -> Vec<Value> {
    match figures.into_iter().next() {
        Some(Value::List(values)) => values,
        _ => Vec::new(),
    }
}

/// Two figures, if both are there and finite.
fn finite(figures: &[Value]) -> Option<[f64; 2]> {
    match figures {
        [a, b] => {
            let figures = [a.as_f64()?, b.as_f64()?];
            figures
                .iter()
                .all(|figure| figure.is_finite())
                .then_some(figures)
        }
        _ => None,
    }
}

pub(super) fn needs_numbers(column: &TableColumn) -> Result<()> {
    match column.class {
        Class::Exact | Class::Floating => Ok(()),
        _ => Err(unfit(column, "needs numbers")),
    }
}

/// A figure that must be there.
pub(super) fn number(value: Option<&Value>) -> Result<f64> {
    value
        .and_then(Value::as_f64)
        .ok_or_else(|| Error::bug("a figure that is not a number"))
}
