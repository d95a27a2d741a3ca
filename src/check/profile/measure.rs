//! Measures of every column, in one scan.

use super::format::FORMATS;
use crate::check::compile::{Class, Sql, TableColumn};
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Relation, Table, Value};

/// Columns of few values have at most so many.
const FEW: u64 = 12;
/// And each of them, on average, at least so many rows.
const ROWS_PER_VALUE: u64 = 5;

/// A relation and its columns.
pub(super) struct Measured {
    /// Rows.
    pub rows: u64,
    /// Its columns, in order.
    pub columns: Vec<MeasuredColumn>,
}

/// What was found in a column.
pub(super) struct MeasuredColumn {
    /// Its name.
    pub name: String,
    /// Its type, as DuckDB prints it.
    pub type_name: String,
    /// Its kind.
    pub class: Class,
    /// Rows with a value; NaN is none.
    pub present: u64,
    /// Different values, where they can be compared.
    pub distinct: u64,
    /// Smallest and largest value of numbers and instants, infinities left out.
    pub range: Option<(Value, Value)>,
    /// Whether infinities were left out of the range.
    pub has_infinite: bool,
    /// Fewest and most characters of texts.
    pub lengths: Option<(u64, u64)>,
    /// The format of all texts.
    pub format: Option<usize>,
    /// All values, if they are few.
    pub values: Option<Vec<Value>>,
}

/// Figures asked of each column.
const FIGURES: usize = 7;

pub(super) fn measure(connection: &Connection, relation: &Relation) -> Result<Measured> {
    let described = connection.describe(&relation.to_string())?;
    let columns: Vec<TableColumn> = described.iter().map(TableColumn::new).collect();
    let mut asked = vec![Sql::new("count(*)")];
    for column in &columns {
        asked.extend(figures(column));
    }
    let from = Sql::new(relation.to_string());
    let sql = Sql::fill("SELECT {} FROM {}", &[&Sql::join(&asked, ", "), &from]);
    let found = connection.query(&sql.text, &sql.values)?;
    let row = found
        .rows
        .first()
        .ok_or_else(|| Error::bug("an aggregate without a row"))?;
    let rows = count(row.first());
    let mut measured = Vec::with_capacity(columns.len());
    for (column, figures) in columns
        .iter()
        .zip(row.get(1..).unwrap_or_default().chunks(FIGURES))
    {
        let mut one = read(column, figures);
        if is_of_few_values(&one) {
            one.values = Some(values(connection, &from, column)?);
        }
        measured.push(one);
    }
    Ok(Measured {
        rows,
        columns: measured,
    })
}

/// The figures of a column: present, distinct, smallest, largest, infinities, lengths, format.
fn figures(column: &TableColumn) -> [Sql; FIGURES] {
    let null = || Sql::new("NULL");
    let present = Sql::fill("count(*) FILTER (WHERE NOT {})", &[&column.missing()]);
    if column.class == Class::Other {
        return [present, null(), null(), null(), null(), null(), null()];
    }
    let value = match column.class {
        Class::Floating => Sql::fill(
            "CASE WHEN NOT isnan({}) THEN {} END",
            &[&column.sql, &column.sql],
        ),
        _ => column.sql.clone(),
    };
    let distinct = Sql::fill("count(DISTINCT {})", &[&value]);
    let bounded = match column.class {
        Class::Floating => Some(Sql::fill(
            "CASE WHEN isfinite({}) THEN {} END",
            &[&column.sql, &column.sql],
        )),
        Class::Exact | Class::Instant => Some(column.sql.clone()),
        _ => None,
    };
    let end = |aggregate: &str| {
        bounded.as_ref().map_or_else(null, |value| {
            Sql::fill(&format!("{aggregate}({{}})"), &[value])
        })
    };
    let infinite = match column.class {
        Class::Floating => Sql::fill("count(*) FILTER (WHERE isinf({}))", &[&column.sql]),
        Class::Instant => Sql::fill("count(*) FILTER (WHERE NOT isfinite({}))", &[&column.sql]),
        _ => null(),
    };
    let (lengths, format) = match column.class {
        Class::Text => (lengths(column), format(column)),
        _ => (null(), null()),
    };
    [
        present,
        distinct,
        end("min"),
        end("max"),
        infinite,
        lengths,
        format,
    ]
}

fn lengths(column: &TableColumn) -> Sql {
    let text = column.text();
    Sql::fill("[min(length({})), max(length({}))]", &[&text, &text])
}

/// The formats all values keep to, one truth each.
fn format(column: &TableColumn) -> Sql {
    let tests: Vec<Sql> = FORMATS
        .iter()
        .map(|format| {
            let pattern = Sql::value(Value::from(format.pattern));
            Sql::fill(
                "bool_and(regexp_matches({}, {}))",
                &[&column.text(), &pattern],
            )
        })
        .collect();
    Sql::fill("[{}]", &[&Sql::join(&tests, ", ")])
}

fn read(column: &TableColumn, figures: &[Value]) -> MeasuredColumn {
    let list = |place: usize| match figures.get(place) {
        Some(Value::List(items)) => items.clone(),
        _ => Vec::new(),
    };
    let range = match (figures.get(2), figures.get(3)) {
        (Some(low), Some(high)) if !low.is_null() && !high.is_null() => {
            Some((low.clone(), high.clone()))
        }
        _ => None,
    };
    let lengths = match list(5).as_slice() {
        [low, high] if !low.is_null() => Some((count(Some(low)), count(Some(high)))),
        _ => None,
    };
    let format = list(6).iter().position(|holds| *holds == Value::Bool(true));
    MeasuredColumn {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        class: column.class,
        present: count(figures.first()),
        distinct: count(figures.get(1)),
        range,
        has_infinite: count(figures.get(4)) > 0,
        lengths,
        format,
        values: None,
    }
}

fn is_of_few_values(column: &MeasuredColumn) -> bool {
    column.class == Class::Text
        && column.distinct > 0
        && column.distinct <= FEW
        && column.present >= column.distinct * ROWS_PER_VALUE
}

fn values(connection: &Connection, from: &Sql, column: &TableColumn) -> Result<Vec<Value>> {
    let listed = Sql::fill(
        "SELECT DISTINCT {} FROM {} WHERE NOT {} ORDER BY 1",
        &[&column.sql, from, &column.missing()],
    );
    let Table { rows, .. } = connection.query(&listed.text, &listed.values)?;
    Ok(rows.into_iter().flatten().collect())
}

fn count(value: Option<&Value>) -> u64 {
    value
        .and_then(Value::as_i64)
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or_default()
}
