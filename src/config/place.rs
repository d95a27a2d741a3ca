//! What depends on where the program runs: project, data folder, zone, transcripts.

use std::path::{Path, PathBuf};

use super::env::Environment;
use super::layer::{Layer, Located, Origin, Raw};
use super::resolve::{Inputs, PROJECT_FILE};
use crate::error::{Error, Result};
use crate::project::DBT_PROJECT_FILE;

/// Where configuration is looked for.
pub(super) struct Place {
    /// Folder of `cca.toml` and `.env`.
    pub(super) root: PathBuf,
    /// Folder whose models are used; `None` for the embedded ones.
    pub(super) project: Option<PathBuf>,
}

impl Place {
    pub(super) fn find(inputs: &Inputs) -> Result<Self> {
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
        if start.join(DBT_PROJECT_FILE).is_file() {
            return Ok(Self {
                root: start.clone(),
                project: Some(start),
            });
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

/// The data folder decides the defaults of other paths, so it comes first.
pub(super) fn data_dir(inputs: &Inputs, place: &Place, merged: &Layer) -> (PathBuf, Origin) {
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
    if place.root.join(DBT_PROJECT_FILE).is_file() {
        let rule = Origin::Rule("the target folder of the dbt project".to_owned());
        return (place.root.join("target").join("cca"), rule);
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

/// The zone of local time where none is set.
pub(super) fn timezone(environment: &Environment, dotenv: &Environment) -> (String, Origin) {
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
pub(super) fn transcript_roots(environment: &Environment) -> Vec<PathBuf> {
    let home = environment.home().map(|home| home.join(".claude"));
    let config = environment
        .config_home()
        .map(|config| config.join("claude"));
    home.into_iter()
        .chain(config)
        .filter(|root: &PathBuf| Path::is_dir(root))
        .collect()
}
