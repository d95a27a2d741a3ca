//! Rules about the different values of a column.

use super::column::TableColumn;
use super::groups::ROWS;
use super::step::{Ask, Step};
use super::values::{among, comparable, operand, subject};
use super::{Sql, Subject, row_test};
use crate::check::expectation::{Literal, SetRelation};
use crate::check::judge::{self, SetFindings};
use crate::error::{Error, Result};
use crate::warehouse::Value;

/// Values listed of a result that may have very many.
const LISTED: usize = 20;

impl Subject<'_> {
    /// How the different values relate to a set: values outside the set are counted among the
    /// groups, and so is each value of the set; then those outside are listed, if there are any.
    pub(super) fn distinct(
        &self,
        name: &str,
        values: &[Literal],
        relation: SetRelation,
    ) -> Result<Step> {
        let column = self.shape.column(name)?;
        let groups = self.groups(std::slice::from_ref(&column.name));
        let other = Sql::fill(
            "NOT {} AND NOT {}",
            &[&column.missing(), &among(&column, values)?],
        );
        let listed = Sql::fill(
            &format!("SELECT {{}} FROM {{}} WHERE {{}} ORDER BY 1 LIMIT {LISTED}"),
            &[&column.sql, &groups, &other],
        );
        let mut asks = vec![Ask::of(&groups, Sql::count(Some(&other)))];
        let members = match relation {
            SetRelation::Within => None,
            SetRelation::Equal | SetRelation::Containing => {
                Some(members(&column, values, &groups, &mut asks)?)
            }
        };
        if relation == SetRelation::Containing {
            // Others are welcome; their number is not asked for.
            asks.remove(0);
        }
        let manner = self.manner();
        Ok(Step::Ask(
            asks,
            Box::new(move |counts| {
                let mut counts = counts.iter().map(row_test::count);
                let outside = match relation {
                    SetRelation::Containing => None,
                    _ => Some(counts.next().transpose()?.unwrap_or(0)),
                };
                let counts = counts.collect::<Result<Vec<u64>>>()?;
                let missing = members.map(|members| absent(members, &counts));
                let finish = move |unexpected: Option<(u64, Vec<Value>)>| {
                    let findings = SetFindings {
                        unexpected,
                        missing,
                    };
                    Ok(Step::done(judge::set(&manner, findings)))
                };
                match outside {
                    Some(count) if count > 0 => Ok(Step::Query(
                        listed,
                        Box::new(move |table| finish(Some((count, judge::first_column(table))))),
                    )),
                    outside => finish(outside.map(|count| (count, Vec::new()))),
                }
            }),
        ))
    }

    /// The most frequent values: how many there are, how many of them are in the set, and the first.
    pub(super) fn most_common(
        &self,
        name: &str,
        values: &[Literal],
        ties_okay: bool,
    ) -> Result<Step> {
        let column = self.shape.column(name)?;
        let groups = self.groups(std::slice::from_ref(&column.name));
        let rows = Sql::column(ROWS);
        let present = Sql::fill("NOT {}", &[&column.missing()]);
        let modes = Sql::fill(
            "(SELECT {} AS value, {} AS expected FROM {} WHERE {} \
             QUALIFY {} = max({}) OVER ())",
            &[
                &column.sql,
                &among(&column, values)?,
                &groups,
                &present,
                &rows,
                &rows,
            ],
        );
        let query = Sql::fill(
            &format!(
                "SELECT value, count(*) OVER (), count(*) FILTER (WHERE expected) OVER () \
                 FROM {{}} ORDER BY value LIMIT {LISTED}"
            ),
            &[&modes],
        );
        let name = column.name;
        Ok(Step::Query(
            query,
            Box::new(move |table| {
                let counts = match table.rows.first().map(Vec::as_slice) {
                    None => [0, 0],
                    Some([_, modes, expected]) => {
                        [row_test::count(modes)?, row_test::count(expected)?]
                    }
                    Some(_) => return Err(Error::bug("three columns were asked for")),
                };
                let modes = judge::first_column(table);
                let verdict = judge::most_common(&name, modes, counts, ties_okay);
                Ok(Step::done(verdict))
            }),
        ))
    }
}

/// The values of a set, each with whether it can occur; asks how often those do, in their order.
fn members(
    column: &TableColumn,
    values: &[Literal],
    groups: &Sql,
    asks: &mut Vec<Ask>,
) -> Result<Vec<(Value, bool)>> {
    let fitting = comparable(column, values)?;
    let fits = |value: &Literal| fitting.iter().any(|other| std::ptr::eq(*other, value));
    for value in values.iter().filter(|value| fits(value)) {
        let is_it = Sql::fill("{} = {}", &[&subject(column), &operand(column, value)]);
        asks.push(Ask::of(groups, Sql::count(Some(&is_it))));
    }
    let members = values.iter().map(|value| (value.to_value(), fits(value)));
    Ok(members.collect())
}

/// The values that do not occur.
fn absent(members: Vec<(Value, bool)>, counts: &[u64]) -> Vec<Value> {
    let mut counts = counts.iter();
    let mut occurs = |fits: bool| fits && counts.next().is_some_and(|count| *count > 0);
    let absent = members.into_iter().filter(|(_, fits)| !occurs(*fits));
    absent.map(|(value, _)| value).collect()
}
