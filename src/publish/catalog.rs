//! The catalog that readers open: a DuckDB file with one view per published file.
//!
//! It is written only when the views would differ, because a reader with the old file open keeps
//! it. Each view resolves `current` when it is queried. The path of the views is that of the
//! readers, who may see the folder elsewhere (in a container); since a view can be created only
//! over a file that exists, the folder is taken from the variable `cca_published` where it is set.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::folder::{CATALOG, CURRENT, Folder};
use super::relations::Published;
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Value, Warehouse, quote};

/// Form of the catalog; a change writes it anew.
const FORMAT: u32 = 1;
/// What the catalog was made from.
const FINGERPRINT: &str = "catalog.json";

#[derive(Serialize, Deserialize)]
struct Fingerprint {
    sha256: String,
}

/// The views of all relations over files in `root`, as readers see the folder.
pub(super) struct Catalog<'a> {
    pub folder: &'a Folder,
    pub root: &'a str,
    pub relations: &'a [Published],
}

impl Catalog<'_> {
    /// Whether the file in place has exactly these views.
    pub(super) fn is_in_place(&self) -> Result<bool> {
        if !self.folder.path().join(CATALOG).is_file() {
            return Ok(false);
        }
        let stored = std::fs::read(self.folder.path().join(FINGERPRINT)).ok();
        let stored = stored.and_then(|text| serde_json::from_slice::<Fingerprint>(&text).ok());
        let expected = self.fingerprint()?;
        Ok(stored.is_some_and(|stored| stored.sha256 == expected))
    }

    /// Writes the catalog, then puts it in place. The files of `generation` give the columns.
    pub(super) fn write(&self, generation: u64) -> Result<()> {
        let written = self.folder.unfinished(CATALOG);
        let path = written
            .to_str()
            .ok_or_else(|| super::generation::not_text(&written))?;
        let files = self.folder.generation(generation);
        let files = files
            .to_str()
            .ok_or_else(|| super::generation::not_text(&files))?;
        let scratch = Warehouse::in_memory()?;
        let connection = scratch.connect()?;
        // The oldest form that is read everywhere: drivers lag behind.
        connection.batch(&format!(
            "ATTACH {} AS pub (STORAGE_VERSION 'v1.0.0')",
            text(path)
        ))?;
        connection.execute(
            "SET VARIABLE cca_published = CAST(? AS VARCHAR)",
            &[Value::from(escape(files))],
        )?;
        // In one transaction: hundreds of comments, each its own, would take most of the time.
        connection.transaction(|connection| {
            for relation in self.relations {
                self.create_view(connection, relation)
                    .map_err(|error| error.at(format!("view `{}`", relation.name)))?;
            }
            Ok(())
        })?;
        connection.batch("CHECKPOINT pub; DETACH pub")?;
        // Stopped between here and the end, the next publication writes the catalog again.
        self.folder.remove(FINGERPRINT)?;
        self.folder.replace(&written, CATALOG)?;
        let fingerprint = Fingerprint {
            sha256: self.fingerprint()?,
        };
        let json = serde_json::to_vec(&fingerprint)
            .map_err(|error| Error::bug("a fingerprint that is not JSON").cause(error))?;
        crate::sys::fs::write_atomic(&self.folder.path().join(FINGERPRINT), &json)
    }

    fn create_view(&self, connection: &Connection, relation: &Published) -> Result<()> {
        let view = format!("pub.main.{}", quote(&relation.name));
        let root = format!("{}/{CURRENT}", escape(self.root.trim_end_matches('/')));
        connection.batch(&format!(
            "CREATE VIEW {view} AS SELECT * FROM \
             read_parquet(coalesce(getvariable('cca_published'), {}) || {})",
            text(&root),
            text(&format!("/{}.parquet", relation.name)),
        ))?;
        if let Some(comment) = &relation.comment {
            connection.batch(&format!("COMMENT ON VIEW {view} IS {}", text(comment)))?;
        }
        for (column, comment) in &relation.column_comments {
            let column = quote(column);
            connection.batch(&format!(
                "COMMENT ON COLUMN {view}.{column} IS {}",
                text(comment)
            ))?;
        }
        Ok(())
    }

    fn fingerprint(&self) -> Result<String> {
        let parts = serde_json::to_vec(&(FORMAT, self.root, self.relations))
            .map_err(|error| Error::bug("relations that are not JSON").cause(error))?;
        Ok(format!("{:x}", Sha256::digest(parts)))
    }
}

/// A text literal, for statements that take no parameters.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// `read_parquet` takes patterns; in the path of a folder nothing is one.
fn escape(path: &str) -> String {
    let escaped = path.chars().map(|c| match c {
        '*' | '?' | '[' => format!("[{c}]"),
        other => other.to_string(),
    });
    escaped.collect()
}
