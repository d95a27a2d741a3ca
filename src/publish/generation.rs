//! One generation: the files of all relations at one time, and which old ones may go.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{Folder, sync_file};
use super::relations::Published;
use crate::error::{Error, IoContext, Result};
use crate::warehouse::{Connection, Relation, Value};

/// Form of `manifest.json`; another number is not read.
const VERSION: u32 = 1;
/// A superseded generation stays at least this long, for queries that began with it.
const GRACE_MICROS: i64 = 3_600_000_000;

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

    /// The file that may serve for the relation again: same columns, contents untouched.
    pub(super) fn reusable(
        &self,
        relation: &Published,
        changed: Option<&BTreeSet<String>>,
    ) -> Option<&File> {
        // What a view reads may change without the view.
        let is_untouched =
            !relation.is_view && changed.is_some_and(|changed| !changed.contains(&relation.name));
        let columns = columns(relation);
        self.files
            .iter()
            .find(|file| file.relation == relation.name)
            .filter(|file| is_untouched && file.columns == columns)
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
    pub connection: &'a Connection,
    pub schema: &'a str,
    pub folder: &'a Folder,
    /// The generation whose files may be reused.
    pub previous: Option<&'a Manifest>,
    /// Relations with other contents than in that generation; `None` for all.
    pub changed: Option<&'a BTreeSet<String>>,
}

impl Writer<'_> {
    /// The previous generation, if it already holds all of the relations, unchanged, and nothing
    /// else.
    pub(super) fn unchanged(&self, relations: &[Published]) -> Option<Manifest> {
        let previous = self.previous?;
        let covers = previous.files.len() == relations.len()
            && relations
                .iter()
                .all(|relation| previous.reusable(relation, self.changed).is_some());
        covers.then(|| {
            let mut manifest = previous.clone();
            for file in &mut manifest.files {
                file.is_reused = true;
            }
            manifest
        })
    }

    /// Writes a whole generation beside the others; readers do not see it yet.
    pub(super) fn write(
        &self,
        number: u64,
        created_at: i64,
        relations: &[Published],
    ) -> Result<Manifest> {
        let written = self.folder.begin_generation(number)?;
        let files = relations
            .iter()
            .map(|relation| self.file(relation, &written))
            .collect::<Result<Vec<File>>>()?;
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

    fn file(&self, relation: &Published, written: &Path) -> Result<File> {
        let name = format!("{}.parquet", relation.name);
        let target = written.join(&name);
        let reusable = self.previous.and_then(|previous| {
            let file = previous.reusable(relation, self.changed)?;
            Some((
                file,
                self.folder.generation(previous.generation).join(&name),
            ))
        });
        // A file system without hard links, or a lost file, only costs writing it again.
        if let Some((file, source)) = reusable
            && std::fs::hard_link(&source, &target).is_ok()
        {
            return Ok(File {
                is_reused: true,
                ..file.clone()
            });
        }
        let rows = self.copy(relation, &target)?;
        sync_file(&target)?;
        let bytes = std::fs::metadata(&target).io("look at", &target)?.len();
        Ok(File {
            relation: relation.name.clone(),
            rows,
            bytes,
            columns: columns(relation),
            is_reused: false,
        })
    }

    fn copy(&self, relation: &Published, target: &Path) -> Result<u64> {
        let path = target.to_str().ok_or_else(|| not_text(target))?;
        let source = Relation::new(self.schema, &*relation.name);
        let sql = format!(
            "COPY (SELECT * FROM {source}) TO ? (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        );
        let copied = self
            .connection
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
