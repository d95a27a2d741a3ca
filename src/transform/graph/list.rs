//! Nodes for people and for other programs.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::{Graph, Node, NodeKind};
use crate::error::{Error, Result};
use crate::project::Origin;
use crate::transform::select::select;
use crate::transform::settings::{Selection, Semantics};

/// What there is to know about a node without building it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeSummary {
    /// Unique: `model.package.name`.
    pub id: String,
    /// Name, as in `ref('name')`.
    pub name: String,
    /// Model or seed.
    pub kind: NodeKind,
    /// `view`, `table`, `incremental`, `ephemeral` or `seed`.
    pub materialization: String,
    /// Schema of its relation.
    pub schema: String,
    /// Name of its relation: the alias, if there is one.
    pub identifier: String,
    /// File it is defined in.
    pub path: String,
    /// Embedded in the binary or on disk.
    #[serde(serialize_with = "origin")]
    pub origin: Origin,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Nodes it refers to, sorted.
    pub depends_on: Vec<String>,
    /// Sources it reads, as `source.table`.
    pub sources: Vec<String>,
    /// Description from the properties file, empty without one.
    pub description: String,
    /// Documented columns, in the order of the properties file.
    pub columns: Vec<ColumnSummary>,
    /// In what it differs from the earlier state, where one is given; empty if it does not.
    pub why: Vec<String>,
}

/// What a properties file says about a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnSummary {
    /// Name.
    pub name: String,
    /// Type as documented.
    pub data_type: Option<String>,
    /// Description; empty without one.
    pub description: String,
}

fn origin<S: Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    match origin {
        Origin::Embedded => serializer.serialize_str("embedded"),
        Origin::Disk(path) => serializer.collect_str(&path.display()),
    }
}

impl Graph {
    /// The selected nodes, parents first.
    ///
    /// # Errors
    /// `Usage` if a selector matches nothing.
    pub fn list(&self, selection: &Selection) -> Result<Vec<NodeSummary>> {
        let selected = select(self, selection)?;
        let nodes = self
            .nodes
            .iter()
            .filter(|node| selected.contains(node.id.as_str()))
            .filter(|node| self.is_listed(node, selection));
        let listed: Vec<NodeSummary> = nodes
            .map(|node| NodeSummary {
                id: node.id.clone(),
                name: node.name.clone(),
                kind: node.kind,
                materialization: node.materialization().to_owned(),
                schema: node.relation.schema.clone(),
                identifier: node.relation.name.clone(),
                path: node.path.clone(),
                origin: node.origin.clone(),
                tags: node.config.tags.clone(),
                depends_on: self.names_of_parents(node),
                sources: node
                    .sources
                    .iter()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(|(source, table)| format!("{source}.{table}"))
                    .collect(),
                description: node.description.clone(),
                columns: node
                    .columns
                    .iter()
                    .map(|column| ColumnSummary {
                        name: column.name.clone(),
                        data_type: column.data_type.clone(),
                        description: column.description.clone(),
                    })
                    .collect(),
                why: match &selection.prior {
                    Some(prior) => prior.why(self, node),
                    None => Vec::new(),
                },
            })
            .collect();
        if listed.is_empty() && !selected.is_empty() {
            return Err(Error::usage("nothing that is selected can be built")
                .at(selection.select.join(" "))
                .hint("Write `source:raw+` for the models that read a source, or `--resource-type source`."));
        }
        Ok(listed)
    }

    /// Our own layout lists what is built, unless another kind is asked for.
    fn is_listed(&self, node: &Node, selection: &Selection) -> bool {
        match self.registry.settings.semantics {
            Semantics::Own if selection.kinds.is_empty() => node.kind.is_referable(),
            Semantics::Own => true,
            Semantics::Dbt => node.kind != NodeKind::Operation,
        }
    }

    /// Names of the nodes one refers to, without sources; sorted.
    fn names_of_parents(&self, node: &Node) -> Vec<String> {
        let parents = node.parents.iter().filter_map(|id| self.node(id));
        let mut names: Vec<String> = parents
            .filter(|parent| parent.kind != NodeKind::Source)
            .map(|parent| parent.name.clone())
            .collect();
        names.sort();
        names
    }
}
