//! Folds the layers into settings, and remembers where every value comes from.
//!
//! built-in < user file < `cca.toml` < `.env` < environment < flags

use std::path::PathBuf;

use serde::Serialize;

use super::env::Environment;
use super::file::{read_dotenv, read_toml};
use super::keys::{KEYS, Key};
use super::layer::{Layer, Located, Origin, Raw};
use super::place::{Place, data_dir, timezone, transcript_roots};
use super::{Settings, SourceKind};
use crate::error::{Error, Result};
use crate::sys::process;

/// The file that marks a project.
pub const PROJECT_FILE: &str = "cca.toml";

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--project-dir`.
    pub project_dir: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--timezone`.
    pub timezone: Option<String>,
    /// `--threads`.
    pub threads: Option<usize>,
    /// `--source`.
    pub source: Option<SourceKind>,
    /// `--roots`.
    pub roots: Vec<PathBuf>,
}

/// Everything configuration is made from.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Variables of the process.
    pub environment: Environment,
    /// The current folder, absolute.
    pub current_dir: PathBuf,
    /// The command line.
    pub flags: Flags,
}

/// Settings and how they came about.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// What the program reads.
    pub settings: Settings,
    /// Every value with its origin, in the order of the reference.
    pub values: Vec<Resolved>,
    /// Files looked for, and whether they were there.
    pub files: Vec<(PathBuf, bool)>,
    /// Sentences that deserve attention.
    pub notices: Vec<String>,
}

/// One value with its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// `section.name`.
    pub key: String,
    /// The value, secrets redacted.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
    /// Why this version does nothing with it.
    pub note: Option<String>,
}

/// Folds all layers.
///
/// # Errors
/// `Config` for unknown keys and values that do not fit, with their origin.
pub fn resolve(inputs: &Inputs) -> Result<Configuration> {
    let place = Place::find(inputs)?;
    let mut files = Vec::new();
    let mut merged = Layer::default();
    if let Some(home) = inputs.environment.config_home() {
        cover_toml(
            home.join("cca").join("config.toml"),
            &mut merged,
            &mut files,
        )?;
    }
    cover_toml(place.root.join(PROJECT_FILE), &mut merged, &mut files)?;
    let dotenv_path = place.root.join(".env");
    let dotenv = read_dotenv(&dotenv_path)?;
    files.push((dotenv_path.clone(), dotenv.is_some()));
    let dotenv = dotenv.unwrap_or_default();
    merged.cover(dotenv.layer(&place.root, |name| Origin::DotEnv {
        path: dotenv_path.clone(),
        name,
    })?);
    let environment = &inputs.environment;
    merged.cover(environment.layer(&inputs.current_dir, |name| Origin::Environment { name })?);
    merged.cover(flags(inputs));

    let (data_dir, data_origin) = data_dir(inputs, &place, &merged);
    let mut folding = Folding {
        settings: Settings::defaults(&data_dir),
        origins: vec![("project.data_dir", data_origin)],
        home: environment.home(),
        merged,
    };
    folding.settings.project.dir = place.project.clone();
    folding.machine_defaults(environment, &dotenv);
    folding.write_values()?;
    let notices = folding.choose_source(&place);
    folding.settings.env = dotenv.variables().clone();
    folding.settings.env.extend(environment.variables().clone());
    Ok(Configuration {
        values: folding.values(),
        settings: folding.settings,
        files,
        notices,
    })
}

fn cover_toml(path: PathBuf, merged: &mut Layer, files: &mut Vec<(PathBuf, bool)>) -> Result<()> {
    let layer = read_toml(&path)?;
    files.push((path, layer.is_some()));
    merged.cover(layer.unwrap_or_default());
    Ok(())
}

fn flags(inputs: &Inputs) -> Layer {
    let mut layer = Layer::default();
    let mut put = |key: &'static str, name: &'static str, raw: Option<Raw>| {
        if let Some(raw) = raw {
            let base = inputs.current_dir.clone();
            layer.values.insert(
                key,
                Located {
                    raw,
                    origin: Origin::Flag { name },
                    base,
                },
            );
        }
    };
    let flags = &inputs.flags;
    let text = |path: &PathBuf| Raw::Text(path.display().to_string());
    put(
        "project.data_dir",
        "--data-dir",
        flags.data_dir.as_ref().map(text),
    );
    put(
        "project.timezone",
        "--timezone",
        flags.timezone.clone().map(Raw::Text),
    );
    let threads = flags
        .threads
        .map(|threads| i64::try_from(threads).unwrap_or(i64::MAX));
    put("project.threads", "--threads", threads.map(Raw::Int));
    let source = flags.source.map(|source| match source {
        SourceKind::Transcripts => Raw::Text("transcripts".to_owned()),
        SourceKind::Mongo => Raw::Text("mongo".to_owned()),
    });
    put("source.kind", "--source", source);
    if !flags.roots.is_empty() {
        let roots = Raw::List(flags.roots.iter().map(text).collect());
        put("transcripts.roots", "--roots", Some(roots));
    }
    layer
}

struct Folding {
    settings: Settings,
    origins: Vec<(&'static str, Origin)>,
    home: Option<PathBuf>,
    merged: Layer,
}

impl Folding {
    /// Defaults that depend on the machine.
    fn machine_defaults(&mut self, environment: &Environment, dotenv: &Environment) {
        let (zone, origin) = timezone(environment, dotenv);
        self.settings.project.timezone = zone;
        self.origins.push(("project.timezone", origin));
        self.origins.push((
            "project.threads",
            Origin::Rule("processors of this machine".to_owned()),
        ));
        self.settings.transcripts.roots = transcript_roots(environment);
        self.origins.push((
            "transcripts.roots",
            Origin::Rule("folders of Claude Code that exist".to_owned()),
        ));
        let machine = process::machine_name();
        let rule = match machine {
            Some(_) => "name of this machine",
            None => "this machine has no name of its own",
        };
        self.settings.transcripts.machine = machine.unwrap_or_default();
        self.origins
            .push(("transcripts.machine", Origin::Rule(rule.to_owned())));
    }

    fn write_values(&mut self) -> Result<()> {
        let merged = std::mem::take(&mut self.merged);
        for key in KEYS {
            let Some(value) = merged.values.get(key.name) else {
                continue;
            };
            let mut slot = (key.slot)(&mut self.settings);
            let expects = slot.expects(key.range);
            slot.write(value, key.range, self.home.as_deref())
                .map_err(|cause| {
                    Error::config(format!("`{}` must be {expects}", key.name))
                        .at(&value.origin)
                        .cause(cause)
                })?;
            self.set_origin(key.name, value.origin.clone());
        }
        let vars = merged
            .vars
            .iter()
            .map(|(name, (value, _))| (name.clone(), value.clone()));
        self.settings.vars = vars.collect();
        self.merged = merged;
        Ok(())
    }

    /// The rule of `source.kind`; returns what deserves attention.
    fn choose_source(&mut self, place: &Place) -> Vec<String> {
        if self.merged.values.contains_key("source.kind") {
            return Vec::new();
        }
        let from_flag = |key: &str| matches!(self.origin(key), Some(Origin::Flag { .. }));
        if from_flag("transcripts.roots") {
            self.set_origin("source.kind", Origin::Rule("implied by --roots".to_owned()));
            return Vec::new();
        }
        let Some(origin) = self
            .merged
            .values
            .get("mongo.uri")
            .map(|value| value.origin.clone())
        else {
            return Vec::new();
        };
        self.settings.source = SourceKind::Mongo;
        self.set_origin(
            "source.kind",
            Origin::Rule(format!("implied by mongo.uri ({origin})")),
        );
        match origin {
            // Many unrelated programs keep a MONGO_URI in the `.env` of their folder.
            Origin::DotEnv { path, name } if place.project.is_none() => vec![format!(
                "reading MongoDB because {name} is set in {}; use `--source transcripts` for local transcripts",
                path.display()
            )],
            _ => Vec::new(),
        }
    }

    fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins
            .iter()
            .rev()
            .find(|(name, _)| *name == key)
            .map(|(_, origin)| origin)
    }

    fn set_origin(&mut self, key: &'static str, origin: Origin) {
        self.origins.push((key, origin));
    }

    fn values(&self) -> Vec<Resolved> {
        let mut settings = self.settings.clone();
        let mut values: Vec<Resolved> = KEYS
            .iter()
            .map(|key: &Key| Resolved {
                key: key.name.to_owned(),
                value: (key.slot)(&mut settings).show(),
                origin: self
                    .origin(key.name)
                    .unwrap_or(&Origin::BuiltIn)
                    .to_string(),
                note: key
                    .unused
                    .map(|reason| format!("recognised, not used: {reason}")),
            })
            .collect();
        let project = &self.settings.project.dir;
        values.insert(
            0,
            Resolved {
                key: "project.dir".to_owned(),
                value: project
                    .as_ref()
                    .map_or_else(|| "embedded".to_owned(), |dir| dir.display().to_string()),
                origin: if project.is_some() {
                    "project found"
                } else {
                    "no cca.toml here or above"
                }
                .to_owned(),
                note: None,
            },
        );
        values.extend(
            self.merged
                .vars
                .iter()
                .map(|(name, (value, origin))| Resolved {
                    key: format!("vars.{name}"),
                    value: value.to_string(),
                    origin: origin.to_string(),
                    note: None,
                }),
        );
        values
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
