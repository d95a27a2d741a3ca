//! What a check counted in tables whose rows are only replaced by rows of later loads, kept in
//! `cca.check_baselines` for the next one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::check::compile::Ask;
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Relation};

const TABLE: &str = "
DROP TABLE IF EXISTS cca.check_figures;
CREATE TABLE IF NOT EXISTS cca.check_baselines (
    table_name VARCHAR NOT NULL, baseline VARCHAR NOT NULL);
COMMENT ON TABLE cca.check_baselines IS
    'what the last check counted in tables that tell which load wrote a row; the next one counts what changed';";

/// A table by its name, and what was counted in it.
pub(super) type Counted = (String, Baseline);

/// One table, as the last check found it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Baseline {
    /// How it was, and since when it is the same table.
    pub state: State,
    /// Day on which everything was counted, since the epoch.
    pub day: i64,
    /// Fingerprints of the figures counted in each part.
    pub figures: Vec<String>,
    /// By their first days.
    pub parts: BTreeMap<String, Part>,
    /// Figures of the table as a whole, by fingerprint.
    pub totals: BTreeMap<String, Total>,
}

/// What tells whether all rows of a table are still there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Another one if the table was built anew.
    pub identity: String,
    /// The latest load among its rows.
    pub load: i64,
    /// How many they are.
    pub rows: i64,
}

/// The rows of a few days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// How many.
    pub rows: i64,
    /// The figures, in the order of [`Baseline::figures`].
    pub counts: Vec<i64>,
}

/// A figure of the table as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Total {
    /// The figure.
    pub value: i64,
    /// How the tables it also follows from were, by name.
    pub others: BTreeMap<String, State>,
}

/// What tells a figure apart from others of its table.
pub(super) fn fingerprint(ask: &Ask) -> String {
    let mut hash = format!("{:x}", Sha256::digest(ask.key()));
    hash.truncate(16);
    hash
}

/// Makes the table.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(TABLE)
}

/// What is kept, by table, unread.
pub(super) fn read_all(connection: &Connection) -> Result<BTreeMap<String, String>> {
    let found = connection.query("SELECT table_name, baseline FROM cca.check_baselines", &[])?;
    let rows = found.rows.into_iter();
    Ok(rows
        .filter_map(|row| match row.as_slice() {
            [table, baseline] => Some((table.to_string(), baseline.to_string())),
            _ => None,
        })
        .collect())
}

/// Keeps these in place of what was kept of the same tables.
pub(super) fn save(connection: &Connection, all: &[Counted]) -> Result<()> {
    let mut rows = Vec::with_capacity(all.len());
    for (table, baseline) in all {
        connection.execute(
            "DELETE FROM cca.check_baselines WHERE table_name = ?",
            &[table.as_str().into()],
        )?;
        let text = serde_json::to_string(baseline)
            .map_err(|error| Error::bug("failed to write a baseline").cause(error))?;
        rows.push([table.as_str().into(), text.into()]);
    }
    let relation = Relation::new("cca", "check_baselines");
    connection.append(&relation, &["table_name", "baseline"], rows)
}
