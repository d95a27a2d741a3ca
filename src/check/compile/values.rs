//! Rules about the values of a column that the scan of the table answers.

use super::column::{Class, TableColumn};
use super::row_test::RowTest;
use super::step::Step;
use super::{Sql, Subject, texts};
use crate::check::expectation::{Bound, Literal, Range, ValueTest};
use crate::error::{Error, Result};

impl Subject<'_> {
    /// How a rule about each value of a column is answered.
    pub(super) fn values(&self, name: &str, test: &ValueTest) -> Result<Step> {
        let column = self.shape.column(name)?;
        let unexpected = match test {
            // A sample of nulls alone would tell nothing, so that it needs keys.
            ValueTest::NotNull => return Ok(self.presence(&column, column.missing())),
            ValueTest::Null => {
                let there = Sql::fill("NOT {}", &[&column.missing()]);
                return Ok(self.presence(&column, there));
            }
            ValueTest::Unique => return Ok(self.unique(&column)),
            ValueTest::InSet { values, negated } => match (values, negated) {
                (None, _) => Sql::new("false"),
                (Some(values), true) => among(&column, values)?,
                (Some(values), false) => Sql::fill("NOT {}", &[&among(&column, values)?]),
            },
            ValueTest::Between(range) => Sql::fill("NOT {}", &[&within(&column, range)?]),
            ValueTest::Length(range) => {
                if range.is_crossed() {
                    return Err(crossed());
                }
                outside(&Sql::fill("length({})", &[&column.text()]), range)
            }
            ValueTest::Matches(patterns) => texts::matches(&column, patterns)?,
            ValueTest::Strftime(format) => texts::strftime(&column, format)?,
            ValueTest::FilePath { allow_relative } => texts::file_path(&column, *allow_relative)?,
            ValueTest::Dateutil => return self.dateutil(&column),
            ValueTest::Json => return self.json(&column),
            ValueTest::JsonSchema(schema) => return self.json_schema(&column, schema),
            ValueTest::ZScore {
                threshold,
                double_sided,
            } => return self.z_scores(&column, *threshold, *double_sided),
            ValueTest::WithinQuartiles { multiplier } => {
                return self.within_quartiles(&column, *multiplier);
            }
            ValueTest::WithinDeviations { multiplier } => {
                return self.within_deviations(&column, *multiplier);
            }
            ValueTest::InOrder {
                descending,
                strictly,
            } => return self.in_order(&column, *descending, *strictly),
            ValueTest::ExistsIn { table, column: to } => {
                return Ok(self.exists_in(&column, table, to));
            }
            ValueTest::KnownTool {
                table,
                column: known,
                pattern,
            } => return self.known_tools(&column, table, known, pattern),
        };
        Ok(self.unexpected_values(&column, unexpected))
    }

    /// Rows of the table that break the rule, those without a value left out.
    pub(super) fn unexpected_values(&self, column: &TableColumn, unexpected: Sql) -> Step {
        self.value_test(column, unexpected).step(self.manner())
    }

    pub(super) fn value_test(&self, column: &TableColumn, unexpected: Sql) -> RowTest {
        RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(column.missing()),
            unexpected,
            shown: vec![column.name.clone()],
            elements: None,
            tally: None,
            examples: None,
        }
    }

    fn presence(&self, column: &TableColumn, unexpected: Sql) -> Step {
        let test = RowTest {
            ignored: None,
            ..self.value_test(column, unexpected)
        };
        test.step(self.manner())
    }
}

pub(super) fn unfit(column: &TableColumn, what: &str) -> Error {
    Error::data(format!(
        "the rule {what}, but `{}` is {}",
        column.name, column.type_name
    ))
    .hint("Cast the column where its table is built, or use another expectation.")
}

pub(super) fn crossed() -> Error {
    Error::data("the lower end of the range is above the upper end")
}

/// Whether the column's value is one of these; false for none at all. Values of another kind than
/// the column's are never equal to it.
pub(super) fn among(column: &TableColumn, values: &[Literal]) -> Result<Sql> {
    let marks: Vec<Sql> = comparable(column, values)?
        .into_iter()
        .map(|value| operand(column, value))
        .collect();
    if marks.is_empty() {
        return Ok(Sql::new("false"));
    }
    Ok(Sql::fill(
        "({} IN ({}))",
        &[&subject(column), &Sql::join(&marks, ", ")],
    ))
}

/// The values that can be equal to one of the column.
pub(super) fn comparable<'a>(
    column: &TableColumn,
    values: &'a [Literal],
) -> Result<Vec<&'a Literal>> {
    let fits: fn(&Literal) -> bool = match column.class {
        Class::Exact | Class::Floating => Literal::is_number,
        Class::Text | Class::Instant => |value| matches!(value, Literal::Text(_)),
        Class::Boolean => |value| matches!(value, Literal::Bool(_)),
        Class::Other => return Err(unfit(column, "needs single values")),
    };
    Ok(values.iter().filter(|value| fits(value)).collect())
}

/// Whether the column's value is in the range.
fn within(column: &TableColumn, range: &Range) -> Result<Sql> {
    if range.is_crossed() {
        return Err(crossed());
    }
    if !matches!(
        column.class,
        Class::Exact | Class::Floating | Class::Instant
    ) {
        return Err(unfit(column, "needs numbers or times"));
    }
    let ends = ends(column, &subject(column), range)?;
    let inside = Sql::all(ends.iter().map(Option::as_ref))
        .ok_or_else(|| Error::bug("a range without ends"))?;
    Ok(Sql::fill("({})", &[&inside]))
}

/// The conditions on `value`, of the kind of the column, for the ends that the range has.
pub(super) fn ends(column: &TableColumn, value: &Sql, range: &Range) -> Result<[Option<Sql>; 2]> {
    let end = |end: &Option<Bound>, signs: [&str; 2]| {
        end.as_ref()
            .map(|end| {
                let fits = match column.class {
                    Class::Exact | Class::Floating => end.value.is_number(),
                    _ => matches!(end.value, Literal::Text(_)),
                };
                if !fits {
                    return Err(unfit(column, &format!("compares with {}", end.value)));
                }
                let [loose, strict] = signs;
                let sign = if end.strict { strict } else { loose };
                Ok(Sql::fill(
                    &format!("{{}} {sign} {{}}"),
                    &[value, &operand(column, &end.value)],
                ))
            })
            .transpose()
    };
    Ok([end(&range.min, [">=", ">"])?, end(&range.max, ["<=", "<"])?])
}

/// Whether a number, never null, is outside a range of numbers.
fn outside(number: &Sql, range: &Range) -> Sql {
    let end = |end: &Option<Bound>, signs: [&str; 2]| {
        end.as_ref().map(|end| {
            let [loose, strict] = signs;
            let sign = if end.strict { strict } else { loose };
            Sql::fill(
                &format!("{{}} {sign} {{}}"),
                &[number, &Sql::value(end.value.to_value())],
            )
        })
    };
    let ends = [end(&range.min, ["<", "<="]), end(&range.max, [">", ">="])];
    let given: Vec<Sql> = ends.into_iter().flatten().collect();
    Sql::fill("({})", &[&Sql::join(&given, " OR ")])
}

/// The column's value as the other side of a comparison expects it.
pub(super) fn subject(column: &TableColumn) -> Sql {
    match column.class {
        Class::Instant => Sql::fill("CAST({} AS TIMESTAMP)", &[&column.sql]),
        Class::Text => column.text(),
        _ => column.sql.clone(),
    }
}

/// A value as the other side of a comparison expects it.
pub(super) fn operand(column: &TableColumn, value: &Literal) -> Sql {
    let value = Sql::value(value.to_value());
    match column.class {
        Class::Instant => Sql::fill("CAST({} AS TIMESTAMP)", &[&value]),
        _ => value,
    }
}
