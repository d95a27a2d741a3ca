//! Rules about the entries of a session in their order.

use std::rc::Rc;

use super::groups::later;
use super::row_test::RowTest;
use super::step::{Ask, Growth, Step};
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
        let considered = Sql::all([self.condition.as_ref(), Some(&present)]);
        let considered = considered.unwrap_or_else(|| present.clone());
        let (time, over) = (timestamp.sql.clone(), window(order));
        let source = move |rows: &Sql| {
            let previous = Sql::column(PREVIOUS);
            Sql::fill(
                "(SELECT *, lag({}) OVER ({}) AS {} FROM {} WHERE {})",
                &[&time, &over, &previous, rows, &present],
            )
        };
        let unexpected = Sql::fill(
            "coalesce(epoch_us({}) - epoch_us({}) > {}, false)",
            &[
                &Sql::column(PREVIOUS),
                &timestamp.sql,
                &Sql::value(Value::from(tolerance_micros)),
            ],
        );
        let (rows, sessions) = (self.table_rows(), Sql::columns(&order.session));
        let whole = source(&rows);
        // Of sessions that have later rows, all rows are needed, of the others none.
        let added = {
            let unexpected = unexpected.clone();
            move |load| {
                let touched = Sql::fill(
                    "(SELECT every.* FROM {} AS every SEMI JOIN \
                     (SELECT DISTINCT {} FROM {} WHERE {}) AS touched USING ({}))",
                    &[&rows, &sessions, &rows, &later(load), &sessions],
                );
                Ask::of(&source(&touched), Sql::count(Some(&unexpected)))
            }
        };
        let tally = Ask::of(&whole, Sql::count(Some(&unexpected)));
        let test = RowTest {
            elements: Some(Ask::rows(Some(&considered))),
            tally: Some(tally.growing(Growth::FromZero(Rc::new(added)))),
            ..windowed(whole, unexpected, order.with(&timestamp.name))
        };
        Ok(test.step(self.manner()))
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
        let test = windowed(source, unexpected, order.with(&role.name));
        Ok(test.step(self.manner()))
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

fn windowed(source: Sql, unexpected: Sql, shown: Vec<String>) -> RowTest {
    RowTest {
        source: Some(source),
        condition: None,
        ignored: None,
        unexpected,
        shown,
        elements: None,
        tally: None,
        examples: None,
    }
}

fn window(order: &SessionOrder) -> Sql {
    Sql::fill(
        "PARTITION BY {} ORDER BY {}",
        &[&Sql::columns(&order.session), &Sql::columns(&order.order)],
    )
}
