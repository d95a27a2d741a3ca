//! Suites in YAML.

use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::declaration::{self, Declaration};
use super::lines::{self, DocumentLines};
use super::parameters::Parameters;
use super::{About, Suite, great_expectations};
use crate::check::expectation::{Expectation, Kwargs, Place};
use crate::error::{Error, Result, nearest};
use crate::project::SourceFile;

/// Reads files of YAML; remembers which files of JSON they take expectations from.
pub(super) struct Reader<'a> {
    /// Each with whether it was used.
    json: Vec<(&'a SourceFile, bool)>,
    about: &'a About,
}

impl<'a> Reader<'a> {
    /// Suites may take expectations from these files.
    pub(super) fn new(json: &[&'a SourceFile], about: &'a About) -> Self {
        Self {
            json: json.iter().map(|file| (*file, false)).collect(),
            about,
        }
    }

    /// Files that no suite has taken expectations from.
    pub(super) fn unused(&self) -> impl Iterator<Item = &'a SourceFile> {
        let unused = self.json.iter().filter(|(_, used)| !used);
        unused.map(|(file, _)| *file)
    }

    /// The suites of a file, one in each document.
    pub(super) fn suites(&mut self, file: &SourceFile, faults: &mut Vec<Error>) -> Vec<Suite> {
        let mut suites = Vec::new();
        let lines = lines::documents(&file.text);
        for (index, document) in serde_yaml_ng::Deserializer::from_str(&file.text).enumerate() {
            let place = lines.get(index).cloned().unwrap_or_default();
            match Yaml::deserialize(document) {
                Ok(Yaml::Null) => {}
                Ok(Yaml::Mapping(mapping)) => match self.suite(file, &place, mapping, faults) {
                    Ok(suite) => suites.push(suite),
                    Err(fault) => faults.push(fault),
                },
                Ok(_) => faults.push(
                    Error::project("a suite must be a mapping")
                        .at(format!("{}:{}", file.path, place.start))
                        .hint("Begin it with `suite: <name>`."),
                ),
                // What follows cannot be told apart.
                Err(error) => {
                    faults.push(unreadable(file, &error));
                    break;
                }
            }
        }
        suites
    }

    fn suite(
        &mut self,
        file: &SourceFile,
        lines: &DocumentLines,
        mapping: Mapping,
        faults: &mut Vec<Error>,
    ) -> Result<Suite> {
        let place = Place {
            file: &file.path,
            text: &file.text,
            span: (lines.start, lines.end),
        };
        let mut kwargs = Kwargs::new("suite", place, mapping);
        let mut suite = Suite {
            name: kwargs.text(&["suite"])?,
            layer: kwargs.text(&["layer"])?,
            file: file.path.clone(),
            line: lines.start,
            table: kwargs.optional_table(&["table"])?,
            incremental_by: kwargs.optional_text(&["incremental_by"])?,
            tags: kwargs.optional_texts("tags")?.unwrap_or_default(),
            expectations: Vec::new(),
        };
        if self.about.always || suite.table.is_none() {
            suite.table = self.about.table.clone().or(suite.table);
        }
        kwargs.optional_text(&["description"])?;
        let keys = match kwargs.optional_texts("keys")? {
            Some(keys) if keys.is_empty() => return Err(kwargs.mistake("keys", "is empty")),
            keys => keys,
        };
        let parameters = Parameters::new(kwargs.optional_json("parameters")?);
        let taken = match kwargs.optional_text(&["from"])? {
            Some(name) => self.take(&kwargs, &name)?,
            None => None,
        };
        let items = match kwargs.take(&["expectations"])? {
            Some(Yaml::Sequence(items)) => items,
            Some(_) => return Err(kwargs.mistake("expectations", "must be a list")),
            None if taken.is_some() => Vec::new(),
            None => return Err(kwargs.mistake("expectations", "is missing")),
        };
        kwargs.finish()?;
        if let Some(other) = taken {
            suite.expectations = great_expectations::expectations(other, &suite, &parameters)?;
        }
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let place = Place {
                span: lines.item(index, count),
                ..place
            };
            match read_item(&suite, &parameters, place, item) {
                Ok(expectation) => suite.expectations.push(expectation),
                Err(fault) => faults.push(fault),
            }
        }
        declaration::give_keys(&mut suite.expectations, keys.as_deref());
        Ok(suite)
    }

    /// The file of JSON named by `from`.
    fn take(&mut self, kwargs: &Kwargs<'_>, name: &str) -> Result<Option<&'a SourceFile>> {
        let path = format!("expectations/{name}");
        if let Some((file, used)) = self.json.iter_mut().find(|(file, _)| file.path == path) {
            *used = true;
            return Ok(Some(file));
        }
        let mistake = kwargs.mistake("from", &format!("names no file: there is no `{path}`"));
        let paths = self.json.iter().map(|(file, _)| {
            let path = file.path.as_str();
            path.strip_prefix("expectations/").unwrap_or(path)
        });
        Err(match nearest(name, paths) {
            Some(close) => mistake.hint(format!("Did you mean `{close}`?")),
            None => mistake.hint("Put the suite of Great Expectations, as JSON, there."),
        })
    }
}

fn read_item(
    suite: &Suite,
    parameters: &Parameters,
    place: Place<'_>,
    item: Yaml,
) -> Result<Expectation> {
    let (name, arguments) = name_and_arguments(place, item)?;
    let arguments = parameters.fill(arguments, place)?;
    let declaration = Declaration {
        name,
        arguments,
        place,
    };
    declaration.read(suite)
}

fn unreadable(file: &SourceFile, error: &serde_yaml_ng::Error) -> Error {
    let line = error.location().map_or(1, |location| location.line());
    Error::project("failed to read a suite of expectations")
        .at(format!("{}:{line}", file.path))
        .cause(error)
}

/// `name`, `name:` or `name: {arguments}`.
fn name_and_arguments(place: Place<'_>, item: Yaml) -> Result<(String, Mapping)> {
    let malformed = || {
        Error::project("an expectation must be one name with its arguments")
            .at(place.start())
            .hint("Write it as `- expect_…: {column: …}`.")
    };
    match item {
        Yaml::String(name) => Ok((name, Mapping::new())),
        Yaml::Mapping(mapping) if mapping.len() == 1 => {
            let (key, value) = mapping.into_iter().next().ok_or_else(malformed)?;
            let name = key.as_str().ok_or_else(malformed)?.to_owned();
            match value {
                Yaml::Null => Ok((name, Mapping::new())),
                Yaml::Mapping(arguments) => Ok((name, arguments)),
                _ => Err(malformed()),
            }
        }
        _ => Err(malformed()),
    }
}
