//! Rules about a value and the one before it.

use super::column::{Class, TableColumn};
use super::row_test::RowTest;
use super::step::{Ask, Examples, Step};
use super::values::unfit;
use super::{Sql, Subject};
use crate::error::Result;

/// Column with the value before.
const PREVIOUS: &str = "#previous";

impl Subject<'_> {
    /// A value breaks the rule if it is on the wrong side of the one before it, in the order of the
    /// table; the first never does, and rows without a value are passed over.
    pub(super) fn in_order(
        &self,
        column: &TableColumn,
        descending: bool,
        strictly: bool,
    ) -> Result<Step> {
        if !matches!(
            column.class,
            Class::Exact | Class::Floating | Class::Instant
        ) {
            return Err(unfit(column, "needs numbers or times"));
        }
        let present = Sql::fill("NOT {}", &[&column.missing()]);
        let kept = Sql::all([self.condition.as_ref(), Some(&present)]);
        let source = Sql::fill(
            "(SELECT *, lag({}) OVER () AS {} FROM {}{})",
            &[
                &column.sql,
                &Sql::column(PREVIOUS),
                &self.shape.sql(),
                &Sql::where_clause(kept.as_ref()),
            ],
        );
        let wrong = match (descending, strictly) {
            (false, false) => "<",
            (false, true) => "<=",
            (true, false) => ">",
            (true, true) => ">=",
        };
        let unexpected = Sql::fill(
            &format!("coalesce({{}} {wrong} {{}}, false)"),
            &[&column.sql, &Sql::column(PREVIOUS)],
        );
        let test = RowTest {
            tally: Some(Ask::of(&source, Sql::count(Some(&unexpected)))),
            examples: Some(Examples {
                source: Some(source),
                breaking: Some(unexpected),
                shown: vec![column.name.clone()],
                sorted: false,
            }),
            ..self.value_test(column, Sql::new("false"))
        };
        Ok(test.step(self.manner()))
    }
}
