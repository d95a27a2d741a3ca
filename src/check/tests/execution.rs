//! How expectations are evaluated: keys, selection, stopping early, rows that are kept.

use super::{assert_cases, check, one, options, project, run, suite, warehouse};
use crate::check::{CheckOptions, CheckReport, load_suites};
use crate::event::Silent;
use crate::warehouse::Value;

fn record(fields: &[(&str, Value)]) -> Value {
    let fields = fields.iter().cloned();
    Value::Struct(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

#[test]
fn rows_that_break_a_rule_are_named_by_their_keys() {
    let text = "suite: s\nlayer: x\ntable: m.t\nkeys: [id, day]\nexpectations:\n  - expect_column_values_to_not_be_null: {column: name}\n";
    let suites = load_suites(&project(&[("expectations/s.yml", text)])).expect("a suite");
    let report = check(&warehouse(), &suites);
    assert_eq!(
        report.outcomes[0].result.partial_unexpected_index_list,
        [record(&[
            ("name", Value::Null),
            ("id", Value::from(4_i64)),
            ("day", Value::Null)
        ])]
    );
    // What the suite expects to be unique names rows as well.
    let suites = suite(
        "m.t",
        &[
            "expect_column_values_to_be_unique: {column: id}",
            "expect_column_values_to_be_in_set: {column: num, value_set: [10, 20]}",
        ],
    );
    let report = check(&warehouse(), &suites);
    assert_eq!(
        report.outcomes[1].result.examples(),
        [record(&[
            ("num", Value::from(30_i64)),
            ("id", Value::from(3_i64))
        ])]
    );
    let wrong = text.replace("[id, day]", "[idd]");
    let suites = load_suites(&project(&[("expectations/s.yml", &wrong)])).expect("a suite");
    let report = check(&warehouse(), &suites);
    assert!(report.outcomes[0].message.contains("Did you mean `id`?"));
}

#[test]
fn patterns_of_like() {
    assert_cases(
        "m.t",
        "
passed 4 0 expect_column_values_to_match_like_pattern: {column: name, like_pattern: '_'}
failed 4 2 expect_column_values_to_match_like_pattern: {column: name, like_pattern: 'a%'}
failed 4 3 expect_column_values_to_match_like_pattern: {column: name, like_pattern: 'A%'}
passed 4 0 expect_column_values_to_not_match_like_pattern: {column: name, like_pattern: '!%', escape: '!'}
failed 4 1 expect_column_values_to_not_match_like_pattern: {column: name, like_pattern: 'a'}
passed 4 0 expect_column_values_to_match_like_pattern_list: {column: name, like_pattern_list: [a, b]}
failed 4 3 expect_column_values_to_match_like_pattern_list: {column: name, like_pattern_list: [a, b], match_on: all}
failed 4 2 expect_column_values_to_not_match_like_pattern_list: {column: name, like_pattern_list: [b, c]}
error - - expect_column_values_to_match_like_pattern: {column: num, like_pattern: '1%'}
",
    );
}

#[test]
fn results_of_queries_are_compared_as_bags() {
    let case = |comparison: &str| {
        let item = format!(
            "expect_query_results_to_match_comparison: {{base_query: 'SELECT name FROM {{table}}', comparison_query: \"{comparison}\"}}"
        );
        let outcome = one("m.t", &item);
        (outcome.status.name(), outcome.result.unexpected_count)
    };
    assert_eq!(
        case("SELECT unnest(['b', NULL, 'a', 'b'])"),
        ("passed", Some(0))
    );
    assert_eq!(case("SELECT unnest(['b', 'a'])"), ("failed", Some(2)));
    assert_eq!(
        case("SELECT unnest(['b', NULL, 'a', 'b', 'c', 'd'])"),
        ("failed", Some(2))
    );
    assert_eq!(case("SELECT nope"), ("error", None));
}

const MANY: &str = "suite: one\nlayer: bronze\ntable: m.t\ntags: [nightly]\nexpectations:
  - expect_column_to_exist: {column: id}
  - expect_column_to_exist: {column: name, tags: [quick]}
---
suite: two\nlayer: gold\ntable: m.other\nexpectations:
  - expect_column_to_exist: {column: nope, tags: [quick]}
---
suite: three\nlayer: gold\ntable: m.pairs\nexpectations:
  - expect_column_to_exist: {column: a}
";

fn evaluated(options: &CheckOptions) -> CheckReport {
    let suites = load_suites(&project(&[("expectations/s.yml", MANY)])).expect("suites");
    run(&suites, &warehouse(), &mut [], options, &Silent).expect("runs")
}

#[test]
fn expectations_are_selected_by_suite_layer_model_and_tag() {
    let count = |select: &[&str], exclude: &[&str]| {
        let words = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let options = CheckOptions {
            select: words(select),
            exclude: words(exclude),
            ..options()
        };
        evaluated(&options).outcomes.len()
    };
    assert_eq!(count(&["tag:quick"], &[]), 2);
    assert_eq!(count(&["tag:nightly"], &[]), 2);
    assert_eq!(count(&["quick", "model:pairs"], &[]), 3);
    assert_eq!(count(&["layer:gold"], &["suite:two"]), 1);
    assert_eq!(count(&[], &["tag:quick"]), 2);
    let options = CheckOptions {
        select: vec!["tag:quik".to_owned()],
        ..options()
    };
    let suites = load_suites(&project(&[("expectations/s.yml", MANY)])).expect("suites");
    let error = run(&suites, &warehouse(), &mut [], &options, &Silent).expect_err("nothing");
    assert!(
        error.to_string().contains("Did you mean `tag:quick`?"),
        "{error}"
    );
}

#[test]
fn a_check_stops_after_the_first_table_that_fails() {
    let stopping = CheckOptions {
        fail_fast: true,
        ..options()
    };
    let report = evaluated(&stopping);
    assert_eq!((report.outcomes.len(), report.skipped), (3, 1));
    assert!(report.is_failure());
    assert_eq!(evaluated(&options()).skipped, 0);
}

#[test]
fn every_row_that_breaks_a_rule_can_be_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = CheckOptions {
        save_failures: Some(folder.path().to_owned()),
        sample_rows: 0,
        ..options()
    };
    let suites = suite(
        "m.t",
        &[
            "expect_column_values_to_be_unique: {column: name}",
            "expect_column_values_to_be_increasing: {column: num, row_condition: id <> 1}",
            "expect_column_values_to_be_decreasing: {column: num}",
            "expect_query_to_return_no_rows: {query: SELECT 7 AS seven}",
        ],
    );
    run(&suites, &warehouse(), &mut [], &options, &Silent).expect("runs");
    let days: Vec<_> = std::fs::read_dir(folder.path())
        .expect("read")
        .flatten()
        .collect();
    assert_eq!(days.len(), 1);
    let path = days[0].path().join("validation_failures.jsonl");
    let text = std::fs::read_to_string(path).expect("rows");
    let rows: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let found: Vec<(String, serde_json::Value)> = rows
        .iter()
        .map(|row| {
            (
                row["expectation"].as_str().expect("a name").to_owned(),
                row["row"]["id"].clone(),
            )
        })
        .collect();
    let has = |name: &str, id: serde_json::Value| {
        let count = found
            .iter()
            .filter(|(label, row)| label.contains(name) && *row == id)
            .count();
        assert_eq!(count, 1, "{name} {id}: {found:?}");
    };
    assert_eq!(rows.len(), 5);
    has("unique(name)", 2.into());
    has("unique(name)", 3.into());
    has("decreasing(num)", 2.into());
    has("decreasing(num)", 3.into());
    has("no_rows", serde_json::Value::Null);
    let first = rows
        .iter()
        .find(|row| row["row"]["id"] == 2)
        .expect("a row");
    assert_eq!(
        (&first["table"], &first["suite"], &first["run_id"]),
        (&"m.t".into(), &"s".into(), &"run-1".into())
    );
    // The whole row, and no column of ours.
    let names: Vec<&String> = first["row"].as_object().expect("a row").keys().collect();
    assert_eq!(
        names,
        [
            "id", "name", "num", "ratio", "price", "seen", "day", "flag", "nothing", "list"
        ]
    );
}

#[test]
fn expectations_that_take_several_rounds_share_their_scans_with_the_broken() {
    let suites = suite(
        "m.t",
        &[
            "expect_column_value_z_scores_to_be_less_than: {column: num, threshold: 3, double_sided: true}",
            "expect_column_values_to_be_between: {column: seen, min_value: soon}",
            "expect_column_mean_to_be_between: {column: num, min_value: 20, max_value: 20}",
            "expect_column_quantile_values_to_be_between: {column: num, quantile_ranges: {quantiles: [0.5], value_ranges: [[20, 20]]}}",
            "expect_column_values_to_match_regex: {column: name, regex: '(?=a)'}",
        ],
    );
    let report = check(&warehouse(), &suites);
    let statuses: Vec<_> = report
        .outcomes
        .iter()
        .map(|one| one.status.name())
        .collect();
    assert_eq!(statuses, ["passed", "error", "passed", "passed", "error"]);
    assert_eq!(report.outcomes[1].line, 6);
    let message = &report.outcomes[4].message;
    assert!(
        message.contains("looks around") && message.contains("regex_list"),
        "{message}"
    );
}
