//! Reading a dbt project from disk: `dbt_project.yml`, the files of its folders, and the packages
//! it uses (`dbt_packages/` and local paths). Nothing is rendered or judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::discover::{Layout, Origin, Project, SourceFile};
use super::package::{Folders, Package};
use super::yaml::parse_yaml;
use crate::error::{Error, IoContext, Result, nearest};

/// The file that marks a dbt project.
pub const DBT_PROJECT_FILE: &str = "dbt_project.yml";

/// Reads the project in `dir` and everything it uses.
///
/// # Errors
/// `Project` for a `dbt_project.yml` that is not YAML or has no name, for a package that is not
/// there, and for files that are not UTF-8.
pub(super) fn read(dir: &Path) -> Result<Project> {
    let root = read_package(dir, String::new())?;
    let mut found = Found {
        packages: BTreeMap::new(),
        install: dir.join(install_path(&root.settings)),
        install_prefix: install_path(&root.settings),
    };
    found.add_installed()?;
    found.add_required(dir, "", &root.name)?;
    let mut packages = found.packages;
    packages.remove(&root.name);
    Ok(Project {
        layout: Layout::Dbt,
        root,
        packages: packages.into_values().collect(),
        expectations: Vec::new(),
    })
}

/// Packages by name.
struct Found {
    packages: BTreeMap<String, Package>,
    install: PathBuf,
    install_prefix: String,
}

impl Found {
    /// Everything in the folder of installed packages.
    fn add_installed(&mut self) -> Result<()> {
        let Ok(entries) = std::fs::read_dir(&self.install) else {
            return Ok(());
        };
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders {
            if folder.join(DBT_PROJECT_FILE).is_file() {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                let prefix = format!("{}/{name}/", self.install_prefix);
                let package = read_package(&folder, prefix)?;
                self.packages.insert(package.name.clone(), package);
            }
        }
        Ok(())
    }

    /// What `packages.yml` or `dependencies.yml` in `dir` names: local folders are read where
    /// they are, all others must be installed.
    fn add_required(&mut self, dir: &Path, prefix: &str, owner: &str) -> Result<()> {
        let all = required(dir)?;
        let count = all.len();
        for (file, entry) in all {
            if let Some(local) = entry.get("local").and_then(Json::as_str) {
                let local = local.trim_end_matches('/');
                let folder = dir.join(local);
                if !folder.join(DBT_PROJECT_FILE).is_file() {
                    return Err(Error::project(format!(
                        "local package `{local}` is not a dbt project"
                    ))
                    .at(format!("{prefix}{file}"))
                    .cause(format!(
                        "there is no `{DBT_PROJECT_FILE}` in `{}`",
                        folder.display()
                    ))
                    .hint("Correct the path; it is relative to the folder of this file."));
                }
                let inner = format!("{prefix}{local}/");
                let package = read_package(&folder, inner.clone())?;
                let name = package.name.clone();
                if name != owner && !self.packages.contains_key(&name) {
                    self.packages.insert(name.clone(), package);
                    self.add_required(&folder, &inner, &name)?;
                }
            } else if let Some(name) = installed_name(&entry) {
                // A repository may be called otherwise than the project in it, whose name the
                // folder has.
                let is_named = entry.get("git").is_none() && entry.get("private").is_none();
                if is_named || self.packages.len() < count {
                    self.expect_installed(&name, &format!("{prefix}{file}"))?;
                }
            }
        }
        Ok(())
    }

    fn expect_installed(&self, name: &str, place: &str) -> Result<()> {
        let folder = self.install.join(name);
        let is_there = self.packages.contains_key(name)
            || folder.join(DBT_PROJECT_FILE).is_file()
            || self.packages.keys().any(|one| same_name(one, name));
        if is_there {
            return Ok(());
        }
        let near = nearest(name, self.packages.keys().map(String::as_str))
            .map_or(String::new(), |near| format!(" (there is `{near}`)"));
        Err(Error::project(format!("package `{name}` is not installed"))
            .at(place)
            .cause(format!(
                "`{}` holds no folder `{name}`{near}",
                self.install.display()
            ))
            .hint(format!(
                "Copy it to `{}`, for example with `dbt deps`; nothing is downloaded here.",
                folder.display()
            )))
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.replace('-', "_") == other.replace('-', "_")
}

/// Folder name of a package that is not local: the last part of its hub name or repository.
fn installed_name(entry: &Json) -> Option<String> {
    let text = ["package", "git", "tarball", "private"]
        .iter()
        .find_map(|key| entry.get(*key)?.as_str())?;
    if entry.get("tarball").is_some() {
        return entry.get("name")?.as_str().map(str::to_owned);
    }
    if text.contains("{{") {
        return None;
    }
    let last = text.trim_end_matches('/').trim_end_matches(".git");
    let last = last.rsplit(['/', ':']).next()?;
    Some(last.to_owned())
}

fn required(dir: &Path) -> Result<Vec<(&'static str, Json)>> {
    let mut all = Vec::new();
    for file in ["packages.yml", "dependencies.yml"] {
        let path = dir.join(file);
        if !path.is_file() {
            continue;
        }
        let content = read_yaml(&path, file)?;
        let entries = content.get("packages").and_then(Json::as_array);
        all.extend(
            entries
                .into_iter()
                .flatten()
                .map(|entry| (file, entry.clone())),
        );
    }
    Ok(all)
}

fn read_yaml(path: &Path, shown: &str) -> Result<Json> {
    let text = std::fs::read_to_string(path).io("read", path)?;
    parse_yaml(&text).map_err(|error| {
        let line = error.line.map_or(String::new(), |line| format!(":{line}"));
        Error::project(format!("failed to read `{shown}`"))
            .at(format!("{}{line}", path.display()))
            .cause(error.message)
    })
}

fn read_package(dir: &Path, prefix: String) -> Result<Package> {
    let path = dir.join(DBT_PROJECT_FILE);
    let settings = read_yaml(&path, DBT_PROJECT_FILE)?;
    let name = settings.get("name").and_then(Json::as_str).ok_or_else(|| {
        Error::project(format!("`{DBT_PROJECT_FILE}` has no `name`"))
            .at(path.display())
            .hint("Add `name: my_project` to it.")
    })?;
    let mut package = Package {
        name: name.to_owned(),
        root: Some(dir.to_owned()),
        prefix,
        folders: folders(&settings),
        ..Package::default()
    };
    let ignored = Ignored::read(dir);
    let mut seen = BTreeSet::new();
    for folder in package.folders.all() {
        let at = dir.join(folder);
        if at.is_dir() {
            seen.extend(list(dir, &at, &ignored)?);
        }
    }
    for own in seen {
        sort_in(&mut package, dir, &own)?;
    }
    package.settings = settings;
    Ok(package)
}

/// Files below `folder`, as paths below `dir`.
fn list(dir: &Path, folder: &Path, ignored: &Ignored) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for item in walkdir::WalkDir::new(folder).follow_links(true) {
        let item = item.map_err(|error| {
            Error::project("failed to read the project")
                .at(folder.display())
                .cause(error)
        })?;
        if !item.file_type().is_file() {
            continue;
        }
        let path = item.path().strip_prefix(dir).unwrap_or(item.path());
        let path = path.to_string_lossy().replace('\\', "/");
        if !ignored.matches(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn sort_in(package: &mut Package, dir: &Path, own: &str) -> Result<()> {
    let extension = own.rsplit_once('.').map_or("", |(_, extension)| extension);
    let within = |folders: &[String]| folders.iter().any(|folder| is_below(own, folder));
    let folders = package.folders.clone();
    let in_generic = folders
        .tests
        .iter()
        .any(|folder| is_below(own, &format!("{folder}/generic")));
    let in_fixtures = folders
        .tests
        .iter()
        .any(|folder| is_below(own, &format!("{folder}/fixtures")));
    let list = match extension {
        "yml" | "yaml" => &mut package.properties,
        "md" => &mut package.docs,
        "csv" | "sql" if in_fixtures => &mut package.fixtures,
        "csv" if within(&folders.seeds) => &mut package.seeds,
        "sql" if in_generic || within(&folders.macros) => &mut package.macros,
        "sql" if within(&folders.snapshots) => &mut package.snapshots,
        "sql" if within(&folders.tests) => &mut package.tests,
        "sql" if within(&folders.analyses) => &mut package.analyses,
        "sql" if within(&folders.models) => &mut package.models,
        "py" if within(&folders.models) => &mut package.foreign_models,
        _ => return Ok(()),
    };
    let path = dir.join(own);
    let bytes = std::fs::read(&path).io("read", &path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::project("a file of the project is not UTF-8")
            .at(path.display())
            .cause(error.utf8_error())
            .hint("Save it as UTF-8.")
    })?;
    list.push(SourceFile {
        path: format!("{}{own}", package.prefix),
        text: text.trim_start_matches('\u{feff}').to_owned(),
        origin: Origin::Disk(path),
    });
    Ok(())
}

fn is_below(path: &str, folder: &str) -> bool {
    folder == "."
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn folders(settings: &Json) -> Folders {
    let of = |keys: &[&str], default: &[&str]| -> Vec<String> {
        let listed = keys.iter().find_map(|key| settings.get(*key)?.as_array());
        match listed {
            None => default.iter().map(|folder| (*folder).to_owned()).collect(),
            Some(items) => items.iter().filter_map(Json::as_str).map(clean).collect(),
        }
    };
    let mut folders = Folders {
        models: of(&["model-paths", "source-paths"], &["models"]),
        seeds: of(&["seed-paths", "data-paths"], &["seeds"]),
        snapshots: of(&["snapshot-paths"], &["snapshots"]),
        tests: of(&["test-paths"], &["tests"]),
        analyses: of(&["analysis-paths"], &["analyses"]),
        macros: of(&["macro-paths"], &["macros"]),
        docs: Vec::new(),
    };
    folders.docs = of(&["docs-paths"], &[]);
    folders
}

fn clean(folder: &str) -> String {
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    if folder.is_empty() { "." } else { folder }.to_owned()
}

fn install_path(settings: &Json) -> String {
    let configured = ["packages-install-path", "modules-path"]
        .iter()
        .find_map(|key| settings.get(*key)?.as_str())
        .filter(|path| !path.contains("{{"));
    configured.map_or_else(|| "dbt_packages".to_owned(), clean)
}

/// Patterns of `.dbtignore`: names, folders, and `*` within a name.
struct Ignored(Vec<regex::Regex>);

impl Ignored {
    fn read(dir: &Path) -> Self {
        let text = std::fs::read_to_string(dir.join(".dbtignore")).unwrap_or_default();
        let patterns = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .filter_map(pattern);
        Self(patterns.collect())
    }

    fn matches(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.is_match(path))
    }
}

fn pattern(line: &str) -> Option<regex::Regex> {
    let anchored = line.trim_end_matches('/').contains('/');
    let body = line.trim_matches('/');
    let body = regex::escape(body)
        .replace(r"\*\*/", "(.*/)?")
        .replace(r"\*\*", ".*")
        .replace(r"\*", "[^/]*")
        .replace(r"\?", "[^/]");
    let start = if anchored { "^" } else { "(^|/)" };
    regex::Regex::new(&format!("{start}{body}($|/)")).ok()
}
