//! One package of a project: its own files, before anything in them is understood.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::discover::SourceFile;

/// The project itself or a package it uses; each list is sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Name: `name` of `dbt_project.yml`, or `cca`.
    pub name: String,
    /// Folder on disk; `None` if it is compiled into the binary.
    pub root: Option<PathBuf>,
    /// What stands before a path below its folder in [`SourceFile::path`]; empty for the project.
    pub prefix: String,
    /// Contents of `dbt_project.yml`; `null` for our own layout.
    pub settings: Json,
    /// Models in SQL.
    pub models: Vec<SourceFile>,
    /// Models in another language, which cannot be built.
    pub foreign_models: Vec<SourceFile>,
    /// Properties of models, sources, tests and so on.
    pub properties: Vec<SourceFile>,
    /// Macros, generic tests and materializations.
    pub macros: Vec<SourceFile>,
    /// Queries that are compiled but not built.
    pub analyses: Vec<SourceFile>,
    /// CSV files.
    pub seeds: Vec<SourceFile>,
    /// Snapshot blocks.
    pub snapshots: Vec<SourceFile>,
    /// Singular tests.
    pub tests: Vec<SourceFile>,
    /// Rows of unit tests.
    pub fixtures: Vec<SourceFile>,
    /// Markdown with `{% docs %}` blocks.
    pub docs: Vec<SourceFile>,
    /// Folders that hold resources, as `model-paths` and its like name them.
    pub folders: Folders,
}

/// Folders below a package, with forward slashes and without one at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// `model-paths`.
    pub models: Vec<String>,
    /// `seed-paths`.
    pub seeds: Vec<String>,
    /// `snapshot-paths`.
    pub snapshots: Vec<String>,
    /// `test-paths`.
    pub tests: Vec<String>,
    /// `analysis-paths`.
    pub analyses: Vec<String>,
    /// `macro-paths`.
    pub macros: Vec<String>,
    /// `docs-paths`.
    pub docs: Vec<String>,
}

impl Folders {
    /// All folders, the longest first.
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        let mut all: Vec<&str> = [
            &self.models,
            &self.seeds,
            &self.snapshots,
            &self.tests,
            &self.analyses,
            &self.macros,
            &self.docs,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
        all.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        all.dedup();
        all
    }
}

impl Package {
    /// The path of a file below the folder of the package.
    #[must_use]
    pub fn own_path<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(self.prefix.as_str()).unwrap_or(path)
    }

    /// The folders between a resource folder and the file.
    #[must_use]
    pub fn inner_folders<'a>(&self, path: &'a str) -> Vec<&'a str> {
        let own = self.own_path(path);
        let below = self
            .folders
            .all()
            .into_iter()
            .find_map(|folder| own.strip_prefix(folder)?.strip_prefix('/'))
            .unwrap_or(own);
        let mut parts: Vec<&str> = below.split('/').collect();
        parts.pop();
        parts
    }
}
