//! Figures of tables that only grow, computed from what is new.
//!
//! A table grows if each row tells which load wrote it and never changes: it stays, goes away, or is
//! replaced by a row of a later load. While there are as many rows of the loads up to one as there
//! were, these are the same rows; a count is then what it was, and that of the rows since. What a
//! check counts is kept in `cca.check_figures` under its own text, so that another rule, or another
//! table it looks into, finds nothing. The first check of a day counts everything anew.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::check::compile::{Ask, Growth, LOAD, rows_since};
use crate::error::Result;
use crate::warehouse::{Connection, Relation, Value, quote};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS cca.check_figures (
    table_name VARCHAR NOT NULL, day BIGINT NOT NULL, load_id BIGINT NOT NULL,
    rows BIGINT NOT NULL, figure VARCHAR NOT NULL, value BIGINT NOT NULL);
COMMENT ON TABLE cca.check_figures IS
    'what checks counted in tables that only grow; the next one counts what came since';";

const COLUMNS: [&str; 6] = ["table_name", "day", "load_id", "rows", "figure", "value"];

/// Makes the table.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(TABLE)
}

/// What was counted in a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    table: String,
    /// Day on which everything was counted, since the epoch.
    day: i64,
    /// The latest load among the rows, and their number.
    load: i64,
    rows: i64,
    figures: BTreeMap<String, i64>,
}

/// Counts in a table that grows.
pub(super) struct Growing {
    table: Relation,
    before: Option<Counted>,
    now: RefCell<Counted>,
}

impl Growing {
    /// How the table is, and what of earlier counts still holds; of none if everything is to be
    /// read. `None` if the table has no rows of any load.
    pub(super) fn open(
        connection: &Connection,
        table: &Relation,
        checked_at: i64,
        reads_everything: bool,
    ) -> Result<Option<Self>> {
        let name = format!("{}.{}", table.schema, table.name);
        let sql = format!("SELECT max({}), count(*) FROM {table}", quote(LOAD));
        let state = connection.query(&sql, &[])?;
        let (Some(load), Some(rows)) = (number(&state.rows, 0), number(&state.rows, 1)) else {
            return Ok(None);
        };
        let now = Counted {
            table: name,
            day: checked_at.div_euclid(DAY),
            load,
            rows,
            figures: BTreeMap::new(),
        };
        let before = if reads_everything {
            None
        } else {
            Counted::read(connection, &now)?
        };
        let before = match before {
            Some(before) if before.still_holds(connection, table)? => Some(before),
            _ => None,
        };
        Ok(Some(Self {
            table: table.clone(),
            before,
            now: RefCell::new(now),
        }))
    }

    /// The figure to compute instead of this one, and what is to be added to it.
    pub(super) fn instead_of(&self, ask: &Ask) -> (Ask, i64) {
        let known = self.before.as_ref().and_then(|before| {
            let value = *before.figures.get(&ask.key())?;
            Some((before.load, value))
        });
        match (known, &ask.growth) {
            (Some((load, value)), Some(Growth::OfRows)) => {
                let from = Some(rows_since(&self.table, load));
                let new = Ask {
                    from,
                    ..ask.clone()
                };
                (new, value)
            }
            (Some((load, value)), Some(Growth::By(added))) => (added(load), value),
            (Some((load, 0)), Some(Growth::FromZero(added))) => (added(load), 0),
            _ => (ask.clone(), 0),
        }
    }

    /// The figure asked for, from what was computed instead, which is remembered.
    pub(super) fn whole(&self, ask: &Ask, before: i64, value: Value) -> Value {
        match (&ask.growth, value.as_i64()) {
            (Some(_), Some(value)) => {
                let mut now = self.now.borrow_mut();
                now.figures.insert(ask.key(), before + value);
                Value::from(before + value)
            }
            _ => value,
        }
    }

    /// What was counted.
    pub(super) fn counted(self) -> Counted {
        self.now.into_inner()
    }
}

impl Counted {
    /// What was counted today in the table of `now`.
    fn read(connection: &Connection, now: &Self) -> Result<Option<Self>> {
        let found = connection.query(
            "SELECT load_id, rows, figure, value FROM cca.check_figures
             WHERE table_name = ? AND day = ?",
            &[now.table.as_str().into(), now.day.into()],
        )?;
        let (Some(load), Some(rows)) = (number(&found.rows, 0), number(&found.rows, 1)) else {
            return Ok(None);
        };
        let figure = |row: &Vec<Value>| match row.as_slice() {
            [_, _, Value::Text(figure), value] => Some((figure.clone(), value.as_i64()?)),
            _ => None,
        };
        Ok(Some(Self {
            load,
            rows,
            figures: found.rows.iter().filter_map(figure).collect(),
            ..now.clone()
        }))
    }

    /// Whether all rows it is about are still there.
    fn still_holds(&self, connection: &Connection, table: &Relation) -> Result<bool> {
        let sql = format!("SELECT count(*) FROM {table} WHERE {} <= ?", quote(LOAD));
        let rows = connection.scalar(&sql, &[self.load.into()])?;
        Ok(rows.as_i64() == Some(self.rows))
    }

    /// Keeps it in place of what was kept of the same table.
    pub(super) fn save(&self, connection: &Connection) -> Result<()> {
        connection.execute(
            "DELETE FROM cca.check_figures WHERE table_name = ?",
            &[self.table.as_str().into()],
        )?;
        let rows = self.figures.iter().map(|(figure, value)| {
            [
                self.table.as_str().into(),
                self.day.into(),
                self.load.into(),
                self.rows.into(),
                figure.as_str().into(),
                (*value).into(),
            ]
        });
        connection.append(&Relation::new("cca", "check_figures"), &COLUMNS, rows)
    }
}

fn number(rows: &[Vec<Value>], place: usize) -> Option<i64> {
    rows.first()?.get(place)?.as_i64()
}
