//! Reading from elsewhere what is not built here: parents that are neither selected nor in the
//! warehouse are taken from where an earlier state built them, or from another warehouse file that
//! is attached for reading.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::graph::{Graph, Node};
use super::prior::Prior;
use super::run::Verb;
use super::select::select;
use super::settings::Selection;
use super::state::Existing;
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Relation, literal, quote};

/// Name under which another warehouse file is attached whose own name is taken.
const ATTACHED: &str = "cca_deferred";

/// Where parents are read that are not built here.
#[derive(Clone, Debug)]
pub struct Defer {
    /// The place.
    pub from: DeferFrom,
    /// Read from there even what is in the warehouse, unless it is selected.
    pub favor: bool,
}

/// A place parents can be read from.
#[derive(Clone, Debug)]
pub enum DeferFrom {
    /// The relations of an earlier manifest, in databases this warehouse knows.
    State(Arc<Prior>),
    /// Another warehouse file.
    File(PathBuf),
}

impl Graph {
    /// Lets references lead elsewhere where `verb` does not build what they mean; returns the names
    /// of the nodes concerned.
    ///
    /// # Errors
    /// `Usage` for a selector without a match, `SourceUnavailable` for a file that cannot be
    /// attached.
    pub fn defer(
        &mut self,
        connection: &Connection,
        verb: Verb,
        selection: &Selection,
        defer: &Defer,
    ) -> Result<Vec<String>> {
        let existing = Existing::read(connection)?;
        let selected = select(self, selection)?;
        let is_built =
            |node: &Node| selected.contains(node.id.as_str()) && verb.concerns(node.kind);
        let elsewhere = Elsewhere::open(connection, &defer.from)?;
        let mut moved = Vec::new();
        for node in &self.nodes {
            let is_candidate = node.kind.is_referable()
                && !node.is_ephemeral()
                && !is_built(node)
                && (defer.favor || existing.kind(&node.relation).is_none());
            if let Some(relation) = elsewhere.relation(node).filter(|_| is_candidate) {
                moved.push((node.id.clone(), node.name.clone(), relation));
            }
        }
        let registry = Arc::make_mut(&mut self.registry);
        for (id, name, relation) in &moved {
            let referents = registry.referents.get_mut(name).into_iter().flatten();
            for referent in referents.filter(|one| one.id == *id) {
                referent.relation = relation.clone();
            }
        }
        Ok(moved.into_iter().map(|(_, name, _)| name).collect())
    }
}

enum Elsewhere<'a> {
    State(&'a Prior),
    /// A file, by the name of its database here; its relations as schema and name.
    File {
        database: String,
        relations: Vec<(String, String)>,
    },
}

impl<'a> Elsewhere<'a> {
    fn open(connection: &Connection, from: &'a DeferFrom) -> Result<Self> {
        let path = match from {
            DeferFrom::State(prior) => return Ok(Self::State(prior)),
            DeferFrom::File(path) => path,
        };
        let database = attach(connection, path)?;
        let sql = "SELECT table_schema, table_name FROM information_schema.tables \
                   WHERE table_catalog = ? ORDER BY ALL";
        let found = connection.query(sql, &[database.as_str().into()])?;
        let pair = |row: &Vec<crate::warehouse::Value>| {
            let text = |at: usize| {
                row.get(at)
                    .and_then(|cell| cell.as_str())
                    .map(str::to_owned)
            };
            Some((text(0)?, text(1)?))
        };
        Ok(Self::File {
            database,
            relations: found.rows.iter().filter_map(pair).collect(),
        })
    }

    fn relation(&self, node: &Node) -> Option<Relation> {
        match self {
            Self::State(prior) => prior.relation(node),
            Self::File {
                database,
                relations,
            } => {
                let own = &node.relation;
                let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
                let mut named = relations.iter().filter(|(_, name)| same(name, &own.name));
                let exact = named.clone().find(|(schema, _)| same(schema, &own.schema));
                // Another target builds into another schema; a name that is there once is meant.
                let only = match (named.next(), named.next()) {
                    (Some(one), None) => Some(one),
                    _ => None,
                };
                let (schema, name) = exact.or(only)?;
                let relation = Relation::new(schema.clone(), name.clone());
                Some(relation.in_database(Some(database.clone())))
            }
        }
    }
}

/// Attaches a file for reading, unless it is attached already; gives the name of its database.
fn attach(connection: &Connection, path: &Path) -> Result<String> {
    let known = connection.query("SELECT database_name, path FROM duckdb_databases()", &[])?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let attached = known.rows.iter().find_map(|row| {
        let at = |index: usize| row.get(index).and_then(|cell| cell.as_str());
        let is_it = real(Path::new(at(1)?)) == real(path);
        at(0).filter(|_| is_it).map(str::to_owned)
    });
    if let Some(database) = attached {
        return Ok(database);
    }
    // Views of the file name its database, so it gets the name it had when they were made.
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut names = known.rows.iter().filter_map(|row| row.first()?.as_str());
    let is_taken = names.any(|name| name.eq_ignore_ascii_case(&stem));
    let name = if is_taken || stem.is_empty() {
        ATTACHED
    } else {
        &*stem
    };
    let file = literal(&path.to_string_lossy());
    let sql = format!("ATTACH {file} AS {} (READ_ONLY)", quote(name));
    connection.batch(&sql).map_err(|error| {
        Error::unavailable("failed to attach the warehouse to read from")
            .at(path.display())
            .cause(error.causes().join("\n"))
            .hint("Name a warehouse file that no other process is writing.")
    })?;
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::fixture::{Db, graph};
    use crate::transform::run::run;
    use crate::transform::settings::RunOptions;
    use crate::warehouse::{Access, Options, Warehouse};

    fn project() -> Graph {
        graph(&[
            ("sql/models/marts/a.sql", "select 1 as n"),
            (
                "sql/models/marts/b.sql",
                "select n + 1 as n from {{ ref('a') }}",
            ),
            (
                "sql/models/marts/c.sql",
                "select n + 1 as n from {{ ref('b') }}",
            ),
        ])
    }

    fn build(db: &Db, graph: &Graph) -> bool {
        let options = RunOptions::default();
        let selection = Selection::of("c");
        let report = run(
            Verb::Run,
            graph,
            &db.warehouse,
            &selection,
            &options,
            &db.events,
        );
        report.expect("a report").is_ok()
    }

    #[test]
    fn parents_that_are_not_built_are_read_from_another_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("prod.duckdb");
        let prod = Warehouse::open(&path, &Options::new(Access::ReadWrite)).expect("opened");
        let sql = "CREATE SCHEMA marts; CREATE TABLE marts.a AS SELECT 10 AS n; CREATE TABLE marts.b AS SELECT 20 AS n";
        prod.connect().expect("connected").batch(sql).expect("made");
        drop(prod);
        let db = Db::new();
        let defer = |favor| Defer {
            from: DeferFrom::File(path.clone()),
            favor,
        };
        let mut graph = project();
        let moved = graph.defer(&db.look, Verb::Run, &Selection::of("c"), &defer(false));
        assert_eq!(moved.expect("deferred"), ["a", "b"]);
        assert!(build(&db, &graph));
        assert_eq!(db.rows("FROM marts.c"), ["21"]);
        // What is there is used, unless the other place is favoured.
        db.sql("CREATE TABLE marts.b AS SELECT 100 AS n");
        for (favor, expected) in [(false, "101"), (true, "21")] {
            let mut graph = project();
            graph
                .defer(&db.look, Verb::Run, &Selection::of("c"), &defer(favor))
                .expect("deferred");
            assert!(build(&db, &graph));
            assert_eq!(db.rows("FROM marts.c"), [expected]);
        }
        let missing = Defer {
            from: DeferFrom::File(folder.path().join("none.duckdb")),
            favor: false,
        };
        let other = Db::new();
        let error = project().defer(&other.look, Verb::Run, &Selection::of("c"), &missing);
        assert!(
            error
                .expect_err("no file")
                .to_string()
                .contains("none.duckdb")
        );
    }
}
