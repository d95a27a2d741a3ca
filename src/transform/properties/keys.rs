//! Which sections a properties file may have, and which keys an entry of each.

use crate::transform::graph::NodeKind;

/// A list of entries in a properties file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::transform) enum Section {
    Models,
    Seeds,
    Snapshots,
    Analyses,
    Macros,
    Exposures,
    UnitTests,
    Tests,
    Groups,
    Metrics,
    SemanticModels,
    SavedQueries,
}

impl Section {
    const ALL: [(&'static str, &'static str, Self); 13] = [
        ("models", "model", Self::Models),
        ("seeds", "seed", Self::Seeds),
        ("snapshots", "snapshot", Self::Snapshots),
        ("analyses", "analysis", Self::Analyses),
        ("macros", "macro", Self::Macros),
        ("exposures", "exposure", Self::Exposures),
        ("unit_tests", "unit test", Self::UnitTests),
        ("data_tests", "test", Self::Tests),
        ("tests", "test", Self::Tests),
        ("groups", "group", Self::Groups),
        ("metrics", "metric", Self::Metrics),
        ("semantic_models", "semantic model", Self::SemanticModels),
        ("saved_queries", "saved query", Self::SavedQueries),
    ];

    /// The section under a key of the file.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(one, _, _)| *one == key)
            .map(|(_, _, section)| *section)
    }

    /// What one entry is, for people.
    pub(super) fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, _, section)| *section == self)
            .map_or("", |(_, word, _)| word)
    }

    /// Whether a name may be described once only.
    pub(super) fn is_unique(self) -> bool {
        !matches!(self, Self::UnitTests | Self::Tests | Self::Analyses)
    }

    /// Whether templates among its values are rendered; those of metrics speak another language.
    pub(super) fn is_rendered(self) -> bool {
        !matches!(
            self,
            Self::Metrics | Self::SemanticModels | Self::SavedQueries
        )
    }

    /// The section that describes nodes of this kind, which are defined elsewhere.
    pub(super) fn of_kind(kind: NodeKind) -> Option<Self> {
        match kind {
            NodeKind::Model => Some(Self::Models),
            NodeKind::Seed => Some(Self::Seeds),
            NodeKind::Snapshot => Some(Self::Snapshots),
            NodeKind::Analysis => Some(Self::Analyses),
            NodeKind::Test => Some(Self::Tests),
            _ => None,
        }
    }

    /// Keys of an entry.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Macros => &["name", "description", "arguments", "meta", "docs", "config"],
            Self::Exposures => &[
                "name",
                "description",
                "type",
                "label",
                "maturity",
                "url",
                "owner",
                "depends_on",
                "meta",
                "tags",
                "config",
                "enabled",
            ],
            Self::UnitTests => &[
                "name",
                "description",
                "model",
                "given",
                "expect",
                "overrides",
                "config",
                "tags",
                "meta",
                "versions",
                "enabled",
            ],
            // Entries of these are passed on as they are.
            Self::Groups | Self::Metrics | Self::SemanticModels | Self::SavedQueries => &[],
            _ => &NODE_KEYS,
        }
    }
}

pub(super) const FILE_KEYS: [&str; 18] = [
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
    "data_tests",
    "tests",
    "anchors",
    "functions",
];
const NODE_KEYS: [&str; 25] = [
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
    "relation",
    "deprecation_date",
    "freshness",
    "semantic_model",
    "metrics",
    "primary_entity",
    "agg_time_dimension",
    "identifier",
    "original_file_path",
];
pub(super) const COLUMN_KEYS: [&str; 15] = [
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
    "policy_tags",
    "granularity",
    "dimension",
    "entity",
    "docs",
];
pub(super) const SOURCE_KEYS: [&str; 22] = [
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
    "loaded_at_query",
    "loader",
    "quoting",
    "meta",
    "tags",
    "config",
    "overrides",
    "external",
    "enabled",
    "source_meta",
    "docs",
];
