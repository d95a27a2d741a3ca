//! Files that appear whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, IoContext, Result};

/// Writes a file so that readers see the old or the new contents, never a part, and that it
/// survives a power cut: temporary file, fsync, rename, fsync of the folder.
pub fn write_atomic(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = parent(path)?;
    let mut file = tempfile::Builder::new()
        .prefix(".cca-")
        .tempfile_in(folder)
        .io("create a temporary file in", folder)?;
    file.write_all(contents).io("write", path)?;
    file.as_file().sync_all().io("write", path)?;
    set_default_mode(file.as_file(), path)?;
    file.persist(path)
        .map_err(|error| error.error)
        .io("write", path)?;
    sync_folder(folder)
}

/// Appends lines to a file and makes them durable.
pub fn append_durably(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = parent(path)?;
    std::fs::create_dir_all(folder).io("create the folder", folder)?;
    let existed = path.exists();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .io("open", path)?;
    file.write_all(contents).io("write", path)?;
    file.sync_all().io("write", path)?;
    if existed { Ok(()) } else { sync_folder(folder) }
}

/// Renames a finished file or folder, or replaces one, so that it survives a power cut.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that syncs after it"
)]
pub fn rename_durably(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).io("rename to", to)?;
    sync_folder(parent(to)?)
}

/// Makes renames and creations inside `folder` durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    std::fs::File::open(folder)
        .and_then(|handle| handle.sync_all())
        .io("sync the folder", folder)
}

fn parent(path: &Path) -> Result<&Path> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(Error::bug("a file path without a folder").at(path.display())),
    }
}

/// Temporary files are private; what we publish is readable as files usually are.
#[cfg(unix)]
fn set_default_mode(file: &std::fs::File, path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
        .io("write", path)
}

#[cfg(not(unix))]
fn set_default_mode(_file: &std::fs::File, _path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atomic_writing_replaces_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        write_atomic(&path, b"one").expect("written");
        write_atomic(&path, b"two").expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).expect("folder").count(), 1);
    }
}
