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
use crate::transform::context::{Macro, Mode, Transactions};
use crate::transform::graph::{Graph, Node, NodeKind};
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
    let name = match node.kind {
        NodeKind::Model => config.materialization(),
        kind => kind.name(),
    };
    let has_template = matches!(
        config.materialized,
        Materialization::View | Materialization::Table | Materialization::Incremental
    ) && config.microbatch.is_none();
    let is_wanted = config.custom_strategy.is_some() || registry.macros.changes_building();
    let use_built_in = node.kind == NodeKind::Model && has_template && is_wanted;
    registry.macros.materialization(name, use_built_in)
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
        let transactions = Transactions::new(self.turn);
        let mut scope = self
            .graph
            .scope(self.node, self.mode, Some(self.connection));
        scope.transactions = Some(Arc::clone(&transactions));
        scope.extras = self.names();
        let called = self.graph.templates.run(self.template, Vec::new(), scope);
        let is_as_before = transactions.close(self.connection);
        let ended = called.and_then(|(value, record)| {
            self.check(&value)?;
            let unchecked = self.compiled.config.is_contract_enforced.then(|| {
                "the contract is not enforced, because a template builds the model".to_owned()
            });
            let notices = record.notices.into_iter().chain(unchecked);
            Ok(Built {
                notices: notices
                    .map(|text| format!("{}: {text}", self.node.path))
                    .collect(),
                ..Built::default()
            })
        });
        ended.map_err(|error| Failed {
            error: error.at(&self.node.path),
            is_as_before,
        })
    }

    /// What such a template sees beside what a model sees.
    fn names(&self) -> BTreeMap<&'static str, Value> {
        let config = &self.compiled.config;
        let sql = || Value::from(self.compiled.sql.as_str());
        BTreeMap::from([
            ("sql", sql()),
            ("compiled_code", sql()),
            ("pre_hooks", listed(&config.pre_hook)),
            ("post_hooks", listed(&config.post_hook)),
        ])
    }

    /// A materialization says which relations it made.
    fn check(&self, value: &Value) -> Result<()> {
        let relations = value.get_attr("relations").unwrap_or_default();
        if !relations.is_undefined() && relations.try_iter().is_ok() {
            return Ok(());
        }
        Err(Error::project(format!(
            "materialization `{}` of {} `{}` does not say what it made",
            self.compiled.config.materialization(),
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
