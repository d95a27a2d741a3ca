//! What a caller decides about building models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::graph::NodeKind;
use super::periods::EventTimes;
use super::prior::Prior;
use super::report::Periods;
use crate::error::{Error, Result};
use crate::sys::cancel::Cancel;

/// Whose rules decide where dbt and this program differ: what NULL keys do, when an incremental
/// table is rebuilt, what is written as a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Semantics {
    /// NULL is a key like any other, new rows of one key must agree, a changed definition rebuilds
    /// the table.
    #[default]
    Own,
    /// As dbt-core with dbt-duckdb does.
    Dbt,
}

/// Settings of parsing, rendering and running.
#[derive(Clone, Debug)]
pub struct TransformSettings {
    /// Variables, read with `var('name')`.
    pub vars: BTreeMap<String, serde_json::Value>,
    /// Environment variables, read with `env_var('NAME')`.
    pub env: BTreeMap<String, String>,
    /// IANA name of the zone of local time.
    pub timezone: String,
    /// Where models are built, as templates and schema names see it.
    pub target: Target,
    /// Whose rules decide.
    pub semantics: Semantics,
    /// Folder of files of `external` models that name no place.
    pub external_root: PathBuf,
    /// The command, as `flags.WHICH` has it.
    pub command: String,
    /// `--full-refresh`.
    pub full_refresh: bool,
    /// Models built at the same time.
    pub threads: usize,
    /// Where the compiled SQL of a failed model is written; `None` writes nothing.
    pub compiled_dir: Option<PathBuf>,
}

impl Default for TransformSettings {
    fn default() -> Self {
        Self {
            vars: BTreeMap::new(),
            env: BTreeMap::new(),
            timezone: "UTC".to_owned(),
            target: Target::default(),
            semantics: Semantics::default(),
            external_root: PathBuf::from("."),
            command: "run".to_owned(),
            full_refresh: false,
            threads: 1,
            compiled_dir: None,
        }
    }
}

/// `target` of templates: the place models are built in.
#[derive(Clone, Debug)]
pub struct Target {
    /// `target.name`.
    pub name: String,
    /// `target.profile_name`.
    pub profile: String,
    /// Schema of everything that configures none.
    pub schema: String,
    /// Database of everything that configures none; `None` leaves it out of names.
    pub database: Option<String>,
    /// What else the profile says about the connection, without secrets.
    pub values: serde_json::Map<String, serde_json::Value>,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            name: "dev".to_owned(),
            profile: "cca".to_owned(),
            schema: "main".to_owned(),
            database: None,
            values: serde_json::Map::new(),
        }
    }
}

/// How the selected nodes are built.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Rebuild incremental models and load seeds from scratch.
    pub full_refresh: bool,
    /// Start nothing more after the first failure.
    pub fail_fast: bool,
    /// Rows of which time models that are built in periods cover.
    pub event_times: EventTimes,
    /// Periods to try again, by model; all others of these models are left alone.
    pub failed_periods: BTreeMap<String, Periods>,
    /// Keep what tests find, unless a test says otherwise.
    pub store_failures: bool,
    /// Ids of nodes that would be built as they are, and are left alone.
    pub unchanged: BTreeSet<String>,
    /// Say how large the tables are; this makes a checkpoint.
    pub measure: bool,
    /// Keep the statements that are run, for the artifacts.
    pub keep_statements: bool,
    /// Raised to stop: running queries are interrupted, the rest is not started.
    pub cancel: Cancel,
}

/// Which nodes a command concerns: everything selected (all, if nothing is named) without what is
/// excluded.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Selectors; their results are united.
    pub select: Vec<String>,
    /// Selectors of what is left out.
    pub exclude: Vec<String>,
    /// Name of a selector of `selectors.yml`.
    pub selector: Option<String>,
    /// Which tests come along; `None` for the usual ones.
    pub indirect: Option<Indirect>,
    /// Kinds of nodes meant; empty for all.
    pub kinds: Vec<NodeKind>,
    /// Kinds of nodes left out.
    pub exclude_kinds: Vec<NodeKind>,
    /// Ids meant, whatever else is said; empty for no limit.
    pub ids: BTreeSet<String>,
    /// The earlier state that `state:`, `result:` and `source_status:` compare with.
    pub prior: Option<Arc<Prior>>,
}

/// Which tests are selected because of what they test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indirect {
    /// Those with any selected parent.
    #[default]
    Eager,
    /// Those whose parents are all selected.
    Cautious,
    /// Those whose parents are all selected or ancestors of what is selected.
    Buildable,
    /// None.
    Empty,
}

impl Indirect {
    /// The words of `--indirect-selection`.
    pub const ALL: [(&'static str, Self); 4] = [
        ("eager", Self::Eager),
        ("cautious", Self::Cautious),
        ("buildable", Self::Buildable),
        ("empty", Self::Empty),
    ];
}

impl FromStr for Indirect {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(name, _)| *name == word);
        found.map(|(_, one)| *one).ok_or_else(|| {
            Error::usage(format!("`{word}` is no way to select tests"))
                .hint("Write `eager`, `cautious`, `buildable` or `empty`.")
        })
    }
}

impl Selection {
    /// Selects by one selector or several separated by spaces.
    pub fn of(selector: impl Into<String>) -> Self {
        Self {
            select: vec![selector.into()],
            ..Self::default()
        }
    }
}
