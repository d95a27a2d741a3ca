//! From a model to the SQL that is run: rendering, common table expressions of ephemeral models,
//! the definition by which a change is noticed, and the way back from SQL errors to source lines.

mod cte;
mod definition;
mod explain;
mod locate;
mod statement;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;

pub(super) use self::definition::{Definitions, seed_definition};
pub(super) use self::explain::{SqlFailure, explain, explain_as, shortened};
pub(super) use self::locate::Written;
use super::config::{Materialization, ModelConfig};
use super::context::Mode;
use super::graph::{Graph, Node, NodeKind};
use super::render::Templates;
use super::select::select;
use super::settings::Selection;
use super::state::Existing;
use super::template::lines::trim_statement;
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Warehouse};

/// A model as the SQL that would be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompiledModel {
    /// `model.package.name`.
    pub id: String,
    /// Model name.
    pub name: String,
    /// Its file.
    pub path: String,
    /// The query, without the statement that stores its result.
    pub sql: String,
}

/// Everything one rendering of a model gives.
#[derive(Debug)]
pub(super) struct Compiled {
    /// The query.
    pub sql: String,
    /// Configuration with the values of this rendering.
    pub config: ModelConfig,
    /// Messages of `log` and `exceptions.warn`.
    pub notices: Vec<String>,
}

impl Graph {
    /// Compiles the selected models (not seeds), parents first. With a warehouse `execute` is
    /// true, queries of templates run, and an incremental model that exists is compiled as its
    /// next run would; without one, every model is compiled as a full build.
    ///
    /// # Errors
    /// `Usage` if a selector matches nothing, `Project` if a template fails.
    pub fn compile(
        &self,
        selection: &Selection,
        warehouse: Option<&Warehouse>,
    ) -> Result<Vec<CompiledModel>> {
        let selected = select(self, selection)?;
        let connection = connect(warehouse)?;
        let existing = existing(connection.as_ref())?;
        let mut all = Vec::new();
        for node in &self.nodes {
            let is_query = node.kind == NodeKind::Model && !node.is_python();
            if !is_query || !selected.contains(node.id.as_str()) {
                continue;
            }
            let incremental = node.config.materialized == Materialization::Incremental
                && existing.is_table(&node.relation);
            let mode = Mode {
                execute: connection.is_some(),
                incremental,
                fixed: false,
                period: None,
            };
            let compiled = compile_node(self, &self.templates, node, mode, connection.as_ref())?;
            all.push(CompiledModel {
                id: node.id.clone(),
                name: node.name.clone(),
                path: node.path.clone(),
                sql: compiled.sql,
            });
        }
        Ok(all)
    }

    /// Compiles a text that is no model (an analysis, a query of a person); it may refer to every
    /// model. `place` names it in errors.
    ///
    /// # Errors
    /// `Project` if the template fails.
    pub fn compile_text(
        &self,
        place: &str,
        text: &str,
        warehouse: Option<&Warehouse>,
    ) -> Result<String> {
        let connection = connect(warehouse)?;
        let mode = Mode {
            execute: connection.is_some(),
            ..Mode::default()
        };
        let mut node = Node::blank(NodeKind::Analysis, &self.registry.project, place, place);
        node.parents = self.registry.index.keys().cloned().collect();
        let node = Arc::new(node);
        let scope = self.scope(&node, mode, connection.as_ref());
        let (sql, record) = self.templates.render_text(place, text, scope)?;
        let parts = cte::collect(
            self,
            &self.templates,
            &record.refs,
            mode,
            connection.as_ref(),
        )?;
        Ok(cte::insert(trim_statement(&sql), &parts))
    }
}

/// Puts the ephemeral models that `node` refers to in front of a query.
pub(super) fn with_ephemerals(
    graph: &Graph,
    templates: &Templates,
    node: &Node,
    sql: &str,
    connection: Option<&Arc<Connection>>,
) -> Result<String> {
    let mode = Mode {
        execute: connection.is_some(),
        ..Mode::default()
    };
    let parts = cte::collect(graph, templates, &node.parents, mode, connection)?;
    Ok(cte::insert(sql, &parts))
}

fn connect(warehouse: Option<&Warehouse>) -> Result<Option<Arc<Connection>>> {
    let connection = warehouse.map(Warehouse::connect).transpose()?;
    Ok(connection.map(Arc::new))
}

fn existing(connection: Option<&Arc<Connection>>) -> Result<Existing> {
    match connection {
        None => Ok(Existing::default()),
        Some(connection) => Existing::read(connection),
    }
}

/// Renders a model and puts the ephemeral models it refers to in front of it.
pub(super) fn compile_node(
    graph: &Graph,
    templates: &Templates,
    node: &Arc<Node>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
) -> Result<Compiled> {
    if node.is_python() {
        return Err(Error::project(format!(
            "model `{}` is written in Python, which is not run here",
            node.name
        ))
        .at(&node.path)
        .hint("Rewrite it in SQL, or disable it with `enabled: false` in a properties file."));
    }
    let (sql, record) = templates.render(&node.template, graph.scope(node, mode, connection))?;
    let parts = cte::collect(graph, templates, &record.refs, mode, connection)?;
    let patch = node.settings_with(&record.config);
    let semantics = graph.registry.settings.semantics;
    let config = ModelConfig::resolve(&patch, semantics).map_err(|refusal| {
        Error::project(format!(
            "the configuration of model `{}` is wrong",
            node.name
        ))
        .at(&node.path)
        .cause(refusal.cause)
        .hint(refusal.hint)
    })?;
    let sql = cte::insert(trim_statement(&sql), &parts);
    if let Some(line) = statement::second_statement(&sql) {
        return Err(Error::project(format!("model `{}` is more than one query", node.name))
            .at(&node.path)
            .cause(format!("a statement ends in line {line} of the compiled SQL, and another follows"))
            .hint("Keep one query per model; use `pre_hook` and `post_hook` for other statements."));
    }
    if sql.trim().is_empty() {
        return Err(
            Error::project(format!("model `{}` renders to nothing", node.name))
                .at(&node.path)
                .hint("Write a query in it, or disable it with `config(enabled=false)`."),
        );
    }
    Ok(Compiled {
        sql,
        config,
        notices: record.notices,
    })
}
