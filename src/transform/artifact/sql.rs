//! The SQL of a run on disk: `compiled/<package>/<file>` holds queries, `run/<package>/<file>` the
//! statements that were run for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::node::below_its_folder;
use crate::error::{Error, IoContext, Result};
use crate::transform::graph::{Graph, Node};

/// The SQL of one node.
#[derive(Clone, Debug, Default)]
pub struct Sql<'a> {
    /// Id of the node.
    pub id: &'a str,
    /// Its query.
    pub compiled: Option<&'a str>,
    /// What was run for it.
    pub ran: Option<&'a str>,
}

/// Queries of nodes that were compiled, and where they are written.
#[derive(Clone, Debug, Default)]
pub struct Queries<'a> {
    /// The queries by the id of their node.
    pub sql: BTreeMap<&'a str, &'a str>,
    /// The folder of artifacts as the manifest names it: below the folder of the project, or
    /// absolute.
    pub folder: PathBuf,
}

impl<'a> Queries<'a> {
    /// The query of a node, if it was compiled.
    pub(super) fn of(&self, node: &Node) -> Option<Query<'a>> {
        let text = self.sql.get(node.id.as_str()).copied()?;
        let path = self.folder.join("compiled").join(file_of(node));
        Some(Query { text, path })
    }
}

/// The query of one node.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Query<'a> {
    pub text: &'a str,
    /// Where it is written.
    pub path: PathBuf,
}

/// Writes the SQL of nodes below `folder`.
///
/// # Errors
/// `SourceUnavailable` if the folder cannot be written.
pub fn write_sql<'a>(
    graph: &Graph,
    all: impl IntoIterator<Item = Sql<'a>>,
    folder: &Path,
) -> Result<()> {
    let mut folders = BTreeSet::new();
    for sql in all {
        let Some(node) = graph.node(sql.id) else {
            continue;
        };
        for (kind, text) in [("compiled", sql.compiled), ("run", sql.ran)] {
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                continue;
            };
            let path = folder.join(kind).join(file_of(node));
            let parent = path.parent().unwrap_or(folder).to_owned();
            if folders.insert(parent.clone()) {
                std::fs::create_dir_all(&parent).io("create the folder", &parent)?;
            }
            write_plain(&path, text)?;
        }
    }
    Ok(())
}

/// Where the SQL of a node stands below `compiled` and `run`.
fn file_of(node: &Node) -> PathBuf {
    let file = Path::new(&node.package).join(node.file.trim_start_matches('/'));
    let own = below_its_folder(node);
    // What several of are in one file gets a file of its own below its name.
    if Path::new(&own).file_name() == file.file_name() {
        file
    } else {
        file.join(own)
    }
}

/// These files are for looking at and made again by every run, so nothing waits for the disk.
fn write_plain(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut file = std::fs::File::create(path).io("write", path)?;
    file.write_all(text.as_bytes()).map_err(|error| {
        Error::unavailable("failed to write SQL")
            .at(path.display())
            .cause(error)
    })
}
