//! Values that a suite gives to its expectations by name: `{"$PARAMETER": "least_rows"}`.

use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::check::expectation::Place;
use crate::error::{Error, Result, nearest};

const MARK: &str = "$PARAMETER";

/// The parameters of a suite.
pub(super) struct Parameters(serde_json::Map<String, serde_json::Value>);

impl Parameters {
    /// The parameters in a mapping, none without one.
    pub(super) fn new(given: Option<serde_json::Value>) -> Self {
        match given {
            Some(serde_json::Value::Object(map)) => Self(map),
            _ => Self(serde_json::Map::new()),
        }
    }

    /// These, and of the other mapping those that these do not have.
    pub(super) fn before(&self, other: Option<serde_json::Value>) -> Self {
        let Self(mut all) = Self::new(other);
        for (name, value) in &self.0 {
            all.insert(name.clone(), value.clone());
        }
        Self(all)
    }

    /// The arguments with every parameter replaced by its value.
    ///
    /// # Errors
    /// `Project` if a parameter has no value.
    pub(super) fn fill(&self, arguments: Mapping, place: Place<'_>) -> Result<Mapping> {
        arguments
            .into_iter()
            .map(|(key, value)| Ok((key, self.filled(value, place)?)))
            .collect()
    }

    fn filled(&self, value: Yaml, place: Place<'_>) -> Result<Yaml> {
        match value {
            Yaml::Mapping(mapping) => match mapping.get(MARK).and_then(Yaml::as_str) {
                Some(name) => self.value(name, &mapping, place),
                None => self.fill(mapping, place).map(Yaml::Mapping),
            },
            Yaml::Sequence(items) => items
                .into_iter()
                .map(|item| self.filled(item, place))
                .collect::<Result<_>>()
                .map(Yaml::Sequence),
            other => Ok(other),
        }
    }

    /// The value given by the suite, else the one beside the mark: `{"$PARAMETER.x": 1}`.
    fn value(&self, name: &str, mapping: &Mapping, place: Place<'_>) -> Result<Yaml> {
        if let Some(value) = self.0.get(name) {
            return serde_yaml_ng::to_value(value)
                .map_err(|error| Error::bug("a parameter that is not YAML").cause(error));
        }
        if let Some(value) = mapping.get(format!("{MARK}.{name}").as_str()) {
            return Ok(value.clone());
        }
        let error = Error::project(format!("the parameter `{name}` has no value"))
            .at(place.of(MARK))
            .hint(format!("Add `parameters: {{{name}: …}}` to the suite."));
        Err(match nearest(name, self.0.keys().map(String::as_str)) {
            Some(close) => error.hint(format!("Did you mean `{close}`?")),
            None => error,
        })
    }
}
