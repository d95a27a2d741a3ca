//! Data tests over a small table: counts, conditions, shared scans, kept rows, what is skipped.

use crate::error::Kind;
use crate::event::Status;
use crate::transform::fixture::{Db, graph};
use crate::transform::report::TransformReport;

const PEOPLE: &str = "id,name,age,boss\n1,ann,30,\n2,bob,70,1\n3,,40,9\n3,dee,,1\n";

/// Status and failures of each test, in the order of their names.
fn tests(report: &TransformReport) -> Vec<String> {
    let mut lines: Vec<String> = report
        .units
        .iter()
        .filter(|unit| unit.id.starts_with("test."))
        .map(|unit| {
            let found = unit.failures.map_or("?".to_owned(), |n| n.to_string());
            format!("{}: {:?} {found}", unit.name, unit.status)
        })
        .collect();
    lines.sort();
    lines
}

fn run(tests_of_people: &str, more: &[(&str, &str)]) -> (Db, TransformReport) {
    let db = Db::new();
    let properties = format!("models:\n  - name: people\n{tests_of_people}");
    let mut files = vec![
        ("seeds/raw_people.csv", PEOPLE),
        (
            "sql/models/marts/people.sql",
            "{{ config(materialized='table') }}select * from {{ ref('raw_people') }}",
        ),
        ("sql/models/marts/p.yml", properties.as_str()),
    ];
    files.extend(more);
    let report = db.build_all(&graph(&files), false);
    (db, report)
}

#[test]
fn the_four_tests_count_together_what_each_counts_alone() {
    let columns = "    columns:
      - name: id
        data_tests: [{unique: {config: {severity: warn}}}, not_null]
      - name: name
        data_tests: [{not_null: {config: {severity: warn}}}, {accepted_values: {values: [ann, bob], severity: warn}}]
      - name: boss
        data_tests:
          - relationships: {to: ref('raw_people'), field: id, config: {severity: warn}}
          - accepted_values: {values: [1, 9], quote: false}
";
    let expected = [
        "accepted_values_people_boss__False__1__9: Ok 0",
        "accepted_values_people_name__ann__bob: Warned 1",
        "not_null_people_id: Ok 0",
        "not_null_people_name: Warned 1",
        "relationships_people_boss__id__ref_raw_people_: Warned 1",
        "unique_people_id: Warned 1",
    ];
    let (_, together) = run(columns, &[]);
    assert_eq!(tests(&together), expected);
    // A limit that is never reached keeps a test out of the shared scan.
    let alone = columns.replace("severity: warn", "severity: warn, limit: 500");
    let alone = alone.replace(
        "[{unique: {config: {severity: warn, limit: 500}}}, not_null]",
        "[{unique: {config: {severity: warn, limit: 500}}}, {not_null: {config: {limit: 500}}}]",
    );
    let alone = alone.replace("quote: false}", "quote: false, limit: 500}");
    let (_, alone) = run(&alone, &[]);
    assert_eq!(tests(&alone), expected);
}

#[test]
fn conditions_decide_between_warning_and_failing() {
    let (_, report) = run(
        "    columns:
      - name: age
        data_tests:
          - not_null: {name: a, config: {warn_if: '> 0', error_if: '> 1'}}
          - not_null: {name: b, config: {error_if: '>= 1'}}
          - not_null: {name: c, config: {warn_if: '> 5', error_if: '> 5'}}
          - not_null: {name: d, config: {where: \"name = 'bob'\"}}
          - not_null: {name: e, config: {fail_calc: 'count(*) * 10', severity: warn}}
      - name: name
        data_tests:
          - accepted_values: {name: f, values: [x], config: {limit: 1, severity: warn}}
",
        &[],
    );
    assert_eq!(
        tests(&report),
        [
            "a: Warned 1",
            "b: Failed 1",
            "c: Ok 0",
            "d: Ok 0",
            "e: Warned 10",
            "f: Warned 1"
        ]
    );
    let failed = report.unit("b").expect("run");
    let error = failed.error.as_ref().expect("a failure");
    assert_eq!(error.kind(), Kind::CheckFailed);
    assert!(
        error.to_string().contains("at sql/models/marts/p.yml:"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("found 1 result; `error_if` is `>= 1`"),
        "{error}"
    );
}

#[test]
fn own_tests_take_arguments_and_may_configure_themselves() {
    let own = "{% test at_most(model, column_name, most, what=none) %}
{{ config(severity='warn') }}
select {{ column_name }} from {{ model }} where {{ column_name }} > {{ most }}{% if what %} and name = '{{ what }}'{% endif %}
{% endtest %}";
    let (_, report) = run(
        "    columns:
      - name: age
        data_tests:
          - at_most: {most: 35}
          - at_most: {name: loose, most: \"{{ 30 + 5 }}\", what: bob}
          - at_most: {name: older, arguments: {most: 20}, config: {where: 'id < 3'}}
",
        &[("sql/macros/t.sql", own)],
    );
    assert_eq!(
        tests(&report),
        [
            "at_most_people_age__35: Warned 2",
            "loose: Warned 1",
            "older: Warned 2"
        ]
    );
}

#[test]
fn a_failing_test_keeps_what_follows_from_being_built() {
    let (db, report) = run(
        "    columns: [{name: id, data_tests: [unique]}]
  - name: after
    columns: [{name: id, data_tests: [not_null]}]
",
        &[
            (
                "sql/models/marts/after.sql",
                "select id from {{ ref('people') }}",
            ),
            (
                "sql/models/marts/beside.sql",
                "select id from {{ ref('raw_people') }}",
            ),
        ],
    );
    let status = |name: &str| report.unit(name).expect("there").status;
    assert_eq!(status("people"), Status::Ok);
    assert_eq!(status("beside"), Status::Ok);
    assert_eq!(status("unique_people_id"), Status::Failed);
    assert_eq!(status("after"), Status::Skipped);
    assert_eq!(status("not_null_after_id"), Status::Skipped);
    let message = report.unit("after").expect("there").message.clone();
    assert_eq!(
        message.as_deref(),
        Some("depends on `unique_people_id`, which failed")
    );
    assert!(!db.exists("marts", "after"));
}

#[test]
fn kept_failures_are_in_one_table_with_their_run() {
    let db = Db::new();
    let rows: Vec<String> = (0..150).map(|n| format!("{n},")).collect();
    let csv = format!("id,name\n{}\n", rows.join("\n"));
    let graph = graph(&[
        ("seeds/many.csv", csv.as_str()),
        (
            "seeds/p.yml",
            "seeds:\n  - name: many\n    columns: [{name: name, data_tests: [{not_null: {severity: warn}}]}]\n",
        ),
    ]);
    let report = db.build_all(&graph, true);
    assert_eq!(tests(&report), ["not_null_many_name: Warned 150"]);
    let kept = db.rows(
        "SELECT run_id, test_name, count(*), min(row_number), max(row_number), count(DISTINCT found->>'id') FROM cca.test_failures GROUP BY ALL",
    );
    let run = graph.invocation_id();
    assert_eq!(kept, [format!("{run}|not_null_many_name|100|1|100|100")]);
    db.build_all(&graph, true);
    assert_eq!(db.rows("SELECT count(*) FROM cca.test_failures"), ["200"]);
}

#[test]
fn wrong_tests_are_blamed_alone() {
    let (_, report) = run(
        "    columns:
      - name: id
        data_tests: [not_null]
      - name: idd
        data_tests: [not_null]
      - name: name
        data_tests: [uniqe, {accepted_values: {}}]
",
        &[],
    );
    let error = |name: &str| {
        let unit = report.unit(name).expect("there");
        unit.error.as_ref().expect("a failure").to_string()
    };
    assert_eq!(
        report.unit("not_null_people_id").expect("there").status,
        Status::Ok
    );
    assert!(
        error("not_null_people_idd").contains("idd"),
        "{}",
        error("not_null_people_idd")
    );
    assert!(error("uniqe_people_name").contains("Did you mean `unique`?"));
    assert!(error("accepted_values_people_name").contains("needs `values`"));
}

#[test]
fn singular_tests_are_queries() {
    let (_, report) = run(
        "    description: people\n",
        &[(
            "tests/nobody_is_old.sql",
            "{{ config(severity='warn') }}select * from {{ ref('people') }} where age > 60",
        )],
    );
    assert_eq!(tests(&report), ["nobody_is_old: Warned 1"]);
}
