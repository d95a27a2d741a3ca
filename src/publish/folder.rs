//! The published folder: its names, and the few steps that change it for readers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};
use crate::sys::fs::{rename_durably, sync_folder};

/// Name of the link to the generation that readers see.
pub(super) const CURRENT: &str = "current";
/// Name of the catalog that readers open.
pub(super) const CATALOG: &str = "cca.duckdb";
/// Ending of what is not finished.
const UNFINISHED: &str = ".tmp";

/// The folder of everything published.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder, created if needed, without what a stopped run left unfinished.
    pub(super) fn prepare(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).io("create the folder", path)?;
        let path = path.canonicalize().io("open the folder", path)?;
        let folder = Self { path };
        for name in folder.names()? {
            let is_ours = ["gen-", CATALOG, CURRENT]
                .iter()
                .any(|ours| name.starts_with(ours));
            if (is_ours && name.contains(UNFINISHED)) || name.starts_with(".cca-") {
                discard(&folder.path.join(name))?;
            }
        }
        Ok(folder)
    }

    /// The folder as it is, `None` if it is not there.
    pub(super) fn existing(path: &Path) -> Option<Self> {
        path.canonicalize().ok().map(|path| Self { path })
    }

    /// Its path, absolute and without links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Numbers of the generations, ascending.
    pub(super) fn generations(&self) -> Result<Vec<u64>> {
        let mut numbers: Vec<u64> = self
            .names()?
            .iter()
            .filter_map(|name| number(name))
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Number of the generation that readers see.
    pub(super) fn current(&self) -> Option<u64> {
        let target = fs::read_link(self.path.join(CURRENT)).ok()?;
        let number = number(target.to_str()?)?;
        self.generation(number).is_dir().then_some(number)
    }

    /// Folder of a generation.
    pub(super) fn generation(&self, number: u64) -> PathBuf {
        self.path.join(format!("gen-{number}"))
    }

    /// A path that does not count until it is renamed to `name`.
    pub(super) fn unfinished(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{UNFINISHED}"))
    }

    /// An empty folder for the files of a generation.
    pub(super) fn begin_generation(&self, number: u64) -> Result<PathBuf> {
        let path = self.unfinished(&format!("gen-{number}"));
        fs::create_dir(&path).io("create the folder", &path)?;
        Ok(path)
    }

    /// Gives the files their place; they are durable afterwards, but not yet seen.
    pub(super) fn finish_generation(&self, number: u64, written: &Path) -> Result<()> {
        sync_folder(written)?;
        let path = self.generation(number);
        rename_durably(written, &path)
    }

    /// From here on readers see the generation.
    pub(super) fn swap(&self, number: u64) -> Result<()> {
        let link = self.unfinished(CURRENT);
        symlink(&format!("gen-{number}"), &link).io("link", &link)?;
        let current = self.path.join(CURRENT);
        rename_durably(&link, &current)
    }

    /// Puts a finished file in the place of `name`.
    pub(super) fn replace(&self, written: &Path, name: &str) -> Result<()> {
        sync_file(written)?;
        let path = self.path.join(name);
        rename_durably(written, &path)
    }

    /// Removes the file `name`, if it is there, durably.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        if !path.exists() {
            return Ok(());
        }
        fs::remove_file(&path).io("remove", &path)?;
        sync_folder(&self.path)
    }

    /// Removes a generation; first its name, so that a half removed one is never taken for whole.
    pub(super) fn remove_generation(&self, number: u64) -> Result<()> {
        let gone = self.unfinished(&format!("gen-{number}"));
        let path = self.generation(number);
        rename_durably(&path, &gone)?;
        fs::remove_dir_all(&gone).io("remove", &gone)
    }

    fn names(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.path).io("list the folder", &self.path)?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.io("list the folder", &self.path)?;
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Makes the contents of a file durable.
pub(super) fn sync_file(path: &Path) -> Result<()> {
    fs::File::open(path)
        .and_then(|file| file.sync_all())
        .io("sync", path)
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("gen-")?.parse().ok()
}

fn discard(path: &Path) -> Result<()> {
    let meta = fs::symlink_metadata(path).io("look at", path)?;
    if meta.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
    .io("remove", path)
}

#[cfg(unix)]
fn symlink(target: &str, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &str, _link: &Path) -> std::io::Result<()> {
    Err(std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "no links that can be replaced at once",
    ))
}
