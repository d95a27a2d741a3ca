//! The observed distribution of a column beside the expected one.

use super::column::TableColumn;
use super::figures::{needs_numbers, number};
use super::groups::{ROWS, rows_where};
use super::step::{Ask, Step};
use super::values::among;
use super::{Sql, Subject};
use crate::check::expectation::{Divergence, Literal, Partition};
use crate::check::judge::divergence::{Others, judge_bins, judge_values};
use crate::error::Result;
use crate::warehouse::Value;

impl Subject<'_> {
    /// How the rule about a distribution is answered.
    pub(super) fn divergence(&self, name: &str, divergence: &Divergence) -> Result<Step> {
        let column = self.shape.column(name)?;
        match &divergence.partition {
            Partition::Values { values, .. } => self.values_divergence(&column, values, divergence),
            Partition::Bins { bins, .. } => self.bins_divergence(&column, bins, divergence),
        }
    }

    /// Rows of each expected value; of the others their number, their rows, and the sum of
    /// n · ln n, from which their part of the entropy follows.
    fn values_divergence(
        &self,
        column: &TableColumn,
        values: &[Literal],
        divergence: &Divergence,
    ) -> Result<Step> {
        let groups = self.groups(std::slice::from_ref(&column.name));
        let other = Sql::fill(
            "NOT {} AND NOT {}",
            &[&column.missing(), &among(column, values)?],
        );
        let rows = Sql::column(ROWS);
        let logs = Sql::fill(
            "coalesce(sum({} * ln({})) FILTER (WHERE {}), 0)",
            &[&rows, &rows, &other],
        );
        let mut asks = vec![
            Ask::of(&groups, Sql::count(Some(&other))),
            Ask::of(&groups, rows_where(&other)),
            Ask::of(&groups, logs),
        ];
        for value in values {
            let is_value = among(column, std::slice::from_ref(value))?;
            asks.push(Ask::of(&groups, rows_where(&is_value)));
        }
        let (name, divergence) = (column.name.clone(), divergence.clone());
        Ok(Step::Ask(
            asks,
            Box::new(move |figures| {
                let others = Others {
                    values: number(figures.first())?,
                    rows: number(figures.get(1))?,
                    rows_log_rows: number(figures.get(2))?,
                };
                let counts = numbers(figures.get(3..).unwrap_or_default())?;
                Ok(Step::done(judge_values(
                    &name,
                    &divergence,
                    &counts,
                    &others,
                )))
            }),
        ))
    }

    /// Rows below, in each interval (the last one with its upper end), and above.
    fn bins_divergence(
        &self,
        column: &TableColumn,
        bins: &[f64],
        divergence: &Divergence,
    ) -> Result<Step> {
        needs_numbers(column)?;
        let kept = self.present(column);
        let end = |end: f64| Sql::value(Value::Double(end));
        let count = |condition: &Sql| Ask::rows(Sql::all([Some(&kept), Some(condition)]).as_ref());
        let first = bins.first().copied().unwrap_or(f64::NEG_INFINITY);
        let last = bins.last().copied().unwrap_or(f64::INFINITY);
        let mut asks = vec![
            Ask::rows(Some(&kept)),
            count(&Sql::fill("{} < {}", &[&column.sql, &end(first)])),
        ];
        for (index, pair) in bins.windows(2).enumerate() {
            let [low, high] = pair else { continue };
            let sign = if index + 2 == bins.len() { "<=" } else { "<" };
            asks.push(count(&Sql::fill(
                &format!("{{}} >= {{}} AND {{}} {sign} {{}}"),
                &[&column.sql, &end(*low), &column.sql, &end(*high)],
            )));
        }
        asks.push(count(&Sql::fill("{} > {}", &[&column.sql, &end(last)])));
        let (name, divergence) = (column.name.clone(), divergence.clone());
        Ok(Step::Ask(
            asks,
            Box::new(move |figures| {
                let rows = number(figures.first())?;
                let counts = numbers(figures.get(1..).unwrap_or_default())?;
                Ok(Step::done(judge_bins(&name, &divergence, rows, &counts)))
            }),
        ))
    }
}

fn numbers(figures: &[Value]) -> Result<Vec<f64>> {
    figures.iter().map(|figure| number(Some(figure))).collect()
}
