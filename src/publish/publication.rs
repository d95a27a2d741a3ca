//! The publication of a schema, step by step.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::catalog::Catalog;
use super::folder::{CATALOG, Folder};
use super::generation::{Changes, Manifest, Writer, expired, not_text};
use super::relations::{self, Published};
use crate::config::PublishSettings;
use crate::error::Result;
use crate::event::{Event, Observer, Stage};
use crate::sys::clock;
use crate::warehouse::Connection;

/// What readers see after a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishReport {
    /// Number of the generation that readers see.
    pub generation: u64,
    /// Relations in it.
    pub relations: u64,
    /// Rows of all relations.
    pub rows: u64,
    /// Bytes of the files written for it, without the reused ones.
    pub bytes: u64,
    /// Relations whose file an earlier generation wrote.
    pub reused: u64,
    /// Whether it is a new generation; without any change the current one stays.
    pub is_new: bool,
    /// Whether the catalog was written anew, which open connections see only after reopening.
    pub catalog_written: bool,
    /// The catalog to open.
    pub path: PathBuf,
}

/// Publishes every table and view of `schema`, on `connection` and the others at once.
///
/// `changes` names the tables whose contents differ from the last publication; the files of all
/// others are reused. `None` stands for all of them, as a whole.
///
/// # Errors
/// `DataInvalid` if there is nothing to publish or a column is not a flat scalar;
/// `SourceUnavailable` if the folder cannot be written. Readers then still see the generation
/// before.
pub fn publish(
    connection: &Connection,
    others: &mut [Connection],
    settings: &PublishSettings,
    schema: &str,
    changes: Option<&Changes>,
    observer: &dyn Observer,
) -> Result<PublishReport> {
    let relations = relations::read(connection, schema)?;
    let folder = Folder::prepare(&settings.dir)?;
    let previous = folder
        .current()
        .and_then(|number| Manifest::load(&folder, number));
    let writer = Writer {
        schema,
        folder: &folder,
        previous: previous.as_ref(),
        changes,
    };
    let (manifest, is_new) = match writer.unchanged(&relations) {
        Some(manifest) => (manifest, false),
        None => (swap_in_next(&writer, connection, others, &relations)?, true),
    };
    let root = settings.reader_root.as_deref().unwrap_or(folder.path());
    let catalog = Catalog {
        folder: &folder,
        root: root.to_str().ok_or_else(|| not_text(root))?,
        relations: &relations,
    };
    let catalog_written = !catalog.is_in_place()?;
    if catalog_written {
        catalog.write(manifest.generation)?;
    }
    let path = folder.path().join(CATALOG);
    let report = report(&manifest, is_new, catalog_written, path);
    if is_new {
        observer.observe(Event::PublishGenerationSwapped {
            generation: report.generation,
            relations: report.relations,
            bytes: report.bytes,
        });
    }
    let current = manifest.generation;
    drop_expired(&folder, current, settings.keep_generations, observer)?;
    Ok(report)
}

/// What readers see now, and what is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublishState {
    /// Number of the generation that readers see.
    pub generation: u64,
    /// Generations on disk.
    pub generations: u64,
    /// When it was published, in microseconds since the epoch.
    pub published_at: i64,
    /// Relations in it.
    pub relations: u64,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Describes the published folder without changing it; `None` before the first publication.
pub fn state(dir: &Path) -> Result<Option<PublishState>> {
    let Some(folder) = Folder::existing(dir) else {
        return Ok(None);
    };
    let manifest = folder
        .current()
        .and_then(|number| Manifest::load(&folder, number));
    let Some(manifest) = manifest else {
        return Ok(None);
    };
    Ok(Some(PublishState {
        generation: manifest.generation,
        generations: folder.generations()?.len() as u64,
        published_at: manifest.created_at,
        relations: manifest.files.len() as u64,
        bytes: manifest.files.iter().map(|file| file.bytes).sum(),
    }))
}

/// Writes the next generation and shows it to readers.
fn swap_in_next(
    writer: &Writer<'_>,
    connection: &Connection,
    others: &mut [Connection],
    relations: &[Published],
) -> Result<Manifest> {
    let last = writer.folder.generations()?.last().copied();
    let manifest = writer.write(
        connection,
        others,
        last.map_or(1, |last| last + 1),
        clock::now_micros(),
        relations,
    )?;
    writer.folder.swap(manifest.generation)?;
    Ok(manifest)
}

fn report(
    manifest: &Manifest,
    is_new: bool,
    catalog_written: bool,
    path: PathBuf,
) -> PublishReport {
    let written = manifest.files.iter().filter(|file| !file.is_reused);
    PublishReport {
        generation: manifest.generation,
        relations: manifest.files.len() as u64,
        rows: manifest.files.iter().map(|file| file.rows).sum(),
        bytes: written.map(|file| file.bytes).sum(),
        reused: manifest.files.iter().filter(|file| file.is_reused).count() as u64,
        is_new,
        catalog_written,
        path,
    }
}

/// Old generations that cannot be removed cost space, nothing else.
fn drop_expired(folder: &Folder, current: u64, keep: usize, observer: &dyn Observer) -> Result<()> {
    for number in expired(folder, current, keep, clock::now_micros())? {
        if let Err(error) = folder.remove_generation(number) {
            observer.observe(Event::Noticed {
                stage: Stage::Publish,
                message: format!(
                    "generation {number} could not be removed: {}",
                    error.message()
                ),
            });
        }
    }
    Ok(())
}
