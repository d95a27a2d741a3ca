//! Rules about several columns of a row.

use super::column::{Class, TableColumn};
use super::groups::ignored;
use super::row_test::RowTest;
use super::step::Step;
use super::values::{comparable, operand, subject, unfit};
use super::{Sql, Subject};
use crate::check::expectation::{Ignore, Literal, PairTest, RecordTest};
use crate::error::Result;

impl Subject<'_> {
    /// How a rule about two columns is answered.
    pub(super) fn pair(&self, [a, b]: [&str; 2], test: &PairTest, ignore: Ignore) -> Result<Step> {
        let columns = [self.shape.column(a)?, self.shape.column(b)?];
        let unexpected = match test {
            PairTest::Greater { or_equal } => {
                compared(&columns, if *or_equal { ">=" } else { ">" })?
            }
            PairTest::Equal if alike(&columns) => compared(&columns, "=")?,
            PairTest::Equal => Sql::new("true"),
            PairTest::InSet(None) => Sql::new("false"),
            PairTest::InSet(Some(pairs)) => not_in(&columns, pairs)?,
        };
        Ok(self.record_test(&columns, unexpected, ignore))
    }

    /// How a rule about several columns is answered.
    pub(super) fn record(
        &self,
        names: &[String],
        test: &RecordTest,
        ignore: Ignore,
    ) -> Result<Step> {
        let columns = self.shape.all(names)?;
        let unexpected = match test {
            RecordTest::Unique => return self.compound_unique(names, ignore),
            RecordTest::Sum(total) => other_sum(&columns, total)?,
            RecordTest::Equal => {
                let (first, others) = columns.split_at(1);
                let same: Vec<Sql> = first
                    .iter()
                    .flat_map(|first| others.iter().map(move |other| equal(first, other)))
                    .collect();
                Sql::fill("NOT ({})", &[&Sql::join(&same, " AND ")])
            }
            RecordTest::Different => {
                let mut same = Vec::new();
                for (index, one) in columns.iter().enumerate() {
                    same.extend(
                        columns
                            .iter()
                            .skip(index + 1)
                            .map(|other| equal(one, other)),
                    );
                }
                Sql::fill("({})", &[&Sql::join(&same, " OR ")])
            }
        };
        Ok(self.record_test(&columns, unexpected, ignore))
    }

    fn record_test(&self, columns: &[TableColumn], unexpected: Sql, ignore: Ignore) -> Step {
        let test = RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(ignored(columns, ignore)),
            unexpected,
            shown: columns.iter().map(|column| column.name.clone()).collect(),
            elements: None,
            tally: None,
            examples: None,
        };
        test.step(self.manner())
    }
}

/// Whether values of the columns can be equal.
fn alike(columns: &[TableColumn; 2]) -> bool {
    let [a, b] = columns.each_ref().map(|column| kind(column.class));
    a == b
}

/// Integers and floating numbers compare with each other.
fn kind(class: Class) -> Class {
    match class {
        Class::Floating => Class::Exact,
        other => other,
    }
}

/// A row with one value missing breaks the rule.
fn compared([a, b]: &[TableColumn; 2], sign: &str) -> Result<Sql> {
    if kind(a.class) != kind(b.class) {
        let what = format!("compares with `{}`, which is {}", b.name, b.type_name);
        return Err(unfit(a, &what));
    }
    Ok(Sql::fill(
        &format!("({{}} OR {{}} OR NOT ({{}} {sign} {{}}))"),
        &[&a.missing(), &b.missing(), &subject(a), &subject(b)],
    ))
}

fn not_in([a, b]: &[TableColumn; 2], pairs: &[[Option<Literal>; 2]]) -> Result<Sql> {
    let mut found = Vec::new();
    for [x, y] in pairs {
        if let (Some(x), Some(y)) = (is(a, x.as_ref())?, is(b, y.as_ref())?) {
            found.push(Sql::fill("({} AND {})", &[&x, &y]));
        }
    }
    if found.is_empty() {
        return Ok(Sql::new("true"));
    }
    Ok(Sql::fill("NOT ({})", &[&Sql::join(&found, " OR ")]))
}

/// Whether the column has this value, or none; `None` if it never can.
fn is(column: &TableColumn, value: Option<&Literal>) -> Result<Option<Sql>> {
    let Some(value) = value else {
        return Ok(Some(column.missing()));
    };
    if comparable(column, std::slice::from_ref(value))?.is_empty() {
        return Ok(None);
    }
    Ok(Some(Sql::fill(
        "coalesce({} = {}, false)",
        &[&subject(column), &operand(column, value)],
    )))
}

/// Equal values, or both missing.
fn equal(a: &TableColumn, b: &TableColumn) -> Sql {
    let missing = Sql::fill("({} AND {})", &[&a.missing(), &b.missing()]);
    if kind(a.class) != kind(b.class) {
        return missing;
    }
    Sql::fill(
        "({} OR (NOT {} AND NOT {} AND {} = {}))",
        &[
            &missing,
            &a.missing(),
            &b.missing(),
            &subject(a),
            &subject(b),
        ],
    )
}

fn other_sum(columns: &[TableColumn], total: &Literal) -> Result<Sql> {
    for column in columns {
        if kind(column.class) != Class::Exact {
            return Err(unfit(column, "needs numbers"));
        }
    }
    let values: Vec<Sql> = columns.iter().map(|column| column.sql.clone()).collect();
    Ok(Sql::fill(
        "NOT coalesce({} = {}, false)",
        &[&Sql::join(&values, " + "), &Sql::value(total.to_value())],
    ))
}
