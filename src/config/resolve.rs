//! Folds the layers into settings, and remembers where every value comes from.
//!
//! built-in < user file < `cca.toml` < `.env` < environment < flags

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::env::Environment;
use super::file::{read_dotenv, read_toml};
use super::keys::{KEYS, Key};
use super::layer::{Layer, Located, Origin, Raw};
use super::{Settings, SourceKind};
use crate::error::{Error, Result};

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

/// Where configuration is looked for.
struct Place {
    /// Folder of `cca.toml` and `.env`.
    root: PathBuf,
    /// Folder whose models are used; `None` for the embedded ones.
    project: Option<PathBuf>,
}

impl Place {
    fn find(inputs: &Inputs) -> Result<Self> {
        let from_environment = inputs.environment.get("CCA_PROJECT_DIR").map(PathBuf::from);
        let asked = inputs.flags.project_dir.clone().or(from_environment);
        let start = match &asked {
            Some(dir) => inputs.current_dir.join(dir),
            None => inputs.current_dir.clone(),
        };
        if !start.is_dir() {
            return Err(Error::config("the project folder does not exist")
                .at(start.display())
                .hint(
                    "Create a project there with `cca init DIR`, or leave `--project-dir` away.",
                ));
        }
        let marked = start
            .ancestors()
            .find(|dir| dir.join(PROJECT_FILE).is_file());
        Ok(match marked {
            Some(root) => Self {
                root: root.to_owned(),
                project: Some(root.to_owned()),
            },
            None => Self {
                project: asked.is_some().then(|| start.clone()),
                root: start,
            },
        })
    }
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

/// The data folder decides the defaults of other paths, so it comes first.
fn data_dir(inputs: &Inputs, place: &Place, merged: &Layer) -> (PathBuf, Origin) {
    if let Some(Located {
        raw: Raw::Text(text),
        origin,
        base,
    }) = merged.values.get("project.data_dir")
    {
        let home = inputs.environment.home();
        let path = match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => base.join(text),
        };
        return (path.components().collect(), origin.clone());
    }
    let here = place.root.join("data");
    let rule = if place.project.is_some() {
        Some("beside the project")
    } else if here.join("iceberg").is_dir() {
        Some("there is one in this folder")
    } else if place.root.join("sql").join("models").is_dir() {
        Some("this folder looks like a project")
    } else {
        None
    };
    match (rule, inputs.environment.data_home()) {
        (Some(rule), _) => (here, Origin::Rule(rule.to_owned())),
        (None, Some(home)) => (home.join("cca"), Origin::Rule("XDG data folder".to_owned())),
        (None, None) => (here, Origin::Rule("there is no home folder".to_owned())),
    }
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

fn timezone(environment: &Environment, dotenv: &Environment) -> (String, Origin) {
    let named = environment.get("TZ").or_else(|| dotenv.get("TZ"));
    if let Some(name) = named.map(|name| name.trim_start_matches(':'))
        && jiff::tz::TimeZone::get(name).is_ok()
    {
        return (
            name.to_owned(),
            Origin::Environment {
                name: "TZ".to_owned(),
            },
        );
    }
    let system = jiff::tz::TimeZone::system();
    match system.iana_name().filter(|name| *name != "Etc/Unknown") {
        Some(name) => (
            name.to_owned(),
            Origin::Rule("zone of this machine".to_owned()),
        ),
        None => (
            "UTC".to_owned(),
            Origin::Rule("the machine names no zone".to_owned()),
        ),
    }
}

/// The folders Claude Code uses, as far as they exist.
fn transcript_roots(environment: &Environment) -> Vec<PathBuf> {
    let home = environment.home().map(|home| home.join(".claude"));
    let config = environment
        .config_home()
        .map(|config| config.join("claude"));
    home.into_iter()
        .chain(config)
        .filter(|root: &PathBuf| Path::is_dir(root))
        .collect()
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
