//! A hook that the engine refuses, with the place where it is written if that is in the file of
//! its node.

use crate::error::{Error, Excerpt};
use crate::transform::compile::shortened;
use crate::transform::graph::Node;

/// The failure of a hook that is configured under `name` as `written`, of which `sql` is the text
/// that was run.
pub(super) fn hook_failure(
    node: &Node,
    name: &str,
    written: &str,
    sql: &str,
    error: &Error,
) -> Error {
    let kind = node.kind.word();
    let what = format!("failed to run the {name} of {kind} `{}`", node.name);
    let found = place(node, written).or_else(|| place(node, sql));
    let failure = Error::new(error.kind(), what);
    let failure = match found {
        Some(excerpt) => {
            let column = excerpt.column.unwrap_or(1);
            failure
                .at(format!("{}:{}:{column}", node.path, excerpt.line))
                .showing(excerpt)
        }
        None => failure.at(&node.path),
    };
    failure
        .cause(shortened(&error.causes().join("\n")))
        .cause(format!("in `{}`", sql.trim()))
}

/// Where the file of the node says `text`.
fn place(node: &Node, text: &str) -> Option<Excerpt> {
    let text = text.trim();
    let at = node.text.find(text).filter(|_| !text.is_empty())?;
    let before = node.text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Some(Excerpt {
        line: before.matches('\n').count() + 1,
        column: Some(before.get(start..)?.chars().count() + 1),
        text: node.text.get(start..)?.lines().next()?.to_owned(),
    })
}
