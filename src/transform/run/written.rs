//! Building a node by a template that says how.

use std::sync::Arc;
use std::time::Duration;

use super::Context;
use super::unit::{ATTEMPTS, is_conflict};
use crate::transform::compile::{Compiled, SqlFailure};
use crate::transform::context::{Macro, Mode};
use crate::transform::graph::Node;
use crate::transform::materialization::{Built, Written};
use crate::warehouse::Connection;

/// Runs the template; again if another transaction got in the way before it changed anything.
pub(super) fn build_written(
    context: &Context<'_>,
    node: &Arc<Node>,
    mode: Mode,
    (template, compiled): (&Arc<Macro>, &Compiled),
    connection: &Arc<Connection>,
) -> Result<Built, SqlFailure> {
    let way = Written {
        graph: context.graph,
        node,
        template,
        compiled,
        mode,
        connection,
        turn: &context.turn,
    };
    let mut tried = 1;
    loop {
        if context.options.keep_statements {
            connection.keep_statements();
        }
        let outcome = way.build();
        let ran = connection.kept_statements();
        match outcome {
            Ok(built) => return Ok(Built { ran, ..built }),
            Err(failed) => {
                let may_try = tried < ATTEMPTS && failed.is_as_before;
                if !may_try || !is_conflict(&failed.error) {
                    return Err(failed.error.into());
                }
                std::thread::sleep(Duration::from_millis(10 * u64::from(tried)));
                tried += 1;
            }
        }
    }
}
