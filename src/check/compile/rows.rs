//! Rules that compare a row with others, of its table or of another one. Rows are grouped first,
//! and each group counts for as many rows as it has.

use super::{Plan, RowTest, Sql, Subject};
use crate::check::expectation::Ignore;
use crate::error::Result;
use crate::warehouse::{Relation, Value};

/// Column of a grouped source that holds the number of its rows; `#` keeps it apart.
const ROWS: &str = "#rows";
/// Column that tells whether the value was found.
const FOUND: &str = "#found";

impl Subject<'_> {
    /// Groups of equal values; missing keys are equal to each other.
    fn groups(&self, columns: &[String], more: &Sql) -> Sql {
        let names = Sql::columns(columns);
        Sql::fill(
            "(SELECT {}, count(*) AS {}{} FROM {}{} GROUP BY {})",
            &[
                &names,
                &Sql::column(ROWS),
                more,
                &self.shape.sql(),
                &Sql::where_clause(self.condition.as_ref()),
                &names,
            ],
        )
    }

    fn grouped(&self, columns: &[String], ignored: Option<Sql>, unexpected: Sql) -> Plan {
        self.grouped_with(columns, &Sql::default(), ignored, unexpected)
    }

    fn grouped_with(
        &self,
        columns: &[String],
        more: &Sql,
        ignored: Option<Sql>,
        unexpected: Sql,
    ) -> Plan {
        Plan::Rows(RowTest {
            source: Some(self.groups(columns, more)),
            weight: Some(Sql::column(ROWS)),
            condition: None,
            ignored,
            unexpected,
            shown: columns.to_vec(),
        })
    }

    /// Every member of a group of equal values breaks the rule.
    pub(super) fn unique(&self, column: &str) -> Result<Plan> {
        let column = self.shape.column(column)?;
        let repeated = Sql::fill("({} > 1)", &[&Sql::column(ROWS)]);
        let missing = column.missing();
        Ok(self.grouped(&[column.name], Some(missing), repeated))
    }

    pub(super) fn compound_unique(&self, names: &[String], ignore: Ignore) -> Result<Plan> {
        let missing: Vec<Sql> = self
            .shape
            .all(names)?
            .iter()
            .map(super::TableColumn::missing)
            .collect();
        let ignored = match ignore {
            Ignore::AllMissing => Some(Sql::fill("({})", &[&Sql::join(&missing, " AND ")])),
            Ignore::AnyMissing => Some(Sql::fill("({})", &[&Sql::join(&missing, " OR ")])),
            Ignore::Never => None,
        };
        let repeated = Sql::fill("({} > 1)", &[&Sql::column(ROWS)]);
        Ok(self.grouped(names, ignored, repeated))
    }

    pub(super) fn exists_in(
        &self,
        column: &str,
        to_table: &Relation,
        to_column: &str,
    ) -> Result<Plan> {
        let column = self.shape.column(column)?;
        let more = Sql::fill(
            ", {} AS {}",
            &[
                &is_listed(&column.sql, to_table, to_column),
                &Sql::column(FOUND),
            ],
        );
        let names = [column.name.clone()];
        Ok(self.grouped_with(&names, &more, Some(column.missing()), not_found()))
    }

    pub(super) fn known_tools(
        &self,
        column: &str,
        known_table: &Relation,
        known_column: &str,
        pattern: &str,
    ) -> Result<Plan> {
        let column = self.text_column(column)?;
        let more = Sql::fill(
            ", ({} OR regexp_matches({}, {})) AS {}",
            &[
                &is_listed(&column.sql, known_table, known_column),
                &column.text(),
                &Sql::value(Value::from(pattern)),
                &Sql::column(FOUND),
            ],
        );
        let names = [column.name.clone()];
        Ok(self.grouped_with(&names, &more, Some(column.missing()), not_found()))
    }
}

fn not_found() -> Sql {
    Sql::fill("(NOT {})", &[&Sql::column(FOUND)])
}

/// Whether a value is among those of another column. Without nulls on the right, the answer for a
/// value is never null.
fn is_listed(value: &Sql, table: &Relation, column: &str) -> Sql {
    let listed = Sql::column(column);
    Sql::fill(
        "{} IN (SELECT listed.{} FROM {} AS listed WHERE listed.{} IS NOT NULL)",
        &[value, &listed, &Sql::new(table.to_string()), &listed],
    )
}
