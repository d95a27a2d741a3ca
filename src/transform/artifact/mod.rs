//! Artifacts: the project, its runs and its relations as JSON files in dbt's published schemas, so
//! that what reads dbt's files reads ours.
//!
//! | file | schema | holds |
//! |---|---|---|
//! | `manifest.json` | manifest v12 | every node, macro and docs block, with what depends on what |
//! | `run_results.json` | run-results v6 | how each unit of the last run ended |
//! | `catalog.json` | catalog v1 | relations and columns as they are in the warehouse |
//!
//! A file is replaced as a whole. Nothing here is read back except for comparisons with an earlier
//! state.

mod catalog;
mod columns;
mod config;
mod described;
mod key;
mod macros;
mod manifest;
mod node;
mod resource;
mod results;
mod semantic;
mod source;
mod sql;

use std::path::Path;

use serde::Serialize;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

pub use self::catalog::write_catalog;
pub(super) use self::config::default_setting;
pub use self::manifest::write_manifest;
pub(super) use self::node::entry;
pub use self::results::{RunFacts, status_word, write_run_results};
pub use self::sql::{Queries, Sql, write_sql};
use super::DBT_VERSION;
use super::graph::{Graph, Node, NodeKind};
use crate::error::{Error, IoContext, Result};
use crate::sys::fs::write_atomic;

/// The head of every artifact.
fn metadata(graph: &Graph, schema: &str) -> Json {
    json!({
        "dbt_schema_version": format!("https://schemas.getdbt.com/dbt/{schema}.json"),
        "dbt_version": DBT_VERSION,
        "generated_at": instant(crate::sys::clock::now()),
        "invocation_id": graph.invocation_id(),
        "invocation_started_at": instant(graph.registry.started),
        "env": {},
    })
}

/// An instant as dbt writes it.
fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The fingerprint of what a node is made from: its text, of a unit test its entry.
pub(super) fn checksum(node: &Node) -> String {
    let text = match node.kind {
        NodeKind::UnitTest => node.properties.to_string(),
        _ => node.text.trim().to_owned(),
    };
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// Creates the folder of artifacts, so that a run that could not write them does not begin.
///
/// # Errors
/// `SourceUnavailable` if it cannot be created.
pub fn prepare_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .io("create the folder", folder)
        .map_err(|error| error.hint("Make it writable, or name another one: `--target-path DIR`."))
}

fn write(folder: &Path, name: &str, contents: &impl Serialize) -> Result<()> {
    prepare_folder(folder)?;
    let bytes = serde_json::to_vec(contents)
        .map_err(|error| Error::bug("failed to write an artifact").cause(error))?;
    write_atomic(&folder.join(name), &bytes)
}
