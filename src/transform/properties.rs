//! Properties files: descriptions, columns, configuration, sources, and defaults of folders.
//!
//! The format is the one of dbt, plus `defaults:`, which configures all models in the folder of
//! the file and below. Keys that mean something to dbt but nothing here are accepted; other
//! unknown keys are noticed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawFile {
    models: Vec<RawNode>,
    seeds: Vec<RawNode>,
    sources: Vec<RawSource>,
    defaults: BTreeMap<String, Json>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
struct RawNode {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    columns: Vec<RawColumn>,
    #[serde(default)]
    config: BTreeMap<String, Json>,
    #[serde(default)]
    tags: Option<Json>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
struct RawColumn {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
struct RawSource {
    name: String,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    tables: Vec<RawTable>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
struct RawTable {
    name: String,
    #[serde(default)]
    identifier: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

const FILE_KEYS: [&str; 14] = [
    "version",
    "models",
    "seeds",
    "sources",
    "defaults",
    "macros",
    "analyses",
    "snapshots",
    "exposures",
    "metrics",
    "groups",
    "unit_tests",
    "semantic_models",
    "saved_queries",
];
const NODE_KEYS: [&str; 16] = [
    "name",
    "description",
    "columns",
    "config",
    "tags",
    "tests",
    "data_tests",
    "meta",
    "docs",
    "version",
    "versions",
    "latest_version",
    "access",
    "group",
    "constraints",
    "time_spine",
];
const COLUMN_KEYS: [&str; 10] = [
    "name",
    "description",
    "data_type",
    "tests",
    "data_tests",
    "meta",
    "quote",
    "tags",
    "constraints",
    "config",
];
const SOURCE_KEYS: [&str; 17] = [
    "name",
    "description",
    "schema",
    "database",
    "tables",
    "identifier",
    "columns",
    "tests",
    "data_tests",
    "freshness",
    "loaded_at_field",
    "loader",
    "quoting",
    "meta",
    "tags",
    "config",
    "overrides",
];

impl Properties {
    /// Reads all properties files; a node described twice is an error.
    pub fn read(files: &[SourceFile]) -> Result<Self> {
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
    pub fn config_of(&self, name: &str, path: &str) -> ConfigPatch {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Origin;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.into(),
            text: text.into(),
            origin: Origin::Embedded,
        }
    }

    #[test]
    fn models_sources_and_defaults_are_read() {
        let all = Properties::read(&[
            file(
                "sql/models/marts/_m.yml",
                "version: 2\ndefaults:\n  materialized: table\nmodels:\n  - name: a\n    description: |\n      One row.\n    config: {tags: [x], schema: s}\n    columns:\n      - name: id\n        description: key\n        tests: [unique]\nsources:\n  - name: raw\n    tables: [{name: conv}, {name: b, identifier: c}]\n",
            ),
            file("sql/models/_all.yml", "defaults: {materialized: view, tags: base}\n"),
        ])
        .expect("valid");
        assert!(all.notices.is_empty(), "{:?}", all.notices);
        let model = &all.models["a"];
        assert_eq!(model.path, "sql/models/marts/_m.yml:5");
        assert_eq!(model.description, "One row.");
        assert_eq!(model.columns, [("id".to_owned(), "key".to_owned())]);
        assert_eq!(all.sources["raw"]["b"], Relation::new("raw", "c"));
        let config = all.config_of("a", "sql/models/marts/deep/a.sql");
        assert_eq!(config.get("materialized"), Some(&Json::from("table")));
        assert_eq!(config.get("tags"), Some(&serde_json::json!(["base", "x"])));
        let other = all.config_of("z", "sql/models/staging/z.sql");
        assert_eq!(other.get("materialized"), Some(&Json::from("view")));
    }

    #[test]
    fn typos_and_doubles_name_their_line() {
        let all = Properties::read(&[file(
            "p.yml",
            "models:\n  - name: a\n    desciption: x\n    config: {materialised: table}\n",
        )])
        .expect("valid");
        assert_eq!(
            all.notices,
            [
                "p.yml:2: key `desciption` has no effect; did you mean `description`?",
                "p.yml:2: config key `materialised` has no effect; did you mean `materialized`?"
            ]
        );
        let double = "models:\n  - name: a\n  - name: b\n";
        let error =
            Properties::read(&[file("p.yml", double), file("q.yml", double)]).expect_err("twice");
        assert!(
            error.to_string().contains("model `a` is described twice"),
            "{error}"
        );
        assert!(error.to_string().contains("at q.yml:2"), "{error}");
        let syntax = Properties::read(&[file("p.yml", "models:\n  - name: [\n")]);
        assert!(
            syntax
                .expect_err("syntax")
                .to_string()
                .contains("at p.yml:")
        );
        let value = "models:\n  - name: a\n    config: {materialized: tabel}\n";
        let error = Properties::read(&[file("p.yml", value)]).expect_err("value");
        assert!(
            error.to_string().contains("Did you mean `table`?"),
            "{error}"
        );
    }
}
