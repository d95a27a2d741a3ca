//! Settings of models that become files.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{ConfigPatch, Refusal};
use crate::warehouse::literal;

/// File formats that can be written and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum FileFormat {
    Parquet,
    Csv,
    Json,
}

impl FileFormat {
    const ALL: [(&'static str, Self); 3] = [
        ("parquet", Self::Parquet),
        ("csv", Self::Csv),
        ("json", Self::Json),
    ];

    /// The word in `config(format=…)`, also the extension of the file.
    pub(in crate::transform) fn name(self) -> &'static str {
        super::values::word(&Self::ALL, &self)
    }

    fn named(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let found = Self::ALL.iter().find(|(name, _)| *name == word);
        found.map(|(_, format)| *format)
    }
}

/// Where a model is written, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) struct External {
    /// File or, with partitions, folder; `None` for one named like the model.
    pub location: Option<String>,
    /// `None` lets the extension of the location decide.
    pub format: Option<FileFormat>,
    /// Options of the engine's `COPY`, lower-case names, as SQL.
    pub options: BTreeMap<String, String>,
    /// Arguments of the function that reads the file back, as SQL.
    pub read_options: BTreeMap<String, String>,
}

impl External {
    /// Columns that become folders.
    pub(in crate::transform) fn partitions(&self) -> Option<&str> {
        self.options.get("partition_by").map(String::as_str)
    }

    /// Whether the location is a folder of several files.
    pub(in crate::transform) fn is_folder(&self) -> bool {
        let per_thread = self.options.get("per_thread_output");
        self.partitions().is_some() || per_thread.is_some_and(|text| text != "false")
    }

    /// The format in effect: as configured, else by the extension of the location.
    pub(in crate::transform) fn format(&self) -> FileFormat {
        self.format.unwrap_or_else(|| {
            let location = self.location.as_deref().unwrap_or_default().to_lowercase();
            let plain = location
                .strip_suffix(".gz")
                .or_else(|| location.strip_suffix(".zst"))
                .unwrap_or(&location);
            let extension = plain
                .rsplit_once('.')
                .map_or("", |(_, extension)| extension);
            let by_delimiter = self
                .options
                .contains_key("delimiter")
                .then_some(FileFormat::Csv);
            FileFormat::named(extension)
                .or(by_delimiter)
                .unwrap_or(FileFormat::Parquet)
        })
    }

    pub(super) fn resolve(patch: &ConfigPatch) -> Result<Self, Refusal> {
        let text = |key: &str| patch.get(key).and_then(Json::as_str).map(str::to_owned);
        let mut options = mapping(patch, "options", str::to_owned)?;
        let format =
            match text("format").or_else(|| options.remove("format")) {
                None => None,
                Some(word) => Some(FileFormat::named(word.trim_matches('\'')).ok_or_else(
                    || Refusal {
                        cause: format!("config key `format` is `{word}`"),
                        hint: "Write one of `parquet`, `csv`, `json`.".to_owned(),
                    },
                )?),
            };
        options.remove("format");
        if let Some(columns) = texts_of(patch, "partition_by") {
            options.insert("partition_by".to_owned(), columns);
        }
        if let Some(columns) = options.get_mut("partition_by")
            && !columns.starts_with('(')
        {
            *columns = format!("({columns})");
        }
        if let Some(delimiter) = text("delimiter") {
            options.insert("delimiter".to_owned(), delimiter);
        }
        for key in ["delimiter", "quote", "escape", "null"] {
            if let Some(value) = options.get_mut(key)
                && !value.starts_with('\'')
            {
                *value = literal(value);
            }
        }
        let mut external = Self {
            location: text("location"),
            format,
            options,
            read_options: BTreeMap::new(),
        };
        let key = format!("{}_read_options", external.format().name());
        external.read_options = mapping(patch, &key, literal)?;
        Ok(external)
    }
}

/// A text or list of names as one list.
fn texts_of(patch: &ConfigPatch, key: &str) -> Option<String> {
    let all = super::texts(patch.get(key)?);
    (!all.is_empty()).then(|| all.join(", "))
}

/// A mapping whose values become SQL; `as_sql` says how texts do.
fn mapping(
    patch: &ConfigPatch,
    key: &str,
    as_sql: fn(&str) -> String,
) -> Result<BTreeMap<String, String>, Refusal> {
    let fields = match patch.get(key) {
        None | Some(Json::Null) => return Ok(BTreeMap::new()),
        Some(Json::Object(fields)) => fields,
        Some(other) => {
            return Err(Refusal {
                cause: format!("config key `{key}` is `{other}`, not a mapping"),
                hint: format!("Write `{key}={{'name': 'value'}}`."),
            });
        }
    };
    let mut all = BTreeMap::new();
    for (name, value) in fields {
        if !name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        {
            return Err(Refusal {
                cause: format!("`{name}` in config key `{key}` is no name of an option"),
                hint: "Use letters, digits and underscores.".to_owned(),
            });
        }
        let sql = match value {
            Json::String(text) => as_sql(text),
            other => other.to_string(),
        };
        all.insert(name.to_lowercase(), sql);
    }
    Ok(all)
}
