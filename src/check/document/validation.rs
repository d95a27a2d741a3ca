//! JSON in the shape of the validation results of Great Expectations 1.x: one result for each
//! suite, under a head with the statistics of all.

use serde_json::{Map, Value as Json, json};

use super::{by_suite, instant};
use crate::check::expectation::Severity;
use crate::check::outcome::{CheckReport, Outcome, OutcomeStatus};

/// The report as validation results.
#[must_use]
pub fn validation(report: &CheckReport) -> Json {
    let results: Vec<Json> = by_suite(&report.outcomes)
        .into_iter()
        .map(|(suite, outcomes)| suite_result(report, suite, &outcomes))
        .collect();
    let successful = results
        .iter()
        .filter(|result| result.get("success") == Some(&Json::Bool(true)))
        .count();
    json!({
        "success": successful == results.len(),
        "statistics": {
            "evaluated_validations": results.len(),
            "successful_validations": successful,
            "unsuccessful_validations": results.len() - successful,
            "success_percent": percent(successful, results.len()),
        },
        "validation_results": results,
        "meta": {
            "run_id": run_id(report),
            "cca_version": env!("CARGO_PKG_VERSION"),
            "passed": report.passed,
            "warned": report.warned,
            "failed": report.failed,
            "errored": report.errored,
            "is_failure": report.is_failure(),
        },
    })
}

fn suite_result(report: &CheckReport, suite: &str, outcomes: &[&Outcome]) -> Json {
    let successful = outcomes
        .iter()
        .filter(|outcome| outcome.is_success())
        .count();
    let results: Vec<Json> = outcomes.iter().map(|outcome| result(outcome)).collect();
    json!({
        "success": successful == outcomes.len(),
        "results": results,
        "suite_name": suite,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": outcomes.len(),
            "successful_expectations": successful,
            "unsuccessful_expectations": outcomes.len() - successful,
            "success_percent": percent(successful, outcomes.len()),
        },
        "meta": {
            "run_id": run_id(report),
            "validation_time": instant(report.checked_at),
            "active_batch_definition": {
                "data_asset_name": outcomes.first().and_then(|outcome| outcome.table.clone()),
            },
            "layer": outcomes.first().map(|outcome| outcome.layer.clone()),
        },
        "id": null,
    })
}

fn run_id(report: &CheckReport) -> Json {
    json!({ "run_name": report.run_id, "run_time": instant(report.checked_at) })
}

fn result(outcome: &Outcome) -> Json {
    let is_error = outcome.status == OutcomeStatus::Error;
    // What the suite notes comes with what says where it stands.
    let mut meta = json!({
        "name": outcome.name,
        "file": outcome.file,
        "line": outcome.line,
    });
    if let (Json::Object(fields), Json::Object(own)) = (&mut meta, &outcome.meta) {
        for (key, value) in own {
            fields.entry(key).or_insert_with(|| value.clone());
        }
    }
    json!({
        "success": outcome.is_success(),
        "expectation_config": {
            "type": outcome.expectation,
            "kwargs": outcome.kwargs,
            "meta": meta,
            "id": outcome.id,
            "notes": outcome.why,
            "severity": match outcome.severity {
                Severity::Error => "critical",
                Severity::Warn => "warning",
            },
        },
        "result": if is_error { Json::Object(Map::new()) } else { found(outcome) },
        "meta": told(outcome),
        "exception_info": {
            "raised_exception": is_error,
            "exception_traceback": null,
            "exception_message": is_error.then_some(&outcome.message),
        },
    })
}

/// The outcome in words, and where in the suite the engine refused SQL.
fn told(outcome: &Outcome) -> Json {
    let seconds = outcome.elapsed.as_secs_f64();
    let mut told = json!({ "message": outcome.message, "seconds": seconds });
    if let (Json::Object(fields), Some(refused)) = (&mut told, &outcome.refused) {
        fields.insert("refused".to_owned(), json!(refused));
    }
    told
}

/// What was found; the lists of a rule about rows are there when they are empty, too.
fn found(outcome: &Outcome) -> Json {
    let mut found = serde_json::to_value(&outcome.result).unwrap_or_default();
    if let (Json::Object(fields), Some(_)) = (&mut found, outcome.result.element_count) {
        for list in ["partial_unexpected_list", "partial_unexpected_counts"] {
            fields
                .entry(list)
                .or_insert_with(|| Json::Array(Vec::new()));
        }
    }
    found
}

fn percent(part: usize, whole: usize) -> Option<f64> {
    percent_of(part as u64, whole as u64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows are far below 2^53"
)]
fn percent_of(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}
