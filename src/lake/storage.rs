//! Files of the lake on the local file system, durable before anybody points to them.
//!
//! The storage that comes with the crate is meant for tests: it does not sync table metadata, nor
//! the folder that holds a new file. Here every file is written under a temporary name, synced and
//! renamed, and its folder is synced; a crash leaves whole files or none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use iceberg::io::{
    FileMetadata, FileRead, FileWrite, InputFile, LocalFsStorage, OutputFile, Storage,
    StorageConfig, StorageFactory,
};
use iceberg::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Makes [`DurableStorage`]s.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct DurableStorageFactory;

#[typetag::serde]
impl StorageFactory for DurableStorageFactory {
    fn build(&self, _config: &StorageConfig) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(DurableStorage))
    }
}

/// Local files; see the module documentation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct DurableStorage;

#[async_trait]
#[typetag::serde]
impl Storage for DurableStorage {
    async fn exists(&self, path: &str) -> Result<bool> {
        LocalFsStorage::new().exists(path).await
    }

    async fn metadata(&self, path: &str) -> Result<FileMetadata> {
        LocalFsStorage::new().metadata(path).await
    }

    async fn read(&self, path: &str) -> Result<Bytes> {
        LocalFsStorage::new().read(path).await
    }

    async fn reader(&self, path: &str) -> Result<Box<dyn FileRead>> {
        LocalFsStorage::new().reader(path).await
    }

    async fn write(&self, path: &str, contents: Bytes) -> Result<()> {
        let mut file = DurableFile::create(path)?;
        file.append(&contents)?;
        file.finish()
    }

    async fn writer(&self, path: &str) -> Result<Box<dyn FileWrite>> {
        Ok(Box::new(DurableFile::create(path)?))
    }

    async fn delete(&self, path: &str) -> Result<()> {
        LocalFsStorage::new().delete(path).await
    }

    async fn delete_prefix(&self, path: &str) -> Result<()> {
        LocalFsStorage::new().delete_prefix(path).await
    }

    async fn delete_stream(&self, paths: BoxStream<'static, String>) -> Result<()> {
        LocalFsStorage::new().delete_stream(paths).await
    }

    fn new_input(&self, path: &str) -> Result<InputFile> {
        Ok(InputFile::new(Arc::new(self.clone()), path.to_owned()))
    }

    fn new_output(&self, path: &str) -> Result<OutputFile> {
        Ok(OutputFile::new(Arc::new(self.clone()), path.to_owned()))
    }
}

/// A file that appears under its name only when it is complete and on disk.
#[derive(Debug)]
struct DurableFile {
    target: PathBuf,
    temporary: Option<NamedTempFile>,
}

impl DurableFile {
    fn create(path: &str) -> Result<Self> {
        let target = local_path(path);
        let folder = target.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(folder)
            .map_err(|error| failed("create the folder", folder, error))?;
        let temporary = tempfile::Builder::new()
            .prefix(".writing-")
            .tempfile_in(folder)
            .map_err(|error| failed("create a file in", folder, error))?;
        Ok(Self {
            target,
            temporary: Some(temporary),
        })
    }

    fn append(&mut self, contents: &[u8]) -> Result<()> {
        use std::io::Write;
        match &mut self.temporary {
            Some(file) => file
                .write_all(contents)
                .map_err(|error| failed("write", &self.target, error)),
            None => Err(Error::new(
                ErrorKind::Unexpected,
                "the file is already closed",
            )),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let Some(file) = self.temporary.take() else {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the file is already closed",
            ));
        };
        let fail = |error| failed("write", &self.target, error);
        readable(file.as_file()).map_err(fail)?;
        file.as_file().sync_all().map_err(fail)?;
        file.persist(&self.target)
            .map_err(|error| fail(error.error))?;
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        std::fs::File::open(folder)
            .and_then(|handle| handle.sync_all())
            .map_err(|error| failed("sync the folder", folder, error))
    }
}

#[async_trait]
impl FileWrite for DurableFile {
    async fn write(&mut self, contents: Bytes) -> Result<()> {
        self.append(&contents)
    }

    async fn close(&mut self) -> Result<()> {
        self.finish()
    }
}

/// Temporary files are private to their owner; data files are not.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

fn local_path(path: &str) -> PathBuf {
    PathBuf::from(path.strip_prefix("file://").unwrap_or(path))
}

fn failed(action: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unexpected,
        format!("failed to {action} `{}`: {error}", path.display()),
    )
    .with_source(error)
}
