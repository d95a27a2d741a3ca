//! One writer at a time: a lock file that names its holder.
//!
//! The lock is the operating system's lock on the file, not its existence: a killed run leaves
//! nothing behind that has to be cleaned by hand.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, IoContext, Kind, Result};
use crate::sys;

const FILE: &str = "cca.lock";

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Host name.
    pub host: String,
    /// Command that runs.
    pub command: String,
    /// Since when, ISO 8601 UTC.
    pub since: String,
}

/// The lock of a data folder, released when dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
}

impl RunLock {
    /// Takes the lock of `data_dir` for `command`.
    ///
    /// # Errors
    /// `Locked` with the holder if another process has it.
    pub fn acquire(data_dir: &Path, command: &str) -> Result<Self> {
        std::fs::create_dir_all(data_dir)
            .io("create the folder", data_dir)
            .map_err(|error| {
                error.hint("Make it writable, or name another one: `--data-dir DIR`.")
            })?;
        let path = data_dir.join(FILE);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .io("open the lock", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(&path, read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error).io("lock", &path),
        }
        let holder = Holder {
            pid: std::process::id(),
            host: sys::process::host_name(),
            command: command.to_owned(),
            since: sys::clock::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        let text = serde_json::to_vec(&holder)
            .map_err(|error| Error::bug("failed to write the lock").cause(error))?;
        file.set_len(0).io("write the lock", &path)?;
        file.rewind().io("write the lock", &path)?;
        file.write_all(&text).io("write the lock", &path)?;
        Ok(Self { file, path })
    }

    /// Who holds the lock of `data_dir` now, if anybody.
    #[must_use]
    pub fn holder(data_dir: &Path) -> Option<Holder> {
        let mut file = File::open(data_dir.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read_holder(&mut file),
            _ => None,
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        if let Err(error) = self.file.set_len(0).and_then(|()| self.file.unlock()) {
            tracing::debug!(path = %self.path.display(), %error, "the lock was not released cleanly");
        }
    }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn locked(path: &Path, holder: Option<Holder>) -> Error {
    let failure =
        Error::new(Kind::Locked, "another run is at work on this data folder").at(path.display());
    match holder {
        Some(holder) => failure
            .cause(format!(
                "`cca {}`, process {} on {}, since {}",
                holder.command, holder.pid, holder.host, holder.since
            ))
            .hint("Wait for it, or stop that process; the lock goes away with it."),
        None => failure.hint("Wait for it to end and run the command again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_learns_who_holds_the_lock() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = RunLock::acquire(dir.path(), "backfill").expect("free");
        let error = RunLock::acquire(dir.path(), "sync").expect_err("held");
        assert_eq!(error.kind(), Kind::Locked);
        assert!(error.causes()[0].contains("cca backfill"));
        assert_eq!(
            RunLock::holder(dir.path()).expect("held").command,
            "backfill"
        );
        drop(first);
        assert_eq!(RunLock::holder(dir.path()), None);
        RunLock::acquire(dir.path(), "sync").expect("free again");
    }
}
