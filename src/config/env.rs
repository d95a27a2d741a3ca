//! The environment: read in one place, once, and every variable the program knows.
//!
//! Settings bring their own variables (see [`keys`](super::keys)); the others are declared here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys::KEYS;
use super::layer::{Layer, Located, Origin, Raw};
use crate::error::{Error, Result, nearest};

/// A variable that is not a setting.
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
}

/// Variables that are not settings.
pub(super) static VARIABLES: &[Variable] = &[
    Variable {
        name: "CCA_PROJECT_DIR",
        meaning: "Folder of the project, like `--project-dir`.",
    },
    Variable {
        name: "CCA_LOG",
        meaning: "Filter of diagnostics on stderr, such as `debug` or `cca::land=trace`; off by default.",
    },
    Variable {
        name: "HOME",
        meaning: "Home folder, for `~` and the default folders.",
    },
    Variable {
        name: "XDG_CONFIG_HOME",
        meaning: "Folder of `cca/config.toml` and of `claude`; `~/.config` by default.",
    },
    Variable {
        name: "XDG_DATA_HOME",
        meaning: "Folder of the data folder `cca` where there is no project; `~/.local/share` by default.",
    },
    Variable {
        name: "TZ",
        meaning: "Zone of local time where `project.timezone` is not set; used if it is an IANA name.",
    },
    Variable {
        name: "NO_COLOR",
        meaning: "Not empty: no colours with `--color auto`.",
    },
    Variable {
        name: "CLICOLOR_FORCE",
        meaning: "Not empty and not `0`: colours with `--color auto`, even where output is no terminal.",
    },
    Variable {
        name: "TERM",
        meaning: "`dumb`: neither colours nor progress bars.",
    },
];

/// Names that container platforms derive from a service called `cca`; they are not ours.
const FOREIGN: [&str; 2] = ["CCA_SERVICE_", "CCA_PORT"];

/// The variables of the process, or of a test.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process. Variables that are not text are left out.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// Exactly these variables.
    #[must_use]
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(variables.into_iter().map(owned).collect())
    }

    /// The value of `name`; a variable that is set to nothing counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }

    /// `$XDG_CONFIG_HOME`, else `~/.config`.
    #[must_use]
    pub fn config_home(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME", ".config")
    }

    /// `$XDG_DATA_HOME`, else `~/.local/share`.
    #[must_use]
    pub fn data_home(&self) -> Option<PathBuf> {
        self.folder("XDG_DATA_HOME", ".local/share")
    }

    /// The XDG specification has relative folders ignored.
    fn folder(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        let given = self
            .get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        given.or_else(|| self.home().map(|home| home.join(below_home)))
    }

    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The settings among the variables. `base` is where relative paths start.
    pub(super) fn layer(&self, base: &Path, origin: impl Fn(String) -> Origin) -> Result<Layer> {
        let mut layer = Layer::default();
        for key in KEYS {
            for name in key.variables() {
                let Some(value) = self.get(&name) else {
                    continue;
                };
                let raw = Raw::Text(value.to_owned());
                let located = Located {
                    raw,
                    origin: origin(name),
                    base: base.to_owned(),
                };
                layer.values.entry(key.name).or_insert(located);
            }
        }
        self.refuse_unknown(origin)?;
        Ok(layer)
    }

    fn refuse_unknown(&self, origin: impl Fn(String) -> Origin) -> Result<()> {
        let known = names();
        let ours = |name: &&String| {
            name.starts_with("CCA_") && !FOREIGN.iter().any(|prefix| name.starts_with(prefix))
        };
        let Some(name) = self
            .0
            .keys()
            .filter(ours)
            .find(|name| !known.contains(name))
        else {
            return Ok(());
        };
        let error = Error::config(format!("`{name}` is not a variable of this program"))
            .at(origin(name.clone()));
        Err(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None => error.hint("Run `cca config` to list the settings and their variables."),
        })
    }
}

/// Never shows values, which may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Every variable the program knows.
pub(super) fn names() -> Vec<String> {
    let settings = KEYS.iter().flat_map(super::keys::Key::variables);
    settings
        .chain(VARIABLES.iter().map(|variable| variable.name.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(environment: &Environment) -> Result<Layer> {
        environment.layer(Path::new("/here"), |name| Origin::Environment { name })
    }

    #[test]
    fn the_regular_name_wins_over_the_familiar_one_and_empty_is_unset() {
        let environment = Environment::of([
            ("BATCH_SIZE", "5"),
            ("CCA_MONGO_BATCH_SIZE", "7"),
            ("MONGO_DB", ""),
        ]);
        let layer = layer(&environment).expect("known names");
        assert_eq!(layer.values["mongo.batch_size"].raw, Raw::Text("7".into()));
        assert!(!layer.values.contains_key("mongo.database"));
    }

    #[test]
    fn unknown_names_with_our_prefix_are_refused() {
        let error = layer(&Environment::of([("CCA_DATADIR", "x")])).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "error[config]: `CCA_DATADIR` is not a variable of this program\n   \
             at environment CCA_DATADIR\n   \
             hint: Did you mean `CCA_DATA_DIR`?"
        );
        layer(&Environment::of([
            ("CCA_SERVICE_HOST", "10.0.0.1"),
            ("CCA_PORT_80_TCP", "x"),
        ]))
        .expect("of a container platform");
    }

    #[test]
    fn no_two_settings_share_a_variable() {
        let mut names = names();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
