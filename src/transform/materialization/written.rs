//! Materializations that are templates: those a project or a package defines itself, and the
//! built-in ones of a project that changes how relations are made or filled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use minijinja::value::Value;
use serde_json::json;

use super::Built;
use crate::error::{Error, Result};
use crate::transform::compile::Compiled;
use crate::transform::config::{Hook, Materialization, ModelConfig};
use crate::transform::context::{Macro, Mode, QueryResult, Transactions, Way};
use crate::transform::graph::{Graph, Node, NodeKind};
use crate::transform::seed::SeedTable;
use crate::transform::settings::Semantics;
use crate::transform::value::{List, from_json};
use crate::warehouse::Connection;

/// The template by which a node is built, if it is not built by the program itself.
pub(in crate::transform) fn template_of<'g>(
    graph: &'g Graph,
    node: &Node,
    config: &ModelConfig,
) -> Option<&'g Arc<Macro>> {
    let registry = &graph.registry;
    if registry.settings.semantics == Semantics::Own {
        return None;
    }
    let macros = &registry.macros;
    let use_built_in = match node.kind {
        NodeKind::Model => {
            let has_template = matches!(
                config.materialized,
                Materialization::View | Materialization::Table | Materialization::Incremental
            ) && config.microbatch.is_none();
            has_template && (config.custom_strategy.is_some() || macros.changes(Way::Building))
        }
        NodeKind::Seed => macros.changes(Way::Loading),
        NodeKind::Test => macros.changes(Way::Testing),
        _ => false,
    };
    macros.materialization(node.materialization(), use_built_in)
}

/// A node that is built by a template.
pub(in crate::transform) struct Written<'a> {
    pub graph: &'a Graph,
    pub node: &'a Arc<Node>,
    pub template: &'a Arc<Macro>,
    pub compiled: &'a Compiled,
    pub mode: Mode,
    pub connection: &'a Arc<Connection>,
    pub turn: &'a Arc<Mutex<()>>,
}

/// Why a template did not build its node.
pub(in crate::transform) struct Failed {
    pub error: Error,
    /// Whether nothing has been changed, so that it can be tried again.
    pub is_as_before: bool,
}

impl Written<'_> {
    /// Runs the template; what it leaves uncommitted is undone.
    pub(in crate::transform) fn build(&self) -> Result<Built, Failed> {
        let (_, built) = self.run()?;
        Ok(built)
    }

    /// Runs the template; also gives the result of its statement `main`, as `load_result` does.
    pub(in crate::transform) fn run(&self) -> Result<(Option<Value>, Built), Failed> {
        let transactions = Transactions::new(self.turn);
        let mut scope = self
            .graph
            .scope(self.node, self.mode, Some(self.connection));
        scope.transactions = Some(Arc::clone(&transactions));
        scope.extras = self.names().map_err(|error| Failed {
            error,
            is_as_before: true,
        })?;
        let called = self.graph.templates.run(self.template, Vec::new(), scope);
        let is_as_before = transactions.close(self.connection);
        let ended = called.and_then(|(value, record)| {
            self.check(&value)?;
            let notices = record.notices.into_iter();
            let built = Built {
                notices: notices
                    .map(|text| format!("{}: {text}", self.node.path))
                    .collect(),
                ..Built::default()
            };
            Ok((record.main, built))
        });
        ended.map_err(|error| Failed {
            error: error.at(&self.node.path),
            is_as_before,
        })
    }

    /// What such a template sees beside what a model sees.
    fn names(&self) -> Result<BTreeMap<&'static str, Value>> {
        let config = &self.compiled.config;
        let sql = || Value::from(self.compiled.sql.as_str());
        let mut names = BTreeMap::from([
            ("sql", sql()),
            ("compiled_code", sql()),
            ("pre_hooks", listed(&config.pre_hook)),
            ("post_hooks", listed(&config.post_hook)),
        ]);
        if self.node.kind == NodeKind::Seed {
            let table = SeedTable::read(self.node)?;
            let rows = QueryResult::new(table.cells(self.node, self.connection)?);
            let rows = Value::from_object(rows);
            names.insert(
                "load_agate_table",
                Value::from_function(move || rows.clone()),
            );
        }
        Ok(names)
    }

    /// A materialization says which relations it made.
    fn check(&self, value: &Value) -> Result<()> {
        let relations = value.get_attr("relations").unwrap_or_default();
        if !relations.is_undefined() && relations.try_iter().is_ok() {
            return Ok(());
        }
        Err(Error::project(format!(
            "materialization `{}` of {} `{}` does not say what it made",
            self.node.materialization(),
            self.node.kind.word(),
            self.node.name
        ))
        .at(format!("{}:{}", self.template.path, self.template.line))
        .hint("End it with `{{ return({'relations': [this]}) }}`."))
    }
}

/// Hooks as `run_hooks` gets them.
fn listed(hooks: &[Hook]) -> Value {
    let all = hooks.iter().enumerate().map(|(index, hook)| {
        let about = json!({"sql": hook.sql, "transaction": hook.is_inside, "index": index + 1});
        from_json(&about)
    });
    List::value(all.collect())
}
