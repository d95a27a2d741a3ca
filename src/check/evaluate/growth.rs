//! Figures of tables that tell which load wrote a row, computed from what changed.
//!
//! Such a table is counted in parts, by days. A part that has as many rows of the loads before as it
//! had then holds the same ones: what it counts is what it counted, and what its later rows add. A
//! part that lost rows is counted anew. What is no sum over rows (values that repeat, values that
//! another table lacks) is what it was, and what later rows change about it. A figure is known by
//! its own text, so that another rule finds nothing. The first check of a day counts everything.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::baseline::{Baseline, Counted, State, Total, fingerprint};
use super::kept::{KeptTables, TableNow, name_of};
use super::scan;
use crate::check::compile::{Ask, Change, Changes, Growth, Known, Since, Sql};
use crate::error::{Error, Kind, Result};
use crate::warehouse::{Column, Connection, Relation, Value};

/// Figures by part.
type Counts = BTreeMap<String, Vec<i64>>;

/// Counts in one such table.
pub(super) struct Growing<'a> {
    connection: &'a Connection,
    tables: &'a KeptTables<'a>,
    table: Arc<TableNow>,
    now: RefCell<Baseline>,
}

impl<'a> Growing<'a> {
    /// How the table is, and what of the last check still holds; `None` if it does not tell loads.
    ///
    /// # Errors
    /// `DataInvalid` if it lacks the column that should tell them.
    pub(super) fn open(
        connection: &'a Connection,
        tables: &'a KeptTables<'a>,
        relation: &Relation,
        columns: &[Column],
    ) -> Result<Option<Self>> {
        let Some(table) = tables.now(connection, relation, Some(columns))? else {
            return Ok(None);
        };
        let now = Baseline {
            state: table.state.clone(),
            day: tables.today(),
            parts: table.parts.clone(),
            ..Baseline::default()
        };
        Ok(Some(Self {
            connection,
            tables,
            table,
            now: RefCell::new(now),
        }))
    }

    /// Counts, for those of the figures that are sums over parts, in the parts that changed.
    pub(super) fn count<'b>(&self, asks: impl Iterator<Item = &'b Ask>) -> Result<()> {
        let mut now = self.now.borrow_mut();
        let mut new: BTreeMap<String, &Sql> = BTreeMap::new();
        for ask in asks.filter(|ask| matches!(ask.growth, Some(Growth::OfRows))) {
            let name = fingerprint(ask);
            if !now.figures.contains(&name) {
                new.insert(name, &ask.figure);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let (names, figures): (Vec<String>, Vec<&Sql>) = new.into_iter().unzip();
        let mut counted = self.count_changes(&names, &figures)?;
        for (name, part) in &mut now.parts {
            let counts = counted.remove(name);
            let counts = counts.unwrap_or_else(|| vec![0; names.len()]);
            part.counts.extend(counts);
        }
        now.figures.extend(names);
        Ok(())
    }

    /// The figures in every part: those of before, of rows since, and of parts that lost rows.
    fn count_changes(&self, names: &[String], figures: &[&Sql]) -> Result<Counts> {
        let before = self.table.before.as_ref();
        let places = before.and_then(|before| {
            let places = names.iter().map(|name| place(&before.figures, name));
            Some((before, places.collect::<Option<Vec<usize>>>()?))
        });
        let Some((before, places)) = places else {
            return self.count_where(None, figures);
        };
        let mut counted = Counts::new();
        if self.table.state.load > before.state.load {
            let later = self.table.since(before.state.load).later();
            counted = self.count_where(Some(&later), figures)?;
        }
        let parts = self.table.parts.keys().map(String::as_str);
        let (lost, kept): (Vec<&str>, Vec<&str>) =
            parts.partition(|part| self.table.has_lost(part));
        for part in kept {
            let Some(old) = before.parts.get(part) else {
                continue;
            };
            let sums = counted.entry(part.to_owned());
            let sums = sums.or_insert_with(|| vec![0; figures.len()]);
            for (sum, place) in sums.iter_mut().zip(&places) {
                *sum += old.counts.get(*place).copied().unwrap_or_default();
            }
        }
        if !lost.is_empty() {
            let rows = self.table.periods.rows_of(&lost).map(Sql::new);
            let mut anew = self.count_where(rows.as_ref(), figures)?;
            for part in lost {
                let counts = anew.remove(part);
                let counts = counts.unwrap_or_else(|| vec![0; figures.len()]);
                counted.insert(part.to_owned(), counts);
            }
        }
        Ok(counted)
    }

    /// The figures of some rows, by part.
    fn count_where(&self, rows: Option<&Sql>, figures: &[&Sql]) -> Result<Counts> {
        let periods = &self.table.periods;
        let query = Sql::fill(
            "SELECT {} AS \"#day\", {}\nFROM {}{}\nGROUP BY \"#day\"",
            &[
                &Sql::new(periods.sql()),
                &Sql::join(figures.iter().copied(), ",\n       "),
                &Sql::new(self.table.relation.to_string()),
                &Sql::where_clause(rows),
            ],
        );
        let mut counted = Counts::new();
        for row in self.connection.query(&query.text, &query.values)?.rows {
            let Some((day, values)) = row.split_first() else {
                continue;
            };
            let sums = counted.entry(periods.part_of(day));
            let sums = sums.or_insert_with(|| vec![0; figures.len()]);
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value
                    .as_i64()
                    .ok_or_else(|| Error::bug("a count that is not a number"))?;
            }
        }
        Ok(counted)
    }

    /// The figure, if it follows from what was counted now and by the last check.
    pub(super) fn known(&self, ask: &Ask) -> Result<Option<Value>> {
        match &ask.growth {
            None => Ok(None),
            Some(Growth::OfRows) => Ok(self.sum(&fingerprint(ask)).map(Value::from)),
            Some(Growth::Carried { changes, kept }) => {
                let known = self.carried(ask, changes, kept);
                match known {
                    // The whole figure shows what is wrong.
                    Err(error) if error.kind() == Kind::DataInvalid => Ok(None),
                    known => Ok(known?.inspect(|value| self.remember(ask, value))),
                }
            }
        }
    }

    /// The sum over all parts, if they were counted.
    fn sum(&self, name: &str) -> Option<i64> {
        let now = self.now.borrow();
        let place = place(&now.figures, name)?;
        now.parts.values().map(|part| part.counts.get(place)).sum()
    }

    fn carried(&self, ask: &Ask, changes: &Changes, kept: &[Relation]) -> Result<Option<Value>> {
        let Some(before) = &self.table.before else {
            return Ok(None);
        };
        let Some(total) = before.totals.get(&fingerprint(ask)) else {
            return Ok(None);
        };
        let mut since: Vec<Since> = vec![self.table.since(before.state.load)];
        let mut is_same = before.state == self.table.state;
        for relation in kept {
            let now = self.tables.now(self.connection, relation, None)?;
            let (Some(now), Some(other)) = (now, total.others.get(&name_of(relation))) else {
                return Ok(None);
            };
            if !now.keeps(self.connection, other)? {
                return Ok(None);
            }
            is_same &= *other == now.state;
            since.push(now.since(other.load));
        }
        if is_same {
            return Ok(Some(Value::from(total.value)));
        }
        let earlier: i64 = self.table.earlier_rows.values().sum();
        let known = Known {
            value: total.value,
            has_lost: earlier != before.state.rows,
        };
        for change in changes(&since, known) {
            let (Change::By(ask) | Change::UnlessZero(ask)) = &change;
            let found = scan::figure(self.connection, ask)?.as_i64();
            match (&change, found) {
                (Change::By(_), Some(change)) => {
                    return Ok(Some(Value::from(total.value + change)));
                }
                (_, Some(0)) => return Ok(Some(Value::from(total.value))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Remembers a figure of the whole table for the next check.
    pub(super) fn remember(&self, ask: &Ask, value: &Value) {
        let (Some(Growth::Carried { kept, .. }), Some(value)) = (&ask.growth, value.as_i64())
        else {
            return;
        };
        let mut others: BTreeMap<String, State> = BTreeMap::new();
        for relation in kept.iter().collect::<BTreeSet<_>>() {
            match self.tables.now(self.connection, relation, None) {
                Ok(Some(now)) => others.insert(name_of(relation), now.state.clone()),
                _ => return,
            };
        }
        let mut now = self.now.borrow_mut();
        now.totals.insert(fingerprint(ask), Total { value, others });
    }

    /// The name of the table, and what was counted in it.
    pub(super) fn counted(self) -> Counted {
        (name_of(&self.table.relation), self.now.into_inner())
    }
}

fn place(figures: &[String], name: &str) -> Option<usize> {
    figures.iter().position(|figure| figure == name)
}
