//! Rules about the entries of a session in their order.

use std::rc::Rc;

use super::row_test::RowTest;
use super::step::{Ask, Change, Growth, Known, Since, Step};
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
        let test = RowTest {
            elements: Some(Ask::rows(Some(&considered))),
            ..windowed(
                source(&self.table_rows()),
                unexpected.clone(),
                order.with(&timestamp.name),
            )
        };
        Ok(self.within_sessions(order, test, source))
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
        let is_human = Sql::fill("{} = {}", &[&role.text(), &human]);
        let (text, over) = (role.text(), window(order));
        let considered = [self.condition.as_ref(), Some(&present), Some(&is_human)];
        let elements = Ask::rows(Sql::all(considered).as_ref());
        let unexpected = Sql::fill("coalesce({} = {}, false)", &[&Sql::column(NEXT), &human]);
        let source = move |rows: &Sql| {
            let next = Sql::column(NEXT);
            let entries = Sql::fill(
                "(SELECT *, lead({}) OVER ({}) AS {} FROM {} WHERE {} AND {} IN ({}, {}))",
                &[
                    &text, &over, &next, rows, &present, &text, &human, &assistant,
                ],
            );
            Sql::fill("(SELECT * FROM {} WHERE {})", &[&entries, &is_human])
        };
        let test = RowTest {
            elements: Some(elements),
            ..windowed(
                source(&self.table_rows()),
                unexpected,
                order.with(&role.name),
            )
        };
        Ok(self.within_sessions(order, test, source))
    }

    /// Of sessions that have later rows, all rows are read again, of the others none.
    fn within_sessions(
        &self,
        order: &SessionOrder,
        test: RowTest,
        source: impl Fn(&Sql) -> Sql + 'static,
    ) -> Step {
        let (rows, sessions) = (self.table_rows(), Sql::columns(&order.session));
        let unexpected = test.unexpected.clone();
        let whole = Ask::of(&source(&rows), Sql::count(Some(&unexpected)));
        let changes = move |since: &[Since], known: Known| {
            let Some(since) = since.first().filter(|_| !known.has_lost) else {
                return Vec::new();
            };
            let touched = Sql::fill(
                "(SELECT every.* FROM {} AS every SEMI JOIN \
                 (SELECT DISTINCT {} FROM {} WHERE {}) AS touched USING ({}))",
                &[&rows, &sessions, &rows, &since.later(), &sessions],
            );
            let broken = |rows: &Sql| {
                let template = "(SELECT * FROM {} WHERE {})";
                Sql::fill(template, &[&source(rows), &unexpected])
            };
            let now = broken(&touched);
            if known.value == 0 {
                return vec![Change::By(Ask::of(&now, Sql::count(None)))];
            }
            let earlier = Sql::fill("(SELECT * FROM {} WHERE {})", &[&touched, &since.earlier()]);
            vec![Change::By(Ask::difference(&now, &broken(&earlier)))]
        };
        let tally = whole.growing(Growth::Carried {
            changes: Rc::new(changes),
            kept: Vec::new(),
        });
        let test = RowTest {
            tally: Some(tally),
            ..test
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
