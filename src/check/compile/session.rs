//! Rules about the entries of a session in their order.

use super::row_test::RowTest;
use super::step::Step;
use super::texts::needs_text;
use super::{Sql, Subject};
use crate::check::expectation::SessionOrder;
use crate::error::Result;
use crate::warehouse::Value;

/// Column with the timestamp of the entry before.
const PREVIOUS: &str = "#previous";
/// Column with the role of the next entry.
const NEXT: &str = "#next";

impl Subject<'_> {
    /// An entry breaks the rule if it is earlier than the one before it by more than the
    /// tolerance. Entries without a timestamp or a place in the order are not considered.
    pub(super) fn ordered_timestamps(
        &self,
        order: &SessionOrder,
        timestamp: &str,
        tolerance_micros: i64,
    ) -> Result<Step> {
        let timestamp = self.shape.column(timestamp)?;
        let present = self.in_sessions(order, &[&timestamp.name])?;
        let source = Sql::fill(
            "(SELECT *, lag({}) OVER ({}) AS {} FROM {} WHERE {})",
            &[
                &timestamp.sql,
                &window(order),
                &Sql::column(PREVIOUS),
                &self.table_rows(),
                &present,
            ],
        );
        let unexpected = Sql::fill(
            "coalesce(epoch_us({}) - epoch_us({}) > {}, false)",
            &[
                &Sql::column(PREVIOUS),
                &timestamp.sql,
                &Sql::value(Value::from(tolerance_micros)),
            ],
        );
        Ok(self.windowed(source, unexpected, order.with(&timestamp.name)))
    }

    /// A prompt breaks the rule if the next prompt or answer of its session is a prompt.
    pub(super) fn alternation(
        &self,
        order: &SessionOrder,
        role: &str,
        human: &str,
        assistant: &str,
    ) -> Result<Step> {
        let role = self.shape.column(role)?;
        needs_text(&role)?;
        let human = Sql::value(Value::from(human));
        let assistant = Sql::value(Value::from(assistant));
        let present = self.in_sessions(order, &[&role.name])?;
        let entries = Sql::fill(
            "(SELECT *, lead({}) OVER ({}) AS {} FROM {} WHERE {} AND {} IN ({}, {}))",
            &[
                &role.text(),
                &window(order),
                &Sql::column(NEXT),
                &self.table_rows(),
                &present,
                &role.text(),
                &human,
                &assistant,
            ],
        );
        let source = Sql::fill(
            "(SELECT * FROM {} WHERE {} = {})",
            &[&entries, &role.text(), &human],
        );
        let unexpected = Sql::fill("coalesce({} = {}, false)", &[&Sql::column(NEXT), &human]);
        Ok(self.windowed(source, unexpected, order.with(&role.name)))
    }

    fn windowed(&self, source: Sql, unexpected: Sql, shown: Vec<String>) -> Step {
        let test = RowTest {
            source: Some(source),
            condition: None,
            ignored: None,
            unexpected,
            shown,
            tally: None,
            examples: None,
        };
        test.step(self.manner())
    }

    /// Rows that have a session, a place in it, and these columns.
    fn in_sessions(&self, order: &SessionOrder, more: &[&str]) -> Result<Sql> {
        let names = order.session.iter().chain(&order.order).map(String::as_str);
        let conditions = names
            .chain(more.iter().copied())
            .map(|name| Ok(Sql::fill("NOT {}", &[&self.shape.column(name)?.missing()])))
            .collect::<Result<Vec<Sql>>>()?;
        Ok(Sql::join(&conditions, " AND "))
    }
}

fn window(order: &SessionOrder) -> Sql {
    Sql::fill(
        "PARTITION BY {} ORDER BY {}",
        &[&Sql::columns(&order.session), &Sql::columns(&order.order)],
    )
}
