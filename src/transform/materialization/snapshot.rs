//! The history of rows: each version with the time in which it was valid.
//!
//! A run compares the current version of every key with the rows of the query. What is new or
//! changed gets a version, the version before ends; what is gone is treated as `hard_deletes`
//! says. Nothing that has ended is touched, and the query may gain and lose columns.

use super::{
    Build, Built, Ending, Moment, no_column, run_inside, run_query_of, transaction, write_comments,
};
use crate::error::{Error, Result};
use crate::transform::compile::SqlFailure;
use crate::transform::config::{ChangedBy, HardDeletes, SnapshotConfig};
use crate::transform::state::RelationKind;
use crate::warehouse::{Column, quote};

/// Instant of the run, the same in all statements of a transaction.
const NOW: &str = "now()::TIMESTAMP";
/// Rows of the query.
const ROWS: &str = "temp.\"cca_snapshot_rows\"";
/// Versions to add.
const ADDED: &str = "temp.\"cca_snapshot_added\"";
/// Versions that end, and when.
const ENDED: &str = "temp.\"cca_snapshot_ended\"";

pub(in crate::transform) fn build(
    build: &Build<'_>,
    config: &SnapshotConfig,
) -> Result<Built, SqlFailure> {
    if build.existing == Some(RelationKind::View) {
        let error = Error::project(format!("failed to build snapshot `{}`", build.node.name))
            .at(&build.node.path)
            .cause(format!("{} is a view", build.node.relation))
            .hint("Drop the view, or give the snapshot another `alias` or `schema`.");
        return Err(error.into());
    }
    transaction(build.connection, build.turn, || {
        run_inside(build, Moment::Before)?;
        let snapshot = Snapshot { build, config };
        let rows = if build.existing.is_some() {
            snapshot.go_on()?
        } else {
            snapshot.begin()?
        };
        run_inside(build, Moment::After)?;
        let which = build.compiled.config.persist_docs;
        let notices = write_comments(build.node, RelationKind::Table, which, build.connection)?;
        let built = Built {
            rows: Some(rows),
            notices,
            ..Built::default()
        };
        Ok((built, Ending::Commit))
    })
}

struct Snapshot<'a> {
    build: &'a Build<'a>,
    config: &'a SnapshotConfig,
}

impl Snapshot<'_> {
    /// The first run: every row is current.
    fn begin(&self) -> Result<u64, SqlFailure> {
        let head = format!(
            "CREATE TABLE {} AS SELECT *, {} FROM (",
            self.build.node.relation,
            self.version_columns("").join(", ")
        );
        let rows = run_query_of(self.build, &head, ") AS q")?;
        let table = self.build.node.relation.to_string();
        self.check_compared(&self.build.connection.describe(&table)?)?;
        Ok(rows)
    }

    /// A column that is to be compared must be there; of rows that never differ nobody would hear.
    fn check_compared(&self, query: &[Column]) -> Result<()> {
        let ChangedBy::Columns(Some(compared)) = &self.config.changed_by else {
            return Ok(());
        };
        let Some(missing) = compared.iter().find(|name| !contains(query, name)) else {
            return Ok(());
        };
        Err(no_column(
            self.build,
            "check_cols",
            unquoted(missing),
            query,
        ))
    }

    /// Every later run; returns the number of versions added.
    fn go_on(&self) -> Result<u64, SqlFailure> {
        let connection = self.build.connection;
        let head = format!("CREATE OR REPLACE TEMP TABLE {ROWS} AS");
        run_query_of(self.build, &head, "")?;
        let query = connection.describe(ROWS)?;
        self.check_compared(&query)?;
        let table = connection.describe(&self.build.node.relation.to_string())?;
        self.check_table(&table)?;
        connection.batch(&self.compare(&query, &table))?;
        self.add_columns(&table)?;
        let meta = &self.config.meta;
        let (to, id) = (quote(&meta.valid_to), quote(&meta.scd_id));
        let relation = &self.build.node.relation;
        connection.batch(&format!(
            "UPDATE {relation} AS t SET {to} = e.ended FROM {ENDED} AS e \
             WHERE t.{id}::VARCHAR = e.id::VARCHAR AND {}",
            self.is_current("t.")
        ))?;
        let count = connection.execute(
            &format!("INSERT INTO {relation} BY NAME SELECT * FROM {ADDED}"),
            &[],
        )?;
        connection.batch(&format!(
            "DROP TABLE {ROWS}; DROP TABLE {ADDED}; DROP TABLE {ENDED}"
        ))?;
        Ok(count)
    }

    /// A table that was made otherwise cannot be continued.
    fn check_table(&self, table: &[Column]) -> Result<()> {
        let meta = &self.config.meta;
        let mut needed = vec![
            &meta.scd_id,
            &meta.valid_from,
            &meta.valid_to,
            &meta.updated_at,
        ];
        if self.config.hard_deletes == HardDeletes::NewRecord {
            needed.push(&meta.is_deleted);
        }
        let missing: Vec<String> = needed
            .into_iter()
            .filter(|name| !contains(table, name))
            .map(|name| format!("`{name}`"))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::project(format!(
            "failed to build snapshot `{}`",
            self.build.node.name
        ))
        .at(&self.build.node.path)
        .cause(format!(
            "its table {} has no column {}",
            self.build.node.relation,
            missing.join(", ")
        ))
        .hint(
            "Add the columns to the table, or name those it has in `snapshot_meta_column_names`.",
        ))
    }

    /// The statements that find out what to add and what has ended.
    fn compare(&self, query: &[Column], table: &[Column]) -> String {
        let marks_deleted = self.config.hard_deletes == HardDeletes::NewRecord;
        let revived = if marks_deleted {
            format!(" OR l.{} = 'True'", quote(&self.config.meta.is_deleted))
        } else {
            String::new()
        };
        let is_changed = format!("({}{revived})", self.is_changed(query, table));
        let current = format!(
            "SELECT *, {} FROM {} WHERE {}",
            self.keys(),
            self.build.node.relation,
            self.is_current("")
        );
        let fresh = format!("SELECT *, {}, {} FROM {ROWS}", self.keys(), self.ended_at());
        let join = self.same_key();
        let id = quote(&self.config.meta.scd_id);
        let mut added = format!(
            "SELECT f.* EXCLUDE ({}, cca_ended) FROM (SELECT *, {}, {} FROM {ROWS}) AS f \
             LEFT JOIN ({current}) AS l ON {join} WHERE l.cca_key_1 IS NULL OR {is_changed}",
            self.key_names(),
            self.keys_and_ended(),
            self.version_columns("").join(", "),
        );
        let mut ended = format!(
            "SELECT l.{id} AS id, f.cca_ended AS ended FROM ({fresh}) AS f \
             JOIN ({current}) AS l ON {join} WHERE {is_changed}"
        );
        if self.config.hard_deletes != HardDeletes::Ignore {
            let gone = self.gone(&current, &fresh, marks_deleted);
            ended.push_str(&format!(" UNION ALL SELECT l.{id}, {NOW} FROM {gone}"));
            if marks_deleted {
                added.push_str(&format!(
                    " UNION ALL BY NAME SELECT {} FROM {gone}",
                    self.deleted_version(query, table)
                ));
            }
        }
        format!(
            "CREATE OR REPLACE TEMP TABLE {ADDED} AS {added};\n\
             CREATE OR REPLACE TEMP TABLE {ENDED} AS {ended};"
        )
    }

    /// Current versions without a row, as `l`.
    fn gone(&self, current: &str, fresh: &str, marks_deleted: bool) -> String {
        let known = if marks_deleted {
            format!(
                " AND NOT (l.{} = 'True' AND {})",
                quote(&self.config.meta.is_deleted),
                self.ends_open()
            )
        } else {
            String::new()
        };
        format!(
            "({current}) AS l LEFT JOIN ({fresh}) AS f ON {} WHERE f.cca_key_1 IS NULL{known}",
            self.same_key()
        )
    }

    /// The version that says that a row is gone.
    fn deleted_version(&self, query: &[Column], table: &[Column]) -> String {
        let meta = &self.config.meta;
        let mut items: Vec<String> = query
            .iter()
            .map(|column| {
                let name = quote(&column.name);
                if contains(table, &column.name) {
                    format!("l.{name}")
                } else {
                    format!("NULL::{} AS {name}", column.type_name)
                }
            })
            .collect();
        let id = hash(&[format!("l.{}", quote(&meta.scd_id)), NOW.to_owned()]);
        items.extend([
            format!("{id} AS {}", quote(&meta.scd_id)),
            format!("{NOW} AS {}", quote(&meta.updated_at)),
            format!("{NOW} AS {}", quote(&meta.valid_from)),
            format!("l.{}", quote(&meta.valid_to)),
            format!("'True' AS {}", quote(&meta.is_deleted)),
        ]);
        items.join(", ")
    }

    /// The columns that make a row of the query a current version.
    fn version_columns(&self, prefix: &str) -> Vec<String> {
        let meta = &self.config.meta;
        let at = format!("{prefix}{}", self.updated_at());
        let mut parts = self.config.unique_key.clone();
        parts.push(self.updated_at().to_owned());
        let open = self.config.valid_to_current.as_deref().unwrap_or("NULL");
        let mut columns = vec![
            format!("{} AS {}", hash(&parts), quote(&meta.scd_id)),
            format!("{at} AS {}", quote(&meta.updated_at)),
            format!("{at} AS {}", quote(&meta.valid_from)),
            // The type is that of the instant, whatever stands for the open end.
            format!(
                "coalesce(nullif({at}, {at}), {open}) AS {}",
                quote(&meta.valid_to)
            ),
        ];
        if self.config.hard_deletes == HardDeletes::NewRecord {
            columns.push(format!("'False' AS {}", quote(&meta.is_deleted)));
        }
        columns
    }

    fn updated_at(&self) -> &str {
        self.config.updated_at.as_deref().unwrap_or(NOW)
    }

    fn ended_at(&self) -> String {
        format!("{} AS cca_ended", self.updated_at())
    }

    fn keys_and_ended(&self) -> String {
        format!("{}, {}", self.keys(), self.ended_at())
    }

    fn keys(&self) -> String {
        let named = self.config.unique_key.iter().enumerate();
        let named = named.map(|(at, key)| format!("{key} AS cca_key_{}", at + 1));
        named.collect::<Vec<_>>().join(", ")
    }

    fn key_names(&self) -> String {
        let names = (1..=self.config.unique_key.len()).map(|at| format!("cca_key_{at}"));
        names.collect::<Vec<_>>().join(", ")
    }

    fn same_key(&self) -> String {
        let pairs =
            (1..=self.config.unique_key.len()).map(|at| format!("l.cca_key_{at} = f.cca_key_{at}"));
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// Whether a version has not ended.
    fn is_current(&self, prefix: &str) -> String {
        let to = format!("{prefix}{}", quote(&self.config.meta.valid_to));
        match &self.config.valid_to_current {
            Some(open) => format!("({to} = {open} OR {to} IS NULL)"),
            None => format!("{to} IS NULL"),
        }
    }

    fn ends_open(&self) -> String {
        let to = quote(&self.config.meta.valid_to);
        match &self.config.valid_to_current {
            Some(open) => format!("l.{to} = {open}"),
            None => format!("l.{to} IS NULL"),
        }
    }

    /// Whether the row `f` differs from the version `l`.
    fn is_changed(&self, query: &[Column], table: &[Column]) -> String {
        let wanted = match &self.config.changed_by {
            ChangedBy::Time => {
                let from = quote(&self.config.meta.valid_from);
                return format!("l.{from} < f.cca_ended");
            }
            ChangedBy::Columns(Some(columns)) => columns.clone(),
            ChangedBy::Columns(None) => query.iter().map(|column| column.name.clone()).collect(),
        };
        // With a new column among them, every row is another one.
        if wanted.iter().any(|name| !contains(table, name)) {
            return "true".to_owned();
        }
        let compared = wanted
            .iter()
            .map(|name| format!("l.{0} IS DISTINCT FROM f.{0}", quote(unquoted(name))));
        format!("({})", compared.collect::<Vec<_>>().join(" OR "))
    }

    /// Gives the table the columns that the query has gained.
    fn add_columns(&self, table: &[Column]) -> Result<()> {
        let connection = self.build.connection;
        for column in connection.describe(ADDED)? {
            if !contains(table, &column.name) {
                connection.batch(&format!(
                    "ALTER TABLE {} ADD COLUMN {} {}",
                    self.build.node.relation,
                    quote(&column.name),
                    column.type_name
                ))?;
            }
        }
        Ok(())
    }
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .unwrap_or(name)
}

fn contains(columns: &[Column], name: &str) -> bool {
    let name = unquoted(name);
    columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(name))
}

/// The identity of a version: the same parts give the same text everywhere.
fn hash(parts: &[String]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("coalesce(cast({part} as varchar), '')"))
        .collect();
    format!("md5({})", parts.join(" || '|' || "))
}
