//! Finding the files of a project.

use std::path::{Path, PathBuf};

use super::dbt::{self, DBT_PROJECT_FILE};
use super::embedded;
use super::package::{Folders, Package};
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
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Text after the last dot, empty without one.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.path
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }
}

/// How the files of a project are laid out, and whose rules hold for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `sql/models`, `sql/macros`, `seeds`, `expectations`: our own.
    #[default]
    Own,
    /// A folder with `dbt_project.yml`.
    Dbt,
}

/// The package name of our own layout.
const OWN_PACKAGE: &str = "cca";

/// All files of a project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Whose rules hold.
    pub layout: Layout,
    /// The project itself.
    pub root: Package,
    /// Packages it uses, by name.
    pub packages: Vec<Package>,
    /// `expectations/**/*.yml` and, in the form of Great Expectations, `*.json`.
    pub expectations: Vec<SourceFile>,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            layout: Layout::Own,
            root: Package {
                name: OWN_PACKAGE.to_owned(),
                folders: Folders {
                    models: vec!["sql/models".to_owned()],
                    seeds: vec!["seeds".to_owned()],
                    macros: vec!["sql/macros".to_owned()],
                    analyses: vec!["sql/analyses".to_owned()],
                    ..Folders::default()
                },
                ..Package::default()
            },
            packages: Vec::new(),
            expectations: Vec::new(),
        }
    }
}

impl Project {
    /// The project in `dir`. A folder with `dbt_project.yml` is a dbt project; any other is ours,
    /// completed from the binary folder by folder. Without `dir`, the embedded one.
    pub fn discover(dir: Option<&Path>) -> Result<Self> {
        if let Some(dir) = dir.filter(|dir| dir.join(DBT_PROJECT_FILE).is_file()) {
            return dbt::read(dir);
        }
        let mut project = Self::default();
        project.root.root = dir.map(Path::to_owned);
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

    /// The project and everything it uses, the project first.
    pub fn all_packages(&self) -> impl Iterator<Item = &Package> {
        std::iter::once(&self.root).chain(&self.packages)
    }

    fn sort_in(&mut self, file: SourceFile) {
        let extension = file.extension().to_owned();
        let root = &mut self.root;
        let list = match extension.as_str() {
            "sql" if file.path.starts_with("sql/models/") => &mut root.models,
            "sql" if file.path.starts_with("sql/macros/") => &mut root.macros,
            "sql" if file.path.starts_with("sql/analyses/") => &mut root.analyses,
            "csv" if file.path.starts_with("seeds/") => &mut root.seeds,
            "yml" | "yaml" | "json" if file.path.starts_with("expectations/") => {
                &mut self.expectations
            }
            "yml" | "yaml" => &mut root.properties,
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
