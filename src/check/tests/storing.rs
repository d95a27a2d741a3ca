//! What a check leaves behind: stored outcomes, events, JSON.

use std::sync::Mutex;

use super::{OutcomeStatus, check, options, run, suite, warehouse};
use crate::check::{CheckOptions, past_of};
use crate::event::{Event, Observer, Silent, Status};
use crate::warehouse::Value;

const ITEMS: &[&str] = &[
    "expect_column_values_to_be_unique: {column: id}",
    "expect_column_values_to_be_unique: {column: name, why: names are keys}",
    "expect_column_values_to_not_be_null: {column: nope, severity: warn}",
];

#[test]
fn outcomes_of_every_run_are_kept() {
    let connection = warehouse();
    check(&connection, &suite("m.t", ITEMS));
    check(&connection, &suite("m.t", ITEMS));
    let stored = connection
        .query(
            "SELECT run_id, checked_at, expectation, table_name, column_name, severity, status,
                    success, element_count, unexpected_count, sample->>0 AS first, line
             FROM cca.check_results ORDER BY line",
            &[],
        )
        .expect("stored");
    assert_eq!(stored.rows.len(), 6);
    assert_eq!(
        stored.get(0, "checked_at"),
        Some(&Value::Temporal("2025-01-01 00:00:00".into()))
    );
    assert_eq!(stored.get(0, "status"), Some(&Value::from("passed")));
    assert_eq!(stored.get(2, "first"), Some(&Value::from("b")));
    assert_eq!(stored.get(2, "success"), Some(&Value::from(false)));
    assert_eq!(stored.get(2, "unexpected_count"), Some(&Value::from(2_i64)));
    assert_eq!(stored.get(4, "status"), Some(&Value::from("error")));
    assert_eq!(stored.get(4, "element_count"), Some(&Value::Null));
}

#[derive(Default)]
struct Heard(Mutex<Vec<(String, Status)>>);

impl Observer for Heard {
    fn observe(&self, event: Event) {
        if let Event::CheckExpectationEvaluated { name, status, .. } = event {
            self.0.lock().expect("alone").push((name, status));
        }
    }
}

#[test]
fn every_expectation_is_announced() {
    let heard = Heard::default();
    run(
        &suite("m.t", ITEMS),
        &warehouse(),
        &mut [],
        &options(),
        &heard,
    )
    .expect("runs");
    let heard = heard.0.into_inner().expect("alone");
    assert_eq!(
        heard,
        [
            (
                "s.expect_column_values_to_be_unique(id)".to_owned(),
                Status::Ok
            ),
            (
                "s.expect_column_values_to_be_unique(name)".to_owned(),
                Status::Failed
            ),
            (
                "s.expect_column_values_to_not_be_null(nope)".to_owned(),
                Status::Failed
            ),
        ]
    );
}

#[test]
fn reports_are_json() {
    let report = check(&warehouse(), &suite("m.t", ITEMS));
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(json["outcomes"][1]["status"], "failed");
    assert_eq!(json["outcomes"][1]["severity"], "error");
    assert_eq!(
        json["outcomes"][1]["result"]["partial_unexpected_list"][0],
        "b"
    );
    assert_eq!(json["outcomes"][1]["why"], "names are keys");
    assert_eq!(report.outcomes[2].status, OutcomeStatus::Error);
    assert!(json["outcomes"][0]["elapsed"].is_f64());
}

/// The table as the first version of the program made it.
const FIRST_TABLE: &str = "
CREATE SCHEMA cca;
CREATE TABLE cca.check_results (
    run_id VARCHAR NOT NULL, checked_at TIMESTAMP NOT NULL, suite VARCHAR NOT NULL,
    layer VARCHAR NOT NULL, file VARCHAR NOT NULL, line BIGINT NOT NULL, name VARCHAR NOT NULL,
    expectation VARCHAR NOT NULL, table_name VARCHAR, column_name VARCHAR,
    severity VARCHAR NOT NULL, status VARCHAR NOT NULL, success BOOLEAN NOT NULL,
    observed VARCHAR, element_count BIGINT, unexpected_count BIGINT, unexpected_percent DOUBLE,
    mostly DOUBLE NOT NULL, sample JSON, message VARCHAR, elapsed_ms DOUBLE NOT NULL);
INSERT INTO cca.check_results VALUES
    ('old', '2024-12-31', 's', 'silver', 'f', 1, 'expect_column_values_to_be_unique(id)', 'e',
     'm.t', 'id', 'error', 'failed', false, '1 of 4', 4, 1, 25, 1, '[1]', 'm', 0.5);";

#[test]
fn results_of_earlier_versions_are_kept() {
    let connection = warehouse();
    connection.batch(FIRST_TABLE).expect("made");
    check(&connection, &suite("m.t", ITEMS));
    let past = past_of(&connection, "s.expect_column_values_to_be_unique(id)", 9).expect("read");
    let statuses: Vec<OutcomeStatus> = past.outcomes.iter().map(|past| past.status).collect();
    assert_eq!(statuses, [OutcomeStatus::Failed, OutcomeStatus::Passed]);
}

/// Outcomes of an expectation at the days given (before 2025-01-01, when checks here happen), one
/// figure each; the last of them could not be evaluated.
fn outcomes_at(name: &str, days: &[(u32, &str)]) -> String {
    let rows = days.iter().map(|(days, value)| {
        format!(
            "('run', TIMESTAMP '2025-01-01' - INTERVAL {days} DAY + INTERVAL {} SECOND, 's', 'silver', 'f', 1, '{name}', \
             'e', 'm.t', '{}', 1, true, 0.5, 1.0, {value})",
            value.len(),
            if *value == "NULL" { "error" } else { "passed" }
        )
    });
    let rows: Vec<String> = rows.collect();
    format!(
        "INSERT INTO cca.check_results (run_id, checked_at, suite, layer, file, line, name, expectation, \
         table_name, status, elapsed_ms, success, mostly, severity, observed_value) \
         SELECT * REPLACE ('warn' AS severity) FROM (VALUES {}) AS rows(run_id, checked_at, suite, layer, file, line, name, expectation, \
         table_name, status, elapsed_ms, success, mostly, severity, observed_value)",
        rows.join(", ")
    )
}

#[test]
fn old_outcomes_go_but_not_what_rules_compare_with() {
    let connection = warehouse();
    check(&connection, &suite("m.t", ITEMS));
    connection
        .batch("DELETE FROM cca.check_results")
        .expect("emptied");
    // Two figures on most days, the second one later; the last of `rare` is a year old.
    let daily = [
        (2, "1"),
        (2, "20"),
        (11, "3"),
        (11, "40"),
        (180, "5"),
        (180, "60"),
        (181, "7"),
        (181, "80"),
        (182, "NULL"),
    ];
    let rare = [(400, "1"), (400, "20"), (401, "3")];
    for sql in [outcomes_at("daily", &daily), outcomes_at("rare", &rare)] {
        connection.batch(&sql).expect("stored");
    }
    let left = |keep_days: u32| {
        let options = CheckOptions {
            keep_days,
            ..options()
        };
        run(
            &suite("m.t", ITEMS),
            &connection,
            &mut [],
            &options,
            &Silent,
        )
        .expect("checked");
        let sql = "SELECT coalesce(string_agg(name || ' ' || coalesce(observed_value::VARCHAR, '-'), ', ' ORDER BY name, checked_at), '')
                   FROM cca.check_results WHERE run_id = 'run'";
        let left = connection.scalar(sql, &[]).expect("read");
        // The next check is the first of its day again.
        connection
            .batch("DELETE FROM cca.check_results WHERE run_id <> 'run'")
            .expect("deleted");
        left.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(
        left(181),
        "daily 7, daily 80, daily 5, daily 60, daily 3, daily 40, daily 1, daily 20, rare 20"
    );
    assert_eq!(left(10), "daily 60, daily 40, daily 1, daily 20, rare 20");
    assert_eq!(left(1), "daily 60, daily 40, daily 20, rare 20");
}
