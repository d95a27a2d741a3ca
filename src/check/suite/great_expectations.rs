//! Suites of Great Expectations as JSON: the form of releases before 1.0 (`expectation_suite_name`,
//! `expectation_type`) and the one since (`name`, `type`, `severity`, `id`).

use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping, Value as Yaml};

use super::Suite;
use super::declaration::{self, Declaration};
use super::key_line;
use super::lines::json_items;
use super::parameters::Parameters;
use crate::check::expectation::{Expectation, Place, json};
use crate::error::{Error, Result, nearest};
use crate::project::SourceFile;
use crate::warehouse::Relation;

/// Keys of a suite, in either form.
const SUITE: [&str; 10] = [
    "name",
    "expectation_suite_name",
    "id",
    "ge_cloud_id",
    "data_asset_type",
    "expectations",
    "meta",
    "notes",
    "suite_parameters",
    "evaluation_parameters",
];
/// Keys of an expectation that say what it is, or nothing.
const ITEM: [&str; 6] = [
    "type",
    "expectation_type",
    "kwargs",
    "rendered_content",
    "expectation_context",
    "ge_cloud_id",
];
/// Arguments of releases before 1.0 about how a result is told.
const TELLING: [&str; 3] = [
    "include_config",
    "output_strftime_format",
    "allow_cross_type_comparisons",
];
/// Arguments of those releases that ask for estimated bounds; without a value they ask for nothing.
const ESTIMATING: [&str; 2] = ["auto", "profiler_config"];
/// Keys of an expectation that become arguments.
const BESIDE: [&str; 5] = ["severity", "meta", "id", "notes", "description"];

/// The suite of a file about a table.
///
/// # Errors
/// `Project`, naming file and line, if it cannot be read.
pub(super) fn suite(file: &SourceFile, table: &Relation) -> Result<Suite> {
    let content = read(file)?;
    let name = ["name", "expectation_suite_name"]
        .iter()
        .find_map(|key| content.get(*key).and_then(Yaml::as_str));
    let mut suite = Suite {
        name: name.unwrap_or_else(|| file.stem()).to_owned(),
        layer: "file".to_owned(),
        file: file.path.clone(),
        line: 1,
        table: Some(table.clone()),
        incremental_by: None,
        tags: Vec::new(),
        expectations: Vec::new(),
    };
    suite.expectations = expectations(file, &suite, &Parameters::new(None))?;
    declaration::give_keys(&mut suite.expectations, None);
    Ok(suite)
}

/// The expectations of a file as parts of a suite, whose parameters come before the file's own.
///
/// # Errors
/// `Project`, naming file and line, if one cannot be read.
pub(super) fn expectations(
    file: &SourceFile,
    suite: &Suite,
    given: &Parameters,
) -> Result<Vec<Expectation>> {
    let content = read(file)?;
    for key in content.keys() {
        let name = key.as_str().unwrap_or("a key that is no text");
        if !SUITE.contains(&name) {
            let error = Error::project(format!("a suite has the unknown key `{name}`"));
            let line = key_line(&file.text, (1, usize::MAX), name);
            let error = error.at(format!("{}:{line}", file.path));
            return Err(hinted(error, name, SUITE.iter().copied()));
        }
    }
    let own = ["suite_parameters", "evaluation_parameters"]
        .iter()
        .find_map(|key| content.get(*key));
    let parameters = given.before(own.and_then(json));
    let Some(Yaml::Sequence(items)) = content.get("expectations") else {
        return Err(
            Error::project("a suite of Great Expectations needs the list `expectations`")
                .at(&file.path)
                .hint("Save it there with `suite.to_json_dict()`, or as your release does."),
        );
    };
    let lines = json_items(&file.text, "expectations");
    let mut expectations = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = Place {
            file: &file.path,
            text: &file.text,
            span: lines.get(index).copied().unwrap_or((1, usize::MAX)),
        };
        let (name, arguments) = declared(item, place)?;
        let declaration = Declaration {
            name,
            arguments: parameters.fill(arguments, place)?,
            place,
        };
        expectations.push(declaration.read(suite)?);
    }
    number_same(&mut expectations);
    Ok(expectations)
}

/// Expectations of one type and column are told apart by their number, because these suites have
/// no names for them.
fn number_same(expectations: &mut [Expectation]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for expectation in expectations {
        let times = seen.entry(expectation.label()).or_default();
        *times += 1;
        if *times > 1 {
            let subject = expectation.column().unwrap_or_default();
            expectation.title = Some(format!("{subject} #{times}").trim_start().to_owned());
        }
    }
}

/// The file as a mapping. `Infinity`, which Python writes, is no JSON but good YAML.
fn read(file: &SourceFile) -> Result<Mapping> {
    let unreadable = |line: usize, cause: &dyn std::fmt::Display| {
        Error::project("failed to read a suite of Great Expectations")
            .at(format!("{}:{line}", file.path))
            .cause(cause)
    };
    match serde_json::from_str::<Mapping>(&file.text) {
        Ok(content) => Ok(content),
        Err(error) => {
            serde_yaml_ng::from_str(&file.text).map_err(|_| unreadable(error.line().max(1), &error))
        }
    }
}

fn hinted<'a>(error: Error, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    match nearest(name, known.clone()) {
        Some(close) => error.hint(format!("Did you mean `{close}`?")),
        None => error.hint(format!(
            "Use only: {}.",
            known.collect::<Vec<_>>().join(", ")
        )),
    }
}

/// Type and arguments of an item; what stands beside the arguments becomes one of them.
fn declared(item: &Yaml, place: Place<'_>) -> Result<(String, Mapping)> {
    let malformed = |what: &str| {
        Error::project(format!("an expectation {what}"))
            .at(place.start())
            .hint("Write it as `{\"type\": \"expect_…\", \"kwargs\": {…}}`.")
    };
    let Yaml::Mapping(item) = item else {
        return Err(malformed("must be an object"));
    };
    let name = ["type", "expectation_type"]
        .iter()
        .find_map(|key| item.get(*key).and_then(Yaml::as_str));
    let name = name.ok_or_else(|| malformed("has no `type`"))?;
    let mut arguments = match item.get("kwargs") {
        None | Some(Yaml::Null) => Mapping::new(),
        Some(Yaml::Mapping(kwargs)) => kwargs.clone(),
        Some(_) => return Err(malformed("needs an object as `kwargs`")),
    };
    arguments.retain(|key, value| match key.as_str() {
        Some(name) if TELLING.contains(&name) => false,
        Some(name) if ESTIMATING.contains(&name) => !value.is_null() && *value != Yaml::Bool(false),
        _ => true,
    });
    for (key, value) in item {
        match key.as_str() {
            Some(name) if ITEM.contains(&name) => {}
            Some(name) if BESIDE.contains(&name) => {
                arguments.insert(key.clone(), value.clone());
            }
            other => {
                let name = other.unwrap_or("a key that is no text");
                let error = Error::project(format!("an expectation has the unknown key `{name}`"));
                let known = ITEM.iter().chain(&BESIDE).copied();
                return Err(hinted(error.at(place.of(name)), name, known));
            }
        }
    }
    Ok((name.to_owned(), arguments))
}
