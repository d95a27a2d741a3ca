//! `run_results.json`.

use std::path::Path;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::{instant, metadata, write};
use crate::error::{Kind, Result};
use crate::event::Status;
use crate::transform::graph::{Graph, NodeKind};
use crate::transform::periods::Period;
use crate::transform::report::{TransformReport, UnitResult};

/// What the file says about a run beside its units.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Wall time of the run.
    pub elapsed: Duration,
    /// The command and its flags.
    pub args: Map<String, Json>,
}

/// Writes `run_results.json` into `folder`.
///
/// # Errors
/// `SourceUnavailable` if the folder cannot be written.
pub fn write_run_results(
    graph: &Graph,
    report: &TransformReport,
    facts: &RunFacts,
    folder: &Path,
) -> Result<()> {
    let file = Document {
        graph,
        report,
        facts,
    };
    write(folder, "run_results.json", &file)
}

/// The document; the entry of a unit exists only while it is written.
struct Document<'a> {
    graph: &'a Graph,
    report: &'a TransformReport,
    facts: &'a RunFacts,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_map(None)?;
        all.serialize_entry("metadata", &metadata(self.graph, "run-results/v6"))?;
        all.serialize_entry("results", &Results(self))?;
        all.serialize_entry("elapsed_time", &self.facts.elapsed.as_secs_f64())?;
        all.serialize_entry("args", &self.facts.args)?;
        all.end()
    }
}

struct Results<'a>(&'a Document<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let units = self.0.report.units.iter();
        serializer.collect_seq(units.map(|unit| result(self.0.graph, unit)))
    }
}

fn result(graph: &Graph, unit: &UnitResult) -> Json {
    let node = graph.node(&unit.id);
    let mut response = Map::new();
    if let Some(rows) = unit.rows {
        response.insert("rows_affected".to_owned(), Json::from(rows));
    }
    if let Some(bytes) = unit.bytes {
        response.insert("bytes".to_owned(), Json::from(bytes));
    }
    let started = instant(unit.started);
    let ended = unit.started + unit.elapsed;
    let message = unit.error.as_ref().map(ToString::to_string);
    let relation = node.filter(|node| node.kind != NodeKind::Test && !node.is_ephemeral());
    json!({
        "unique_id": unit.id,
        "status": status_word(unit),
        "timing": [{"name": "execute", "started_at": started, "completed_at": instant(ended)}],
        "thread_id": unit.thread,
        "execution_time": unit.elapsed.as_secs_f64(),
        "adapter_response": response,
        "message": message.or_else(|| unit.message.clone()),
        "failures": unit.failures,
        "compiled": unit.compiled.is_some(),
        "compiled_code": unit.compiled,
        "relation_name": relation.map(|node| node.relation.to_string()),
        "batch_results": batches(unit),
    })
}

/// The word of dbt for how a unit ended.
#[must_use]
pub fn status_word(unit: &UnitResult) -> &'static str {
    let is_described = matches!(unit.kind, NodeKind::Exposure | NodeKind::SavedQuery);
    let is_test = matches!(unit.kind, NodeKind::Test | NodeKind::UnitTest);
    match unit.status {
        Status::Ok if is_test => "pass",
        Status::Ok if is_described => "no-op",
        Status::Ok => "success",
        Status::Warned => "warn",
        Status::Failed if is_test && found_something(unit) => "fail",
        Status::Failed if !unit.periods.done.is_empty() => "partial success",
        Status::Failed => "error",
        Status::Skipped => "skipped",
    }
}

/// Whether a test did what it is for; otherwise it could not be run.
fn found_something(unit: &UnitResult) -> bool {
    let error = unit.error.as_ref();
    error.is_none_or(|error| error.kind() == Kind::CheckFailed)
}

fn batches(unit: &UnitResult) -> Json {
    let periods = &unit.periods;
    if periods.done.is_empty() && periods.failed.is_empty() {
        return Json::Null;
    }
    let list = |all: &[Period]| -> Vec<Json> {
        all.iter()
            .map(|period| json!([instant(period.start), instant(period.end)]))
            .collect()
    };
    json!({"successful": list(&periods.done), "failed": list(&periods.failed)})
}
