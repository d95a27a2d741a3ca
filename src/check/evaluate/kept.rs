//! Tables that a suite declares `incremental_by` a column: each row tells which load wrote it and
//! never changes; it stays, goes away, or is replaced by a row of a later load.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::baseline::{self, Baseline, Part, State};
use super::time_parts::TimeParts;
use super::{CheckOptions, DAY};
use crate::check::compile::Since;
use crate::check::suite::Suite;
use crate::error::Result;
use crate::warehouse::{Column, Connection, Relation, Value, quote};

const VIEW: &str = "SELECT sql FROM duckdb_views()
WHERE database_name = current_database() AND schema_name = ? AND view_name = ?";

/// All of them.
pub(super) struct KeptTables<'a> {
    tables: BTreeMap<&'a Relation, Kept<'a>>,
    baselines: BTreeMap<String, String>,
    options: &'a CheckOptions,
}

struct Kept<'a> {
    /// The column, and the suite that declares it.
    column: &'a str,
    suite: &'a Suite,
    /// As it is now, once somebody asked; `None` if it cannot be told.
    now: Mutex<Option<Option<Arc<TableNow>>>>,
}

/// A table as it is now.
pub(super) struct TableNow {
    pub relation: Relation,
    /// Column with the number of the load that wrote a row.
    pub column: String,
    pub periods: TimeParts,
    pub state: State,
    /// Without counts.
    pub parts: BTreeMap<String, Part>,
    /// What the last check of the same day counted in the same table.
    pub before: Option<Baseline>,
    /// Of each part, the rows of loads that were there before.
    pub earlier_rows: BTreeMap<String, i64>,
}

impl<'a> KeptTables<'a> {
    /// Those that suites declare, with what was kept of the last check; none if nothing of checks
    /// is kept.
    pub(super) fn of(
        suites: &'a [Suite],
        connection: &Connection,
        options: &'a CheckOptions,
        has_history: bool,
    ) -> Result<Self> {
        let mut tables = BTreeMap::new();
        for suite in suites.iter().filter(|_| has_history) {
            if let (Some(table), Some(column)) = (&suite.table, &suite.incremental_by) {
                let now = Mutex::default();
                tables.insert(table, Kept { column, suite, now });
            }
        }
        let baselines = if options.only_new && !tables.is_empty() {
            baseline::read_all(connection)?
        } else {
            BTreeMap::new()
        };
        Ok(Self {
            tables,
            baselines,
            options,
        })
    }

    /// A table as it is now; `None` if it is none of these, or has rows of no load.
    ///
    /// # Errors
    /// `DataInvalid` if it lacks the column.
    pub(super) fn now(
        &self,
        connection: &Connection,
        relation: &Relation,
        columns: Option<&[Column]>,
    ) -> Result<Option<Arc<TableNow>>> {
        let Some(kept) = self.tables.get(relation) else {
            return Ok(None);
        };
        let mut now = kept.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*now {
            return Ok(known.clone());
        }
        let columns = match columns {
            Some(columns) => columns,
            None => &connection.describe(&relation.to_string())?,
        };
        let found = self
            .look(connection, relation, kept, columns)?
            .map(Arc::new);
        *now = Some(found.clone());
        Ok(found)
    }

    fn look(
        &self,
        connection: &Connection,
        relation: &Relation,
        kept: &Kept<'_>,
        columns: &[Column],
    ) -> Result<Option<TableNow>> {
        let name = name_of(relation);
        kept.suite.find_load_in(columns)?;
        let periods = TimeParts::of(columns, self.options.checked_at);
        let identity = self.identity(connection, relation)?;
        let before = self.baseline(&name, &identity);
        let mut now = TableNow {
            relation: relation.clone(),
            column: kept.column.to_owned(),
            periods,
            state: State {
                identity,
                ..State::default()
            },
            parts: BTreeMap::new(),
            before,
            earlier_rows: BTreeMap::new(),
        };
        let load = quote(kept.column);
        let sql = format!(
            "SELECT {} AS day, count(*), max({load}), count({load}),
                    count(*) FILTER (WHERE {load} <= ?)
             FROM {relation} GROUP BY day",
            now.periods.sql()
        );
        let last = now
            .before
            .as_ref()
            .map_or(Value::Null, |before| before.state.load.into());
        for row in connection.query(&sql, &[last])?.rows {
            if !now.take(&row) {
                return Ok(None);
            }
        }
        Ok(Some(now))
    }

    /// What is another if the rows could be others without any load: of a table when it was built
    /// as a whole, of a view what it is made of.
    fn identity(&self, connection: &Connection, relation: &Relation) -> Result<String> {
        if let Some(built) = self.built(relation) {
            return Ok(built.to_owned());
        }
        let place = [
            relation.schema.as_str().into(),
            relation.name.as_str().into(),
        ];
        let Value::Text(view) = connection.scalar(VIEW, &place)? else {
            return Ok(String::new());
        };
        let mut hash = Sha256::new();
        hash.update(view);
        for relation in self.tables.keys() {
            if let Some(built) = self.built(relation) {
                hash.update(format!("{}\0{built}\0", name_of(relation)));
            }
        }
        Ok(format!("{:x}", hash.finalize()))
    }

    fn built(&self, relation: &Relation) -> Option<&str> {
        let folded = Relation::new(relation.schema.to_lowercase(), relation.name.to_lowercase());
        self.options.built.get(&folded).map(String::as_str)
    }

    /// What the last check of the same day counted in the same table.
    fn baseline(&self, name: &str, identity: &str) -> Option<Baseline> {
        let known: Baseline = serde_json::from_str(self.baselines.get(name)?).ok()?;
        let is_same = known.state.identity == identity && known.day == self.today();
        is_same.then_some(known)
    }

    /// Since the epoch.
    pub(super) fn today(&self) -> i64 {
        self.options.checked_at.div_euclid(DAY)
    }
}

impl TableNow {
    /// Takes a day, the number of its rows, their latest load, how many have one, and how many are
    /// of loads that were there before; false if they do not tell their load.
    fn take(&mut self, row: &[Value]) -> bool {
        let [day, counts @ ..] = row else {
            return false;
        };
        let counts: Option<Vec<i64>> = counts.iter().map(Value::as_i64).collect();
        let Some([rows, load, loaded, earlier]) = counts.as_deref() else {
            return false;
        };
        let name = self.periods.part_of(day);
        *self.earlier_rows.entry(name.clone()).or_default() += earlier;
        self.parts.entry(name).or_default().rows += rows;
        self.state.rows += rows;
        self.state.load = self.state.load.max(*load);
        rows == loaded
    }

    /// Whether rows of a part went away since the last check.
    pub(super) fn has_lost(&self, part: &str) -> bool {
        let before = self
            .before
            .as_ref()
            .and_then(|before| before.parts.get(part));
        let rows = before.map_or(0, |before| before.rows);
        self.earlier_rows.get(part).copied().unwrap_or_default() != rows
    }

    /// The rows of loads after this one.
    pub(super) fn since(&self, load: i64) -> Since {
        Since {
            column: self.column.clone(),
            load,
        }
    }

    /// Whether all rows of another time are still there.
    pub(super) fn keeps(&self, connection: &Connection, before: &State) -> Result<bool> {
        if before.identity != self.state.identity {
            return Ok(false);
        }
        if *before == self.state {
            return Ok(true);
        }
        let sql = format!(
            "SELECT count(*) FROM {} WHERE {} <= ?",
            self.relation,
            quote(&self.column)
        );
        let rows = connection.scalar(&sql, &[before.load.into()])?;
        Ok(rows.as_i64() == Some(before.rows))
    }
}

/// `schema.name`.
pub(super) fn name_of(relation: &Relation) -> String {
    format!("{}.{}", relation.schema, relation.name)
}
