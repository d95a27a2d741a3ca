//! One generation: the files of all relations at one time, and which old ones may go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{Folder, sync_file};
use super::parts::{Before, Part, PartsWriter, has_parts};
use super::relations::Published;
use crate::error::{Error, IoContext, Result};
use crate::warehouse::{Connection, Relation, Value, on_connections};

/// Form of `manifest.json`; another number is not read.
const VERSION: u32 = 2;
/// A superseded generation stays at least this long, for queries that began with it.
const GRACE_MICROS: i64 = 3_600_000_000;

/// How the contents of a relation differ from those published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Rows came, or were replaced by rows of a later load.
    Rows,
    /// Any row may differ.
    Whole,
}

/// Relations that changed, by name; others are as they were published.
pub type Changes = BTreeMap<String, Change>;

/// What a generation holds, kept beside its files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// Its number.
    pub generation: u64,
    /// When it was written, in microseconds since the epoch.
    pub created_at: i64,
    /// Its files.
    pub files: Vec<File>,
}

/// The Parquet file of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// Name of the relation.
    pub relation: String,
    /// Rows in the file.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Names and types of its columns.
    pub columns: Vec<(String, String)>,
    /// Its periods, in the order of its row groups; none if it was written as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Whether an earlier generation wrote it.
    #[serde(skip)]
    pub is_reused: bool,
}

impl Manifest {
    /// The manifest of a generation, if it is whole.
    pub(super) fn load(folder: &Folder, number: u64) -> Option<Self> {
        let text = std::fs::read(path(&folder.generation(number))).ok()?;
        let manifest: Self = serde_json::from_slice(&text).ok()?;
        (manifest.version == VERSION && manifest.generation == number).then_some(manifest)
    }

    fn save(&self, written: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::bug("a manifest that is not JSON").cause(error))?;
        crate::sys::fs::write_atomic(&path(written), &text)
    }

    /// The file of a relation, if it has the same columns still.
    fn file(&self, relation: &Published) -> Option<&File> {
        let columns = columns(relation);
        self.files
            .iter()
            .find(|file| file.relation == relation.name && file.columns == columns)
    }
}

fn path(generation: &Path) -> PathBuf {
    generation.join("manifest.json")
}

fn columns(relation: &Published) -> Vec<(String, String)> {
    let pairs = relation.columns.iter();
    pairs
        .map(|column| (column.name.clone(), column.type_name.clone()))
        .collect()
}

/// Writes generations.
pub(super) struct Writer<'a> {
    pub schema: &'a str,
    pub folder: &'a Folder,
    /// The generation whose files may be reused.
    pub previous: Option<&'a Manifest>,
    /// Relations with other contents than in that generation; `None` for all.
    pub changes: Option<&'a Changes>,
}

impl Writer<'_> {
    /// The previous generation, if it already holds all of the relations, unchanged, and nothing
    /// else.
    pub(super) fn unchanged(&self, relations: &[Published]) -> Option<Manifest> {
        let previous = self.previous?;
        let covers = previous.files.len() == relations.len()
            && relations
                .iter()
                .all(|relation| self.reusable(relation).is_some());
        covers.then(|| {
            let mut manifest = previous.clone();
            for file in &mut manifest.files {
                file.is_reused = true;
            }
            manifest
        })
    }

    /// The file that may serve for the relation again: same columns, contents untouched.
    fn reusable(&self, relation: &Published) -> Option<&File> {
        // What a view reads may change without the view.
        let is_untouched = !relation.is_view && self.change(relation).is_none();
        self.previous?.file(relation).filter(|_| is_untouched)
    }

    /// The file that may serve in parts.
    fn partly_reusable(&self, relation: &Published) -> Option<&File> {
        let is_partly = self.change(relation) != Some(Change::Whole);
        self.previous?.file(relation).filter(|_| is_partly)
    }

    fn change(&self, relation: &Published) -> Option<Change> {
        let Some(changes) = self.changes else {
            return Some(Change::Whole);
        };
        changes.get(&relation.name).copied()
    }

    /// Writes a whole generation beside the others; readers do not see it yet.
    pub(super) fn write(
        &self,
        connection: &Connection,
        others: &mut [Connection],
        number: u64,
        created_at: i64,
        relations: &[Published],
    ) -> Result<Manifest> {
        let written = self.folder.begin_generation(number)?;
        let files = on_connections(connection, others, relations, |connection, relation| {
            self.write_file(connection, relation, &written)
        })?;
        let manifest = Manifest {
            version: VERSION,
            generation: number,
            created_at,
            files,
        };
        manifest.save(&written)?;
        self.folder.finish_generation(number, &written)?;
        Ok(manifest)
    }

    fn write_file(
        &self,
        connection: &Connection,
        relation: &Published,
        written: &Path,
    ) -> Result<File> {
        let name = format!("{}.parquet", relation.name);
        let target = written.join(&name);
        // A file system without hard links, or a lost file, only costs writing it again.
        if let Some(file) = self.reusable(relation)
            && std::fs::hard_link(self.before(&name), &target).is_ok()
        {
            return Ok(File {
                is_reused: true,
                ..file.clone()
            });
        }
        let parts = if has_parts(relation) {
            self.write_parts(connection, relation, &target)?
        } else {
            Vec::new()
        };
        let rows = if parts.is_empty() {
            let source = Relation::new(self.schema, &*relation.name);
            self.copy(
                connection,
                relation,
                &format!("SELECT * FROM {source}"),
                &target,
            )?
        } else {
            parts.iter().map(|part| part.rows).sum()
        };
        sync_file(&target)?;
        let bytes = std::fs::metadata(&target).io("look at", &target)?.len();
        Ok(File {
            relation: relation.name.clone(),
            rows,
            bytes,
            columns: columns(relation),
            parts,
            is_reused: false,
        })
    }

    fn write_parts(
        &self,
        connection: &Connection,
        relation: &Published,
        target: &Path,
    ) -> Result<Vec<Part>> {
        let before = self.partly_reusable(relation).map(|file| Before {
            path: self.before(&format!("{}.parquet", relation.name)),
            parts: &file.parts,
        });
        PartsWriter {
            connection,
            source: Relation::new(self.schema, &*relation.name),
            copy: &|query, path| self.copy(connection, relation, query, path),
            before,
        }
        .write(target)
    }

    /// Where a file of this name is in the generation before.
    fn before(&self, name: &str) -> PathBuf {
        let number = self.previous.map_or(0, |previous| previous.generation);
        self.folder.generation(number).join(name)
    }

    fn copy(
        &self,
        connection: &Connection,
        relation: &Published,
        query: &str,
        target: &Path,
    ) -> Result<u64> {
        let path = target.to_str().ok_or_else(|| not_text(target))?;
        let sql = format!(
            "COPY ({query}) TO ? (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        );
        let copied = connection
            .scalar(&sql, &[Value::from(path)])
            .map_err(|error| {
                error
                    .at(format!("{}.{}", self.schema, relation.name))
                    .at(target.display())
            })?;
        let rows = copied.as_i64().and_then(|rows| u64::try_from(rows).ok());
        rows.ok_or_else(|| Error::bug("a copy that does not tell its rows").at(target.display()))
    }
}

/// Paths travel through SQL and JSON, which are text.
pub(super) fn not_text(path: &Path) -> Error {
    Error::config("the published folder must have a name in UTF-8")
        .at(path.display())
        .hint("Choose another `publish.dir`.")
}

/// The generations that no reader needs: beyond `keep` superseded ones, and superseded for an hour.
pub(super) fn expired(folder: &Folder, current: u64, keep: usize, now: i64) -> Result<Vec<u64>> {
    let mut older: Vec<u64> = folder
        .generations()?
        .into_iter()
        .filter(|&number| number < current)
        .collect();
    // Numbers above the current one are left alone: their run stopped before the swap.
    older.reverse();
    let mut successor = current;
    let mut gone = Vec::new();
    for (index, number) in older.into_iter().enumerate() {
        let superseded_at = Manifest::load(folder, successor).map_or(0, |next| next.created_at);
        if index >= keep && now.saturating_sub(superseded_at) >= GRACE_MICROS {
            gone.push(number);
        }
        successor = number;
    }
    Ok(gone)
}
