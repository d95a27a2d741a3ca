//! Rules about the different values of a column.

use super::column::TableColumn;
use super::groups::ROWS;
use super::step::{Ask, Step};
use super::values::{among, comparable, operand, subject};
use super::{Sql, Subject, row_test};
use crate::check::expectation::{Literal, SetRelation};
use crate::check::judge::{self, SetFindings};
use crate::error::{Error, Result};
use crate::warehouse::{Table, Value};

/// Values listed of a result that may have very many.
const LISTED: usize = 20;

impl Subject<'_> {
    /// How the different values relate to a set: values outside the set are counted among the
    /// groups, then both sides of the difference are listed.
    pub(super) fn distinct(
        &self,
        name: &str,
        values: &[Literal],
        relation: SetRelation,
    ) -> Result<Step> {
        let column = self.shape.column(name)?;
        let absent = self.absent(&column, values)?;
        let groups = self.groups(std::slice::from_ref(&column.name));
        let other = Sql::fill(
            "NOT {} AND NOT {}",
            &[&column.missing(), &among(&column, values)?],
        );
        let listed = Sql::fill(
            &format!("SELECT {{}} FROM {{}} WHERE {{}} ORDER BY 1 LIMIT {LISTED}"),
            &[&column.sql, &groups, &other],
        );
        let count = Ask::of(&groups, Sql::count(Some(&other)));
        let (manner, values) = (self.manner(), values.to_vec());
        let missing = move |table: &Table| -> Vec<Value> {
            let places = table.rows.iter().filter_map(|row| row.first()?.as_i64());
            let values = places.filter_map(|place| values.get(usize::try_from(place).ok()?));
            values.map(Literal::to_value).collect()
        };
        let finish = move |unexpected: Option<(u64, Vec<Value>)>| {
            if relation == SetRelation::Within {
                let findings = SetFindings {
                    unexpected,
                    missing: None,
                };
                return Ok(Step::done(judge::set(&manner, findings)));
            }
            Ok(Step::Query(
                absent,
                Box::new(move |table| {
                    let findings = SetFindings {
                        unexpected,
                        missing: Some(missing(&table)),
                    };
                    Ok(Step::done(judge::set(&manner, findings)))
                }),
            ))
        };
        if relation == SetRelation::Containing {
            return finish(None);
        }
        Ok(Step::Ask(
            vec![count],
            Box::new(move |counts| {
                let count = row_test::count(counts.first().unwrap_or(&Value::Null))?;
                if count == 0 {
                    return finish(Some((0, Vec::new())));
                }
                Ok(Step::Query(
                    listed,
                    Box::new(move |table| finish(Some((count, judge::first_column(table))))),
                ))
            }),
        ))
    }

    /// The places in the set of values that do not occur.
    fn absent(&self, column: &TableColumn, values: &[Literal]) -> Result<Sql> {
        let fitting = comparable(column, values)?;
        let rows: Vec<Sql> = values
            .iter()
            .enumerate()
            .map(|(place, value)| {
                let fits = fitting.iter().any(|other| std::ptr::eq(*other, value));
                let occurs = if fits {
                    let groups = self.groups(std::slice::from_ref(&column.name));
                    Sql::fill(
                        "EXISTS (SELECT 1 FROM {} WHERE {} = {})",
                        &[&groups, &subject(column), &operand(column, value)],
                    )
                } else {
                    Sql::new("false")
                };
                Sql::fill(
                    &format!("SELECT {place} AS place WHERE NOT {{}}"),
                    &[&occurs],
                )
            })
            .collect();
        Ok(Sql::join(&rows, " UNION ALL "))
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
