//! Properties files as they are written, and the keys they may have.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFile {
    pub(super) models: Vec<RawNode>,
    pub(super) seeds: Vec<RawNode>,
    pub(super) sources: Vec<RawSource>,
    pub(super) defaults: BTreeMap<String, Json>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawNode {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) columns: Vec<RawColumn>,
    #[serde(default)]
    pub(super) config: BTreeMap<String, Json>,
    #[serde(default)]
    pub(super) tags: Option<Json>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawColumn {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawSource {
    pub(super) name: String,
    #[serde(default)]
    pub(super) schema: Option<String>,
    #[serde(default)]
    pub(super) tables: Vec<RawTable>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawTable {
    pub(super) name: String,
    #[serde(default)]
    pub(super) identifier: Option<String>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Json>,
}

pub(super) const FILE_KEYS: [&str; 14] = [
    "version",
    "models",
    "seeds",
    "sources",
    "defaults",
    "macros",
    "analyses",
    "snapshots",
    "exposures",
    "metrics",
    "groups",
    "unit_tests",
    "semantic_models",
    "saved_queries",
];
pub(super) const NODE_KEYS: [&str; 16] = [
    "name",
    "description",
    "columns",
    "config",
    "tags",
    "tests",
    "data_tests",
    "meta",
    "docs",
    "version",
    "versions",
    "latest_version",
    "access",
    "group",
    "constraints",
    "time_spine",
];
pub(super) const COLUMN_KEYS: [&str; 10] = [
    "name",
    "description",
    "data_type",
    "tests",
    "data_tests",
    "meta",
    "quote",
    "tags",
    "constraints",
    "config",
];
pub(super) const SOURCE_KEYS: [&str; 17] = [
    "name",
    "description",
    "schema",
    "database",
    "tables",
    "identifier",
    "columns",
    "tests",
    "data_tests",
    "freshness",
    "loaded_at_field",
    "loader",
    "quoting",
    "meta",
    "tags",
    "config",
    "overrides",
];
