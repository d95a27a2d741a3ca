//! Finding the files of a project.

use std::path::{Path, PathBuf};

use super::embedded;
use crate::error::{Error, IoContext, Result};

/// Where a project file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Compiled into the binary.
    Embedded,
    /// A file of the project on disk.
    Disk(PathBuf),
}

/// One file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path below the project, with forward slashes: `sql/models/marts/dim_date.sql`.
    pub path: String,
    /// Contents.
    pub text: String,
    /// Embedded or on disk.
    pub origin: Origin,
}

impl SourceFile {
    /// File name without folders and extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Text after the last dot, empty without one.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.path
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }
}

/// All files of a project, each list sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `sql/models/**/*.sql`.
    pub models: Vec<SourceFile>,
    /// `sql/models/**/*.yml`, `seeds/*.yml`: properties of models, sources and seeds.
    pub properties: Vec<SourceFile>,
    /// `sql/macros/**/*.sql`.
    pub macros: Vec<SourceFile>,
    /// `sql/analyses/**/*.sql`.
    pub analyses: Vec<SourceFile>,
    /// `seeds/**/*.csv`.
    pub seeds: Vec<SourceFile>,
    /// `expectations/**/*.yml` and, in the form of Great Expectations, `*.json`.
    pub expectations: Vec<SourceFile>,
}

impl Project {
    /// The project in `dir`, completed from the binary folder by folder; without `dir`, the
    /// embedded one.
    pub fn discover(dir: Option<&Path>) -> Result<Self> {
        let mut project = Self::default();
        for folder in ["sql", "seeds", "expectations"] {
            let on_disk = dir.map(|dir| dir.join(folder)).filter(|path| path.is_dir());
            let files = match (dir, on_disk) {
                (Some(dir), Some(folder)) => read_folder(dir, &folder)?,
                _ => embedded::files(folder),
            };
            for file in files {
                project.sort_in(file);
            }
        }
        Ok(project)
    }

    fn sort_in(&mut self, file: SourceFile) {
        let extension = file.extension().to_owned();
        let list = match extension.as_str() {
            "sql" if file.path.starts_with("sql/models/") => &mut self.models,
            "sql" if file.path.starts_with("sql/macros/") => &mut self.macros,
            "sql" if file.path.starts_with("sql/analyses/") => &mut self.analyses,
            "csv" if file.path.starts_with("seeds/") => &mut self.seeds,
            "yml" | "yaml" | "json" if file.path.starts_with("expectations/") => {
                &mut self.expectations
            }
            "yml" | "yaml" => &mut self.properties,
            _ => return,
        };
        list.push(file);
    }
}

fn read_folder(root: &Path, folder: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for item in walkdir::WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
    {
        let item = item.map_err(|error| {
            Error::project("failed to read the project")
                .at(folder.display())
                .cause(error)
        })?;
        if !item.file_type().is_file() {
            continue;
        }
        let path = item.into_path();
        let relative = path.strip_prefix(root).unwrap_or(&path);
        let name = relative.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).io("read", &path)?;
        files.push(SourceFile {
            path: name,
            text,
            origin: Origin::Disk(path),
        });
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}
