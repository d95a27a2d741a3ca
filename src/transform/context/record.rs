//! What is taken down while a template is rendered.

use std::collections::BTreeSet;

use minijinja::value::Value;

use crate::transform::config::ConfigPatch;
use crate::transform::graph::RefCall;

/// What a template asked for while it was rendered.
#[derive(Debug, Default)]
pub(in crate::transform) struct Record {
    /// Ids of models, seeds and snapshots.
    pub refs: BTreeSet<String>,
    /// The references as written, in order, each as often as it is.
    pub ref_calls: Vec<RefCall>,
    /// Sources as written, in order, each as often as it is.
    pub sources: Vec<(String, String)>,
    /// Ids of sources.
    pub source_ids: BTreeSet<String>,
    /// Ids of macros called, also through others.
    pub macros: BTreeSet<String>,
    /// Ids of the macros the text itself calls, in order, each once; those of dbt that are
    /// functions here included.
    pub called: Vec<String>,
    pub config: ConfigPatch,
    pub asked_incremental: bool,
    pub notices: Vec<String>,
    /// What `print` was given, for an operation.
    pub printed: Vec<String>,
    /// Result of the statement `main`, as `load_result` gives it.
    pub main: Option<Value>,
    /// Models and sources it refers to that there are not.
    pub missing: Vec<String>,
}

impl Record {
    /// Takes in what another rendering of the same node referred to.
    pub(in crate::transform) fn absorb(&mut self, other: Self) {
        self.refs.extend(other.refs);
        add_new(&mut self.ref_calls, other.ref_calls);
        add_new(&mut self.sources, other.sources);
        self.source_ids.extend(other.source_ids);
        self.macros.extend(other.macros);
        add_new(&mut self.called, other.called);
        self.missing.extend(other.missing);
    }

    /// Takes down that the text itself calls the macro with this id.
    pub(in crate::transform) fn note_call(&mut self, id: &str) {
        if !self.called.iter().any(|one| one == id) {
            self.called.push(id.to_owned());
        }
    }
}

/// Appends what is not there yet.
fn add_new<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}
