//! Rules that compare a row with others, of its table or of another one. Rows are grouped first,
//! and each group counts for as many rows as it has.

use super::{Plan, RowTest, Sql, Subject, TableColumn};
use crate::check::expectation::Ignore;
use crate::error::Result;
use crate::warehouse::{Relation, Value};

/// Column of a grouped source that holds the number of its rows; `#` keeps it apart.
const ROWS: &str = "#rows";
/// Column that tells whether the value was found.
const FOUND: &str = "#found";

impl Subject<'_> {
    /// Groups of equal values; missing keys are equal to each other.
    fn groups(&self, columns: &[String]) -> Sql {
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
    pub(super) fn unique(&self, column: &str) -> Result<Plan> {
        let column = self.shape.column(column)?;
        let missing = column.missing();
        Ok(self.single(&[column.name], Some(missing)))
    }

    pub(super) fn compound_unique(&self, names: &[String], ignore: Ignore) -> Result<Plan> {
        let missing: Vec<Sql> = self
            .shape
            .all(names)?
            .iter()
            .map(TableColumn::missing)
            .collect();
        let ignored = match ignore {
            Ignore::AllMissing => Some(Sql::fill("({})", &[&Sql::join(&missing, " AND ")])),
            Ignore::AnyMissing => Some(Sql::fill("({})", &[&Sql::join(&missing, " OR ")])),
            Ignore::Never => None,
        };
        Ok(self.single(names, ignored))
    }

    fn single(&self, columns: &[String], ignored: Option<Sql>) -> Plan {
        Plan::Rows(RowTest {
            source: Some(self.groups(columns)),
            weight: Some(Sql::column(ROWS)),
            condition: None,
            ignored,
            unexpected: Sql::fill("({} > 1)", &[&Sql::column(ROWS)]),
            shown: columns.to_vec(),
        })
    }

    pub(super) fn exists_in(
        &self,
        column: &str,
        to_table: &Relation,
        to_column: &str,
    ) -> Result<Plan> {
        let column = self.shape.column(column)?;
        let (value, listed) = (grouped(&column), listed(to_column));
        let found = Sql::fill(
            "{} IN (SELECT {} FROM {} AS listed WHERE {} IS NOT NULL)",
            &[&value, &listed, &Sql::new(to_table.to_string()), &listed],
        );
        Ok(self.found(&column, &found))
    }

    /// The listed names are patterns: `*` stands for any characters, `?` for one.
    pub(super) fn known_tools(
        &self,
        column: &str,
        known_table: &Relation,
        known_column: &str,
        pattern: &str,
    ) -> Result<Plan> {
        let column = self.text_column(column)?;
        let value = Sql::fill("CAST({} AS VARCHAR)", &[&grouped(&column)]);
        let found = Sql::fill(
            "(regexp_matches({}, {}) OR EXISTS (SELECT 1 FROM {} AS listed WHERE {} GLOB {}))",
            &[
                &value,
                &Sql::value(Value::from(pattern)),
                &Sql::new(known_table.to_string()),
                &value,
                &listed(known_column),
            ],
        );
        Ok(self.found(&column, &found))
    }

    /// Rows break the rule unless their value is found.
    fn found(&self, column: &TableColumn, found: &Sql) -> Plan {
        let names = [column.name.clone()];
        let source = Sql::fill(
            "(SELECT grouped.*, {} AS {} FROM {} AS grouped)",
            &[found, &Sql::column(FOUND), &self.groups(&names)],
        );
        Plan::Rows(RowTest {
            source: Some(source),
            weight: Some(Sql::column(ROWS)),
            condition: None,
            ignored: Some(column.missing()),
            unexpected: Sql::fill("(NOT {})", &[&Sql::column(FOUND)]),
            shown: names.to_vec(),
        })
    }
}

/// The column among the groups, whatever another table calls its own.
fn grouped(column: &TableColumn) -> Sql {
    Sql::fill("grouped.{}", &[&column.sql])
}

/// A column of the other table.
fn listed(column: &str) -> Sql {
    Sql::fill("listed.{}", &[&Sql::column(column)])
}
