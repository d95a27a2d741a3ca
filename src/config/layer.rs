//! One layer of configuration: values as they were written, each with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program itself.
    BuiltIn,
    /// A rule of the program; the text says which.
    Rule(String),
    /// A TOML file.
    File {
        /// The file.
        path: PathBuf,
        /// Line of the key, from 1.
        line: usize,
    },
    /// A variable in a `.env` file.
    DotEnv {
        /// The file.
        path: PathBuf,
        /// The variable.
        name: String,
    },
    /// A variable of the process environment.
    Environment {
        /// The variable.
        name: String,
    },
    /// The command line.
    Flag {
        /// The flag with its dashes.
        name: &'static str,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built-in"),
            Origin::Rule(rule) => f.write_str(rule),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::DotEnv { path, name } => write!(f, "{name} in {}", path.display()),
            Origin::Environment { name } => write!(f, "environment {name}"),
            Origin::Flag { name } => write!(f, "flag {name}"),
        }
    }
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Raw>),
}

impl Raw {
    /// The words for its type in messages.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Raw::Text(_) => "a text",
            Raw::Int(_) => "a whole number",
            Raw::Float(_) => "a number with a fraction",
            Raw::Bool(_) => "true or false",
            Raw::List(_) => "a list",
        }
    }
}

/// A value, where it was written, and the folder its relative paths start from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
    pub(super) base: PathBuf,
}

/// Values by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) values: BTreeMap<&'static str, Located>,
    pub(super) vars: BTreeMap<String, (serde_json::Value, Origin)>,
}

impl Layer {
    /// Lets `upper` win wherever it says something.
    pub(super) fn cover(&mut self, upper: Layer) {
        self.values.extend(upper.values);
        self.vars.extend(upper.vars);
    }
}
