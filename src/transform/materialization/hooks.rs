//! SQL before and after what builds a node, in its transaction or outside of it.
//!
//! A hook that is a template is rendered when its turn comes, so that it sees what was done before.

use super::hook_failure::hook_failure;
use crate::error::Result;
use crate::transform::config::{Hook, ModelConfig};
use crate::transform::graph::Node;
use crate::transform::template::lines::trim_statement;
use crate::warehouse::Connection;

/// When hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Moment {
    Before,
    After,
}

impl Moment {
    /// The setting that holds them.
    fn key(self) -> &'static str {
        match self {
            Self::Before => "pre_hook",
            Self::After => "post_hook",
        }
    }
}

/// Renders the text of a setting, given its key.
pub(in crate::transform) type RenderHook<'a> = &'a dyn Fn(&str, &str) -> Result<String>;

/// The hooks of a node.
pub(in crate::transform) struct Hooks<'a> {
    pub(in crate::transform) node: &'a Node,
    pub(in crate::transform) before: &'a [Hook],
    pub(in crate::transform) after: &'a [Hook],
    pub(in crate::transform) render: RenderHook<'a>,
}

impl<'a> Hooks<'a> {
    /// The hooks that are configured.
    pub(in crate::transform) fn of(
        node: &'a Node,
        config: &'a ModelConfig,
        render: RenderHook<'a>,
    ) -> Self {
        Self {
            node,
            before: &config.pre_hook,
            after: &config.post_hook,
            render,
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Runs those of a moment that belong inside the transaction, or those that do not.
    pub(in crate::transform) fn run(
        &self,
        moment: Moment,
        inside: bool,
        connection: &Connection,
    ) -> Result<()> {
        let all = match moment {
            Moment::Before => self.before,
            Moment::After => self.after,
        };
        for hook in all.iter().filter(|hook| hook.is_inside == inside) {
            let sql = (self.render)(moment.key(), &hook.sql)?;
            let texts = (hook.sql.as_str(), trim_statement(&sql));
            run_sql(self.node, moment.key(), texts, connection)?;
        }
        Ok(())
    }
}

/// Runs the SQL of the setting `key`, if it is not empty; `written` is what it was rendered from.
pub(super) fn run_sql(
    node: &Node,
    key: &str,
    (written, sql): (&str, &str),
    connection: &Connection,
) -> Result<()> {
    if sql.is_empty() {
        return Ok(());
    }
    connection
        .batch(sql)
        .map_err(|error| hook_failure(node, key, written, sql, &error))
}
