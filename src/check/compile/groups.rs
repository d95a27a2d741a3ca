//! Rules that compare a row with others, of its table or of another one. Rows are grouped first,
//! and each group counts for as many rows as it has.

use super::column::TableColumn;
use super::row_test::RowTest;
use super::step::{Ask, Step};
use super::texts::needs_text;
use super::{Sql, Subject};
use crate::check::expectation::Ignore;
use crate::error::Result;
use crate::warehouse::{Relation, Value};

/// Column of a grouped source that holds the number of its rows; `#` keeps it apart.
pub(super) const ROWS: &str = "#rows";

impl Subject<'_> {
    /// Groups of equal values; missing keys are equal to each other.
    pub(super) fn groups(&self, columns: &[String]) -> Sql {
        let names = Sql::columns(columns);
        Sql::fill(
            "(SELECT {}, count(*) AS {} FROM {}{} GROUP BY {})",
            &[
                &names,
                &Sql::column(ROWS),
                &self.shape.sql(),
                &Sql::where_clause(self.condition.as_ref()),
                &names,
            ],
        )
    }

    /// Every member of a group of equal values breaks the rule.
    pub(super) fn unique(&self, column: &TableColumn) -> Step {
        let names = [column.name.clone()];
        self.single(&names, column.missing())
    }

    pub(super) fn compound_unique(&self, names: &[String], ignore: Ignore) -> Result<Step> {
        let columns = self.shape.all(names)?;
        Ok(self.single(names, ignored(&columns, ignore)))
    }

    fn single(&self, names: &[String], ignored: Sql) -> Step {
        let repeated = Sql::fill("{} > 1", &[&Sql::column(ROWS)]);
        let counted = Sql::fill("NOT {} AND {}", &[&ignored, &repeated]);
        let groups = self.groups(names);
        // Records are equal where their missing values are; a single value must be there.
        let record = match names {
            [name] => Sql::column(name),
            _ => Sql::fill("row({})", &[&Sql::columns(names)]),
        };
        let test = RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(ignored),
            unexpected: Sql::fill(
                "{} IN (SELECT {} FROM {} WHERE {})",
                &[&record, &record, &groups, &repeated],
            ),
            shown: names.to_vec(),
            tally: Some(Ask::of(&groups, rows_where(&counted))),
            examples: None,
        };
        test.step(self.manner())
    }

    pub(super) fn exists_in(
        &self,
        column: &TableColumn,
        table: &Relation,
        to_column: &str,
    ) -> Step {
        let listed = listed(to_column);
        let found = Sql::fill(
            "{} IN (SELECT {} FROM {} AS listed WHERE {} IS NOT NULL)",
            &[
                &grouped(column),
                &listed,
                &Sql::new(table.to_string()),
                &listed,
            ],
        );
        self.found(column, &found)
    }

    /// The listed names are patterns: `*` stands for any characters, `?` for one.
    pub(super) fn known_tools(
        &self,
        column: &TableColumn,
        table: &Relation,
        known_column: &str,
        pattern: &str,
    ) -> Result<Step> {
        needs_text(column)?;
        let value = Sql::fill("CAST({} AS VARCHAR)", &[&grouped(column)]);
        let found = Sql::fill(
            "(regexp_matches({}, {}) OR EXISTS (SELECT 1 FROM {} AS listed WHERE {} GLOB {}))",
            &[
                &value,
                &Sql::value(Value::from(pattern)),
                &Sql::new(table.to_string()),
                &value,
                &listed(known_column),
            ],
        );
        Ok(self.found(column, &found))
    }

    /// Rows break the rule unless their value is found.
    fn found(&self, column: &TableColumn, found: &Sql) -> Step {
        let names = [column.name.clone()];
        let absent = Sql::fill(
            "(SELECT * FROM {} AS grouped WHERE NOT {} AND NOT {})",
            &[&self.groups(&names), &column.missing(), found],
        );
        let test = RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(column.missing()),
            unexpected: Sql::fill(
                "{} IN (SELECT {} FROM {})",
                &[&column.sql, &column.sql, &absent],
            ),
            shown: names.to_vec(),
            tally: Some(Ask::of(&absent, rows_where(&Sql::new("true")))),
            examples: None,
        };
        test.step(self.manner())
    }
}

/// Number of rows in the groups that meet a condition.
pub(super) fn rows_where(condition: &Sql) -> Sql {
    Sql::fill(
        "coalesce(sum({}) FILTER (WHERE {}), 0)",
        &[&Sql::column(ROWS), condition],
    )
}

/// Rows that a rule over several columns leaves out.
pub(super) fn ignored(columns: &[TableColumn], ignore: Ignore) -> Sql {
    let missing: Vec<Sql> = columns.iter().map(TableColumn::missing).collect();
    let separator = match ignore {
        Ignore::AllMissing => " AND ",
        Ignore::AnyMissing => " OR ",
        Ignore::Never => return Sql::new("false"),
    };
    Sql::fill("({})", &[&Sql::join(&missing, separator)])
}

/// The column among the groups, whatever another table calls its own.
fn grouped(column: &TableColumn) -> Sql {
    Sql::fill("grouped.{}", &[&column.sql])
}

/// A column of the other table.
fn listed(column: &str) -> Sql {
    Sql::fill("listed.{}", &[&Sql::column(column)])
}
