//! Rules about the values of a row; all share the scan of their table.

use super::column::{Class, TableColumn};
use super::{Plan, RowTest, Sql, Subject};
use crate::check::expectation::{Bound, Ignore, Literal, Range};
use crate::error::{Error, Result};
use crate::warehouse::Value;

/// Absolute paths: of POSIX, of the home folder, of a Windows drive or share.
const ABSOLUTE: &str = r"^(/|~[/\\]|[A-Za-z]:[/\\]|\\\\).*[^/\\]$";
/// Any path that does not end like a folder.
const RELATIVE: &str = r"[^/\\]$";
/// Characters no path of ours has: controls, and blanks around it.
const IMPROPER: &str = r"[\x00-\x1F\x7F]|^\s|\s$";

impl Subject<'_> {
    /// Unexpected rows of the table itself.
    fn own(&self, columns: &[&TableColumn], ignored: Option<Sql>, unexpected: Sql) -> Plan {
        Plan::Rows(RowTest {
            source: None,
            weight: None,
            condition: self.condition.clone(),
            ignored,
            unexpected,
            shown: columns.iter().map(|column| column.name.clone()).collect(),
        })
    }

    pub(super) fn not_null(&self, column: &str) -> Result<Plan> {
        let column = self.shape.column(column)?;
        // A sample of nulls would tell nothing.
        Ok(self.own(&[], None, column.missing()))
    }

    pub(super) fn null(&self, column: &str) -> Result<Plan> {
        let column = self.shape.column(column)?;
        Ok(self.own(&[&column], None, Sql::fill("NOT {}", &[&column.missing()])))
    }

    /// Values of another kind than the column's are never equal to it.
    pub(super) fn in_set(
        &self,
        column: &str,
        values: Option<&[Literal]>,
        negated: bool,
    ) -> Result<Plan> {
        let column = self.shape.column(column)?;
        let found = match values {
            // Nothing is forbidden, everything is allowed.
            None => Sql::new(if negated { "false" } else { "true" }),
            Some(values) => among(&column, values)?,
        };
        let unexpected = if negated {
            found
        } else {
            Sql::fill("NOT {}", &[&found])
        };
        Ok(self.own(&[&column], Some(column.missing()), unexpected))
    }

    pub(super) fn between(&self, column: &str, range: &Range) -> Result<Plan> {
        let column = self.shape.column(column)?;
        if ends_crossed(range) {
            return Err(Error::data(
                "the lower end of the range is above the upper end",
            ));
        }
        let low = range
            .min
            .as_ref()
            .map(|end| compare(&column, end, [">=", ">"]))
            .transpose()?;
        let high = range
            .max
            .as_ref()
            .map(|end| compare(&column, end, ["<=", "<"]))
            .transpose()?;
        let inside = Sql::all([low.as_ref(), high.as_ref()])
            .ok_or_else(|| Error::bug("a range without ends"))?;
        Ok(self.own(
            &[&column],
            Some(column.missing()),
            Sql::fill("NOT ({})", &[&inside]),
        ))
    }

    pub(super) fn matches_regex(&self, column: &str, regex: &str) -> Result<Plan> {
        let column = self.text_column(column)?;
        let regex = Sql::value(Value::from(regex));
        let unexpected = Sql::fill("NOT regexp_matches({}, {})", &[&column.text(), &regex]);
        Ok(self.own(&[&column], Some(column.missing()), unexpected))
    }

    /// A row with one value missing, unless left out, breaks the rule.
    pub(super) fn pair_greater(
        &self,
        a: &str,
        b: &str,
        or_equal: bool,
        ignore: Ignore,
    ) -> Result<Plan> {
        let (a, b) = (self.shape.column(a)?, self.shape.column(b)?);
        let (no_a, no_b) = (a.missing(), b.missing());
        let ignored = match ignore {
            Ignore::AllMissing => Some(Sql::fill("({} AND {})", &[&no_a, &no_b])),
            Ignore::AnyMissing => Some(Sql::fill("({} OR {})", &[&no_a, &no_b])),
            Ignore::Never => None,
        };
        let sign = if or_equal { ">=" } else { ">" };
        let unexpected = Sql::fill(
            &format!("({{}} OR {{}} OR NOT ({{}} {sign} {{}}))"),
            &[&no_a, &no_b, &a.sql, &b.sql],
        );
        Ok(self.own(&[&a, &b], ignored, unexpected))
    }

    pub(super) fn file_path(&self, column: &str, allow_relative: bool) -> Result<Plan> {
        let column = self.text_column(column)?;
        let pattern = Sql::value(Value::from(if allow_relative {
            RELATIVE
        } else {
            ABSOLUTE
        }));
        let improper = Sql::value(Value::from(IMPROPER));
        let text = column.text();
        let unexpected = Sql::fill(
            "(NOT regexp_matches({}, {}) OR regexp_matches({}, {}))",
            &[&text, &pattern, &text, &improper],
        );
        Ok(self.own(&[&column], Some(column.missing()), unexpected))
    }

    pub(super) fn text_column(&self, name: &str) -> Result<TableColumn> {
        let column = self.shape.column(name)?;
        match column.class {
            Class::Text => Ok(column),
            _ => Err(unfit(&column, "needs text")),
        }
    }
}

fn unfit(column: &TableColumn, what: &str) -> Error {
    Error::data(format!(
        "the rule {what}, but `{}` is {}",
        column.name, column.type_name
    ))
}

/// Whether the column's value is one of these; false for none at all.
fn among(column: &TableColumn, values: &[Literal]) -> Result<Sql> {
    let comparable: fn(&Literal) -> bool = match column.class {
        Class::Exact | Class::Floating => Literal::is_number,
        Class::Text | Class::Instant => |value| matches!(value, Literal::Text(_)),
        Class::Boolean => |value| matches!(value, Literal::Bool(_)),
        Class::Other => return Err(unfit(column, "needs single values")),
    };
    let marks: Vec<Sql> = values
        .iter()
        .filter(|value| comparable(value))
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

fn compare(column: &TableColumn, end: &Bound, [loose, strict]: [&str; 2]) -> Result<Sql> {
    let fits = match column.class {
        Class::Exact | Class::Floating => end.value.is_number(),
        Class::Instant => matches!(end.value, Literal::Text(_)),
        _ => return Err(unfit(column, "needs numbers or times")),
    };
    if !fits {
        return Err(unfit(column, &format!("compares with {}", end.value)));
    }
    let sign = if end.strict { strict } else { loose };
    Ok(Sql::fill(
        &format!("{{}} {sign} {{}}"),
        &[&subject(column), &operand(column, &end.value)],
    ))
}

/// The column's value as the other side of a comparison expects it.
fn subject(column: &TableColumn) -> Sql {
    match column.class {
        Class::Instant => Sql::fill("CAST({} AS TIMESTAMP)", &[&column.sql]),
        Class::Text => column.text(),
        _ => column.sql.clone(),
    }
}

fn operand(column: &TableColumn, value: &Literal) -> Sql {
    let value = Sql::value(value.to_value());
    match column.class {
        Class::Instant => Sql::fill("CAST({} AS TIMESTAMP)", &[&value]),
        _ => value,
    }
}

/// Whether no value can be in the range because its ends are the wrong way round.
fn ends_crossed(range: &Range) -> bool {
    let number = |end: &Option<Bound>| end.as_ref().and_then(|end| end.value.as_f64());
    match (number(&range.min), number(&range.max)) {
        (Some(min), Some(max)) => min > max,
        _ => false,
    }
}
