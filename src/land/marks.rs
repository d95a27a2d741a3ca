//! High-water marks in the summary of a snapshot.
//!
//! Few and small marks (a MongoDB collection has one) are properties of the summary itself,
//! `cca.mark.<key>`. Thousands of them (a mark per transcript file) would make every later version
//! of the table's metadata carry them again, so they go to an immutable file that the summary
//! names (`cca.marks-file`). That file holds what changed and the name of the one before it, and
//! is written whole again when the chain gets long. The commit that adds the data names the file,
//! so both become true at once.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::entry::MarkUpdate;
use crate::error::{Error, IoContext, Result};
use crate::lake::LakeTable;
use crate::sys;

const INLINE_PREFIX: &str = "cca.mark.";
const FILE_PROPERTY: &str = "cca.marks-file";
const INLINE_BYTES: usize = 4096;
const LONGEST_CHAIN: u32 = 16;

/// The high-water marks of the table's current snapshot.
pub fn current(table: &LakeTable<'_>) -> Result<BTreeMap<String, String>> {
    MarkStore::load(table).map(|store| store.marks)
}

/// Marks by key, and the file that holds the ones that are not inline.
#[derive(Clone, Debug, Default)]
pub(super) struct MarkStore {
    marks: BTreeMap<String, String>,
    file: Option<PathBuf>,
    chain: u32,
}

#[derive(Serialize, Deserialize)]
struct MarksFile {
    version: u32,
    previous: Option<PathBuf>,
    chain: u32,
    marks: BTreeMap<String, Option<String>>,
}

impl MarkStore {
    /// The marks of the table's current snapshot.
    pub(super) fn load(table: &LakeTable<'_>) -> Result<Self> {
        let mut store = Self::default();
        if let Some(path) = table.summary(FILE_PROPERTY) {
            store.file = Some(PathBuf::from(path));
            store.chain = store.read_chain(Path::new(path))?;
        }
        store.marks.extend(table.summary_with_prefix(INLINE_PREFIX));
        Ok(store)
    }

    /// The marks by key.
    pub(super) fn marks(&self) -> &BTreeMap<String, String> {
        &self.marks
    }

    /// Whether `updates`, applied in order, leave any mark at another value than now.
    pub(super) fn would_move(&self, updates: &[MarkUpdate]) -> bool {
        let last: BTreeMap<&str, Option<&str>> = updates
            .iter()
            .map(|update| (update.key.as_str(), update.value.as_deref()))
            .collect();
        last.iter()
            .any(|(key, value)| self.marks.get(*key).map(String::as_str) != *value)
    }

    /// Applies updates and returns the summary properties that make them true, having written the
    /// file they name. `folder` is where marks files live.
    pub(super) fn advance(
        &mut self,
        updates: &[MarkUpdate],
        folder: &Path,
    ) -> Result<HashMap<String, String>> {
        for update in updates {
            match &update.value {
                Some(value) => self.marks.insert(update.key.clone(), value.clone()),
                None => self.marks.remove(&update.key),
            };
        }
        let size: usize = self
            .marks
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if size <= INLINE_BYTES {
            self.file = None;
            self.chain = 0;
            return Ok(self
                .marks
                .iter()
                .map(|(key, value)| (format!("{INLINE_PREFIX}{key}"), value.clone()))
                .collect());
        }
        if !updates.is_empty() || self.file.is_none() {
            self.write(updates, folder)?;
        }
        let path = self
            .file
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned());
        Ok(path
            .map(|path| (FILE_PROPERTY.to_owned(), path))
            .into_iter()
            .collect())
    }

    fn write(&mut self, updates: &[MarkUpdate], folder: &Path) -> Result<()> {
        let whole = self.file.is_none() || self.chain >= LONGEST_CHAIN;
        let contents = if whole {
            MarksFile {
                version: 1,
                previous: None,
                chain: 0,
                marks: self
                    .marks
                    .iter()
                    .map(|(k, v)| (k.clone(), Some(v.clone())))
                    .collect(),
            }
        } else {
            MarksFile {
                version: 1,
                previous: self.file.clone(),
                chain: self.chain + 1,
                marks: updates
                    .iter()
                    .map(|u| (u.key.clone(), u.value.clone()))
                    .collect(),
            }
        };
        let bytes = serde_json::to_vec(&contents)
            .map_err(|error| Error::bug("failed to write marks as JSON").cause(error))?;
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
        let path = folder.join(format!("{}.marks.json", uuid::Uuid::now_v7()));
        sys::fs::write_atomic(&path, &bytes)?;
        self.chain = contents.chain;
        self.file = Some(path);
        Ok(())
    }

    /// Reads a file and the ones before it, oldest first; returns the length of the chain.
    fn read_chain(&mut self, newest: &Path) -> Result<u32> {
        let mut files = Vec::new();
        let mut next = Some(newest.to_owned());
        while let Some(path) = next {
            let bytes = std::fs::read(&path).io("read the high-water marks in", &path)?;
            let file: MarksFile = serde_json::from_slice(&bytes).map_err(|error| {
                Error::data("failed to read the high-water marks")
                    .at(path.display())
                    .cause(error)
                    .hint("Run `cca backfill` to read the sources from the beginning; nothing is landed twice.")
            })?;
            next = file.previous.clone();
            files.push(file);
        }
        let chain = files.first().map_or(0, |file| file.chain);
        for file in files.into_iter().rev() {
            for (key, value) in file.marks {
                match value {
                    Some(value) => self.marks.insert(key, value),
                    None => self.marks.remove(&key),
                };
            }
        }
        Ok(chain)
    }
}
