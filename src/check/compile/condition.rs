//! Row conditions as SQL that is true or false for every row.

use super::values::{comparable, operand, subject};
use super::{Shape, Sql};
use crate::check::expectation::{Comparison, Condition, Literal, RowCondition};
use crate::error::{Error, Result};

/// The condition on the rows of a table.
pub(super) fn condition(shape: &Shape, condition: &RowCondition) -> Result<Sql> {
    match condition {
        // The line feed ends a trailing comment of the condition.
        RowCondition::Sql(text) => Ok(Sql::new(format!("{text}\n"))),
        RowCondition::Understood(condition) => understood(shape, condition),
    }
}

fn understood(shape: &Shape, condition: &Condition) -> Result<Sql> {
    let many = |conditions: &[Condition], separator: &str| {
        let parts: Result<Vec<Sql>> = conditions
            .iter()
            .map(|condition| understood(shape, condition))
            .collect();
        Ok(Sql::fill("({})", &[&Sql::join(&parts?, separator)]))
    };
    match condition {
        Condition::All(conditions) => many(conditions, " AND "),
        Condition::Any(conditions) => many(conditions, " OR "),
        Condition::Not(inner) => Ok(Sql::fill("(NOT {})", &[&understood(shape, inner)?])),
        Condition::Missing(column) => Ok(shape.column(column)?.missing()),
        Condition::Among { column, values } => {
            let column = shape.column(column)?;
            let found = super::values::among(&column, values)?;
            Ok(Sql::fill("(NOT {} AND {})", &[&column.missing(), &found]))
        }
        Condition::Compare {
            column,
            comparison,
            value,
        } => compare(shape, column, *comparison, value),
    }
}

fn compare(shape: &Shape, column: &str, comparison: Comparison, value: &Literal) -> Result<Sql> {
    let column = shape.column(column)?;
    let sign = match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
    };
    let fits = !comparable(&column, std::slice::from_ref(value))?.is_empty();
    match (fits, comparison) {
        // Values of different kinds are never equal.
        (false, Comparison::Equal) => Ok(Sql::new("false")),
        (false, Comparison::NotEqual) => Ok(Sql::new("true")),
        (false, _) => Err(Error::data(format!(
            "the row condition compares `{}`, which is {}, with {value}",
            column.name, column.type_name
        ))),
        (true, Comparison::NotEqual) => Ok(Sql::fill(
            "({} OR {} <> {})",
            &[
                &column.missing(),
                &subject(&column),
                &operand(&column, value),
            ],
        )),
        (true, _) => Ok(Sql::fill(
            &format!("(NOT {{}} AND {{}} {sign} {{}})"),
            &[
                &column.missing(),
                &subject(&column),
                &operand(&column, value),
            ],
        )),
    }
}
