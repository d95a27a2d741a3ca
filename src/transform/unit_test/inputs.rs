//! What a unit test gives: rows in place of relations, and values in place of macros, variables
//! and the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::UnitTest;
use super::fixture::Rows;
use crate::error::{Error, Result};
use crate::transform::config::Materialization;
use crate::transform::context::{Mode, Registry};
use crate::transform::graph::{Graph, Node, NodeKind};
use crate::transform::seed::SeedTable;
use crate::warehouse::{Column, Relation};

/// The given rows, in the scratch database.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Where the rows of a node are, by its id.
    relations: BTreeMap<String, Relation>,
    /// Whether rows are given for the model itself.
    pub has_this: bool,
    /// What `is_incremental()` is to answer.
    pub is_incremental: bool,
}

impl Inputs {
    /// Makes a table of each input; `model` is the model tested.
    pub(super) fn give(test: &UnitTest<'_>, model: &Arc<Node>) -> Result<Self> {
        let mut inputs = Self::default();
        let given = test.node.properties.get("given").and_then(Json::as_array);
        for entry in given.into_iter().flatten() {
            let input = entry.get("input").and_then(Json::as_str).unwrap_or("");
            let input = input.trim();
            if input == "this" {
                inputs.has_this = true;
                give_table(test, model, entry, input, &model_relation(test))?;
                continue;
            }
            let node = resolve(test, input)?;
            let relation = test.relation(&format!("input {}", inputs.relations.len() + 1));
            give_table(test, &node, entry, input, &relation)?;
            inputs.relations.insert(node.id.clone(), relation);
        }
        inputs.complete(test, model)?;
        let answer = overrides(test, "macros").and_then(|macros| macros.get("is_incremental"));
        inputs.is_incremental = answer.and_then(Json::as_bool).unwrap_or(false);
        Ok(inputs)
    }

    /// Loads seeds that are not given, and refuses a model that reads anything else.
    fn complete(&mut self, test: &UnitTest<'_>, model: &Node) -> Result<()> {
        let mut missing = Vec::new();
        for id in read_by(test.graph, model, &self.relations) {
            let Some(node) = test.graph.node(&id) else {
                continue;
            };
            if node.kind == NodeKind::Seed {
                let relation = test.relation(&format!("input {}", self.relations.len() + 1));
                let mut seed = Node::clone(node);
                seed.relation = relation.clone();
                SeedTable::read(&seed)?.store(&seed, test.connection)?;
                self.relations.insert(id, relation);
            } else {
                missing.push(match node.kind {
                    NodeKind::Source => "a source".to_owned(),
                    _ => format!("ref('{}')", node.name),
                });
            }
        }
        let Some(first) = missing.first() else {
            return Ok(());
        };
        Err(Error::project(format!(
            "unit test `{}` does not give all inputs",
            test.node.name
        ))
        .cause(format!("missing: {}", missing.join(", ")))
        .hint(format!(
            "Add `- input: {first}` with `rows: []` if no rows are needed."
        )))
    }

    /// The project as the model is to see it.
    pub(super) fn graph(&self, test: &UnitTest<'_>, model: &Arc<Node>) -> Graph {
        let original = test.graph;
        let mut registry = Registry::clone(&original.registry);
        for referent in registry.referents.values_mut().flatten() {
            if let Some(relation) = self.relations.get(&referent.id) {
                referent.relation = relation.clone();
                referent.is_ephemeral = false;
            }
        }
        for source in registry.sources.values_mut().flatten() {
            if let Some(relation) = self.relations.get(&source.id) {
                source.relation = relation.clone();
            }
        }
        for (name, value) in overrides(test, "vars").into_iter().flatten() {
            registry.vars.asked.insert(name.clone(), value.clone());
        }
        for (name, value) in overrides(test, "env_vars").into_iter().flatten() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            registry.settings.env.insert(name.clone(), text);
        }
        for (name, value) in overrides(test, "macros").into_iter().flatten() {
            registry.overrides.insert(name.clone(), value.clone());
        }
        let nodes = original
            .nodes
            .iter()
            .map(|node| {
                if node.id == model.id {
                    let mut tested = Node::clone(node);
                    tested.relation = model_relation(test);
                    Arc::new(tested)
                } else if self.relations.contains_key(&node.id) && node.is_ephemeral() {
                    let mut given = Node::clone(node);
                    given.config.materialized = Materialization::Table;
                    Arc::new(given)
                } else {
                    Arc::clone(node)
                }
            })
            .collect();
        Graph {
            nodes,
            registry: Arc::new(registry),
            disabled: Vec::new(),
            groups: Vec::new(),
            templates: Arc::clone(&original.templates),
            notices: Vec::new(),
            selectors: serde_json::Value::Null,
            fixtures: Arc::clone(&original.fixtures),
        }
    }
}

/// Makes a table of the rows of one input.
fn give_table(
    test: &UnitTest<'_>,
    node: &Node,
    entry: &Json,
    input: &str,
    relation: &Relation,
) -> Result<()> {
    let rows = Rows::read(test, entry, input)?;
    let connection = test.connection;
    let columns = match connection.describe(&node.relation.to_string()) {
        Ok(columns) if !columns.is_empty() && !node.is_ephemeral() => columns,
        _ => described_columns(node, &rows),
    };
    let query = rows.query(&columns, input)?;
    connection
        .batch(&format!("CREATE TABLE {relation} AS\n{query}"))
        .map_err(|error| {
            Error::project(format!("the rows of `{input}` cannot be used"))
                .cause(error.causes().join("\n"))
                .hint("Give values of the types that the columns have.")
        })
}

fn model_relation(test: &UnitTest<'_>) -> Relation {
    test.relation("tested model")
}

fn overrides<'t>(test: &'t UnitTest<'_>, key: &str) -> Option<&'t Map<String, Json>> {
    test.node.properties.get("overrides")?.get(key)?.as_object()
}

/// The node an input means.
fn resolve(test: &UnitTest<'_>, input: &str) -> Result<Arc<Node>> {
    let graph = test.graph;
    let scope = graph.scope(test.node, Mode::default(), None);
    let text = format!("{{{{ {input} }}}}");
    let (_, record) = graph.templates.render_text(test.place(), &text, scope)?;
    let mut ids = record.refs.iter().chain(&record.source_ids);
    ids.next()
        .and_then(|id| graph.node(id))
        .map(Arc::clone)
        .ok_or_else(|| {
            Error::project(format!("input `{input}` names nothing"))
                .hint("Write `ref('model')`, `source('name', 'table')` or `this`.")
        })
}

/// What the model reads, itself or through ephemeral models, that is not given.
fn read_by(graph: &Graph, model: &Node, given: &BTreeMap<String, Relation>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![model.id.clone()];
    while let Some(node) = open.pop().and_then(|id| graph.node(&id).map(Arc::clone)) {
        for parent in &node.parents {
            let is_given = given.contains_key(parent) || *parent == model.id;
            match graph.node(parent) {
                Some(one) if one.is_ephemeral() && !is_given => open.push(parent.clone()),
                Some(_) if !is_given => {
                    found.insert(parent.clone());
                }
                _ => {}
            }
        }
    }
    found
}

/// Columns of a relation that does not exist: described, else as the rows have them.
fn described_columns(node: &Node, rows: &Rows) -> Vec<Column> {
    let mut columns = rows.own_columns();
    for described in &node.columns {
        let Some(kind) = &described.data_type else {
            continue;
        };
        let known = columns
            .iter_mut()
            .find(|one| one.name.eq_ignore_ascii_case(&described.name));
        match known {
            Some(column) => column.type_name.clone_from(kind),
            None => columns.push(Column {
                name: described.name.clone(),
                type_name: kind.clone(),
            }),
        }
    }
    columns
}
