//! What a relation means and holds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::warehouse::Value;

/// What is written about a relation, and what is in it, as `cca show` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct ShowReport {
    /// Name.
    pub name: String,
    /// `model`, `seed` or `snapshot`.
    pub kind: String,
    /// `view`, `table`, `incremental`, `seed`, …
    pub materialization: String,
    /// Where it is built: `schema.name`.
    pub relation: String,
    /// Path below the project.
    pub path: String,
    /// `embedded`, or the file on disk.
    pub origin: String,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Names it depends on directly, sorted.
    pub depends_on: Vec<String>,
    /// Names that depend on it directly, sorted.
    pub used_by: Vec<String>,
    /// Grain, key and caveats, as documented.
    pub description: String,
    /// Columns in their order in the relation; those documented if it is not built.
    pub columns: Vec<ShownColumn>,
    /// Rows of the relation; `None` if it is not built.
    pub rows: Option<u64>,
    /// Some of the rows.
    pub sample: Vec<BTreeMap<String, Value>>,
}

/// A column, as `cca show` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownColumn {
    /// Name.
    pub name: String,
    /// Type of the relation if it is built, else as documented; empty if neither.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Meaning with unit and formula; empty if it is not documented.
    pub description: String,
}
