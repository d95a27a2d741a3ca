//! Properties files: descriptions, columns, configuration, sources, and defaults of folders.
//!
//! The format is the one of dbt, plus `defaults:`, which configures all models in the folder of
//! the file and below. Keys that mean something to dbt but nothing here are accepted; other
//! unknown keys are noticed.

mod raw;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use self::raw::{COLUMN_KEYS, FILE_KEYS, NODE_KEYS, RawFile, RawNode, RawSource, SOURCE_KEYS};
use super::config::ConfigPatch;
use crate::error::{Error, Result, nearest};
use crate::project::SourceFile;
use crate::warehouse::Relation;

/// What is written about one model or seed.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeProperties {
    pub path: String,
    pub description: String,
    pub columns: Vec<(String, String)>,
    pub config: ConfigPatch,
}

/// What all properties files say.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    pub models: BTreeMap<String, NodeProperties>,
    pub seeds: BTreeMap<String, NodeProperties>,
    pub sources: BTreeMap<String, BTreeMap<String, Relation>>,
    /// Folder with a final slash, and its configuration; outer folders come first.
    pub defaults: Vec<(String, ConfigPatch)>,
    pub notices: Vec<String>,
}

impl Properties {
    /// Reads all properties files; a node described twice is an error.
    pub(super) fn read(files: &[SourceFile]) -> Result<Self> {
        let mut all = Self::default();
        for file in files {
            if !file.text.trim().is_empty() {
                all.read_file(file)?;
            }
        }
        all.defaults.sort_by_key(|(folder, _)| folder.len());
        Ok(all)
    }

    /// The configuration of the model or seed called `name` at `path`, as far as properties files
    /// decide it.
    pub(super) fn config_of(&self, name: &str, path: &str) -> ConfigPatch {
        let mut config = ConfigPatch::default();
        for (_, patch) in self
            .defaults
            .iter()
            .filter(|(folder, _)| path.starts_with(folder))
        {
            config.overlay(patch);
        }
        if let Some(own) = self.models.get(name).or_else(|| self.seeds.get(name)) {
            config.overlay(&own.config);
        }
        config
    }

    fn read_file(&mut self, file: &SourceFile) -> Result<()> {
        let raw: RawFile = serde_yaml_ng::from_str(&file.text).map_err(|error| {
            let line = error
                .location()
                .map_or(String::new(), |at| format!(":{}", at.line()));
            Error::project("failed to read the properties file")
                .at(format!("{}{line}", file.path))
                .cause(error)
        })?;
        self.notice_unknown(file, &raw.rest, &FILE_KEYS, "");
        if !raw.defaults.is_empty() {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let patch = self.config(file, "defaults", raw.defaults)?;
            self.defaults.push((format!("{folder}/"), patch));
        }
        for node in raw.models {
            self.read_node(file, node, "model")?;
        }
        for node in raw.seeds {
            self.read_node(file, node, "seed")?;
        }
        for source in raw.sources {
            self.read_source(file, source)?;
        }
        Ok(())
    }

    fn read_node(&mut self, file: &SourceFile, node: RawNode, kind: &str) -> Result<()> {
        let name = node.name;
        self.notice_unknown(file, &node.rest, &NODE_KEYS, &name);
        for column in &node.columns {
            self.notice_unknown(file, &column.rest, &COLUMN_KEYS, &column.name);
        }
        let mut raw_config = node.config;
        if let Some(tags) = node.tags {
            raw_config.entry("tags".to_owned()).or_insert(tags);
        }
        let properties = NodeProperties {
            path: place(file, &name),
            description: node.description.unwrap_or_default().trim().to_owned(),
            columns: node
                .columns
                .into_iter()
                .map(|column| {
                    let text = column.description.unwrap_or_default();
                    (column.name, text.trim().to_owned())
                })
                .collect(),
            config: self.config(file, &name, raw_config)?,
        };
        let list = if kind == "seed" {
            &mut self.seeds
        } else {
            &mut self.models
        };
        let here = properties.path.clone();
        match list.insert(name.clone(), properties) {
            None => Ok(()),
            Some(other) => Err(
                Error::project(format!("{kind} `{name}` is described twice"))
                    .at(other.path)
                    .at(here)
                    .hint("Keep one of the two descriptions."),
            ),
        }
    }

    fn read_source(&mut self, file: &SourceFile, source: RawSource) -> Result<()> {
        self.notice_unknown(file, &source.rest, &SOURCE_KEYS, &source.name);
        let schema = source.schema.unwrap_or_else(|| source.name.clone());
        for table in source.tables {
            self.notice_unknown(file, &table.rest, &SOURCE_KEYS, &table.name);
            let relation = Relation::new(
                schema.clone(),
                table.identifier.unwrap_or_else(|| table.name.clone()),
            );
            let tables = self.sources.entry(source.name.clone()).or_default();
            if tables.insert(table.name.clone(), relation).is_some() {
                let name = format!("{}.{}", source.name, table.name);
                return Err(Error::project(format!("source `{name}` is declared twice"))
                    .at(place(file, &table.name))
                    .hint("Keep one of the two declarations."));
            }
        }
        Ok(())
    }

    fn config(
        &mut self,
        file: &SourceFile,
        owner: &str,
        raw: BTreeMap<String, Json>,
    ) -> Result<ConfigPatch> {
        let mut patch = ConfigPatch::default();
        for (key, value) in raw {
            match patch.set(&key, value) {
                Ok(None) => {}
                Ok(Some(notice)) => self
                    .notices
                    .push(format!("{}: {notice}", place(file, owner))),
                Err(refusal) => {
                    return Err(
                        Error::project(format!("the configuration of `{owner}` is wrong"))
                            .at(place(file, owner))
                            .cause(refusal.cause)
                            .hint(refusal.hint),
                    );
                }
            }
        }
        Ok(patch)
    }

    fn notice_unknown(
        &mut self,
        file: &SourceFile,
        rest: &BTreeMap<String, Json>,
        known: &[&'static str],
        owner: &str,
    ) {
        for key in rest.keys().filter(|key| !known.contains(&key.as_str())) {
            let meant = nearest(key, known.iter().copied())
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let at = if owner.is_empty() {
                file.path.clone()
            } else {
                place(file, owner)
            };
            self.notices
                .push(format!("{at}: key `{key}` has no effect{meant}"));
        }
    }
}

/// `path:line` of the entry called `name`, or the path alone.
fn place(file: &SourceFile, name: &str) -> String {
    let is_entry = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_start();
        let value = line
            .strip_prefix("name:")
            .map(|value| value.trim().trim_matches(['"', '\'']));
        value == Some(name) || line.trim_end() == format!("{name}:")
    };
    match file.text.lines().position(is_entry) {
        Some(index) => format!("{}:{}", file.path, index + 1),
        None => file.path.clone(),
    }
}
