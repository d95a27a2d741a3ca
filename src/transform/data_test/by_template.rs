//! Tests that are run by a template: a materialization `test` of the project, or the built-in one
//! where the project replaces a macro of it.

use std::sync::Arc;

use minijinja::value::Value;
use serde_json::Value as Json;

use super::compile::CompiledTest;
use super::{Count, TestRun};
use crate::error::{Error, Result};
use crate::transform::compile::Compiled;
use crate::transform::config::ConfigPatch;
use crate::transform::context::{Macro, Mode};
use crate::transform::graph::Node;
use crate::transform::materialization::Written;

/// Runs the template; the row of its statement `main` says how many failures there are and what
/// that means.
pub(super) fn count(
    run: &TestRun<'_>,
    template: &Arc<Macro>,
    test: &CompiledTest,
) -> Result<Count> {
    let node = Arc::new(resolved(test));
    let compiled = Compiled {
        sql: test.sql.clone(),
        config: node.config.clone(),
        notices: Vec::new(),
    };
    let mode = Mode {
        execute: true,
        ..Mode::default()
    };
    let way = Written {
        graph: run.graph,
        node: &node,
        template,
        compiled: &compiled,
        mode,
        connection: run.connection,
        turn: run.turn,
    };
    let (main, _) = way.run().map_err(|failed| failed.error)?;
    let row = main.and_then(|main| main.get_attr("table").ok()?.get_item_by_index(0).ok());
    let cell = |name: &str| {
        let row = row.as_ref()?;
        row.get_attr(name).ok().filter(|cell| !cell.is_undefined())
    };
    match (cell("failures"), cell("should_warn"), cell("should_error")) {
        (Some(failures), Some(warns), Some(fails)) => Ok(Count {
            failures: whole(&failures),
            warns: warns.is_true(),
            fails: fails.is_true(),
        }),
        _ => Err(Error::project(format!(
            "the materialization of test `{}` does not say how many failures there are",
            test.node.name
        ))
        .at(format!("{}:{}", template.path, template.line))
        .hint(
            "Let its statement `main` fetch one row with `failures`, `should_warn` and `should_error`.",
        )),
    }
}

/// The test with all settings that decide its outcome, as the template asks for them.
fn resolved(test: &CompiledTest) -> Node {
    let config = &test.config;
    let mut patch = ConfigPatch::default();
    for (key, value) in [
        ("fail_calc", Json::from(config.fail_calc.as_str())),
        ("warn_if", Json::from(config.warn_if.as_str())),
        ("error_if", Json::from(config.error_if.as_str())),
        ("limit", Json::from(config.limit)),
        ("store_failures", Json::from(config.store_failures)),
    ] {
        patch.put(key, value);
    }
    let mut node = Node::clone(&test.node);
    node.settings.overlay(&patch);
    node
}

fn whole(failures: &Value) -> u64 {
    let number = failures.as_i64().or_else(|| {
        let number = f64::try_from(failures.clone()).ok()?.round();
        format!("{number:.0}").parse().ok()
    });
    u64::try_from(number.unwrap_or(0)).unwrap_or(0)
}
