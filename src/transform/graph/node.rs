//! Everything a project consists of: models, seeds, snapshots, tests, sources and the rest, as
//! one kind of record.
//!
//! A node is known by its `id`, which is dbt's: `model.package.name`, `seed.…`, `snapshot.…`,
//! `test.package.name.hash`, `unit_test.package.model.name`, `source.package.source.table`,
//! `exposure.…`, `analysis.…`, `operation.…`, `metric.…`, `semantic_model.…`, `saved_query.…`.
//! Names repeat (between packages, between kinds); ids do not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::error::{Error, Result, nearest};
use crate::project::Origin;
use crate::transform::config::{ConfigPatch, ModelConfig};
use crate::warehouse::Relation;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A query that is built.
    Model,
    /// A CSV file that is loaded.
    Seed,
    /// The history of a query's rows.
    Snapshot,
    /// A query that returns what is wrong: generic (from a properties file) or singular.
    Test,
    /// A model on given rows, with the rows expected of it.
    UnitTest,
    /// A relation somebody else fills.
    Source,
    /// Something outside that reads models.
    Exposure,
    /// A query that is compiled but not built.
    Analysis,
    /// A hook of the run as a whole, or a macro that is run.
    Operation,
    /// Accepted and listed, not run.
    Metric,
    /// Accepted and listed, not run.
    SemanticModel,
    /// Accepted and listed, not run.
    SavedQuery,
}

impl std::fmt::Display for NodeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for NodeKind {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == word).ok_or_else(|| {
            let names = Self::ALL.map(NodeKind::name);
            let near = nearest(word, names)
                .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
            Error::usage(format!("`{word}` is no kind of node"))
                .hint(format!("{near}There are `{}`.", names.join("`, `")))
        })
    }
}

impl NodeKind {
    /// All kinds.
    const ALL: [Self; 12] = [
        NodeKind::Model,
        NodeKind::Seed,
        NodeKind::Snapshot,
        NodeKind::Test,
        NodeKind::UnitTest,
        NodeKind::Source,
        NodeKind::Exposure,
        NodeKind::Analysis,
        NodeKind::Operation,
        NodeKind::Metric,
        NodeKind::SemanticModel,
        NodeKind::SavedQuery,
    ];

    /// The word for people and in ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Model => "model",
            NodeKind::Seed => "seed",
            NodeKind::Snapshot => "snapshot",
            NodeKind::Test => "test",
            NodeKind::UnitTest => "unit_test",
            NodeKind::Source => "source",
            NodeKind::Exposure => "exposure",
            NodeKind::Analysis => "analysis",
            NodeKind::Operation => "operation",
            NodeKind::Metric => "metric",
            NodeKind::SemanticModel => "semantic_model",
            NodeKind::SavedQuery => "saved_query",
        }
    }

    /// The word for people, with spaces.
    pub(in crate::transform) fn word(self) -> &'static str {
        match self {
            NodeKind::UnitTest => "unit test",
            NodeKind::SemanticModel => "semantic model",
            NodeKind::SavedQuery => "saved query",
            other => other.name(),
        }
    }

    /// Whether others refer to it with `ref`.
    #[must_use]
    pub fn is_referable(self) -> bool {
        matches!(self, NodeKind::Model | NodeKind::Seed | NodeKind::Snapshot)
    }
}

/// One node of a project.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Node {
    /// Unique; see the head of this file.
    pub id: String,
    /// Name, as in `ref('name')`; of a source its table.
    pub name: String,
    pub kind: NodeKind,
    /// Package it belongs to.
    pub package: String,
    /// Package, folders and name: what `dbt_project.yml` and selectors go by.
    pub fqn: Vec<String>,
    /// File, as people find it from the project folder.
    pub path: String,
    /// File below the folder of its package.
    pub file: String,
    /// Line in the file at which it begins.
    pub line: usize,
    pub origin: Origin,
    /// Name of its compiled template; empty for what is not rendered.
    pub template: String,
    /// CSV of a seed, or the text of the template as it is written.
    pub text: String,
    pub relation: Relation,
    /// Configuration with all that decided it.
    pub config: ModelConfig,
    /// All configured values, those without an effect here included.
    pub settings: ConfigPatch,
    /// Settings that YAML files give as templates, as they are written there.
    pub unrendered: BTreeMap<String, Json>,
    /// Keys its own text configures.
    pub configured: BTreeSet<String>,
    /// Configuration from folders and properties files, before the model adds its own.
    pub base: ConfigPatch,
    /// Configuration laid over everything: what the project says about the models of a package.
    pub over: ConfigPatch,
    pub description: String,
    /// Docs blocks the description names, as package and name.
    pub doc_blocks: Vec<(Option<String>, String)>,
    pub columns: Vec<Column>,
    /// The entry of the properties file, as written; `null` without one.
    pub properties: Json,
    /// Properties file and line of that entry.
    pub described_at: Option<String>,
    /// Package of that file, if it is another one.
    pub described_by: Option<String>,
    /// Ids of the nodes it refers to.
    pub parents: BTreeSet<String>,
    /// The references as written, in order.
    pub refs: Vec<RefCall>,
    /// Sources it reads, as written, in order.
    pub sources: Vec<(String, String)>,
    /// Ids of the macros it calls, also through others.
    pub macros: BTreeSet<String>,
    /// Ids of the macros its text and its hooks call themselves, in order.
    pub called: Vec<String>,
    pub detail: Detail,
}

/// What only some kinds have.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) enum Detail {
    None,
    Model(ModelDetail),
    Test(TestDetail),
    Source(SourceDetail),
    UnitTest(UnitTestDetail),
    /// `on-run-start` and `on-run-end`: which of the two, and the position in its list.
    Hook {
        at_end: bool,
        index: usize,
    },
}

/// A model with versions, or with restricted access.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct ModelDetail {
    /// As written: a number or a text.
    pub version: Option<Json>,
    pub latest_version: Option<Json>,
}

/// A test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct TestDetail {
    /// `unique`, `not_null`, …; empty for a singular test.
    pub generic: String,
    /// Package in front of its name, as written.
    pub namespace: Option<String>,
    /// Arguments as written, without `model`; `column_name` is one of them.
    pub arguments: Map<String, Json>,
    pub column: Option<String>,
    /// Id of the node whose entry in the properties file holds the test.
    pub attached: Option<String>,
    /// What stands for `model`: `ref('x')` or `source('a', 'b')`, as a template expression.
    pub model: String,
    /// Name of its compiled file, without the ending; empty for a singular test.
    pub file_stem: String,
}

/// A source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct SourceDetail {
    /// Name of the group of tables.
    pub source: String,
    /// `freshness` in effect: the one of the table over the one of the source; `null` turns it off.
    pub freshness: Json,
    /// Whether `freshness` is turned off, not only not given.
    pub is_unwatched: bool,
    pub loaded_at_field: Option<String>,
    pub loaded_at_query: Option<String>,
    pub loader: String,
    /// Database and schema as they are written, templates and all.
    pub written_database: Option<String>,
    pub written_schema: Option<String>,
    pub source_description: String,
    /// The entry of the whole group.
    pub group: Json,
}

/// A unit test; `given`, `expect` and `overrides` are in [`Node::properties`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct UnitTestDetail {
    /// Id of the model tested.
    pub model: String,
}

/// A call of `ref` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::transform) struct RefCall {
    pub name: String,
    pub package: Option<String>,
    pub version: Option<String>,
}

/// A column as a properties file describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct Column {
    pub name: String,
    pub description: String,
    /// Docs blocks the description names, as package and name.
    pub doc_blocks: Vec<(Option<String>, String)>,
    pub data_type: Option<String>,
    pub quote: Option<bool>,
    /// The entry as written: tests, constraints, meta, tags.
    pub entry: Json,
}

impl Node {
    /// A node of which nothing is known but what it is and where.
    pub(crate) fn blank(kind: NodeKind, package: &str, name: &str, path: &str) -> Self {
        Self {
            id: format!("{}.{package}.{name}", kind.name()),
            name: name.to_owned(),
            kind,
            package: package.to_owned(),
            fqn: vec![package.to_owned(), name.to_owned()],
            path: path.to_owned(),
            file: path.to_owned(),
            line: 1,
            origin: Origin::Embedded,
            template: String::new(),
            text: String::new(),
            relation: Relation::new("main", name),
            config: ModelConfig {
                enabled: true,
                ..ModelConfig::default()
            },
            settings: ConfigPatch::default(),
            unrendered: BTreeMap::new(),
            configured: BTreeSet::new(),
            base: ConfigPatch::default(),
            over: ConfigPatch::default(),
            description: String::new(),
            doc_blocks: Vec::new(),
            columns: Vec::new(),
            properties: Json::Null,
            described_at: None,
            described_by: None,
            parents: BTreeSet::new(),
            refs: Vec::new(),
            sources: Vec::new(),
            macros: BTreeSet::new(),
            called: Vec::new(),
            detail: Detail::None,
        }
    }

    /// `view`, `table`, `incremental`, `ephemeral`, the name of a materialization of the project,
    /// or the kind for what is not materialized.
    pub(crate) fn materialization(&self) -> &str {
        match self.kind {
            NodeKind::Model => self.config.materialization(),
            kind => kind.name(),
        }
    }

    /// Whether it is written in Python, which is not run here.
    pub(crate) fn is_python(&self) -> bool {
        self.kind == NodeKind::Model && self.path.ends_with(".py")
    }

    /// Whether it becomes a common table expression of what refers to it.
    pub(crate) fn is_ephemeral(&self) -> bool {
        self.kind == NodeKind::Model
            && self.config.materialized == crate::transform::config::Materialization::Ephemeral
    }

    /// Whether there is, or will be, a table or view for it.
    pub(crate) fn has_relation(&self) -> bool {
        (self.kind.is_referable() && !self.is_ephemeral()) || self.kind == NodeKind::Source
    }

    /// The file below the folder of its kind of resource.
    pub(crate) fn inner_path(&self) -> String {
        let file = self.file.rsplit('/').next().unwrap_or(&self.file);
        let folders = self.fqn.len().saturating_sub(2);
        let mut parts: Vec<&str> = self
            .fqn
            .iter()
            .skip(1)
            .take(folders)
            .map(String::as_str)
            .collect();
        parts.push(file);
        parts.join("/")
    }

    /// Ids of the nodes whose selection concerns it: its parents, of a unit test only the model it
    /// tests, whatever that reads.
    pub(crate) fn selected_with(&self) -> impl Iterator<Item = &str> {
        let tested = match &self.detail {
            Detail::UnitTest(test) => Some(test.model.as_str()),
            _ => None,
        };
        let others = self.parents.iter().map(String::as_str);
        let others = others.filter(move |_| tested.is_none());
        tested.into_iter().chain(others)
    }

    /// Configuration after `own`, that of the template itself.
    pub(crate) fn settings_with(&self, own: &ConfigPatch) -> ConfigPatch {
        let mut all = self.base.clone();
        all.overlay(own);
        all.overlay(&self.over);
        all
    }
}
