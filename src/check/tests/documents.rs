//! What others read of a check: validation results, JUnit XML, the page, earlier outcomes.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{CheckOptions, CheckReport, options, run, suite, warehouse};
use crate::check::document::{junit, page, validation};
use crate::check::{PastChecks, past_of};
use crate::error::Kind;
use crate::event::Silent;
use crate::warehouse::Connection;

const ITEMS: &[&str] = &[
    "expect_column_values_to_be_unique: {column: id}",
    "expect_column_values_to_be_in_set: {column: name, value_set: [a], mostly: 0.4, why: \"<b>\\\"names\\\" & keys</b>\"}",
    "expect_column_values_to_not_be_null: {column: nmae}",
    "expect_column_values_to_be_between: {column: num, max_value: 15, severity: warn}",
];

fn checked(connection: &Connection, run_id: &str, minutes: i64) -> CheckReport {
    let options = CheckOptions {
        run_id: run_id.to_owned(),
        checked_at: options().checked_at + minutes * 60_000_000,
        ..options()
    };
    let mut report =
        run(&suite("m.t", ITEMS), connection, &mut [], &options, &Silent).expect("runs");
    for outcome in &mut report.outcomes {
        outcome.elapsed = std::time::Duration::from_millis(2);
    }
    report
}

/// Keys of an object, those of objects inside with their path.
fn keys(value: &Json, path: &str, found: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        found.insert(format!("{path}{key}"));
        keys(value, &format!("{path}{key}."), found);
    }
}

fn keys_of(value: &Json) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(value, "", &mut found);
    found
}

#[test]
fn validation_results_have_the_keys_of_great_expectations() {
    let json = validation(&checked(&warehouse(), "r", 0));
    assert_eq!(json["success"], false);
    assert_eq!(json["statistics"]["evaluated_validations"], 1);
    let suite = &json["validation_results"][0];
    // As version 1.24.1 writes them.
    for key in [
        "success",
        "results",
        "suite_name",
        "suite_parameters",
        "meta",
        "id",
        "statistics.evaluated_expectations",
        "statistics.successful_expectations",
        "statistics.unsuccessful_expectations",
        "statistics.success_percent",
        "meta.run_id.run_name",
        "meta.run_id.run_time",
        "meta.validation_time",
        "meta.active_batch_definition.data_asset_name",
    ] {
        assert!(keys_of(suite).contains(key), "{key}");
    }
    assert_eq!(suite["statistics"]["successful_expectations"], 1);
    assert_eq!(suite["statistics"]["success_percent"], 25.0);
    let broken = &suite["results"][1];
    for key in [
        "success",
        "expectation_config.type",
        "expectation_config.kwargs.column",
        "expectation_config.meta",
        "expectation_config.severity",
        "result.element_count",
        "result.unexpected_count",
        "result.unexpected_percent",
        "result.unexpected_percent_total",
        "result.unexpected_percent_nonmissing",
        "result.partial_unexpected_list",
        "result.partial_unexpected_counts",
        "meta",
        "exception_info.raised_exception",
        "exception_info.exception_traceback",
        "exception_info.exception_message",
    ] {
        assert!(keys_of(broken).contains(key), "{key}");
    }
    let config = &broken["expectation_config"];
    assert_eq!(
        config["kwargs"],
        serde_json::json!({"column": "name", "value_set": ["a"], "mostly": 0.4})
    );
    assert_eq!(config["severity"], "critical");
    // Of a, b, b and null: two unexpected of three values and four rows.
    assert_eq!(broken["result"]["unexpected_count"], 2);
    assert_eq!(broken["result"]["unexpected_percent_total"], 50.0);
    assert_eq!(
        broken["result"]["partial_unexpected_counts"],
        serde_json::json!([{"value": "b", "count": 2}])
    );
    let error = &suite["results"][2];
    assert_eq!(error["result"], serde_json::json!({}));
    assert_eq!(error["exception_info"]["raised_exception"], true);
    assert_eq!(
        suite["results"][3]["expectation_config"]["severity"],
        "warning"
    );
}

#[test]
fn junit_fails_on_errors_and_shows_warnings() {
    insta::assert_snapshot!(junit(&checked(&warehouse(), "r", 0)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="cca check" tests="4" failures="1" errors="1" skipped="1" time="0.008">
      <testsuite name="s" tests="4" failures="1" errors="1" skipped="1" time="0.008" timestamp="2025-01-01T00:00:00">
        <testcase classname="s" name="expect_column_values_to_be_unique(id)" file="expectations/s.yml" line="5" time="0.002"/>
        <testcase classname="s" name="expect_column_values_to_be_in_set(name)" file="expectations/s.yml" line="6" time="0.002">
          <failure type="expect_column_values_to_be_in_set" message="2 of 3 values of `name` are not in the set (66.67 %, allowed 60.00 %)">expectations/s.yml:6
    why: &lt;b&gt;&quot;names&quot; &amp; keys&lt;/b&gt;
    unexpected: {&quot;name&quot;:&quot;b&quot;,&quot;id&quot;:2}
    unexpected: {&quot;name&quot;:&quot;b&quot;,&quot;id&quot;:3}</failure>
        </testcase>
        <testcase classname="s" name="expect_column_values_to_not_be_null(nmae)" file="expectations/s.yml" line="7" time="0.002">
          <error type="expect_column_values_to_not_be_null" message="there is no column `nmae` in m.t; Did you mean `name`?">expectations/s.yml:7</error>
        </testcase>
        <testcase classname="s" name="expect_column_values_to_be_between(num)" file="expectations/s.yml" line="8" time="0.002">
          <skipped message="warn: 2 of 3 values of `num` are not at most 15 (66.67 %, allowed 0 %)"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn the_page_explains_itself_and_loads_nothing() {
    let connection = warehouse();
    for minute in 0..3 {
        checked(&connection, &format!("r{minute}"), minute);
    }
    connection
        .batch("UPDATE m.t SET name = 'a' WHERE name = 'b'")
        .expect("repaired");
    let report = checked(&connection, "r3", 3);
    let past = PastChecks::latest(&connection, 30).expect("read");
    assert_eq!(past.runs().len(), 4);
    let html = page(&report, &past);
    for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("The last 4 checks"));
    assert!(html.contains("width=device-width") && html.contains("prefers-color-scheme"));
    // One dot for each of the three checks it did not pass.
    let row = html
        .split("<div class=\"row\"")
        .nth(2)
        .expect("the second expectation");
    assert_eq!(row.matches("<circle").count(), 3, "{row}");
    let broken = page(&checked(&warehouse(), "r", 0), &PastChecks::default());
    assert!(broken.contains("&lt;b&gt;&quot;names&quot; &amp; keys&lt;/b&gt;"));
    assert!(!broken.contains("<b>\"names\""));
    assert!(broken.contains("there is no column `nmae` in m.t"));
}

#[test]
fn an_expectation_tells_its_past() {
    let connection = warehouse();
    let nothing = past_of(&connection, "x", 9).expect_err("nothing stored");
    assert_eq!(nothing.kind(), Kind::SourceUnavailable);
    for minute in 0..4 {
        checked(&connection, &format!("r{minute}"), minute);
    }
    let past = past_of(&connection, "in_set", 3).expect("clear");
    assert_eq!(past.name, "expect_column_values_to_be_in_set(name)");
    let runs: Vec<&str> = past
        .outcomes
        .iter()
        .map(|past| past.run_id.as_str())
        .collect();
    assert_eq!(runs, ["r1", "r2", "r3"]);
    assert_eq!(past.outcomes[2].unexpected_count, Some(2));
    let figure = past.outcomes[2].figure().expect("a share");
    assert!((figure - 66.666_666).abs() < 0.001);
    let several = past_of(&connection, "expect_column", 3).expect_err("not clear");
    assert_eq!(several.causes().len(), 4);
    let unknown =
        past_of(&connection, "s.expect_column_values_to_be_uniqe(id)", 3).expect_err("unknown");
    assert_eq!(
        unknown.hints(),
        ["Did you mean `s.expect_column_values_to_be_unique(id)`?"]
    );
}

#[test]
fn what_cannot_be_evaluated_fails_whatever_its_severity() {
    let items = [
        "expect_column_values_to_not_be_null: {column: nmae, severity: warn, meta: {owner: me}, id: e-1}",
    ];
    let suites = suite("m.t", &items);
    let report = run(&suites, &warehouse(), &mut [], &options(), &Silent).expect("runs");
    assert!(report.is_failure());
    assert!(junit(&report).contains("errors=\"1\" skipped=\"0\""));
    let documents = validation(&report);
    let config = &documents["validation_results"][0]["results"][0]["expectation_config"];
    assert_eq!(
        (
            &config["meta"]["owner"],
            &config["meta"]["line"],
            &config["id"]
        ),
        (&"me".into(), &5.into(), &"e-1".into())
    );
}
