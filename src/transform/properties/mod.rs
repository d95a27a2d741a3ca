//! Properties files: descriptions, columns, configuration, tests, sources and everything else
//! that is written beside the SQL.
//!
//! The format is the one of dbt, plus `defaults:`, which configures all models in the folder of
//! the file and below (our own layout only). Every entry is kept as it was written; what the
//! graph needs is read from it. Unknown keys are noticed with the nearest known one.

mod entries;
mod keys;
mod sources;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

pub(super) use self::entries::{Described, column_of, description_of, tests_of, text_of};
use self::entries::{check_keys, models_and_the_like};
pub(super) use self::keys::Section;
pub(super) use self::sources::{SourceTable, read_sources};
use super::config::ConfigPatch;
use super::graph::{Column, NodeKind};
use super::settings::Semantics;
use crate::error::{Error, Result};
use crate::project::{Package, SourceFile, parse_yaml};

/// Renders the templates among the values of an entry; the text is the place for errors.
pub(super) type RenderValue<'a> = &'a dyn Fn(&str, &mut Json) -> Result<()>;

/// What the properties files of one package say.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    entries: BTreeMap<Section, Vec<Described>>,
    index: BTreeMap<(Section, String), usize>,
    /// Tables of all sources.
    pub sources: Vec<SourceTable>,
    /// Folder with a final slash, and its configuration; outer folders come first.
    pub defaults: Vec<(String, ConfigPatch)>,
    pub notices: Vec<String>,
}

impl Properties {
    /// Reads all properties files of a package; a node described twice is an error.
    pub(super) fn read(
        package: &Package,
        semantics: Semantics,
        render: RenderValue<'_>,
    ) -> Result<Self> {
        let mut all = Self::default();
        for file in &package.properties {
            all.read_file(file, semantics, render)?;
        }
        all.defaults.sort_by_key(|(folder, _)| folder.len());
        Ok(all)
    }

    /// The entry that describes `name`.
    pub(super) fn get(&self, section: Section, name: &str) -> Option<&Described> {
        let at = self.index.get(&(section, name.to_owned()))?;
        self.entries.get(&section)?.get(*at)
    }

    /// The entry that describes a node of this kind.
    pub(super) fn described(&self, kind: NodeKind, name: &str) -> Option<&Described> {
        self.get(Section::of_kind(kind)?, name)
    }

    /// All entries of a section, in the order of files and lines.
    pub(super) fn all(&self, section: Section) -> &[Described] {
        self.entries.get(&section).map_or(&[], Vec::as_slice)
    }

    /// What `defaults:` configure for the file at `path`.
    pub(super) fn defaults_of(&self, path: &str) -> ConfigPatch {
        let mut config = ConfigPatch::default();
        let above = self
            .defaults
            .iter()
            .filter(|(folder, _)| path.starts_with(folder));
        for (_, patch) in above {
            config.overlay(patch);
        }
        config
    }

    fn read_file(
        &mut self,
        file: &SourceFile,
        semantics: Semantics,
        render: RenderValue<'_>,
    ) -> Result<()> {
        let content = parse_yaml(&file.text).map_err(|error| {
            let line = error.line.map_or(String::new(), |line| format!(":{line}"));
            Error::project("failed to read the properties file")
                .at(format!("{}{line}", file.path))
                .cause(error.message)
        })?;
        let Json::Object(content) = content else {
            return Ok(());
        };
        check_keys(
            &mut self.notices,
            &file.path,
            content.keys(),
            &keys::FILE_KEYS,
        );
        for (key, value) in content {
            if key == "defaults" {
                self.read_defaults(file, value, semantics)?;
            } else if key == "sources" {
                let mut tables = read_sources(file, value, render, &mut self.notices)?;
                if semantics == Semantics::Own {
                    tables.iter_mut().for_each(SourceTable::trim);
                }
                self.sources.extend(tables);
            } else if let Some(section) = Section::of_key(&key) {
                let entries = models_and_the_like(file, section, value, render, &mut self.notices)?;
                for mut entry in entries {
                    if semantics == Semantics::Own {
                        trim(&mut entry.description, &mut entry.columns);
                    }
                    self.add(entry)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, entry: Described) -> Result<()> {
        let section = entry.section;
        let list = self.entries.entry(section).or_default();
        let key = (section, entry.name.clone());
        if section.is_unique()
            && let Some(other) = self.index.get(&key).and_then(|at| list.get(*at))
        {
            return Err(Error::project(format!(
                "{} `{}` is described twice",
                section.word(),
                entry.name
            ))
            .at(&other.place)
            .at(&entry.place)
            .hint("Keep one of the two descriptions."));
        }
        self.index.insert(key, list.len());
        list.push(entry);
        Ok(())
    }

    fn read_defaults(
        &mut self,
        file: &SourceFile,
        value: Json,
        semantics: Semantics,
    ) -> Result<()> {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Json::Object(raw) = value else {
            return Ok(());
        };
        let place = place_of_key(file, "defaults");
        let patch = config(raw, "defaults", &place, semantics, &mut self.notices)?;
        self.defaults.push((format!("{folder}/"), patch));
        Ok(())
    }
}

/// Checks the configuration `owner` has at `place`.
pub(super) fn config(
    raw: Map<String, Json>,
    owner: &str,
    place: &str,
    semantics: Semantics,
    notices: &mut Vec<String>,
) -> Result<ConfigPatch> {
    let mut patch = ConfigPatch::default();
    for (key, value) in raw {
        match patch.set(&key, value, semantics) {
            Ok(None) => {}
            Ok(Some(notice)) => notices.push(format!("{place}: {notice}")),
            Err(refusal) => {
                return Err(
                    Error::project(format!("the configuration of `{owner}` is wrong"))
                        .at(place)
                        .cause(refusal.cause)
                        .hint(refusal.hint),
                );
            }
        }
    }
    Ok(patch)
}

/// `path:line` of the top-level key, or the path alone.
fn place_of_key(file: &SourceFile, key: &str) -> String {
    let is_key = |line: &str| line.trim_end() == format!("{key}:");
    match file.text.lines().position(is_key) {
        Some(index) => format!("{}:{}", file.path, index + 1),
        None => file.path.clone(),
    }
}

/// Takes the line breaks at both ends from descriptions. To dbt they are part of them.
fn trim(description: &mut String, columns: &mut [Column]) {
    let columns = columns.iter_mut().map(|column| &mut column.description);
    for text in columns.chain([description]) {
        text.trim().to_owned().clone_into(text);
    }
}
